import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('cancel', { timeoutMs: 500 });
});
afterAll(() => stand?.close());

async function known(index: number): Promise<string> {
  return await stand.meet(stand.person(index));
}

async function waits(workflowId: string): Promise<void> {
  const handle = stand.client.workflow.getHandle(workflowId);
  const asked = () => handle.query<{ waitsFor: string | null }>('state').catch(() => ({ waitsFor: null }));
  await until('the workflow waits', async () => (await asked()).waitsFor !== null);
}

async function failedTasks(workflowId: string): Promise<unknown[]> {
  const { events } = await stand.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowTaskFailedEventAttributes);
}

describe('a workflow cancelled in the Temporal UI', () => {
  it('a payment that waits for Altegio goes on and makes both books equal', async () => {
    const person = stand.person(2);
    const accountId = await known(2);
    await stand.control('/faults', { call: 'write', fault: '429' });
    const paid = await stand.till('/payments', { receipt: 'K-1', accountId, total: '100.00', redeem: '30.00' });
    const { workflowId } = paid.body;
    await waits(workflowId);
    const handle = stand.client.workflow.getHandle(workflowId);
    await handle.cancel();
    await stand.control('/faults', undefined, 'DELETE');
    await handle.signal('retry', 'Altegio answers again');
    await stand.bothHold(person, '223.50');
    expect(await handle.result()).toMatchObject({ outcome: 'captured', target: '223.50', altegio: '223.50' });
    expect(await failedTasks(workflowId)).toEqual([]);
  });

  it('a reconciliation that has posted nothing ends', async () => {
    const accountId = await known(3);
    await stand.control('/faults', { call: 'read', fault: '429' });
    const started = await stand.admin('/reconciliations', { accountId });
    const [workflowId] = started.body.workflowIds;
    await waits(workflowId);
    const handle = stand.client.workflow.getHandle(workflowId);
    await handle.cancel();
    await until('it has ended', async () => (await handle.describe()).status.name === 'CANCELLED');
    expect(await failedTasks(workflowId)).toEqual([]);
    await stand.control('/faults', undefined, 'DELETE');
  });
});
