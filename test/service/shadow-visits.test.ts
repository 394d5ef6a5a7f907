// What a program in shadow makes of visits, nights and gifts, and what of it is left when the shadow ends.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeDueGifts } from '../../activities/ledger/gifts.ts';
import { moved } from '../fault/books.ts';
import { runNow } from './finding.ts';
import { ProgramTime, startProgramStand } from './program-stand.ts';
import { rowCounts, shadowDay, switchShadow } from './shadow-switch.ts';
import type { Answer, Stand } from './stand.ts';
import { type Booked, Visits } from './visit-stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startProgramStand('shadow', { accrueBy: 'both' });
});
afterAll(() => stand?.close());

const { act, becomes, booked, looked, postings, runsOf } = new Visits(() => stand);
const time = new ProgramTime(() => stand);
const CUT = { title: 'Cut', cost: '100.00' };

/** Today's entry of a customer in the list of differences. */
async function differenceOf(accountId: string): Promise<Answer['body']> {
  const { items } = await shadowDay(stand);
  return items.find((item: Answer['body']) => item.accountId === accountId);
}

/** Temporal's list lags a moment behind; this answer does not. */
const lastRunOf = async ({ visit }: Booked): Promise<string> =>
  (await stand.client.workflow.getHandle(`visit:${stand.locationId}:${visit.visitId}`).describe()).runId;

const POSTED = ['transfer', 'lot', 'altegio_write'];

/** Three visits: one paid in shadow, one that a till sold in in shadow, one that had earned before it. */
let paid: Booked;
let sold: Booked;
let earned: Booked;

it('B-32 in shadow a visit counts with what it would have earned, a till’s sale in it once, what had earned before no more; nothing is posted', async () => {
  [paid, sold, earned] = await Promise.all([booked(1, [CUT]), booked(2, [CUT]), booked(3, [CUT])]);
  await act(earned.visit, 'pay');
  await becomes(earned.visit, { state: 'settled', posted: { accrued: '5.00' } });
  await stand.quiet();
  await switchShadow(stand, true);
  const before = await rowCounts(stand, POSTED);
  const sale = { receipt: 'SV-1', accountId: sold.id, total: '100.00', redeem: 'none', visit: sold.visit };
  expect(await time.pay(sale)).toMatchObject({ accrued: '0.00', due: '100.00' });
  await act(earned.visit, 'edit', { comment: 'said once more' });
  await Promise.all([paid, sold].map(({ visit }) => act(visit, 'pay')));
  for (const { visit } of [paid, sold])
    expect((await becomes(visit, { state: 'settled' })).posted).toMatchObject({ redeemed: '0.00', accrued: '0.00' });
  await looked(earned.visit, 2);
  expect(await differenceOf(paid.id)).toMatchObject({ ours: '5.00', altegio: '0.00' });
  expect(await differenceOf(sold.id)).toMatchObject({ ours: '5.00', altegio: '0.00' });
  expect(await differenceOf(earned.id)).toBeUndefined();
  await act(earned.visit, 'unpay');
  await becomes(earned.visit, { state: 'unpaid', posted: { accrued: '5.00' } });
  await stand.quiet();
  expect(await rowCounts(stand, POSTED)).toEqual(before);
}, 200_000);

it('B-32 afterwards no event posts what the shadow had, only what is earned more; what was lost in it is taken back', async () => {
  const all = [paid, sold, earned];
  const posted = await Promise.all(all.map(({ id }) => postings(id)));
  const held = await Promise.all([1, 2, 3].map((index) => stand.altegio(stand.person(index))));
  const runs = await Promise.all(all.map(({ visit }) => runsOf(visit)));
  await switchShadow(stand, false);
  await runNow(stand, 'journalTail');
  for (const { visit } of [paid, sold]) await act(visit, 'edit', { comment: 'said once more' });
  await Promise.all(all.map(({ visit }, place) => looked(visit, (runs[place] ?? 0) + 1)));
  const now = await Promise.all(all.map(({ id }) => postings(id)));
  expect(now).toEqual([posted[0], posted[1], [...(posted[2] ?? []), 'clawback -5.00']]);
  await stand.bothHold(stand.person(3), moved(held[2] ?? '', -500));
  const after = await lastRunOf(earned);
  await runNow(stand, 'journalTail');
  expect(await lastRunOf(earned)).toBe(after);
  await act(paid.visit, 'edit', { items: [{ title: 'Cut and colour', cost: '160.00' }] });
  await act(paid.visit, 'pay');
  await becomes(paid.visit, { state: 'settled', sold: '160.00', posted: { accrued: '3.00' } });
  await stand.bothHold(stand.person(1), moved(held[0] ?? '', 300));
  await stand.bothHold(stand.person(2), held[1] ?? '');
}, 200_000);

it('B-32 in shadow no points end and no gift is given; both come when it is over', async () => {
  const { endsIn, enrol, holding, ledgerOf, nextNight, pay, program, sweep, untilActive } = time;
  const accountId = await holding(5, '0.00');
  await pay({ receipt: 'SN-1', accountId, total: '100.00', redeem: 'none' });
  await stand.bothHold(stand.person(5), '5.00');
  await program({ accrueBy: 'both', welcome: { amount: '500', lifetimeDays: 10 } });
  await endsIn(accountId, [-1]);
  await switchShadow(stand, true);
  const guest = await enrol('+77017770001');
  const { rowCount } = await stand.pool.query('select 1 from gift where account_id = $1', [guest]);
  expect(rowCount).toBe(1);
  expect(await takeDueGifts(stand.pool, 50)).toEqual([]);
  expect(await nextNight()).toEqual([]);
  expect(await postings(guest)).toEqual([]);
  expect(await ledgerOf(accountId)).toMatchObject({ active: '5.00' });
  await switchShadow(stand, false);
  await untilActive(guest, '500.00');
  expect((await nextNight())[0]?.expired).toEqual({ accounts: 1, amount: '5.00' });
  await sweep();
  await stand.bothHold(stand.person(5), '0.00');
}, 200_000);
