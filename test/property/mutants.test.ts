/** The explorer sees each rule of the protocol: without it something goes wrong that otherwise does not. */
import { describe, expect, it } from 'vitest';
import { explore, type Findings } from './explorer/explore.ts';
import { mutants } from './explorer/service.ts';
import type { Settings } from './explorer/world.ts';

/** Runs the domain as it is and one mutant in the same world. A mutant that changes nothing proves nothing. */
function compare(name: keyof typeof mutants, bounds: Partial<Settings>): { intact: Findings; mutant: Findings } {
  const intact = explore(`beside ${name}`, bounds);
  const mutant = explore(name, bounds, mutants[name]);
  expect({ ...mutant, traces: [] }).not.toEqual({ ...intact, traces: [] });
  expect(intact).toMatchObject({ complete: true, wrong: 0, stuck: 0 });
  return { intact, mutant };
}

describe('an exploration', { timeout: 180_000 }, () => {
  it('LATE=0: without one write at a time (no-row) the ledger ends wrong', () => {
    expect(compare('no-row', { late: 0 }).mutant.wrong).toBeGreaterThan(0);
  });

  it('LATE=0: with a lost answer taken for a refusal (blind-retry) the ledger ends wrong', () => {
    expect(compare('blind-retry', { late: 0 }).mutant.wrong).toBeGreaterThan(0);
  });

  it('LATE=0: with a late line of ours taken for a change of staff (adopt-twin) the ledger ends wrong', () => {
    expect(compare('adopt-twin', { late: 0 }).mutant.wrong).toBeGreaterThan(0);
  });

  it('LATE=0 AMT=-1,5 STAFF=2: with balances moved by lines (lines-move) a till may redeem what is not there', () => {
    const { intact, mutant } = compare('lines-move', { late: 0, staffAmounts: [-1n, 5n], staffChanges: 2 });
    expect(intact.phantom).toBe(0);
    expect(mutant.phantom).toBeGreaterThan(0);
  });

  it('LATE=0: with released points that pay no debt (release-skips-debt) the ledger ends wrong', () => {
    expect(compare('release-skips-debt', { late: 0 }).mutant.wrong).toBeGreaterThan(0);
  });

  it('LATE=0 OPENING_LINE=3: with opening lines left unclaimed (open-without-claim) the card is stuck', () => {
    expect(compare('open-without-claim', { late: 0, openingLine: 3n }).mutant.stuck).toBeGreaterThan(0);
  });

  it('LATE=1: without the guard of the fresh balance (no-guard) more states let a till redeem too much', () => {
    const { intact, mutant } = compare('no-guard', { late: 1 });
    expect(mutant.phantom).toBeGreaterThan(intact.phantom);
    expect(mutant).toMatchObject({ wrong: 0, stuck: 0 });
  });
});
