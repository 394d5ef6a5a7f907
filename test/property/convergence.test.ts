/** Every interleaving of one altegio card within small bounds, around the real domain functions. */
import { describe, expect, it } from 'vitest';
import { explore } from './explorer/explore.ts';
import type { Settings } from './explorer/world.ts';

const sound = { complete: true, wrong: 0, stuck: 0, unnamed: 0 };

const settings: [name: string, bounds: Partial<Settings>][] = [
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
];

describe('both books', { timeout: 180_000 }, () => {
  it.each(settings)('become equal and right with %s, and lines never lift what a till may redeem', (name, bounds) => {
    const found = explore(name, bounds);
    expect(found).toMatchObject({ ...sound, ambiguous: 0, phantom: 0, overpromised: 0 });
    expect(found.quiescent).toBeGreaterThan(0);
  });

  it('become equal and right with a request that arrives after its write was given up', () => {
    const found = explore('late request');
    expect(found).toMatchObject({ ...sound, ambiguous: 0, overpromised: 0 });
    expect(found.quiescent).toBeGreaterThan(100);
  });

  it('become equal and right with a late request and two staff changes', () => {
    expect(explore('late request, two staff changes', { staffChanges: 2 })).toMatchObject({ ...sound, ambiguous: 0 });
  });

  it('become equal and right with a late request and bounded waiting: a later line names what was unknown', () => {
    expect(explore('late request, bounded waiting', { unknown: true })).toMatchObject({ ...sound, ambiguous: 0 });
  });

  it('become equal and right with a late request and reads that are old when they are used', () => {
    const found = explore('late request, early reads', { optimistic: true });
    expect(found).toMatchObject({ ...sound, ambiguous: 0, overpromised: 0 });
  });

  it('become equal and right with a late request and journal lines out of order', () => {
    expect(explore('late request, disorder', { disorder: true })).toMatchObject({ ...sound, ambiguous: 0 });
  });

  it('become equal even when staff change exactly an amount of ours; the ledger is off only after such a mistake', () => {
    const found = explore('equal amounts', { late: 0, staffChanges: 2, staffAmounts: [-2n, 2n] });
    expect(found).toMatchObject(sound);
    expect(found.ambiguous).toBeGreaterThan(0);
  });
});
