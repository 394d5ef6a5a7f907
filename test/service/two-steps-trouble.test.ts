/** Two steps and refunds when something is in the way: a killed workflow, a race, Altegio away, staff, an operator. */
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStarter } from '../../api/starts.ts';
import { endOverdueHolds } from '../../worker/end-holds.ts';
import { followJournal, tell } from './proof-stand.ts';
import { type Answer, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('two-steps-trouble', { apis: 2, redeem: { maxShare: '1' }, timeoutMs: 800 });
});
afterAll(() => stand?.close());

async function authorize(accountId: string, receipt: string, redeem: string): Promise<Answer['body']> {
  const held = await stand.till('/payments', { receipt, accountId, total: '100.00', redeem, capture: false });
  expect(held.body.state).toBe('AUTHORIZED');
  return held.body;
}

const step = (id: string, name: string, body: object = {}, api = 0): Promise<Answer> =>
  stand.till(`/payments/${id}/${name}`, body, { api });
const stateOf = async (id: string): Promise<string> => (await stand.till(`/payments/${id}`)).body.state;
const noFaults = () => stand.control('/faults', undefined, 'DELETE');

/** Waits until the workflow's step is tried in vain. */
async function waits(workflowId: string): Promise<void> {
  await until(`${workflowId} waits`, async () => {
    const state = await stand.client.workflow.getHandle(workflowId).query<{ waitsFor: string | null }>('state');
    return state.waitsFor !== null ? true : state;
  });
}

