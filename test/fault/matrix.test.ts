// The fault matrix, first part: faults that befall one call of one customer. Every cell is a fresh customer; many cells
// run at the same time, so that they also are each other's traffic. Faults of a whole chain are
// in matrix-chain.test.ts and matrix-access.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CALLS } from './matrix/calls.ts';
import { AIMED } from './matrix/faults.ts';
import { runCell } from './matrix/run.ts';
import { Place } from './matrix/stands.ts';
import { Matrix } from './matrix/table.ts';

const CELL_MS = 120_000;
const PEOPLE = 640;

const calls = CALLS.filter(({ alone }) => !alone);
const cells = calls.flatMap((call) => AIMED.map((fault) => ({ call, fault, title: `${call.workflow}: ${call.call}` })));
const matrix = new Matrix();

let place: Place;
beforeAll(async () => {
  place = await Place.open('matrix', PEOPLE);
});
afterAll(async () => {
  matrix.print('Fault matrix, calls of one customer');
  await place?.stand.close();
});

describe.concurrent('one fault at one call', () => {
  for (const { call, fault, title } of cells) {
    const where = { workflow: call.workflow, call: call.call, fault: fault.name };
    if (fault.impossible(call) !== null) matrix.note(where, 'impossible');
    else
      it(`${title} meets ${fault.name}`, { timeout: CELL_MS }, async () => {
        matrix.note(where, await runCell(place, call, fault));
      });
  }
});

it('W-05 every fault at every call of every workflow has ended with both books equal, or with a break and its cause', () => {
  const { impossible, ...ends } = matrix.count();
  const ran = Object.values(ends).reduce((sum, count) => sum + count, 0);
  expect(ran + impossible).toBe(cells.length);
  expect(ran).toBeGreaterThan(250);
});
