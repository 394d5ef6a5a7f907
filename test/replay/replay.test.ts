import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startStand, type Stand } from '../service/stand.ts';
import * as workflows from '../../workflows/index.ts';
import { incompatibleBuild, patchedBuild } from '../setup/other-build.ts';
import { PATHS } from './paths.ts';

const folder = join(import.meta.dirname, '..', 'histories');
/** What is read of a history here; the rest is Temporal's. */
interface History {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowType?: { readonly name?: string } };
  }[];
}

const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

const read = (name: string): History => JSON.parse(readFileSync(join(folder, name), 'utf8')) as History;

/** The type of the workflow that a history belongs to. */
function typeOf(history: History): string | undefined {
  return history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name;
}

describe('workflow code is deterministic and compatible', () => {
  it('W-19 every workflow has recorded histories, every path of it one, and each is named <workflow>-<path>-<since>.json', () => {
    const named = files.map((name) => /^(([a-zA-Z]+)-[a-zA-Z0-9-]+)-\d+\.\d+\.\d+\.json$/.exec(name));
    expect(files.filter((_, index) => named[index] === null)).toEqual([]);
    const paths = new Set(named.map((match) => match?.[1]));
    expect(PATHS.map(({ name }) => name).filter((name) => !paths.has(name))).toEqual([]);
    expect(new Set(named.map((match) => match?.[2]))).toEqual(new Set(Object.keys(workflows)));
    for (const [index, name] of files.entries()) expect(typeOf(read(name)), name).toBe(named[index]?.[2]);
  });

  it.each(files)('W-19 the history %s replays under this code', async (name) => {
    const workflowBundle = { codePath: inject('workflowBundleFile') };
    await Worker.runReplayHistory({ workflowBundle }, read(name));
  });

  const gated =
    'a change of code that is gated by patched() replays them too, and the same change without the gate does not';
  it(gated, { timeout: 120_000 }, async () => {
    const recorded = files.filter((name) => /^(payment-captured|reconciliation-drift)-/.test(name)).map(read);
    expect(recorded.length).toBeGreaterThanOrEqual(2);
    const [compatible, incompatible] = [await patchedBuild(), await incompatibleBuild()];
    for (const history of recorded) {
      await Worker.runReplayHistory({ workflowBundle: compatible }, history);
      const broken = Worker.runReplayHistory({ workflowBundle: incompatible }, history);
      await expect(broken).rejects.toThrow(DeterminismViolationError);
    }
  });
});

describe('with no workflow kept in memory', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand('uncached', { maxCachedWorkflows: 0, timeoutMs: 800 });
  });
  afterAll(() => stand?.close());

  it('each task replays from the start, and a payment with a lost answer still ends with both books equal', async () => {
    const person = stand.person(1);
    await stand.control('/faults', { call: 'write', fault: 'drop_after', times: 1 });
    const body = { receipt: 'U-1', phone: `+${person.phone}`, total: '100.00', redeem: '30.00' };
    expect((await stand.till('/payments', body)).body).toMatchObject({ state: 'CAPTURED', redeemed: '30.00' });
    await stand.bothHold(person, '73.50');
    await stand.quiet();
  });
});
