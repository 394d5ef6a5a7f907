// What recovery costs after an outage: one read and one write a card, however many operations waited on it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pauseSchedules } from '../service/schedules.ts';
import { startStand, type Stand } from '../service/stand.ts';
import { until } from '../service/until.ts';
import {
  appliedAmounts,
  behave,
  matchedByItself,
  misbehave,
  moved,
  pay,
  requestsAfter,
  type LoggedCall,
} from './books.ts';

const CARDS = 6;
const EACH = 4;
/** Four times 5.00 earned, in minor units. */
const DELTA = 2_000;

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('recovery');
});
afterAll(() => stand?.close());

it('Altegio away while 4 payments wait on each of 6 cards: then at most one read, one write a card, and the journal once', async () => {
  const people = stand.clients.filter(({ card }) => card !== null).slice(0, CARDS);
  const accounts: string[] = [];
  for (const person of people) accounts.push(await stand.meet(person));
  const openings = await Promise.all(people.map((person) => stand.altegio(person)));
  // What schedules read is not what recovery costs.
  await pauseSchedules(stand);
  await stand.quiet();
  // First the writes alone, so that one of each card is in doubt; then everything, so that none can be decided.
  await misbehave(stand, { call: 'write', fault: '5xx_before', share: 1 });
  const paid = [];
  for (let nth = 0; nth < EACH; nth += 1) {
    if (nth === 1) await misbehave(stand, { call: 'any', fault: '5xx_before', share: 1 });
    for (const [index, accountId] of accounts.entries()) {
      const answer = await pay(stand, { receipt: `AWAY-${index}-${nth}`, accountId, redeem: 'none' });
      expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201, body: { accrued: '5.00' } });
      paid.push(answer.body);
    }
  }
  await until('a write of each card is in doubt and its window has passed', async () => {
    const { rowCount } = await stand.pool.query(
      "select 1 from altegio_write where state = 'in_doubt' and window_until < now()",
    );
    return rowCount === CARDS || rowCount;
  });
  const last = (await requestsAfter(stand, 0)).at(-1)?.id ?? 0;
  await behave(stand);
  for (const payment of paid) await matchedByItself(stand, payment, 90_000);
  for (const [index, person] of people.entries()) {
    await stand.bothHold(person, moved(openings[index] ?? '', DELTA));
    expect(await appliedAmounts(stand, person)).toEqual([DELTA]);
  }
  const rows = (await requestsAfter(stand, last)).filter(({ status }) => status < 500);
  const count = (part: (row: LoggedCall) => boolean) => rows.filter(part).length;
  const costs = {
    writes: count(({ method }) => method === 'POST'),
    // One that a busy machine did not answer in time (status 0) is asked again.
    reads: count(({ path, method, status }) => method === 'GET' && path.includes('/loyalty/cards/') && status > 0),
    journals: count(({ path }) => path.includes('/loyalty/transactions')),
    refused: count(({ status }) => status === 429),
  };
  expect(costs).toMatchObject({ writes: CARDS, refused: 0 });
  expect(costs.reads).toBeLessThanOrEqual(CARDS);
  expect(costs.journals).toBeLessThanOrEqual(1);
}, 180_000);
