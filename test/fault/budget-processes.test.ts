// Altegio's limits as they are, on two API and two worker processes under load; counted by the other side itself.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { densest } from '../service/altegio-client-stand.ts';
import { Roles } from '../service/processes.ts';
import { startStand, type Stand } from '../service/stand.ts';
import { build } from '../setup/product.ts';

const LIMITS = { perSecond: 5, perMinute: 200 };
const LOAD_MS = 68_000;
const TILLS = 12;
/** Three sales a second of two calls and more each ask for nearly twice what may be used. */
const SALE_EVERY_MS = 4_000;

let stand: Stand;
let roles: Roles;
beforeAll(async () => {
  build();
  stand = await startStand('rates', { ...LIMITS, worker: false });
  roles = new Roles(stand, { altegioTimeoutMs: 3_000 });
});
afterAll(async () => {
  await roles?.close();
  await stand?.close();
});

it('W-24 two API and two worker processes under load for 68 s: never more than 5 calls in a second nor 200 in a minute, and no 429', async () => {
  const env = {
    ALTEGIO_REQUESTS_PER_SECOND: String(LIMITS.perSecond),
    ALTEGIO_REQUESTS_PER_MINUTE: String(LIMITS.perMinute),
  };
  await Promise.all([roles.worker(env), roles.worker(env)]);
  const apis = [(await roles.api(env)).api, (await roles.api(env)).api];
  const people = stand.clients.filter(({ card }) => card !== null).slice(0, TILLS);
  const accounts: string[] = [];
  for (const person of people) accounts.push(await stand.meet(person, apis[0]));

  const began = performance.now();
  const statuses = new Map<number, number>();
  await Promise.all(
    accounts.map(async (accountId, till) => {
      for (let nth = 0; performance.now() - began < LOAD_MS; nth += 1) {
        const sale = { receipt: `RATE-${till}-${nth}`, accountId, total: '20.00', redeem: 'none' };
        const { status } = await stand.till('/payments', sale, { api: apis[(till + nth) % 2] as number });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        await pause(Math.max(0, began + (nth + 1) * SALE_EVERY_MS - performance.now()));
      }
    }),
  );
  const rows = (await stand.control('/requests')) as { at: string; status: number }[];
  const instants = rows.map(({ at }) => Date.parse(at));
  const said = `payments by status: ${JSON.stringify([...statuses])}, calls: ${rows.length}`;
  expect(densest(instants, 1_000), said).toBeLessThanOrEqual(LIMITS.perSecond);
  expect(densest(instants, 60_000), said).toBeLessThanOrEqual(LIMITS.perMinute);
  expect(rows.filter(({ status }) => status === 429)).toEqual([]);
  // The load did reach the limits: else it would prove nothing.
  expect(densest(instants, 60_000), said).toBeGreaterThan(150);
  expect(densest(instants, 1_000), said).toBeGreaterThanOrEqual(4);
  expect(await stand.control('/limits')).toMatchObject({ refused: 0 });
}, 240_000);
