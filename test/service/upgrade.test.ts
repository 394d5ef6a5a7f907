import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patchedBuild, PATCH } from '../setup/other-build.ts';
import { historyOf } from './history.ts';
import { startStand, type Stand, TOKENS } from './stand.ts';
import { until } from './until.ts';

interface State {
  readonly phase: string;
  readonly waitsFor: string | null;
}

describe.each([
  ['without worker versioning', null, null],
  ['with a WORKER_BUILD_ID each', '1.0', '1.1'],
])('two builds, %s', (_name, oldBuild, newBuild) => {
  let stand: Stand;
  let laterBuild: { code: string };
  beforeAll(async () => {
    laterBuild = await patchedBuild();
    stand = await startStand('upgrade', { timeoutMs: 800, worker: false });
    await stand.startWorker({ workerBuildId: oldBuild });
  });
  afterAll(() => stand?.close());

  const handle = (workflowId: string) => stand.client.workflow.getHandle(workflowId);
  const fault = (call: string) => stand.control('/faults', { call, fault: '5xx_before' });
  const phoneOf = (index: number) => `+${stand.person(index).phone}`;

  async function waits(workflowId: string, phase: string): Promise<void> {
    await until(`${workflowId} waits`, async () => {
      const state = await handle(workflowId)
        .query<State>('state')
        .catch(() => null);
      return state?.waitsFor && state.phase === phase ? true : state;
    });
  }

  async function pay(index: number, receipt: string): Promise<string> {
    const body = { receipt, phone: phoneOf(index), total: '100.00', redeem: '30.00' };
    return (await stand.till('/payments', body)).body.workflowId;
  }

  async function reconcile(accountId: string): Promise<string> {
    await stand.admin('/reconciliations', { accountId });
    return `reconciliation:${stand.chainId}:${accountId}`;
  }

  const patches = async (workflowId: string): Promise<boolean> => {
    const events = await historyOf(stand.client, workflowId);
    return events.some((event) => event.markerRecordedEventAttributes?.markerName === 'core_patch');
  };

  it('B-45 runs open at the change of code finish under the new one with both books equal; only new runs take its patch', async () => {
    const accounts = new Map<number, string>();
    for (const index of [1, 2, 3, 5, 6]) accounts.set(index, await stand.meet(stand.person(index)));
    await stand.quiet();

    // One parked for an operator, one committed whose write Altegio does not take, two that cannot read Altegio.
    const headers = { authorization: `Bearer ${TOKENS.partnerToken}, User ${TOKENS.userToken}` };
    const url = `${stand.sandbox.url}/loyalty/cards/${stand.locationId}/${stand.person(2).card?.id}`;
    await fetch(url, { method: 'DELETE', headers });
    const parked = await reconcile(accounts.get(2) ?? '');
    await waits(parked, 'needs_operator');
    await fault('write');
    const payment = await pay(1, 'UP-1');
    await waits(payment, 'converging');
    await fault('read');
    const asked = { amount: '3.00', reason: 'asked before the upgrade' };
    const adjustment = (await stand.admin(`/accounts/${accounts.get(3)}/adjustments`, asked)).body.workflowId;
    await stand.control('/staff/adjust', { cardId: stand.person(5).card?.id, amount: '4.00' });
    const reconciliation = await reconcile(accounts.get(5) ?? '');
    for (const workflowId of [adjustment, reconciliation]) await waits(workflowId, 'started');
    const before = Number((await stand.account(stand.person(3))).ledger.active);

    await stand.stopWorker();
    await stand.control('/faults', undefined, 'DELETE');
    await stand.startWorker({ workerBuildId: newBuild, workflowBundle: laterBuild });

    const open = [payment, adjustment, reconciliation];
    for (const workflowId of open) await handle(workflowId).signal('retry');
    expect(await handle(payment).result()).toMatchObject({ outcome: 'captured', redeemed: '30.00', altegio: '73.50' });
    expect(await handle(reconciliation).result()).toMatchObject({ drift: '4.00' });
    await handle(adjustment).result();
    await stand.bothHold(stand.person(1), '73.50');
    await stand.bothHold(stand.person(3), (before + 3).toFixed(2));
    const { target } = await stand.account(stand.person(5));
    expect(await stand.altegio(stand.person(5))).toBe(target);

    // The parked one still waits for its operator, and tries again when it is told to.
    const stepsBefore = (await historyOf(stand.client, parked)).length;
    await handle(parked).signal('retry');
    await until('it has looked again and waits', async () => {
      const { waitsFor } = await handle(parked).query<State>('state');
      const seen = { steps: (await historyOf(stand.client, parked)).length, waitsFor };
      return seen.steps > stepsBefore + 5 && waitsFor !== null ? true : seen;
    });

    const { raw } = await handle(payment).describe();
    const ranOn = raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
    expect(ranOn ?? null).toBe(newBuild);

    const fresh = await pay(6, 'UP-2');
    expect(await handle(fresh).result()).toMatchObject({ outcome: 'captured' });
    expect(await patches(fresh), PATCH).toBe(true);
    for (const workflowId of [...open, parked]) expect(await patches(workflowId), workflowId).toBe(false);
    await handle(parked).terminate('the test is over');
  });
});
