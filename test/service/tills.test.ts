import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../activities/ledger/database.ts';
import { lockPage } from '../../activities/ledger/page.ts';
import { startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('tills', { apis: 2, redeem: { maxShare: '1' } });
});
afterAll(() => stand?.close());

async function known(index: number): Promise<string> {
  return await stand.meet(stand.person(index));
}

describe('several tills and processes at once', () => {
  it('20 parallel POSTs of one receipt over two API processes: one payment, one deduction, equal answers but for replayed', async () => {
    const accountId = await known(2);
    const since = new Date().toISOString();
    const body = { receipt: 'T-1', accountId, total: '100.00', redeem: '50.00' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => stand.till('/payments', body, { api: index % 2 })),
    );
    const documents = answers.map(({ body: { replayed: _replayed, ...rest } }) => JSON.stringify(rest));
    expect(new Set(documents).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(answers.filter(({ body: { replayed } }) => replayed === false)).toHaveLength(1);
    await stand.bothHold(stand.person(2), '202.50');
    await stand.quiet();
    expect(await stand.appliedWrites(since)).toBe(1);
    const { rows } = await stand.pool.query(`select count(*)::int from payment where receipt = 'T-1'`);
    expect(rows).toEqual([{ count: 1 }]);
  });

  it('a payment comes in while another step holds the account', async () => {
    const accountId = await known(4);
    await stand.quiet();
    await transaction(stand.pool, async (tx) => {
      await lockPage(tx, accountId);
      void stand
        .till('/payments', { receipt: 'T-9', accountId, total: '10.00', redeem: 'none' })
        .catch(() => undefined);
      const row = `select 1 from payment where receipt = 'T-9'`;
      await until('its row is there', async () => (await stand.pool.query(row)).rowCount === 1, 2_000);
    });
    await stand.quiet();
  });

  it('W-08 two tills ask 80.00 each of 100.00: one takes it, the other is told what is allowed; never below zero', async () => {
    const accountId = await known(1);
    const ask = (receipt: string, api: number) =>
      stand.till('/payments', { receipt, accountId, total: '1000.00', redeem: '80.00' }, { api });
    const answers = await Promise.all([ask('T-2', 0), ask('T-3', 1)]);
    const [taken] = answers.filter(({ status }) => status === 201);
    const [refused] = answers.filter(({ status }) => status === 422);
    expect(taken?.body).toMatchObject({ redeemed: '80.00', due: '920.00', accrued: '46.00' });
    // The winner's accrual may be there already when the other one is decided.
    expect(refused?.body).toMatchObject({ code: 'insufficient_points', requested: '80.00' });
    expect(Number(refused?.body.allowed)).toBeLessThanOrEqual(66);
    await stand.bothHold(stand.person(1), '66.00');
  });

  it('declined asking 300.00, then 20.00 with the same receipt: posted as the next attempt', async () => {
    const accountId = await known(5);
    const before = Number((await stand.account(stand.person(5))).ledger.active);
    const body = { receipt: 'T-4', accountId, total: '1000.00' };
    const declined = await stand.till('/payments', { ...body, redeem: (before + 1).toFixed(2) });
    expect(declined).toMatchObject({ status: 422, body: { code: 'insufficient_points' } });
    const posted = await stand.till('/payments', { ...body, redeem: '2.00' });
    expect(posted).toMatchObject({ status: 201, body: { redeemed: '2.00', attempt: 2 } });
    expect(posted.body.workflowId).toBe(`payment:${stand.locationId}:T-4:2`);
    const latest = await stand.till('/payments?receipt=T-4');
    expect(latest.body).toMatchObject({ id: posted.body.id, attempt: 2 });
  });

  it('the same receipt with another total is a conflict that names the field, and takes nothing', async () => {
    const accountId = await known(6);
    const body = { receipt: 'T-5', accountId, total: '10.00', redeem: 'none' };
    await stand.till('/payments', body);
    const conflict = await stand.till('/payments', { ...body, total: '11.00' }, { api: 1 });
    expect(conflict).toMatchObject({ status: 409, body: { code: 'receipt_conflict', errors: [{ path: 'total' }] } });
    await stand.quiet();
  });
});