describe('two steps and refunds in trouble', () => {
  it('13 the same receipt: same key and new key replay, another total and account conflict; voided, then paid again: posted', async () => {
    const accountId = await stand.holding(1, '100.00');
    const other = await stand.holding(2, '100.00');
    const body = { receipt: 'R-13', accountId, total: '100.00', redeem: '30.00' };
    const post = (changes: object, key: string, api = 0) =>
      stand.till('/payments', { ...body, ...changes }, { headers: { 'idempotency-key': key }, api });
    const first = await post({}, 'k-1');
    expect(first).toMatchObject({ status: 201, body: { state: 'CAPTURED', replayed: false } });
    expect((await post({}, 'k-1')).body).toEqual({ ...first.body, replayed: true });
    expect((await post({}, 'k-2', 1)).body).toEqual({ ...first.body, replayed: true });
    for (const [changes, path] of [
      [{ total: '1100.00' }, 'total'],
      [{ accountId: other }, 'accountId'],
    ] as const)
      expect(await post(changes, `k-${path}`)).toMatchObject({
        status: 409,
        body: { code: 'receipt_conflict', errors: [{ path }] },
      });
    await stand.bothHold(stand.person(1), '73.50');
    const declined = await stand.till('/payments', { ...body, receipt: 'R-13b', redeem: '80.00' });
    expect(declined).toMatchObject({ status: 422, body: { code: 'insufficient_points', allowed: '73.50' } });
    const held = await stand.till('/payments', { ...body, receipt: 'R-13b', redeem: '20.00', capture: false });
    expect(held.body).toMatchObject({ state: 'AUTHORIZED', attempt: 2 });
    expect((await step(held.body.id, 'void')).body.state).toBe('VOIDED');
    const again = await stand.till('/payments', { ...body, receipt: 'R-13b', redeem: '20.00' });
    expect(again.body).toMatchObject({ state: 'CAPTURED', attempt: 3, redeemed: '20.00' });
    await stand.bothHold(stand.person(1), '57.50');
  });

  it('captures and voids at once, from two processes: exactly one is done, and the books agree with it', async () => {
    const accountId = await stand.holding(5, '100.00');
    for (const round of [1, 2, 3]) {
      const { id } = await authorize(accountId, `RACE-${round}`, '10.00');
      const names = ['capture', 'void', 'capture', 'void', 'capture', 'void'];
      const answers = await Promise.all(names.map((name, index) => step(id, name, {}, index % 2)));
      const state = await stateOf(id);
      const won = state === 'CAPTURED' ? 'capture' : 'void';
      expect(['CAPTURED', 'VOIDED']).toContain(state);
      for (const [index, { status, body }] of answers.entries())
        if (status === 200) expect([names[index], body.state]).toEqual([won, state]);
        else expect(['operation_in_progress', 'already_captured', 'already_voided']).toContain(body.code);
      expect(answers.filter(({ body }) => body.replayed === false)).toHaveLength(1);
    }
    await stand.quiet();
    const { rows } = await stand.pool.query('select held::int as held from account where id = $1', [accountId]);
    expect(rows).toEqual([{ held: 0 }]);
    const { target } = await stand.account(stand.person(5));
    await stand.bothHold(stand.person(5), target);
  });

  it('a payment whose workflow somebody terminated is still captured, once, and proven', async () => {
    const accountId = await stand.holding(6, '100.00');
    const held = await authorize(accountId, 'TERMINATED', '40.00');
    await stand.bothHold(stand.person(6), '60.00');
    await stand.client.workflow.getHandle(held.workflowId).terminate('by a test');
    const captured = await step(held.id, 'capture');
    expect(captured).toMatchObject({ status: 200, body: { state: 'CAPTURED', redeemed: '40.00', accrued: '3.00' } });
    await stand.bothHold(stand.person(6), '63.00');
    await stand.quiet();
    await followJournal(stand);
    const proof = (await stand.admin(`/payments/${held.id}/proof`)).body;
    expect(proof.sentence).toMatch(/^EXACTLY ONCE/);
    expect(proof.workflow.source).toBe('temporal');
  });

  it('a payment whose workflow somebody terminated frees its points when its time is over, with no till asking', async () => {
    const accountId = await stand.holding(11, '100.00');
    const held = await authorize(accountId, 'FORSAKEN', '40.00');
    const living = await authorize(accountId, 'LIVING', '10.00');
    await stand.bothHold(stand.person(11), '50.00');
    await stand.client.workflow.getHandle(held.workflowId).terminate('by a test');
    // A worker looks again after half a minute; here it is asked at once, with the time turned back.
    const overdue = `update payment set expires_at = now() - interval '61 seconds' where id = $1`;
    await stand.pool.query(overdue, [held.id]);
    const starter = createStarter({ client: stand.client, eager: false, taskQueuePrefix: stand.taskQueuePrefix });
    await endOverdueHolds({ pool: stand.pool, logger: pino({ level: 'silent' }), starter });
    await until('the points are free', async () => (await stateOf(held.id)) === 'EXPIRED');
    await stand.bothHold(stand.person(11), '90.00');
    expect((await step(living.id, 'void')).body.state).toBe('VOIDED');
    await stand.bothHold(stand.person(11), '100.00');
    await stand.quiet();
  });

  it('Altegio away after the hold: capture, void and refund are answered from the ledger, and Altegio follows later', async () => {
    const accountId = await stand.holding(7, '100.00');
    const held = await authorize(accountId, 'AWAY-1', '40.00');
    await stand.bothHold(stand.person(7), '60.00');
    const other = await authorize(accountId, 'AWAY-2', '10.00');
    await stand.control('/faults', { call: 'any', fault: '5xx_before' });
    expect((await step(held.id, 'capture', { redeem: '30.00' })).body).toMatchObject({
      state: 'CAPTURED',
      due: '70.00',
    });
    expect((await step(other.id, 'void')).body.state).toBe('VOIDED');
    const refunded = await step(held.id, 'refunds', { refund: '1', amount: '100.00' });
    expect(refunded.body).toMatchObject({ pointsReturned: '30.00', accrualClawedBack: '3.50' });
    await waits(`refund:${stand.locationId}:AWAY-1:1`);
    expect((await stand.account(stand.person(7))).ledger.active).toBe('100.00');
    await noFaults();
    await stand.bothHold(stand.person(7), '100.00');
    await stand.quiet();
  });

  it('staff take more than is free while points are held: the rest is debt, the hold stays, and void pays the debt first', async () => {
    const person = stand.person(8);
    const accountId = await stand.holding(8, '100.00');
    const held = await authorize(accountId, 'DEBT', '80.00');
    await stand.bothHold(person, '20.00');
    // Our book spends the 20.00 that are free; before Altegio is told, staff take the same 20.00 there.
    await stand.control('/faults', { call: 'write', fault: '5xx_before' });
    const paid = await stand.till('/payments', { receipt: 'DEBT-2', accountId, total: '20.00', redeem: '20.00' });
    expect(paid.body.state).toBe('CAPTURED');
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '-20.00' });
    await noFaults();
    await tell(stand, person);
    await until('the rest is debt', async () => {
      const { ledger } = await stand.account(person);
      return ledger.debt === '20.00' ? true : ledger;
    });
    expect((await stand.account(person)).ledger).toMatchObject({ active: '80.00', held: '80.00', available: '0.00' });
    expect((await step(held.id, 'void')).body.account.balance).toMatchObject({
      active: '60.00',
      held: '0.00',
      debt: '0.00',
      available: '60.00',
    });
    await until('both are equal', async () => {
      const seen = { altegio: await stand.altegio(person), target: (await stand.account(person)).target };
      return seen.altegio === '60.00' && seen.target === '60.00' ? true : seen;
    });
    await stand.quiet();
  });

  it('an operator skips an open hold: it is voided, and the till is told; a skipped refund is taken back', async () => {
    const accountId = await stand.holding(9, '100.00');
    const held = await authorize(accountId, 'SKIP-1', '40.00');
    await stand.bothHold(stand.person(9), '60.00');
    const skip = (workflowId: string) =>
      stand.admin(`/operations/${encodeURIComponent(workflowId)}/skip`, { reason: 'a test' });
    expect((await skip(held.workflowId)).status).toBe(202);
    await stand.bothHold(stand.person(9), '100.00');
    await stand.quiet();
    expect(await step(held.id, 'capture')).toMatchObject({ status: 409, body: { code: 'already_voided' } });

    const paid = await stand.till('/payments', { receipt: 'SKIP-2', accountId, total: '100.00', redeem: '30.00' });
    await stand.bothHold(stand.person(9), '73.50');
    await stand.control('/faults', { call: 'write', fault: '404' });
    expect((await step(paid.body.id, 'refunds', { refund: '1', amount: '40.00' })).status).toBe(201);
    const workflowId = `refund:${stand.locationId}:SKIP-2:1`;
    await waits(workflowId);
    expect((await skip(workflowId)).status).toBe(202);
    await noFaults();
    await stand.bothHold(stand.person(9), '73.50');
    await until('the sale stands again', async () => (await stateOf(paid.body.id)) === 'CAPTURED');
    const whole = await step(paid.body.id, 'refunds', { refund: '2', amount: '100.00' });
    expect(whole.body).toMatchObject({ pointsReturned: '30.00', moneyToReturn: '70.00', accrualClawedBack: '3.50' });
    await stand.bothHold(stand.person(9), '100.00');
    await stand.quiet();
  });

  it('a void that overtakes its payment takes nothing, and the payment that comes to it later takes nothing either', async () => {
    const accountId = await stand.holding(10, '50.00');
    await stand.quiet();
    await stand.stopWorker();
    const body = { receipt: 'EARLY', accountId, total: '100.00', redeem: '30.00' };
    const pending = await stand.till('/payments', body);
    expect([202, 503]).toContain(pending.status);
    const found = (await stand.till('/payments?receipt=EARLY')).body;
    const voided = await step(found.id, 'void');
    if (pending.status === 202) expect(voided.body).toMatchObject({ state: 'VOIDED', redeemed: '0.00' });
    await stand.startWorker();
    await stand.quiet();
    expect((await stand.account(stand.person(10))).ledger).toMatchObject({ active: '50.00', held: '0.00' });
    const { rows } = await stand.pool.query('select 1 from transfer where operation = $1', [found.workflowId]);
    expect(rows).toEqual([]);
  });
});
