/** A payment in two steps through the till's door: reserve, capture, void, time-out, on the real thing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyOf, steps } from './history.ts';
import { type Answer, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('two-steps', { redeem: { maxShare: '1' } });
});
afterAll(() => stand?.close());

const authorize = (body: object): Promise<Answer> => stand.till('/payments', { capture: false, ...body });
const step = (id: string, name: string, body: object = {}, key?: string): Promise<Answer> =>
  stand.till(`/payments/${id}/${name}`, body, key === undefined ? {} : { headers: { 'idempotency-key': key } });
const balanceOf = async (index: number) => (await stand.account(stand.person(index))).ledger;

/** Lets the database believe that a hold's time is over, and has the workflow look. */
async function timeIsOver(id: string, workflowId: string): Promise<void> {
  await stand.pool.query("update payment set expires_at = now() - interval '1 second' where id = $1", [id]);
  await stand.client.workflow.getHandle(workflowId).signal('step');
}

const stateOf = async (id: string): Promise<string> => (await stand.till(`/payments/${id}`)).body.state;

describe('a payment in two steps', () => {
  it('W-22 11: a hold of 700 lowers available and Altegio, not active; another till is told 300; void gives it back', async () => {
    const accountId = await stand.holding(1, '1000.00');
    const held = await authorize({ receipt: 'A-1', accountId, total: '700.00', redeem: '700.00' });
    expect(held.status).toBe(201);
    expect(held.body).toMatchObject({ state: 'AUTHORIZED', redeemed: '700.00', due: '0.00', accrued: '0.00' });
    expect(held.body.account.balance).toMatchObject({ active: '1000.00', held: '700.00', available: '300.00' });
    expect(Date.parse(held.body.expiresAt) - Date.now()).toBeGreaterThan(14 * 60_000);
    expect(Date.parse(held.body.expiresAt) - Date.now()).toBeLessThanOrEqual(15 * 60_000);
    await stand.bothHold(stand.person(1), '300.00');
    const other = await stand.till('/payments', { receipt: 'A-2', accountId, total: '500.00', redeem: '500.00' });
    expect(other).toMatchObject({ status: 422, body: { code: 'insufficient_points', allowed: '300.00' } });
    const voided = await step(held.body.id, 'void', { reason: 'the customer left' });
    expect(voided.status).toBe(200);
    expect(voided.body).toMatchObject({ id: held.body.id, state: 'VOIDED', redeemed: '0.00', expiresAt: null });
    expect(voided.body.account.balance).toMatchObject({ active: '1000.00', held: '0.00', available: '1000.00' });
    await stand.bothHold(stand.person(1), '1000.00');
    await stand.quiet();
    expect((await step(held.body.id, 'capture')).body.code).toBe('already_voided');
    const writes = (await stand.control('/requests?path=manual_transaction')) as { body: { title: string } }[];
    expect(writes.slice(-2).map(({ body }) => body.title)).toEqual(['A-1 −700.00', 'A-1 +700.00']);
    const names = steps(await historyOf(stand.client, held.body.workflowId)).map(({ name }) => name);
    expect(names.filter((name) => name !== 'converge')).toEqual([
      'readAltegioForTill',
      'commitPayment',
      'settleHold',
      'finishOperation',
    ]);
    const { rows } = await stand.pool.query('select 1 from transfer where operation = $1', [held.body.workflowId]);
    expect(rows).toEqual([]);
  });

  it('capture takes what was reserved and earns on the money; a repeat is answered from its row', async () => {
    const accountId = await stand.holding(2, '100.00');
    const held = await authorize({ receipt: 'B-1', accountId, total: '100.00', redeem: '30.00', tip: '10.00' });
    expect(held.body).toMatchObject({ state: 'AUTHORIZED', redeemed: '30.00', due: '70.00', tip: '10.00' });
    const captured = await step(held.body.id, 'capture', {}, 'capture-B-1');
    expect(captured.status).toBe(200);
    expect(captured.headers.get('idempotent-replayed')).toBeNull();
    expect(captured.body).toMatchObject({
      state: 'CAPTURED',
      redeemed: '30.00',
      due: '70.00',
      accrued: '3.50',
      tip: '10.00',
      expiresAt: null,
      replayed: false,
      tenders: [
        { type: 'bonus', amount: '30.00' },
        { type: 'money', amount: '70.00' },
      ],
    });
    expect(captured.body.account.balance).toMatchObject({ active: '73.50', held: '0.00', available: '73.50' });
    for (const key of ['capture-B-1', 'another', undefined]) {
      const repeat = await step(held.body.id, 'capture', {}, key);
      expect(repeat.status).toBe(200);
      expect(repeat.headers.get('idempotent-replayed')).toBe('true');
      expect(repeat.body).toEqual({ ...captured.body, replayed: true });
    }
    const otherBody = await step(held.body.id, 'capture', { total: '90.00' }, 'capture-B-1');
    expect(otherBody).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(await step(held.body.id, 'capture', { total: '90.00' })).toMatchObject({
      status: 409,
      body: { code: 'already_captured', posAction: 'show_payment' },
    });
    expect((await step(held.body.id, 'void')).body.code).toBe('already_captured');
    await stand.bothHold(stand.person(2), '73.50');
    expect((await stand.till('/payments?receipt=B-1')).body).toMatchObject({ state: 'CAPTURED', redeemed: '30.00' });
  });

  it('capture for less: the rest of the hold is released with it; total and redeem only go down', async () => {
    const accountId = await stand.holding(5, '1000.00');
    const lines = [
      { id: 'cut', title: 'Cut', amount: '600.00' },
      { id: 'dye', title: 'Dye', amount: '400.00' },
    ];
    const held = await authorize({ receipt: 'C-1', accountId, total: '1000.00', redeem: '700.00', lines });
    const { id } = held.body;
    expect(await step(id, 'capture', { total: '1000.01' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: 'total' }], allowed: '1000.00' },
    });
    expect(await step(id, 'capture', { redeem: '700.01' })).toMatchObject({
      status: 422,
      body: { code: 'insufficient_points', requested: '700.01', allowed: '700.00' },
    });
    expect((await step(id, 'capture', { total: '600.00' })).body.code).toBe('lines_mismatch');
    expect((await step(id, 'capture', { money: [{ type: 'cash', amount: '1.00' }] })).body).toMatchObject({
      code: 'money_mismatch',
      requested: '1.00',
      allowed: '300.00',
    });
    expect(await stateOf(id)).toBe('AUTHORIZED');
    const less = { total: '600.00', redeem: '500.00', lines: [lines[0]], money: [{ type: 'card', amount: '100.00' }] };
    const captured = await step(id, 'capture', less);
    expect(captured.body).toMatchObject({ state: 'CAPTURED', total: '600.00', redeemed: '500.00', due: '100.00' });
    expect(captured.body.tenders).toEqual([
      { type: 'bonus', amount: '500.00' },
      { type: 'card', amount: '100.00' },
    ]);
    expect(captured.body.account.balance).toMatchObject({ active: '505.00', held: '0.00', available: '505.00' });
    await stand.bothHold(stand.person(5), '505.00');
    const { rows } = await stand.pool.query('select sum(held)::int as held from lot where account_id = $1', [
      accountId,
    ]);
    expect(rows).toEqual([{ held: 0 }]);
    // The receipt's first request is still the same one.
    const again = await authorize({ receipt: 'C-1', accountId, total: '1000.00', redeem: '700.00', lines });
    expect(again.body).toMatchObject({ id, state: 'CAPTURED', total: '600.00', replayed: true });
  });

  it('without redeem a smaller bill takes of the hold what its own limits allow', async () => {
    const accountId = await stand.holding(6, '500.00');
    const held = await authorize({ receipt: 'C-2', accountId, total: '500.00', redeem: '400.00' });
    const captured = await step(held.body.id, 'capture', { total: '300.00' });
    expect(captured.body).toMatchObject({ state: 'CAPTURED', total: '300.00', redeemed: '300.00', due: '0.00' });
    await stand.bothHold(stand.person(6), '200.00');
  });

  it('12 B-23 time over: released here and in Altegio, and capture answers 409 hold_expired; the receipt is free again', async () => {
    const accountId = await stand.holding(7, '1000.00');
    const held = await authorize({ receipt: 'D-1', accountId, total: '700.00', redeem: '700.00' });
    await stand.bothHold(stand.person(7), '300.00');
    await timeIsOver(held.body.id, held.body.workflowId);
    await stand.bothHold(stand.person(7), '1000.00');
    expect(await stateOf(held.body.id)).toBe('EXPIRED');
    for (const name of ['capture', 'void'])
      expect(await step(held.body.id, name)).toMatchObject({ status: 409, body: { code: 'hold_expired' } });
    const again = await authorize({ receipt: 'D-1', accountId, total: '700.00', redeem: '700.00' });
    expect(again.body).toMatchObject({ state: 'AUTHORIZED', attempt: 2, replayed: false });
    expect((await step(again.body.id, 'void')).body.state).toBe('VOIDED');
    await stand.bothHold(stand.person(7), '1000.00');
  });

  it('the database decides: a capture that comes after the time, before anybody released, is refused and releases', async () => {
    const accountId = await stand.holding(8, '50.00');
    const held = await authorize({ receipt: 'D-2', accountId, total: '50.00', redeem: '50.00' });
    await stand.pool.query("update payment set expires_at = now() - interval '1 ms' where id = $1", [held.body.id]);
    expect(await step(held.body.id, 'capture')).toMatchObject({ status: 409, body: { code: 'hold_expired' } });
    expect(await stateOf(held.body.id)).toBe('EXPIRED');
    await stand.bothHold(stand.person(8), '50.00');
  });

  it('B-23 a worker restart between authorize and time-out changes nothing: the timer still releases the points', async () => {
    const accountId = await stand.holding(9, '200.00');
    const held = await authorize({ receipt: 'E-1', accountId, total: '200.00', redeem: '200.00' });
    const kept = await authorize({ receipt: 'E-2', accountId, total: '100.00', redeem: 'none' });
    await stand.bothHold(stand.person(9), '0.00');
    // A shorter hold, which the workflow learns of: from here on only its timer can end it.
    await stand.pool.query("update payment set expires_at = now() + interval '2 seconds' where id = $1", [
      held.body.id,
    ]);
    await stand.client.workflow.getHandle(held.body.workflowId).signal('step');
    await until('the timer is set', async () => {
      const looked = steps(await historyOf(stand.client, held.body.workflowId));
      return looked.some(({ name }) => name === 'settleHold') ? true : looked;
    });
    await stand.stopWorker();
    expect(await balanceOf(9)).toMatchObject({ active: '200.00', held: '200.00', available: '0.00' });
    const over = 'select 1 from payment where id = $1 and expires_at < now()';
    await until('the time is over', async () => (await stand.pool.query(over, [held.body.id])).rowCount === 1);
    expect(await stateOf(held.body.id)).toBe('AUTHORIZED');
    await stand.startWorker();
    await stand.bothHold(stand.person(9), '200.00');
    expect(await stateOf(held.body.id)).toBe('EXPIRED');
    expect((await step(kept.body.id, 'capture')).body).toMatchObject({ state: 'CAPTURED', accrued: '5.00' });
    await stand.bothHold(stand.person(9), '205.00');
  });
});
