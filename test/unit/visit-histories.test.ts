// Every shape of a visit that is known from real records, as a file: what is posted after each gathering of events, and
// that neither the order of the events nor how often they come changes where it ends.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAmount } from '../../domain/money.ts';
import { check } from '../property/check.ts';
import { type History, Replay } from '../visits/replay.ts';

const folder = join(import.meta.dirname, '..', 'visits');
const histories = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as History);

const net = (postings: readonly { code: string; amount: string }[], gives: string, takes: string): bigint =>
  postings.reduce((sum, { code, amount }) => {
    const minor = parseAmount(amount);
    return code === gives ? sum + minor : code === takes ? sum - minor : sum;
  }, 0n);

it('there are at least sixty histories, and each names the shape it comes from', () => {
  expect(histories.length).toBeGreaterThanOrEqual(60);
  expect(new Set(histories.map(({ title }) => title)).size).toBe(histories.length);
  for (const { title, shape, gatherings, expect: runs } of histories) {
    expect(shape, title).toMatch(/^altegio\.md \d+/);
    expect(runs, title).toHaveLength(gatherings.length);
  }
});

describe('C-16 C-17 C-25 a visit comes to sold = discount + bonus + paid by method + due, and posts what follows', () => {
  it.each(histories.map((history) => [history.title, history] as const))('%s', (_title, history) => {
    const replay = new Replay(history);
    for (const [index, steps] of history.gatherings.entries()) {
      for (const step of steps) replay.tell(replay.act(step));
      const postings = replay.settle();
      expect({ ...replay.seen(), postings }).toEqual(history.expect[index]);
      expect(replay.rest()).toBe(0n);
      expect(replay.settle(), 'settled again').toEqual([]);
    }
  });
});

it('M-23 shuffled, delayed and repeated events of every history end at the same postings, each once', () => {
  const schedule = fc.array(fc.record({ steps: fc.nat(2), pick: fc.nat(), again: fc.boolean() }), { maxLength: 40 });
  check(
    'visit events in any order',
    fc.tuple(fc.constantFrom(...histories), schedule),
    ([history, moves]) => {
      const replay = new Replay(history);
      const steps = history.gatherings.flat();
      const events: (number | null)[] = [];
      const posted: { code: string; amount: string }[] = [];
      const deliver = (pick: number, again: boolean) => {
        const [event] = events.splice(pick % events.length, 1);
        if (again && event !== undefined) events.push(event);
        replay.tell(event ?? null);
        posted.push(...replay.settle());
        expect(replay.rest()).toBe(0n);
      };
      for (const { steps: count, pick, again } of moves) {
        for (const step of steps.splice(0, count)) events.push(replay.act(step));
        if (events.length > 0) deliver(pick, again);
      }
      for (const step of steps) events.push(replay.act(step));
      while (events.length > 0) deliver(moves.length, false);
      const expected = history.expect.at(-1);
      if (!expected) throw new Error('a history expects something');
      const { postings: _each, ...last } = expected;
      expect(replay.seen(), history.title).toEqual(last);
      expect(net(posted, 'accrual', 'clawback')).toBe(parseAmount(last.accrued));
      expect(net(posted, 'redemption', 'refund')).toBe(parseAmount(last.redeemed));
    },
    1_000,
  );
});
