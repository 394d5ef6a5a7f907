import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAmount } from '../../domain/money.ts';
import { historyOf, steps } from './history.ts';
import { startStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('payment');
});
afterAll(() => stand?.close());

async function accountOf(index: number): Promise<string> {
  return await stand.meet(stand.person(index));
}

describe('a payment at a till', () => {
  it('M-24 bonus is charged before money: 100.00 with 30.00 asked is bonus 30.00, then money 70.00, accrued 3.50', async () => {
    const person = stand.person(1);
    const accountId = await accountOf(1);
    const paid = await stand.till('/payments', { receipt: 'R-1', accountId, total: '100.00', redeem: '30.00' });
    expect(paid.status).toBe(201);
    expect(paid.body).toMatchObject({ state: 'CAPTURED', redeemed: '30.00', due: '70.00', accrued: '3.50' });
    expect(paid.body.tenders).toEqual([
      { type: 'bonus', amount: '30.00' },
      { type: 'money', amount: '70.00' },
    ]);
    await stand.bothHold(person, '73.50');
    await stand.quiet();
    const done = steps(await historyOf(stand.client, paid.body.workflowId));
    const commit = done.find(({ name }) => name === 'commitPayment');
    expect(commit?.result).toMatchObject({ outcome: 'captured', redeemed: '30.00', due: '70.00' });
    const codes = (await stand.admin(`/accounts/${accountId}/transfers`)).body.items.map(
      (item: { code: string }) => item.code,
    );
    expect(codes).toEqual(['accrual', 'redemption', 'opening']);
  });

  it('M-12 a write to Altegio carries the amount, the ids of the call and a title of receipts and amounts only', async () => {
    const since = new Date().toISOString();
    const accountId = await accountOf(4);
    const { available } = (await stand.account(stand.person(4))).ledger;
    expect(Number(available)).toBeGreaterThan(10);
    await stand.till('/payments', { receipt: 'R-12', accountId, total: '100.00', redeem: '10.00' });
    await stand.quiet();
    const writes = (await stand.control(`/requests?since=${encodeURIComponent(since)}&path=manual_transaction`)) as {
      body: Record<string, unknown>;
    }[];
    expect(writes.map(({ body }) => body)).toEqual([{ amount: -5.5, title: 'R-12 −10.00 +4.50' }]);
  });

  it('W-01 W-02 one workflow a payment, named by its receipt: Altegio read, ledger commit, Altegio write, in this order', async () => {
    const accountId = await accountOf(5);
    const paid = await stand.till('/payments', { receipt: 'R-2', accountId, total: '50.00', redeem: 'none' });
    expect(paid.body.workflowId).toBe(`payment:${stand.locationId}:R-2`);
    await stand.quiet();
    const history = await historyOf(stand.client, paid.body.workflowId);
    expect(steps(history).map(({ name }) => name)).toEqual([
      'readAltegioForTill',
      'commitPayment',
      'converge',
      'finishOperation',
    ]);
    const [read, , write] = steps(history);
    expect(read?.result).toMatchObject({ kind: 'balance', altegio: expect.stringMatching(/^\d+\.\d\d$/) });
    expect(write?.result).toMatchObject({ writes: [{ amount: '2.50' }] });
    const text = JSON.stringify(steps(history));
    expect(text).not.toContain(stand.person(5).phone);
    expect(text).not.toContain(stand.person(5).name);
    const orphans = await stand.pool.query(
      `select count(*)::int as count from transfer t left join operation o on o.id = t.operation
        where o.workflow_id is null or o.run_id is null`,
    );
    expect(orphans.rows[0].count).toBe(0);
  });

  it('in the steady state a captured payment costs Altegio exactly one read and one write', async () => {
    const accountId = await accountOf(6);
    await stand.till('/payments', { receipt: 'R-3', accountId, total: '20.00', redeem: 'none' });
    await stand.quiet();
    const since = new Date().toISOString();
    const paid = await stand.till('/payments', { receipt: 'R-4', accountId, total: '20.00', redeem: 'max' });
    expect(paid.body.state).toBe('CAPTURED');
    await stand.quiet();
    expect((await stand.calls(since)).map(({ method, status }) => `${method} ${status}`)).toEqual([
      'GET 200',
      'POST 200',
    ]);
  });

  it('M-25 due is answered only after the points are committed; a refused deduction takes nothing', async () => {
    const accountId = await accountOf(7);
    const before = (await stand.account(stand.person(7))).ledger.active;
    const asked = formatAmount(BigInt(before.replace('.', '')) + 1n);
    const refused = await stand.till('/payments', { receipt: 'R-5', accountId, total: '10000.00', redeem: asked });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'insufficient_points', allowed: before, requested: asked });
    expect((await stand.account(stand.person(7))).ledger.active).toBe(before);
    const paid = await stand.till('/payments', { receipt: 'R-6', accountId, total: '10.00', redeem: '3.00' });
    expect(paid.body.due).toBe('7.00');
    const committed = await stand.pool.query(
      `select payment.decided_at >= transfer.learned_at as after from payment
         join transfer on transfer.operation = payment.workflow_id and transfer.code = 'redemption' where receipt = 'R-6'`,
    );
    expect(committed.rows).toEqual([{ after: true }]);
  });

  it('M-27 the balance is read again before the deduction: staff took 80.00, so 30.00 asked is refused with what is allowed', async () => {
    const person = stand.person(2);
    const accountId = await accountOf(2);
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '-230.00' });
    const body = { accountId, total: '100.00', redeem: '30.00' };
    const refused = await stand.till('/payments', { receipt: 'R-7', ...body });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'insufficient_points', requested: '30.00', allowed: '20.00' });
    const [drift] = (await stand.admin(`/accounts/${accountId}/transfers`)).body.items;
    expect(drift).toMatchObject({ code: 'external', amount: '-230.00' });
    const partial = await stand.till('/payments', { receipt: 'R-7', ...body, allowPartial: true });
    expect(partial.body).toMatchObject({ state: 'CAPTURED', redeemed: '20.00', due: '80.00', attempt: 2 });
    await stand.bothHold(person, '4.00');
  });

  it('M-16 the ledger is the sum of its transfers only: no other number enters the balance', async () => {
    const { rows } = await stand.pool.query(
      `select account.id, account.active - account.debt as balance,
              coalesce(sum(posting.amount) filter (where ledger_account = 'customer:' || account.id), 0)
                + coalesce(sum(posting.amount) filter (where ledger_account = 'debt:' || account.id), 0) as booked,
              (select coalesce(sum(remaining), 0) from lot where account_id = account.id and state = 'active') as lots,
              account.active
         from account left join posting on posting.ledger_account in ('customer:' || account.id, 'debt:' || account.id)
        group by account.id`,
    );
    expect(rows.length).toBeGreaterThan(4);
    for (const row of rows) {
      expect(String(row.booked)).toBe(String(row.balance));
      expect(String(row.lots)).toBe(String(row.active));
      const altegio = await stand.pool.query('select card_id from altegio_card where account_id = $1', [row.id]);
      expect(altegio.rowCount).toBe(1);
    }
  });
});
