// Altegio fails in every way it can, on writes and on reads. The outage of a minute is shortened to ten seconds, with
// deadlines shortened likewise (500 ms, so a write's window is 3 s): each write meets it several times all the same.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RETRY_SIGNAL, STATE_QUERY, type WorkflowState } from '../../workflows/contract.ts';
import { type Answer, startStand, type Stand } from '../service/stand.ts';
import { until } from '../service/until.ts';
import { appliedAmounts, behave, matchedByItself, misbehave, oneEffect, pay, strikes, writesOf } from './books.ts';

/** 30.00 redeemed and 3.50 earned, in minor units. */
const DELTA = -2_650;

describe('writes fail', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand('outage', { timeoutMs: 500 });
  });
  afterAll(() => stand?.close());
  afterEach(() => behave(stand));

  it('Altegio answers every write with 503, applied or not: answered at once, matched by itself, one effect', async () => {
    const people = [1, 2, 4, 5].map((index) => stand.person(index));
    const openings = await Promise.all(people.map((person) => stand.altegio(person)));
    const accounts = await Promise.all(people.map((person) => stand.meet(person)));
    await misbehave(
      stand,
      { call: 'write', fault: '5xx_after', share: 0.5 },
      { call: 'write', fault: '5xx_before', share: 1 },
    );
    const began = performance.now();
    const paid = await Promise.all(
      accounts.map((accountId, index) => pay(stand, { receipt: `DOWN-${index}`, accountId })),
    );
    for (const { status, body } of paid) {
      expect(status).toBe(201);
      expect(body).toMatchObject({ state: 'CAPTURED', redeemed: '30.00', accrued: '3.50' });
    }
    await until('the outage lasts ten seconds and meets everybody', async () => {
      const tries = await Promise.all(people.map(async (person) => (await writesOf(stand, person)).length));
      return performance.now() - began > 10_000 && tries.every((count) => count > 0) ? true : tries;
    });
    for (const person of people) for (const { status } of await writesOf(stand, person)) expect(status).toBe(503);
    await behave(stand);
    for (const [index, person] of people.entries()) {
      await matchedByItself(stand, paid[index]?.body);
      await oneEffect(stand, person, openings[index] ?? '', DELTA);
    }
  });

  it.each([
    { fault: 'delay', ms: 1_000 },
    { fault: 'hang', ms: 1_000 },
    { fault: '5xx_before' },
    { fault: '5xx_after' },
    { fault: 'drop_before' },
    { fault: 'drop_after' },
    { fault: 'late_apply', ms: 1_500 },
    { fault: '429' },
    { fault: '404' },
  ])('a write meets $fault once: both books end equal with one effect', async ({ fault, ms }) => {
    const { person, opening, payment } = await payInto(stand, { call: 'write', fault, times: 1, ...(ms && { ms }) });
    await matchedByItself(stand, payment);
    expect(await strikes(stand)).toBe(1);
    await oneEffect(stand, person, opening, DELTA);
    expect(await appliedAmounts(stand, person)).toEqual([DELTA]);
  });

  it.each(['401', '402', '403'])('a write refused with %s waits, says so, and goes on by itself', async (fault) => {
    const { person, opening, payment } = await payInto(stand, { call: 'write', fault, times: 1 });
    const workflow = stand.client.workflow.getHandle(payment.workflowId);
    await until('the workflow says what it waits for', async () => {
      const { waitsFor } = await workflow.query<WorkflowState>(STATE_QUERY);
      return waitsFor?.startsWith('Altegio refuses our access: ') && waitsFor.includes(fault) ? true : waitsFor;
    });
    expect(await appliedAmounts(stand, person)).toEqual([]);
    // The probe passes after a minute; here a person gave access and said so.
    await stand.pool.query('delete from altegio_parking');
    await workflow.signal(RETRY_SIGNAL, 'access was given');
    await matchedByItself(stand, payment);
    await oneEffect(stand, person, opening, DELTA);
    expect(await appliedAmounts(stand, person)).toEqual([DELTA]);
  });

  it('a write applied whose answer is lost: exactly one deduction', async () => {
    const { person, opening, payment } = await payInto(stand, { call: 'write', fault: 'drop_after' });
    await until('the write was applied unheard', async () => (await appliedAmounts(stand, person)).length === 1);
    await matchedByItself(stand, payment);
    await oneEffect(stand, person, opening, DELTA);
    // Every further write would have been applied as well, and there was none.
    expect(await writesOf(stand, person)).toMatchObject([{ applied: true, status: 0 }]);
  });

  it('a write applied long after it was given up is taken back', async () => {
    const { person, accountId, opening, payment } = await payInto(stand, {
      call: 'write',
      fault: 'late_apply',
      times: 1,
      ms: 7_000,
    });
    await matchedByItself(stand, payment);
    expect(await appliedAmounts(stand, person)).toEqual([DELTA]);
    await until('the late twin is there', async () => (await appliedAmounts(stand, person)).length === 2);
    expect((await stand.admin('/reconciliations', { accountId })).status).toBe(202);
    await oneEffect(stand, person, opening, DELTA);
    expect(await appliedAmounts(stand, person)).toEqual([DELTA, DELTA, -DELTA]);
  });
});

let served = 10;
/** A payment of the next customer, with Altegio misbehaving from the payment on; the till is answered all the same. */
async function payInto(stand: Stand, fault: Record<string, unknown>) {
  served += 1;
  const person = stand.person(served);
  const accountId = await stand.meet(person);
  const opening = await stand.altegio(person);
  await misbehave(stand, fault);
  const { status, body } = await pay(stand, { receipt: `S-${served}`, accountId });
  expect(status, JSON.stringify(body)).toBe(201);
  expect(body).toMatchObject({ state: 'CAPTURED', redeemed: '30.00', accrued: '3.50' });
  const payment: Answer['body'] = body;
  return { person, accountId, opening, payment };
}
