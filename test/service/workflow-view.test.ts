import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyOf } from './history.ts';
import { startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('view', { timeoutMs: 800 });
});
afterAll(() => stand?.close());

async function found(query: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const run of stand.client.workflow.list({ query })) ids.push(run.workflowId);
  return ids;
}

async function detailsOf(workflowId: string): Promise<string> {
  const metadata = await stand.client.workflow.getHandle(workflowId).query('__temporal_workflow_metadata');
  return (metadata as { currentDetails: string }).currentDetails;
}

describe('what an operator sees of a workflow', () => {
  it('W-12 readable ids, filters by every search attribute, a summary on every awaited step, details that say what it waits for', async () => {
    const person = stand.person(2);
    const accountId = await stand.meet(person);
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '-5.00' });
    const paid = await stand.till('/payments', {
      receipt: 'V-1',
      accountId,
      total: '100.00',
      redeem: 'max',
    });
    expect(paid.body.workflowId).toBe(`payment:${stand.locationId}:V-1`);
    await stand.bothHold(person, '218.50');
    await stand.quiet();
    for (const filter of [
      `AccountId='${accountId}'`,
      `CardId='${person.card?.id}'`,
      `LocationId='${stand.locationId}' AND AmountMinor=10000`,
      `LocationId='${stand.locationId}' AND DriftMinor=-500`,
      `LocationId='${stand.locationId}' AND Phase='matched'`,
    ])
      await until(`${filter} finds it`, async () => {
        const ids = await found(filter);
        return ids.includes(paid.body.workflowId) ? true : ids;
      });
    const events = await historyOf(stand.client, paid.body.workflowId);
    const awaited = events.filter(
      (event) => event.activityTaskScheduledEventAttributes ?? event.markerRecordedEventAttributes,
    );
    expect(awaited.length).toBeGreaterThanOrEqual(4);
    for (const event of awaited) {
      const { summary } = event.userMetadata ?? {};
      expect(summary && defaultPayloadConverter.fromPayload(summary)).toEqual(
        expect.stringMatching(/^(Read|Ledger|Altegio)/),
      );
    }
    expect(await detailsOf(paid.body.workflowId)).toBe(
      'Receipt V-1: bonus 30.00, money 70.00, earned 3.50. Both books are equal: 218.50.',
    );
  });

  it('W-13 the query state answers phase, attempts, last error, what it waits for, and both balances', async () => {
    const person = stand.person(1);
    await stand.control('/faults', { call: 'write', fault: '5xx_before' });
    const paid = await stand.till('/payments', {
      receipt: 'V-2',
      phone: `+${person.phone}`,
      total: '100.00',
      redeem: '30.00',
    });
    const handle = stand.client.workflow.getHandle(paid.body.workflowId);
    await until('it waits', async () => {
      const state = await handle.query<{ waitsFor: string | null }>('state');
      return state.waitsFor !== null ? true : state;
    });
    const waiting = await handle.query<Record<string, unknown>>('state');
    expect(waiting).toMatchObject({
      phase: 'converging',
      altegio: '100.00',
      lastError: expect.stringContaining('last write'),
    });
    expect(waiting['attempts']).toBeGreaterThanOrEqual(1);
    expect(await detailsOf(paid.body.workflowId)).toMatch(/^Waits: The result of the last write is not known/);
    await stand.control('/faults', undefined, 'DELETE');
    await stand.bothHold(person, '73.50');
    await stand.quiet();
    expect(await handle.query('state')).toMatchObject({
      phase: 'matched',
      waitsFor: null,
      ledger: '73.50',
      altegio: '73.50',
    });
  });

  it('messages are described for the forms of the Temporal UI', async () => {
    const handle = stand.client.workflow.getHandle(`payment:${stand.locationId}:V-2`);
    const { definition } = (await handle.query('__temporal_workflow_metadata')) as {
      definition: Record<string, { name: string; description?: string }[]>;
    };
    const described = [...(definition['signalDefinitions'] ?? []), ...(definition['updateDefinitions'] ?? [])];
    expect(described.map(({ name }) => name).sort()).toEqual([
      'adoptAltegio',
      'adoptLedger',
      'decided',
      'retry',
      'skip',
      'step',
    ]);
    for (const { description } of described) expect(description?.length).toBeGreaterThan(20);
    const query = definition['queryDefinitions']?.find(({ name }) => name === 'state');
    expect(query?.description).toContain('what it waits for');
  });
});
