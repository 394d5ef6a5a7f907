import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newCardNumber } from '../../../domain/card-number.ts';
import {
  adjustmentWorkflowId,
  cardIssueWorkflowId,
  operationId,
  paymentWorkflowId,
  reconciliationWorkflowId,
} from '../../../domain/ids.ts';
import { newId } from '../../../domain/new-id.ts';

describe('workflow and operation ids', () => {
  it('name a payment by location and receipt, with the attempt from the second on', () => {
    expect(paymentWorkflowId(1050n, 'R-1', 1)).toBe('payment:1050:R-1');
    expect(paymentWorkflowId('1050', 'R-1', 2)).toBe('payment:1050:R-1:2');
  });

  it('are different for different payments, since a receipt holds no colon', () => {
    const ids = new Set<string>();
    const attempts = [1, 2, 11];
    for (const location of [1n, 11n])
      for (const receipt of ['1', '11', '1-2', '2'])
        for (const attempt of attempts) ids.add(paymentWorkflowId(location, receipt, attempt));
    expect(ids.size).toBe(2 * 4 * attempts.length);
  });

  it('carry the run where a workflow id is used again, and only there', () => {
    const reconciliation = reconciliationWorkflowId(9206n, 'acc_1');
    const issue = cardIssueWorkflowId('acc_1');
    expect([reconciliation, issue]).toEqual(['reconciliation:9206:acc_1', 'cardIssue:acc_1']);
    expect(operationId(reconciliation, 'run-1')).toBe('reconciliation:9206:acc_1/run-1');
    expect(operationId(issue, 'run-1')).toBe('cardIssue:acc_1/run-1');
    for (const id of [paymentWorkflowId(1n, 'R-1', 1), adjustmentWorkflowId('acc_1', 'adj_1')])
      expect(operationId(id, 'run-1')).toBe(id);
  });

  it('lead back from an operation to its workflow and run', () => {
    const [workflowId, runId] = operationId(cardIssueWorkflowId('acc_1'), 'run-1').split('/');
    expect([workflowId, runId]).toEqual(['cardIssue:acc_1', 'run-1']);
  });
});

describe('internal ids', () => {
  it('tell their kind, sort by time, and are told apart by random bits', () => {
    const id = (now: number) => newId('acc', now, randomBytes);
    expect(id(Date.now())).toMatch(/^acc_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(id(1_000) < id(1_001) && id(1_001) < id(Date.now())).toBe(true);
    expect(new Set(Array.from({ length: 1_000 }, () => id(1_000))).size).toBe(1_000);
  });
});

describe('card numbers', () => {
  const luhn = (number: string): number =>
    Array.from(number)
      .reverse()
      .reduce((sum, digit, index) => {
        const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
        return sum + (doubled > 9 ? doubled - 9 : doubled);
      }, 0) % 10;

  it('have 16 digits that do not start with 0 or 1, end in a check digit, and do not repeat', () => {
    const numbers = Array.from({ length: 2_000 }, () => newCardNumber(randomBytes));
    for (const number of numbers) {
      expect(number).toMatch(/^[2-9]\d{15}$/);
      expect(luhn(number)).toBe(0);
    }
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('throw away bytes that would make some digits likelier, and ask for more', () => {
    const supply = [Uint8Array.from({ length: 32 }, () => 255), Uint8Array.from([0, 1, 9, ...Array(14).fill(245)])];
    let asked = 0;
    const number = newCardNumber(() => supply[asked++] ?? new Uint8Array(0));
    expect(asked).toBe(2);
    expect(number.slice(0, 15)).toBe('955555555555555');
  });
});
