// The fault matrix, second part: faults that tell on more than one customer. A refusal of access, a 429, the journal and
// the sandbox's settings belong to a whole chain, so each of these cells has a chain to itself while it runs.
import { afterAll, describe, expect, it } from 'vitest';
import { CALLS, type StepCall } from './matrix/calls.ts';
import { AIMED, EMPTIED, type Fault, JOURNAL, SHARED, WEBHOOKS } from './matrix/faults.ts';
import { runCell } from './matrix/run.ts';
import { Lanes, type Place } from './matrix/stands.ts';
import { Matrix } from './matrix/table.ts';

/** Chains that work beside each other; the cells of one run one after another. */
const LANES = 16;
const SIDE_BY_SIDE = 3;
/** Most of it is spent waiting for a chain. */
const CELL_MS = 300_000;

const faultsOf = ({ alone }: StepCall): readonly Fault[] => [
  ...(alone ? AIMED : []),
  ...SHARED,
  ...JOURNAL,
  ...WEBHOOKS,
  ...EMPTIED,
];
const cells = CALLS.flatMap((call) => faultsOf(call).map((fault) => ({ call, fault })));
const matrix = new Matrix();

const lanes = new Lanes('chain', { places: LANES });
/** Webhooks fare alike for a whole chain, so customers of that chain can go side by side. */
const crowds = new Map(
  WEBHOOKS.map(({ name }) => [name, new Lanes('crowd', { places: 1, cellsEach: SIDE_BY_SIDE })] as const),
);
afterAll(async () => {
  matrix.print('Fault matrix, calls of a whole chain');
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

it('W-05 every fault of a whole chain at every call has ended with both books equal, or with a break and its cause', () => {
  const { impossible, ...ends } = matrix.count();
  const ran = Object.values(ends).reduce((sum, count) => sum + count, 0);
  expect(ran + impossible).toBe(cells.length);
  expect(ran).toBeGreaterThan(350);
});
