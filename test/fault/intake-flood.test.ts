// Ten thousand webhooks: new ones, exact repeats and forged ones, in any order, over fifty customers.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, startStand, type Stand } from '../service/stand.ts';
import { until } from '../service/until.ts';
import { moved } from './books.ts';
import { Events, percentile, recordEvent } from './intake/events.ts';
import { Cell } from './matrix/cell.ts';

const CUSTOMERS = 50;
const NEW = 1_500;
const REPEATED = 4_500;
const FORGED = 4_000;
const AT_ONCE = 24;
/** Of all deliveries, one in a hundred. */
const MOST_UNHEARD = 100;
/** A customer's run gathers events for a second before it reads again: far fewer reads than events, however long it takes. */
const MOST_CALLS = NEW / 2;

let stand: Stand;
let events: Events;
beforeAll(async () => {
  stand = await startStand('flood', { people: 70 });
  events = await Events.of(stand);
});
afterAll(() => stand?.close());

it('10,000 webhooks are folded, forged ones cost nothing, and all customers end equal', async () => {
  const people = Array.from({ length: CUSTOMERS }, (_, index) => stand.person(index + 4));
  const wanted: string[] = [];
  for (const person of people) {
    // A busy machine may tell the till to ask again.
    await new Cell(stand, person).meet();
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '5.55' });
    wanted.push(moved(person.card?.balance ?? '', 555));
  }
  const news = Array.from({ length: NEW }, (_, index) => {
    const person = people[index % CUSTOMERS];
    if (!person) throw new Error('nobody');
    return () => events.post(recordEvent(stand, person, `change ${index}`));
  });
  const forged = Array.from({ length: FORGED }, (_, index) => () => {
    const token = String(index).padStart(43, 'A');
    const [person] = people;
    return call(`${stand.apiUrls[0]}/webhooks/altegio/${token}`, {
      body: person ? recordEvent(stand, person, `forged ${index}`) : {},
    });
  });
  // Neighbours overtake each other: a step that shares no factor with the number of deliveries visits each of them once.
  const repeated = Array.from({ length: REPEATED }, (_, index) => news[index % NEW] ?? (() => call('')));
  const all = [...news, ...repeated, ...forged];
  const order = all.map((_, index) => all[(index * 7_919) % all.length] ?? (() => call(stand.apiUrls[0] ?? '')));
  const since = new Date().toISOString();
  const took: number[] = [];
  const statuses: Record<number, number> = {};
  let unheard = 0;
  const send = async () => {
    for (let next = order.shift(); next; next = order.shift()) {
      const began = performance.now();
      const { status } = await next();
      // A machine that stood still may not have stored it, and says so: it is sent again.
      if (status === 503 && (unheard += 1) <= MOST_UNHEARD) {
        order.push(next);
        continue;
      }
      took.push(performance.now() - began);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, send));
  const seconds = (performance.now() - began) / 1_000;
  expect(statuses).toEqual({ 200: NEW + REPEATED, 404: FORGED });

  const inbox = async () => {
    const { rows } = await stand.pool.query<{ state: string; n: number }>(
      'select state, count(*)::int as n from inbox group by state',
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n])) as Record<string, number>;
  };
  await until(
    'the inbox is worked off',
    async () => {
      const states = await inbox();
      return states['received'] === undefined && states['resolved'] === undefined ? true : states;
    },
    90_000,
  );
  expect(await inbox()).toEqual({ started: NEW, repeat: REPEATED });
  for (const [index, person] of people.entries()) await stand.bothHold(person, wanted[index] ?? '');
  await stand.quiet();
  const calls = await stand.calls(since);
  const runs = (await stand.client.workflow.count(`TaskQueue='${stand.taskQueuePrefix}orchestration'`)).count;
  console.log(
    `10,000 webhooks in ${seconds.toFixed(1)} s, p50 ${percentile(took, 0.5)} ms, p99 ${percentile(took, 0.99)} ms; ` +
      `${calls.length} calls of Altegio, ${runs} workflows in all`,
  );
  expect(calls.length).toBeLessThan(MOST_CALLS);
  expect(calls.filter(({ applied }) => applied)).toEqual([]);
}, 240_000);
