import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allowance, type Lane } from '../../activities/altegio/client/lanes.ts';
import { freshDatabase, type FreshDatabase } from '../setup/database.ts';
import { densest } from './altegio-client-stand.ts';

let database: FreshDatabase;
const start = Date.UTC(2026, 0, 1);

beforeAll(async () => {
  database = await freshDatabase('altegio_windows');
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query('delete from altegio_budget'));

/** One question to the gate at a simulated instant, in milliseconds. */
async function take(lane: Lane, ms: number, perSecond = 5, perMinute = 200): Promise<number> {
  const allowed = allowance(lane, perSecond, perMinute);
  const result = await database.pool.query<{ verdict: string; wait_ms: number }>({
    name: 'simulated_take',
    text: 'select verdict, wait_ms from altegio_take($1, $2, $3, null, $4, $5, $6, $7, p_now => $8)',
    values: [
      'simulated',
      lane,
      lane === 'write',
      allowed.perSecond,
      allowed.perMinute,
      allowed.perSecondUnearned,
      allowed.perMinuteUnearned,
      new Date(start + ms),
    ],
  });
  return result.rows[0]?.verdict === 'go' ? 0 : (result.rows[0]?.wait_ms ?? Number.NaN);
}

/** Seeded numbers in [0, 1): mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const seeds = [1, 2, Math.floor(Math.random() * 1e9)];

describe('the sliding windows, on simulated time', () => {
  it.each(seeds)('never hold more than 5 a second or 200 a minute as Altegio sees it (seed %d)', async (seed) => {
    const next = random(seed);
    const arrivals: number[] = [];
    let now = 0;
    for (let step = 0; step < 1_800; step += 1) {
      // Storms, trickles and silences.
      const mood = Math.floor(step / 200) % 3;
      now += Math.floor(next() * (mood === 0 ? 60 : mood === 1 ? 700 : 2_500));
      const lane = (['till', 'write', 'sweep'] as const)[Math.floor(next() * 3)] ?? 'till';
      // A call arrives up to 200 ms after its slot.
      if ((await take(lane, now)) === 0) arrivals.push(now + next() * 199);
    }
    expect(densest(arrivals, 1_000)).toBeLessThanOrEqual(5);
    expect(densest(arrivals, 60_000)).toBeLessThanOrEqual(200);
    expect(arrivals.length).toBeGreaterThan(300);
  });

  it.each(seeds)('hold for any limits, also large ones kept in tenths of a second (seed %d)', async (seed) => {
    const next = random(seed);
    const perSecond = 1 + Math.floor(next() * 40);
    const perMinute = Math.max(perSecond, Math.floor(next() * 2_400));
    const slots: number[] = [];
    let now = 0;
    for (let step = 0; step < 1_000; step += 1) {
      now += Math.floor(next() * 40);
      if ((await take('till', now, perSecond, perMinute)) === 0) slots.push(now);
    }
    const message = `limits ${perSecond}/s ${perMinute}/min`;
    expect(densest(slots, 1_300), message).toBeLessThanOrEqual(perSecond);
    expect(densest(slots, 60_200), message).toBeLessThanOrEqual(perMinute);
    const { rows } = await database.pool.query<{ size: number }>(
      'select cardinality(sent_at) as size from altegio_budget',
    );
    expect(rows[0]?.size).toBeLessThanOrEqual(Math.max(perMinute, 600) + 15);
  });

  it.each(seeds)('answer the exact wait: not a millisecond earlier, and then at once (seed %d)', async (seed) => {
    const next = random(seed);
    let now = 0;
    let waits = 0;
    for (let step = 0; step < 400; step += 1) {
      const wait = await take('till', now);
      if (wait > 0) {
        waits += 1;
        if (wait > 1) expect(await take('till', now + wait - 1)).toBeGreaterThan(0);
        expect(await take('till', now + wait)).toBe(0);
        now += wait;
      }
      now += Math.floor(next() * 300);
    }
    expect(waits).toBeGreaterThan(10);
  });

  it('survive a clock that is set back or forward', async () => {
    for (let call = 0; call < 5; call += 1) expect(await take('till', 3_600_000)).toBe(0);
    // An hour back: what lies in the future counts as sent now, and is forgotten after its window.
    expect(await take('till', 0)).toBe(1_300);
    expect(await take('till', 1_300)).toBe(0);
    expect(await take('till', 7_200_000)).toBe(0);
  });
});

interface Simulated {
  tillWaits: number[];
  writesDone: number[];
}

/** Tills that arrive at given instants, and writes that are due then (each till's read makes one due, if asked). */
async function simulate(tills: number[], backlog: number, following: boolean, endMs: number): Promise<Simulated> {
  const waiting = tills.map((arrived) => ({ arrived, at: arrived }));
  const due: number[] = Array.from({ length: backlog }, () => 0);
  const done: Simulated = { tillWaits: [], writesDone: [] };
  let writeAt = 0;
  for (;;) {
    waiting.sort((a, b) => a.at - b.at);
    const till = waiting[0];
    const nextWrite = due.length > 0 ? Math.max(writeAt, due[0] ?? 0) : Number.POSITIVE_INFINITY;
    const now = Math.min(till?.at ?? Number.POSITIVE_INFINITY, nextWrite);
    if (now > endMs || now === Number.POSITIVE_INFINITY) return done;
    if (till && till.at === now) {
      const wait = await take('till', now);
      if (wait > 0) till.at = now + wait;
      else {
        waiting.shift();
        done.tillWaits.push(now - till.arrived);
        if (following) due.push(now + 30);
      }
    } else {
      const wait = await take('write', now);
      if (wait > 0) writeAt = now + wait;
      else {
        due.shift();
        done.writesDone.push(now);
        writeAt = now + 5;
      }
    }
  }
}

describe('lanes, on simulated time', () => {
  it('carry 100 payments a minute, one read and one write each, without holding the writes back', async () => {
    const next = random(7);
    const tills = Array.from({ length: 400 }, (_, n) => n * 600 + next() * 500);
    const { tillWaits, writesDone } = await simulate(tills, 0, true, 240_000);
    // 200 calls in 60.2 s are 99.7 payments a minute; what is left is under way.
    expect(writesDone.length).toBeGreaterThanOrEqual(396);
    expect(tillWaits.length).toBeGreaterThanOrEqual(396);
    expect(Math.max(...tillWaits)).toBeLessThanOrEqual(1_300);
    // At the limit itself half of the tills wait less than the time between two calls.
    expect(tillWaits.toSorted((a, b) => a - b)[200]).toBeLessThanOrEqual(300);
  });

  it('with 1,000 writes waiting a payment waits for at most one call', async () => {
    const next = random(8);
    // From the third minute on the writes have filled every window.
    const tills = Array.from({ length: 120 }, (_, n) => 120_000 + n * 1_000 + next() * 900);
    const { tillWaits, writesDone } = await simulate(tills, 1_000, true, 250_000);
    const sorted = tillWaits.toSorted((a, b) => a - b);
    expect(sorted).toHaveLength(120);
    expect(sorted[60]).toBe(0);
    expect(sorted.at(-1)).toBeLessThanOrEqual(1_300);
    const drained = writesDone.filter((at) => at < 120_000).length;
    expect(drained).toBeGreaterThanOrEqual(365);
  });

  it('leave sweeps out when little remains, and let nobody pass a waiting till', async () => {
    for (let call = 0; call < 160; call += 1) expect(await take('sweep', call * 450)).toBe(0);
    for (let ms = 0; ms < 4; ms += 1) expect(await take('write', 74_000 + ms)).toBe(0);
    // The fifth of the second is the till's.
    expect(await take('write', 74_010)).toBeGreaterThan(0);
    expect(await take('till', 74_010)).toBe(0);
    // That till has earned a write, yet it has to let the next till pass.
    const wait = await take('till', 74_020);
    expect(wait).toBeGreaterThan(0);
    // Both come when the slot is free: the write finds it kept.
    expect(await take('write', 74_020 + wait)).toBeGreaterThan(0);
    expect(await take('till', 74_020 + wait)).toBe(0);
  });
});
