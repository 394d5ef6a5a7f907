/** The second part of the fault matrix: faults that tell on more than one customer. */
import { afterAll, describe, expect, it } from 'vitest';
import { CALLS, type StepCall } from './calls.ts';
import { type Fault, WEBHOOKS } from './faults.ts';
import { runCell } from './run.ts';
import { Lanes, type Place } from './stands.ts';
import { Matrix } from './table.ts';

/** Cells of a crowd that go side by side. */
const SIDE_BY_SIDE = 3;
/** Most of it is spent waiting for a chain. */
const CELL_MS = 300_000;

/** What a file plays. */
export interface ChainPart {
  /** What its faults belong to, in words. */
  readonly what: string;
  readonly faultsOf: (call: StepCall) => readonly Fault[];
  /** Chains that work beside each other; the cells of one run one after another. */
  readonly lanes: number;
  /** The file is wrong when fewer cells have run. */
  readonly least: number;
}

/** Plays these faults at every call that they can befall, each cell on a chain of its own while it runs. */
export function playOnChains({ what, faultsOf, lanes: places, least }: ChainPart): void {
  const cells = CALLS.flatMap((call) => faultsOf(call).map((fault) => ({ call, fault })));
  const matrix = new Matrix();
  const lanes = new Lanes('chain', { places });
  /** Webhooks fare alike for a whole chain, so customers of that chain can go side by side. */
  const crowds = new Map(
    WEBHOOKS.map(({ name }) => [name, new Lanes('crowd', { places: 1, cellsEach: SIDE_BY_SIDE })] as const),
  );
  afterAll(async () => {
    matrix.print(`Fault matrix, ${what}`);
    for (const each of [lanes, ...crowds.values()]) await each.close();
  });

  describe.concurrent('one fault at one call of a chain', () => {
    for (const { call, fault } of cells) {
      const where = { workflow: call.workflow, call: call.call, fault: fault.name };
      if (fault.impossible(call) !== null) matrix.note(where, 'impossible');
      else
        it(`${call.workflow}: ${call.call} meets ${fault.name}`, { timeout: CELL_MS }, () => {
          const run = async (place: Place): Promise<void> => {
            matrix.note(where, await runCell(place, call, fault));
          };
          const chains = call.alone ? lanes : (crowds.get(fault.name) ?? lanes);
          return chains.use(run);
        });
    }
  });

  it(`W-05 every fault of a whole chain (${what}) at every call has ended with both books equal, or with a break and its cause`, () => {
    const { impossible, ...ends } = matrix.count();
    const ran = Object.values(ends).reduce((sum, count) => sum + count, 0);
    expect(ran + impossible).toBe(cells.length);
    expect(ran).toBeGreaterThanOrEqual(least);
  });
}
