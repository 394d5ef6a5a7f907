// The fault matrix, second part: faults that tell on more than one customer. A refusal of access, a 429, the journal and
// the sandbox's settings belong to a whole chain, so each of these cells has a chain to itself while it runs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLS, type StepCall } from './matrix/calls.ts';
import { AIMED, EMPTIED, type Fault, JOURNAL, SHARED, WEBHOOKS } from './matrix/faults.ts';
import { runCell } from './matrix/run.ts';
import { Lanes, Place } from './matrix/stands.ts';
import { Matrix } from './matrix/table.ts';
import { Counters } from './thousand/counters.ts';

/** Chains that work beside each other; the cells of one run one after another. */
const LANES = 6;
const SIDE_BY_SIDE = 3;
const PEOPLE = 240;
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

let lanes: Lanes;
/** Webhooks fare alike for a whole chain, so customers of that chain can go side by side. */
const crowds = new Map<string, { readonly place: Place; readonly turns: Counters }>();
beforeAll(async () => {
  lanes = await Lanes.open('chain', LANES, PEOPLE);
  for (const { name } of WEBHOOKS)
    crowds.set(name, { place: await Place.open('crowd', PEOPLE), turns: new Counters(SIDE_BY_SIDE) });
});
afterAll(async () => {
  matrix.print('Fault matrix, calls of a whole chain');
  await lanes?.close();
  for (const { place } of crowds.values()) await place.stand.close();
});

describe.concurrent('one fault at one call of a chain', () => {
  for (const { call, fault } of cells) {
    const where = { workflow: call.workflow, call: call.call, fault: fault.name };
    if (fault.impossible(call) !== null) matrix.note(where, 'impossible');
    else
      it(`${call.workflow}: ${call.call} meets ${fault.name}`, { timeout: CELL_MS }, () => {
        const run = async (place: Place) => matrix.note(where, await runCell(place, call, fault));
        const crowd = call.alone ? undefined : crowds.get(fault.name);
        return crowd ? crowd.turns.use(() => run(crowd.place)) : lanes.use(run);
      });
  }
});

it('W-05 every fault of a whole chain at every call has ended with both books equal, or with a break and its cause', () => {
  const { impossible, ...ends } = matrix.count();
  const ran = Object.values(ends).reduce((sum, count) => sum + count, 0);
  expect(ran + impossible).toBe(cells.length);
  expect(ran).toBeGreaterThan(350);
});
