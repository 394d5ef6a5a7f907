// Writing switched off for a chain: tills, webhooks and the ledger go on, nothing is written; on again, all is drained.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STATE_QUERY, type WorkflowState } from '../../workflows/contract.ts';
import { type Answer, startStand, type Stand } from '../service/stand.ts';
import { until } from '../service/until.ts';
import { appliedAmounts, cardOf, matchedByItself, moved, oneEffect, pay, writesOf } from './books.ts';

/** 30.00 redeemed and 3.50 earned, in minor units. */
const DELTA = -2_650;
const PAYMENTS = 6;

let stand: Stand;
beforeAll(async () => {
  // Altegio's real second: what is woken is written one after the other.
  stand = await startStand('switch', { perSecond: 5, perMinute: 6_000 });
});
afterAll(() => stand?.close());

const turn = (on: boolean, reason: string) =>
  stand.admin(`/chains/${stand.chainId}/writing`, { on, reason }, 'PUT') as Promise<Answer>;

async function writesSince(id: number): Promise<{ id: number; path: string; status: number }[]> {
  const rows = (await stand.control(`/requests?since=${id}`)) as {
    id: number;
    method: string;
    path: string;
    status: number;
  }[];
  return rows.filter(({ method, path }) => method === 'POST' && path.includes('/loyalty/'));
}

async function lastRequest(): Promise<number> {
  const rows = (await stand.control('/requests')) as { id: number }[];
  return rows.at(-1)?.id ?? 0;
}

async function waits(workflowId: string): Promise<void> {
  await until(`${workflowId} says that writing is off`, async () => {
    const { waitsFor } = await stand.client.workflow.getHandle(workflowId).query<WorkflowState>(STATE_QUERY);
    return waitsFor === 'Writing to Altegio is switched off for this chain; it goes on when switched on.' || waitsFor;
  });
}

it('B-44 off: nothing is written or issued, tills and webhooks go on; on: every card gets one write, longest waiting first, and both books are equal', async () => {
  const people = stand.clients.filter(({ card }) => Number(card?.balance) >= 100).slice(0, PAYMENTS);
  const accounts: string[] = [];
  for (const person of people) accounts.push(await stand.meet(person));
  const openings = await Promise.all(people.map((person) => stand.altegio(person)));
  const stranger = stand.clients.find(({ card }) => card === null);
  if (!stranger) throw new Error('everybody has a card');

  const before = await lastRequest();
  const off = await turn(false, 'the salon counts its cards');
  expect(off).toMatchObject({ status: 200, body: { writing: 'off', reason: 'the salon counts its cards', waking: 0 } });
  expect((await stand.admin('/altegio')).body.chains).toMatchObject([{ id: stand.chainId, writing: 'off' }]);

  // Tills redeem and earn; each waits in the order of its payment. Two more of the first customer net into one write.
  const paid: Answer['body'][] = [];
  for (const [index, accountId] of accounts.entries()) {
    const { status, body } = await pay(stand, { receipt: `OFF-${index}`, accountId });
    expect(status, JSON.stringify(body)).toBe(201);
    expect(body).toMatchObject({ state: 'CAPTURED', redeemed: '30.00', accrued: '3.50' });
    paid.push(body);
    await waits(body.workflowId);
  }
  const more = await pay(stand, { receipt: 'OFF-more', accountId: accounts[0] ?? '', redeem: 'none' });
  expect(more).toMatchObject({ status: 201, body: { accrued: '5.00' } });
  await waits(more.body.workflowId);
  // A customer without a card is met and earns; no card is issued.
  await stand.control('/appointments', { locationId: stand.locationId, phone: stranger.phone, status: 'create' });
  await until('the stranger is known', async () => (await stand.account(stranger)) !== undefined);
  const { id: strangerId } = await stand.account(stranger);
  const earned = await pay(stand, { receipt: 'OFF-new', accountId: strangerId, redeem: 'none' });
  expect(earned, JSON.stringify(earned.body)).toMatchObject({ status: 201, body: { accrued: '5.00' } });
  await waits(earned.body.workflowId);

  // Staff change a card: the event is kept and the change adopted, writing or not.
  const moving = people[1] as (typeof people)[number];
  await stand.control('/staff/adjust', { cardId: await cardOf(stand, moving), amount: '7.00' });
  await stand.control('/appointments', { locationId: stand.locationId, phone: moving.phone, status: 'create' });
  await until('the change by staff is adopted', async () => {
    const account = await stand.account(moving);
    return account.target === moved(openings[1] ?? '', DELTA + 700) || account.target;
  });
  expect((await stand.pool.query("select 1 from inbox where state = 'started'")).rowCount).toBeGreaterThan(0);

  // Once the journal has named that change, nothing but the switch is waited for.
  await waits(`reconciliation:${stand.chainId}:${accounts[1]}`);
  expect(await writesSince(before)).toEqual([]);
  expect((await stand.pool.query('select 1 from altegio_write')).rowCount).toBe(0);

  const on = await turn(true, 'counted');
  expect(on).toMatchObject({ status: 200, body: { writing: 'on', since: null, reason: null } });
  expect(on.body.waking).toBeGreaterThanOrEqual(PAYMENTS + 2);
  for (const payment of [...paid, more.body, earned.body]) await matchedByItself(stand, payment);
  for (const [index, person] of people.entries()) {
    const delta = index === 0 ? DELTA + 500 : DELTA;
    expect(await appliedAmounts(stand, person), `one write for customer ${index}`).toEqual([delta]);
    await stand.bothHold(person, moved(openings[index] ?? '', delta + (index === 1 ? 700 : 0)));
  }
  await stand.bothHold(stranger, '5.00');

  // The first write of each card came in the order in which the payments had begun to wait.
  const firsts = await Promise.all(
    people.map(async (person) => Date.parse((await writesOf(stand, person))[0]?.at ?? '')),
  );
  expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
  expect(
    (await stand.pool.query('select action, subject, reason from operator_action order by asked_at')).rows,
  ).toEqual([
    { action: 'writing-off', subject: `chain:${stand.chainId}`, reason: 'the salon counts its cards' },
    { action: 'writing-on', subject: `chain:${stand.chainId}`, reason: 'counted' },
  ]);
}, 120_000);

