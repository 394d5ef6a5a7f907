/** Every interleaving of one altegio card within small bounds, around the real domain functions. */
import { afterAll, describe, expect, it } from 'vitest';
import { explore, type Findings, printTable, settingsText } from './explorer/explore.ts';
import type { Settings } from './explorer/world.ts';

const sound = { complete: true, wrong: 0, stuck: 0, unnamed: 0 };

const punctual: [name: string, bounds: Partial<Settings>][] = [
  ['requests that are never late', { late: 0 }],
  ['a journal without lag', { late: 0, lag: false }],
  ['two staff changes', { late: 0, staffChanges: 2 }],
  ['staff changes of −1 and +5', { late: 0, staffChanges: 2, staffAmounts: [-1n, 5n] }],
  ['two lost answers', { late: 0, lost: 2 }],
  ['two holds', { late: 0, holds: 2 }],
  ['a journal line that was there before the card was adopted', { late: 0, openingLine: 3n }],
  ['journal lines out of order', { late: 0, staffChanges: 2, disorder: true }],
  ['bounded waiting for explanations', { late: 0, staffChanges: 2, unknown: true }],
  ['reads from before the lock, and tills that redeem on them', { late: 0, holds: 2, optimistic: true }],
  ['a withdrawal in a visit, capped and split, beside a hold', { late: 0, visits: 1 }],
  ['two senders that compete', { senders: 2, late: 0, sends: 3 }],
  [
    'two senders that compete with reads from before the lock',
    { senders: 2, late: 0, lost: 0, sends: 3, optimistic: true },
  ],
];

const inVisits: [name: string, bounds: Partial<Settings>][] = [
  ['one withdrawal, capped and split', { late: 0 }],
  ['one beside a withdrawal that staff make', { late: 0, staffVisits: 1 }],
  ['two, and two lost answers', { late: 0, lost: 2, visits: 2 }],
  ['one that arrives after it was given up', { late: 1 }],
];

const late: [name: string, bounds: Partial<Settings>][] = [
  ['alone', {}],
  ['and two staff changes', { staffChanges: 2 }],
  ['and bounded waiting: a later line names what was unknown', { unknown: true }],
  ['and reads that are old when they are used', { optimistic: true }],
  ['and journal lines out of order', { disorder: true }],
  ['while another sender goes on', { senders: 2, sends: 3 }],
];

const explored: { name: string; found: Findings }[] = [];

function world(name: string, bounds: Partial<Settings>): Findings {
  const found = explore(bounds);
  explored.push({ name: `${name} (${settingsText(bounds)})`, found });
  return found;
}

describe('both books', { timeout: 180_000 }, () => {
  afterAll(() => printTable('worlds explored', explored));

  it.each(punctual)('become equal and right with %s, and lines never lift what a till may redeem', (name, bounds) => {
    const found = world(name, bounds);
    expect(found).toMatchObject({ ...sound, ambiguous: 0, phantom: 0, overpromised: 0 });
    expect(found.quiescent).toBeGreaterThan(80);
  });

  it.each(inVisits)('become equal and right with withdrawals in visits: %s', (name, bounds) => {
    const found = world(`in visits: ${name}`, { holds: 0, visits: 1, ...bounds });
    expect(found).toMatchObject({ ...sound, ambiguous: 0, overpromised: 0 });
    expect(found.quiescent).toBeGreaterThan(10);
  });

  it.each(late)(
    'become equal and right with a request that arrives after its write was given up, %s',
    (name, bounds) => {
      const found = world(`late request ${name}`, bounds);
      expect(found).toMatchObject({ ...sound, ambiguous: 0, overpromised: 0 });
      expect(found.quiescent).toBeGreaterThan(300);
    },
  );

  it('become equal even when staff change exactly an amount of ours; the ledger is off only after such a mistake', () => {
    const found = world('equal amounts', { late: 0, staffChanges: 2, staffAmounts: [-2n, 2n] });
    expect(found).toMatchObject(sound);
    expect(found.ambiguous).toBeGreaterThan(0);
  });
});
