// The demo's proof must be able to fail: histories whose steps are missing, or stand in another order.
import { describe, expect, test } from 'vitest';
import { type DoneStep, inOrder } from '../../worker/demo/histories.ts';
import { adoptionProof, paymentProof } from '../../worker/demo/proofs.ts';

const sale = { redeemed: '30.00', due: '70.00', accrued: '3.50', written: '-26.50' };
const read = { eventId: 5, name: 'readAltegioForTill', result: { kind: 'balance', altegio: '100.00' } };
const commit = { eventId: 6, name: 'commitPayment', result: { outcome: 'captured', ...sale } };
const write = { eventId: 10, name: 'converge', result: { writes: [{ amount: '-26.50', balanceAfter: '73.50' }] } };
const proven = (steps: DoneStep[]) => () => inOrder('payment:101:R-1', steps, paymentProof(sale));

describe('the proof of a payment', () => {
  test('tells each step in its order', () => {
    expect(proven([read, commit, write])()).toEqual([
      'Altegio read 100.00',
      'ledger commit: bonus 30.00, money 70.00, earned 3.50',
      'Altegio write -26.50 confirmed at 73.50',
    ]);
  });

  test.each([
    ['without the read', [commit, write], 'does not hold "Altegio read"'],
    ['with the write before the commit', [read, write, commit], 'does not hold "Altegio write confirmed" after'],
    [
      'with another amount',
      [read, { ...commit, result: { ...commit.result, redeemed: '0.00' } }, write],
      'bonus first',
    ],
    ['with a read that found Altegio down', [{ ...read, result: { kind: 'down' } }, commit, write], '"Altegio read"'],
    ['without a write', [read, commit, { ...write, result: { writes: [] } }], '"Altegio write confirmed"'],
  ])('fails %s', (_title, steps, sentence) => {
    expect(proven(steps)).toThrow(sentence);
  });
});

test('the proof of an adopted change asks for the read before the commit of exactly that change', () => {
  const seen = { eventId: 8, name: 'readAltegio', result: { kind: 'balance', altegio: '123.50' } };
  const adopted = { eventId: 12, name: 'adoptAltegioBalance', result: { drift: '50.00', debt: '0.00' } };
  const proof = (steps: DoneStep[], amount: string) => () => inOrder('r', steps, adoptionProof(amount));
  expect(proof([seen, adopted], '50.00')()).toHaveLength(2);
  expect(proof([adopted, seen], '50.00')).toThrow('does not hold "ledger commit of 50.00" after "Altegio read"');
  expect(proof([seen, adopted], '-20.00')).toThrow('does not hold "ledger commit of -20.00"');
});
