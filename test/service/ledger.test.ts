import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isViolation, transaction } from '../../activities/ledger/database.ts';
import { adoptBalance } from '../../activities/ledger/mirror-actions.ts';
import { newBreakId } from '../../worker/services.ts';
import { historyOf, steps } from './history.ts';
import { startStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('ledger');
});
afterAll(() => stand?.close());

async function fails(statement: string, values: unknown[] = []): Promise<string> {
  try {
    await stand.pool.query(statement, values);
    return 'it was allowed';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('the ledger', () => {
  it('W-04 transfers are append-only, unique by operation and receipt; the database refuses changes and an overdraft', async () => {
    const person = stand.person(1);
    const paid = await stand.till('/payments', {
      receipt: 'L-1',
      phone: `+${person.phone}`,
      total: '100.00',
      redeem: '30.00',
    });
    expect(paid.status).toBe(201);
    const accountId = paid.body.account.id;
    expect(await fails('update transfer set amount = 1')).toContain('never changed or deleted');
    expect(await fails('delete from transfer')).toContain('never changed or deleted');
    expect(await fails('truncate transfer cascade')).toContain('never changed or deleted');
    expect(await fails('update account set active = -1 where id = $1', [accountId])).toContain('account_active_check');
    expect(await fails('update account set held = active + 1 where id = $1', [accountId])).toContain(
      'held_within_active',
    );
    expect(await fails('update account set debt = 5 where id = $1', [accountId])).toContain('debt_takes_all');
    expect(await fails('update lot set remaining = -1, held = -1')).toMatch(/violates check constraint "lot_/);
    const twice = `insert into transfer (chain_id, operation, seq, account_id, debit_account, credit_account, amount, code, actor)
      select chain_id, operation, seq, account_id, debit_account, credit_account, amount, code, actor from transfer limit 1`;
    expect(await fails(twice)).toContain('transfer_chain_id_operation_seq_key');
    const again = `insert into payment (id, chain_id, location_id, receipt, attempt, state, account_id, program_id, program_version,
        workflow_id, total, redeem, as_kind, request, answer_by)
      select 'pay_x', chain_id, location_id, receipt, 2, 'PENDING', account_id, program_id, program_version, 'other', total,
        redeem, as_kind, request, answer_by from payment where receipt = 'L-1'`;
    expect(await fails(again)).toContain('payment_taken');
  });

  it('every operation sums to zero, and no transfer exists without a workflow that Temporal knows', async () => {
    await stand.quiet();
    const sums = await stand.pool.query('select operation, sum(amount)::text as sum from posting group by operation');
    expect(sums.rows.length).toBeGreaterThan(0);
    for (const { sum } of sums.rows) expect(sum).toBe('0');
    const { rows } = await stand.pool.query(
      'select distinct workflow_id, run_id from transfer join operation on operation.id = transfer.operation',
    );
    for (const { workflow_id: workflowId, run_id: runId } of rows) {
      const run = await stand.client.workflow.getHandle(workflowId, runId).describe();
      expect(run.workflowId).toBe(workflowId);
    }
  });

  it('an adjustment changes both books; below zero it is refused unless that is allowed', async () => {
    const person = stand.person(1);
    const { id } = await stand.account(person);
    const started = await stand.admin(`/accounts/${id}/adjustments`, {
      amount: '-10.00',
      reason: 'a mistake at the desk',
    });
    expect(started.status).toBe(202);
    await stand.client.workflow.getHandle(started.body.workflowId).result();
    await stand.bothHold(person, '63.50');
    const refused = await stand.admin(`/accounts/${id}/adjustments`, { amount: '-1000.00', reason: 'too much' });
    await expect(stand.client.workflow.getHandle(refused.body.workflowId).result()).rejects.toThrow();
    await stand.bothHold(person, '63.50');
    const up = await stand.admin(`/accounts/${id}/adjustments`, { amount: '5.00', reason: 'an apology' });
    await stand.client.workflow.getHandle(up.body.workflowId).result();
    await stand.bothHold(person, '68.50');
  });

  it('V-06 V-07 points are plain decimals with two places and no currency sign, rounded down by default', async () => {
    const person = stand.person(4);
    const paid = await stand.till('/payments', {
      receipt: 'L-2',
      phone: `+${person.phone}`,
      total: '333.33',
      redeem: 'none',
    });
    expect(paid.body.accrued).toBe('16.66');
    const { ledger } = await stand.account(person);
    for (const amount of Object.values(ledger)) expect(amount).toMatch(/^-?\d+\.\d{2}$/);
    expect(JSON.stringify(paid.body)).not.toMatch(/KZT|₸|\$|€/);
  });

  it('every loss beyond what is free is a break of its own, also when one operation meets two', async () => {
    const person = stand.person(7);
    const accountId = await stand.meet(person);
    const ids = { id: 'reconciliation:two/1', workflowId: 'reconciliation:two', runId: '1' };
    const operation = { ...ids, kind: 'reconciliation', locationId: BigInt(stand.locationId), actor: 'test' } as const;
    const deps = { pool: stand.pool, newBreakId, timeoutMs: 500 };
    for (const balance of [-100n, -150n]) {
      const { rows } = await stand.pool.query('select card_id, version from altegio_card where account_id = $1', [
        accountId,
      ]);
      const [card] = rows as { card_id: bigint; version: bigint }[];
      if (!card) throw new Error('no card');
      await adoptBalance(deps, accountId, { cardId: card.card_id, version: card.version, balance }, operation);
    }
    const account = await stand.account(person);
    expect(account.ledger.debt).toBe('1.50');
    expect(account.breaks.map(({ amount }: { amount: string }) => amount)).toEqual(['1.00', '0.50']);
  });

  it('a refused statement does not quote the row, which holds a phone', async () => {
    const person = stand.person(1);
    const { id } = await stand.account(person);
    const refused = transaction(stand.pool, async (tx) => {
      await tx.rows('update account set debt = 5 where id = $1', [id]);
    });
    const error: unknown = await refused.catch((thrown: unknown) => thrown);
    expect(isViolation(error, '23514', 'debt_takes_all')).toBe(true);
    expect(inspect(error)).not.toContain(person.phone);
  });
});

describe('the reason of an adjustment', () => {
  it('stands with its transfers and its operation, and never enters Temporal', async () => {
    const { id } = await stand.account(stand.person(1));
    const reason = 'Aia Abenova asked for it';
    const started = await stand.admin(`/accounts/${id}/adjustments`, { amount: '1.00', reason });
    const handle = stand.client.workflow.getHandle(started.body.workflowId);
    await handle.result();
    const [latest] = (await stand.admin(`/accounts/${id}/transfers`)).body.items;
    expect(latest).toMatchObject({ code: 'adjustment', amount: '1.00', reason, actor: 'operator' });
    const { rows } = await stand.pool.query('select reason from operation where id = $1', [started.body.workflowId]);
    expect(rows).toEqual([{ reason }]);
    expect(JSON.stringify(steps(await historyOf(stand.client, started.body.workflowId)))).not.toContain('Abenova');
    const [input] =
      (await handle.fetchHistory()).events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    expect(Buffer.from(input?.data ?? []).toString()).not.toContain('Abenova');
  });
});