it('a write in flight when writing is switched off is decided by reads alone', async () => {
  const person = stand.clients.filter(({ card }) => Number(card?.balance) >= 100)[
    PAYMENTS
  ] as (typeof stand.clients)[number];
  const accountId = await stand.meet(person);
  const opening = await stand.altegio(person);
  await stand.control('/faults', { call: 'write', fault: 'drop_after', times: 1 });
  const { body } = await pay(stand, { receipt: 'FLY-1', accountId });
  await until('the write is in doubt', async () => {
    const { rowCount } = await stand.pool.query("select 1 from altegio_write where state = 'in_doubt'");
    return rowCount === 1;
  });
  const before = await lastRequest();
  expect((await turn(false, 'in the middle of a write')).status).toBe(200);
  // Its window is 8 s; then the journal names it, and nothing is left to write.
  await matchedByItself(stand, body);
  expect(await writesSince(before)).toEqual([]);
  expect((await turn(true, 'again')).status).toBe(200);
  await oneEffect(stand, person, opening, DELTA);
});

it('the switch says what is wrong with a call, and turning it twice changes nothing', async () => {
  expect((await stand.admin('/chains/1/writing', { on: false, reason: 'x' }, 'PUT')).body.code).toBe(
    'connection_not_found',
  );
  expect((await stand.admin(`/chains/${stand.chainId}/writing`, { on: 'no', reason: 'x' }, 'PUT')).status).toBe(400);
  expect((await stand.admin(`/chains/${stand.chainId}/writing`, { on: false }, 'PUT')).body.errors).toMatchObject([
    { path: 'reason' },
  ]);
  const first = await turn(false, 'first');
  const second = await turn(false, 'second');
  expect(second.body).toMatchObject({ since: first.body.since, reason: 'second' });
  expect((await turn(true, 'on')).body).toMatchObject({ writing: 'on', since: null });
  expect((await turn(true, 'on')).body).toMatchObject({ writing: 'on', since: null });
});
