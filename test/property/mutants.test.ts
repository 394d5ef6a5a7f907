/** The explorer sees each rule of the protocol: without it something goes wrong that otherwise does not. */
import { afterAll, describe, expect, it } from 'vitest';
import { explore, type Findings, printTable, settingsText } from './explorer/explore.ts';
import { domain, mutants, type Service } from './explorer/service.ts';
import type { Settings } from './explorer/world.ts';

/** Each mutant with the settings that catch it, and what then goes wrong. */
const caught: [name: keyof typeof mutants, bounds: Partial<Settings>, verdict: 'wrong' | 'stuck' | 'phantom'][] = [
  ['no open-write row', { senders: 2, late: 0, sends: 2 }, 'wrong'],
  ['blind retry', { late: 0, lost: 1 }, 'wrong'],
  ['adopting late twins', { late: 0, lost: 1, lag: true }, 'wrong'],
  ['lines moving balances under lag', { late: 0, lag: true, staffChanges: 2, staffAmounts: [-1n, 5n] }, 'phantom'],
  ['opening without claiming older lines', { late: 0, openingLine: 3n }, 'stuck'],
  ['a released hold that skips debt', { late: 0, holds: 1 }, 'wrong'],
  ['settling an answer of another write', { senders: 2, late: 0, sends: 3 }, 'stuck'],
  ['visit lines matched by amount', { late: 0, holds: 0, visits: 1 }, 'wrong'],
  ['no guard of the fresh balance', { late: 1 }, 'phantom'],
];

const explored: { name: string; found: Findings }[] = [];

const intactRuns = new Map<string, Findings>();

/** The domain as it is under these settings, explored once. */
function intactRun(bounds: Partial<Settings>): Findings {
  const settings = settingsText(bounds);
  const found = intactRuns.get(settings) ?? explore(bounds);
  intactRuns.set(settings, found);
  return found;
}

/** What a run came to, without the ways that led there. */
function verdictOf({ traces: _traces, ...counts }: Findings) {
  return counts;
}

/** Runs the domain as it is and one mutant in the same world. A mutant that changes nothing proves nothing. */
function compare(name: string, mutant: Service, bounds: Partial<Settings>): { intact: Findings; mutated: Findings } {
  const intact = intactRun(bounds);
  const mutated = explore(bounds, mutant);
  explored.push({ name: `unmutated (${settingsText(bounds)})`, found: intact }, { name: `  ${name}`, found: mutated });
  expect(verdictOf(mutated), `${name} changes nothing`).not.toEqual(verdictOf(intact));
  expect(verdictOf(intact)).toMatchObject({ complete: true, wrong: 0, stuck: 0 });
  return { intact, mutated };
}

describe('an exploration', { timeout: 180_000 }, () => {
  afterAll(() => printTable('mutants beside the unmutated run under the same settings', explored));

  it.each(caught.map(([name, bounds, verdict]) => [name, settingsText(bounds), verdict, bounds] as const))(
    'catches the mutant “%s” with %s: %s',
    (name, _settings, verdict, bounds) => {
      const { intact, mutated } = compare(name, mutants[name], bounds);
      expect(mutated[verdict]).toBeGreaterThan(intact[verdict]);
    },
  );

  it('knows every mutant', () => {
    expect(caught.map(([name]) => name).toSorted()).toEqual(Object.keys(mutants).toSorted());
  });

  it('does not count a mutant that changes nothing', () => {
    expect(() => compare('the domain as it is', domain, { late: 0 })).toThrow(/changes nothing/);
  });
});
