import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startStand, type Stand } from '../service/stand.ts';
import { PATHS } from './paths.ts';

const folder = join(import.meta.dirname, '..', 'histories');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe('workflow code is deterministic and compatible', () => {
  it('every path of every workflow has a recorded history', () => {
    const recorded = files.map((name) => name.replace(/-\d+\.\d+\.\d+\.json$/, ''));
    expect(PATHS.filter(({ name }) => !recorded.includes(name))).toEqual([]);
  });

  it.each(files)('the history %s replays under this code', async (name) => {
    const history: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const workflowBundle = { codePath: inject('workflowBundleFile') };
    await Worker.runReplayHistory({ workflowBundle }, history);
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
