/** Every path a workflow can take, each driven on a stand until the workflow has ended (or waits, where that is the path). */
import { randomUUID } from 'node:crypto';
import { type Stand, TOKENS } from '../service/stand.ts';
import { until } from '../service/until.ts';

/** A path's name, and the workflow that took it. */
export interface Path {
  readonly name: string;
  /** The workflow still waits at the end of the path. */
  readonly waits?: true;
  /** Drives the path and answers the workflow's id. */
  readonly drive: (stand: Stand) => Promise<string>;
}

const phoneOf = (stand: Stand, index: number): string => `+${stand.person(index).phone}`;

async function pay(stand: Stand, index: number, receipt: string, body: Record<string, unknown>): Promise<string> {
  await stand.till('/payments', { receipt, phone: phoneOf(stand, index), total: '100.00', ...body });
  return `payment:${stand.locationId}:${receipt}`;
}

async function lookUp(stand: Stand, index: number): Promise<string> {
  return await stand.meet(stand.person(index));
}

const adjust = (stand: Stand, index: number, amount: string) =>
  stand.control('/staff/adjust', { cardId: stand.person(index).card?.id, amount });

const fault = (stand: Stand, body: Record<string, unknown>) => stand.control('/faults', body);
const noFaults = (stand: Stand) => stand.control('/faults', undefined, 'DELETE');

async function waiting(stand: Stand, workflowId: string): Promise<void> {
  await until(`${workflowId} waits`, async () => {
    const state = await stand.client.workflow.getHandle(workflowId).query<{ waitsFor: string | null }>('state');
    return state.waitsFor !== null ? true : state;
  });
}

async function appointment(stand: Stand, index: number): Promise<void> {
  const body = { locationId: stand.locationId, phone: stand.person(index).phone, status: 'create' };
  await stand.control('/appointments', body);
}

/** The reconciliation of a known customer that an appointment starts. */
async function reconcile(
  stand: Stand,
  index: number,
  before: (accountId: string) => Promise<unknown>,
): Promise<string> {
  const accountId = await lookUp(stand, index);
  await before(accountId);
  await appointment(stand, index);
  const workflowId = `reconciliation:${stand.chainId}:${accountId}`;
  await until('it has started', () => exists(stand, workflowId));
  return workflowId;
}

/** A sale at a new location whose ledger is the only book. */
async function payAtOnlyBook(stand: Stand, receipt: string): Promise<{ locationId: number; accountId: string }> {
  const location = { name: 'Own', timeZone: 'Asia/Almaty' };
  const { id: locationId, chainId } = (await stand.admin('/locations', location)).body;
  const rules = { accrual: { levels: [{ from: '0.00', percent: '5' }] }, redeem: {} };
  await stand.admin('/programs', { chainId, provider: 'own', name: 'Own', currency: 'KZT', ...rules });
  const { key } = (await stand.admin('/keys', { locationId, name: 'Till' })).body;
  const sale = { receipt, phone: '+77015550001', total: '100.00', redeem: 'none' };
  const { body } = await stand.till('/payments', sale, { headers: { authorization: `Bearer ${key}` } });
  return { locationId, accountId: body.account.id };
}

async function exists(stand: Stand, workflowId: string): Promise<boolean> {
  return await stand.client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      () => true,
      () => false,
    );
}

async function change(stand: Stand, index: number, amount: string): Promise<string> {
  const accountId = await lookUp(stand, index);
  const { id } = await stand.account(stand.person(index));
  // The ledger may have moved less than asked: the door would refuse, so the workflow is asked by a repeated key.
  const started = await stand.admin(`/accounts/${id}/adjustments`, { amount, reason: 'recorded for replay' });
  return started.body.workflowId ?? `adjustment:${accountId}`;
}

/** A payment whose write is refused until a person acts; what then is asked at our door is obeyed. */
function actedOn(name: string, index: number, receipt: string, action: string): Path {
  return {
    name,
    drive: async (stand) => {
      await lookUp(stand, index);
      await adjust(stand, index, '2.00');
      await fault(stand, { call: 'write', fault: '422' });
      const workflowId = await pay(stand, index, receipt, { redeem: 'none' });
      await needsOperator(stand, workflowId);
      if (action !== 'skip' && action !== 'adopt-altegio') await noFaults(stand);
      await stand.admin(`/operations/${encodeURIComponent(workflowId)}/${action}`, { reason: 'recorded for replay' });
      await stand.client.workflow.getHandle(workflowId).result();
      await noFaults(stand);
      return workflowId;
    },
  };
}

/** Reserves points, then takes a further step. */
async function twoSteps(
  stand: Stand,
  index: number,
  receipt: string,
  further: (paymentId: string, workflowId: string) => Promise<unknown>,
): Promise<string> {
  const workflowId = await pay(stand, index, receipt, { redeem: '10.00', capture: false });
  const { id } = (await stand.till(`/payments?receipt=${receipt}`)).body;
  await needsStep(stand, workflowId);
  await further(id, workflowId);
  return workflowId;
}

/** The points are reserved in both books, and nothing is under way. */
async function needsStep(stand: Stand, workflowId: string): Promise<void> {
  await until(`${workflowId} waits for its till`, async () => {
    const state = await stand.client.workflow.getHandle(workflowId).query<Record<string, unknown>>('state');
    return state['phase'] === 'authorized' && state['altegio'] === state['ledger'] ? true : state;
  });
}

/** A refund of a sale of 100.00; `amount` is its part of the bill. */
async function giveBack(stand: Stand, index: number, receipt: string, amount: string): Promise<string> {
  await stand.client.workflow.getHandle(await pay(stand, index, receipt, { redeem: 'none' })).result();
  await stand.till('/refunds', { receipt, refund: 'RF', amount });
  return `refund:${stand.locationId}:${receipt}:RF`;
}

async function needsOperator(stand: Stand, workflowId: string): Promise<void> {
  await until(`${workflowId} needs an operator`, async () => {
    const { phase } = await stand.client.workflow.getHandle(workflowId).query<{ phase: string }>('state');
    return phase === 'needs_operator' ? true : phase;
  });
}

/** Starts a workflow as its schedule would. */
async function scheduled(stand: Stand, type: string, input: Record<string, unknown>): Promise<string> {
  const workflowId = `${type}-recorded-${randomUUID()}`;
  const taskQueue = `${stand.taskQueuePrefix}orchestration`;
  await stand.client.workflow.start(type, { workflowId, taskQueue, args: [input] });
  return workflowId;
}

export const PATHS: readonly Path[] = [
  { name: 'payment-captured', drive: (stand) => pay(stand, 1, 'H-1', { redeem: '30.00' }) },
  { name: 'payment-declined', drive: (stand) => pay(stand, 1, 'H-2', { redeem: '31.00' }) },
  {
    name: 'payment-drift',
    drive: async (stand) => {
      await lookUp(stand, 2);
      await adjust(stand, 2, '-5.00');
      return await pay(stand, 2, 'H-3', { redeem: 'max' });
    },
  },
  {
    name: 'payment-declined-drift',
    drive: async (stand) => {
      await lookUp(stand, 2);
      await adjust(stand, 2, '-6.00');
      return await pay(stand, 2, 'H-4', { redeem: '99.00' });
    },
  },
  { name: 'payment-first-contact', drive: (stand) => pay(stand, 4, 'H-5', { redeem: 'none' }) },
  { name: 'payment-card-issue', drive: (stand) => pay(stand, 41, 'H-6', { redeem: 'none' }) },
  {
    name: 'payment-abandoned',
    drive: async (stand) => {
      await lookUp(stand, 5);
      await fault(stand, { call: 'read', fault: '5xx_before' });
      const workflowId = await pay(stand, 5, 'H-7', { redeem: 'max' });
      await noFaults(stand);
      return workflowId;
    },
  },
  {
    name: 'payment-lost-answer',
    drive: async (stand) => {
      await lookUp(stand, 6);
      await fault(stand, { call: 'write', fault: 'drop_after', times: 1 });
      return await pay(stand, 6, 'H-8', { redeem: 'none' });
    },
  },
  {
    name: 'payment-refused-then-retried',
    drive: async (stand) => {
      await lookUp(stand, 7);
      await fault(stand, { call: 'write', fault: '404' });
      const workflowId = await pay(stand, 7, 'H-9', { redeem: 'none' });
      await waiting(stand, workflowId);
      await noFaults(stand);
      await stand.client.workflow.getHandle(workflowId).signal('retry', 'recorded for replay');
      return workflowId;
    },
  },
  { name: 'reconciliation-unchanged', drive: (stand) => reconcile(stand, 8, async () => undefined) },
  { name: 'reconciliation-drift', drive: (stand) => reconcile(stand, 9, () => adjust(stand, 9, '4.00')) },
  {
    name: 'reconciliation-again',
    drive: async (stand) => {
      const workflowId = await reconcile(stand, 10, () => adjust(stand, 10, '1.00'));
      await stand.client.workflow.getHandle(workflowId).signal('dirty');
      return workflowId;
    },
  },
  {
    name: 'reconciliation-card-issue',
    drive: async (stand) => {
      await appointment(stand, 42);
      await until('the account is there', async () => (await stand.account(stand.person(42))) !== undefined);
      return `reconciliation:${stand.chainId}:${(await stand.account(stand.person(42))).id}`;
    },
  },
  {
    name: 'reconciliation-needs-operator',
    waits: true,
    drive: async (stand) => {
      const workflowId = await reconcile(stand, 14, async () => {
        const url = `${stand.sandbox.url}/loyalty/cards/${stand.locationId}/${stand.person(14).card?.id}`;
        const authorization = `Bearer ${TOKENS.partnerToken}, User ${TOKENS.userToken}`;
        await fetch(url, { method: 'DELETE', headers: { authorization } });
      });
      await waiting(stand, workflowId);
      return workflowId;
    },
  },
  { name: 'cardIssue-adopted', drive: async (stand) => `cardIssue:${await lookUp(stand, 11)}` },
  {
    name: 'cardIssue-issued',
    drive: async (stand) => `cardIssue:${(await stand.account(stand.person(41))).id}`,
  },
  { name: 'catchUp-found', drive: (stand) => scheduled(stand, 'catchUp', { locationId: String(stand.locationId) }) },
  {
    name: 'catchUp-skipped',
    drive: async (stand) => {
      await stand.control('/settings', { uninstalledLocations: [stand.locationId] });
      const workflowId = await scheduled(stand, 'catchUp', { locationId: String(stand.locationId) });
      await stand.client.workflow.getHandle(workflowId).result();
      await stand.control('/settings', { uninstalledLocations: [] });
      return workflowId;
    },
  },
  {
    name: 'sweep-proven',
    drive: (stand) => scheduled(stand, 'sweep', { chainId: String(stand.chainId), hours: 0, cards: 20 }),
  },
  { name: 'adjustment-posted', drive: (stand) => change(stand, 12, '3.00') },
  actedOn('payment-retried-by-operator', 15, 'H-15', 'retry'),
  actedOn('payment-skipped', 16, 'H-16', 'skip'),
  actedOn('payment-adopt-altegio', 17, 'H-17', 'adopt-altegio'),
  actedOn('payment-adopt-ledger', 18, 'H-18', 'adopt-ledger'),
  {
    name: 'adjustment-skipped',
    drive: async (stand) => {
      await lookUp(stand, 19);
      await fault(stand, { call: 'read', fault: '5xx_before' });
      const workflowId = await change(stand, 19, '3.00');
      await waiting(stand, workflowId);
      await stand.client.workflow.getHandle(workflowId).signal('skip', 'recorded for replay');
      await noFaults(stand);
      return workflowId;
    },
  },
  {
    name: 'adjustment-post-other',
    drive: async (stand) => {
      const accountId = await lookUp(stand, 20);
      await adjust(stand, 20, '50.00');
      await fault(stand, { call: 'write', fault: 'drop_before', times: 1 });
      const paid = await pay(stand, 20, 'H-20', { redeem: 'none' });
      await stand.client.workflow.getHandle(paid).result();
      await adjust(stand, 20, '5.00');
      await appointment(stand, 20);
      let breakId = '';
      await until('the claim is ambiguous', async () => {
        const found = (await stand.admin(`/breaks?kind=ambiguous&accountId=${accountId}`)).body.items;
        breakId = found[0]?.id ?? '';
        return breakId !== '' ? true : found;
      });
      return (await stand.admin(`/breaks/${breakId}/post-other`, { reason: 'recorded for replay' })).body.workflowId;
    },
  },
  {
    name: 'journalTail-moved',
    drive: async (stand) => {
      await lookUp(stand, 13);
      await adjust(stand, 13, '2.00');
      return await scheduled(stand, 'journalTail', { chainId: String(stand.chainId), daysBack: 1 });
    },
  },
  {
    name: 'payment-held-captured',
    drive: (stand) =>
      twoSteps(stand, 21, 'H-21', (id) => stand.till(`/payments/${id}/capture`, { total: '80.00', redeem: '5.00' })),
  },
  {
    name: 'payment-held-voided',
    drive: (stand) => twoSteps(stand, 22, 'H-22', (id) => stand.till(`/payments/${id}/void`, {})),
  },
  {
    name: 'payment-held-expired',
    drive: (stand) =>
      twoSteps(stand, 23, 'H-23', async (id, workflowId) => {
        await stand.pool.query(`update payment set expires_at = now() + interval '1 second' where id = $1`, [id]);
        await stand.client.workflow.getHandle(workflowId).signal('step');
      }),
  },
  {
    name: 'payment-held-skipped',
    drive: (stand) =>
      twoSteps(stand, 24, 'H-24', (_, workflowId) =>
        stand.client.workflow.getHandle(workflowId).signal('skip', 'recorded for replay'),
      ),
  },
  {
    name: 'payment-held-after-termination',
    drive: (stand) =>
      twoSteps(stand, 26, 'H-26', async (id, workflowId) => {
        await stand.client.workflow.getHandle(workflowId).terminate('recorded for replay');
        await stand.till(`/payments/${id}/capture`, {});
      }),
  },
  { name: 'refund-done', drive: (stand) => giveBack(stand, 27, 'H-27', '40.00') },
  {
    name: 'refund-declined',
    drive: (stand) => giveBack(stand, 28, 'H-28', '100.01'),
  },
  {
    name: 'refund-skipped',
    drive: async (stand) => {
      await lookUp(stand, 29);
      await stand.client.workflow.getHandle(await pay(stand, 29, 'H-29', { redeem: 'none' })).result();
      await fault(stand, { call: 'write', fault: '404' });
      await stand.till('/refunds', { receipt: 'H-29', refund: 'RF', amount: '40.00' });
      const workflowId = `refund:${stand.locationId}:H-29:RF`;
      await waiting(stand, workflowId);
      await stand.client.workflow.getHandle(workflowId).signal('skip', 'recorded for replay');
      await noFaults(stand);
      return workflowId;
    },
  },
  {
    name: 'deposit-done',
    drive: async (stand) => {
      const accountId = await lookUp(stand, 30);
      await stand.till(`/accounts/${accountId}/deposit`, { reference: 'H-30', amount: '50.00', tender: 'cash' });
      return `deposit:${stand.locationId}:H-30`;
    },
  },
  {
    name: 'deposit-declined',
    drive: async (stand) => {
      const accountId = await lookUp(stand, 31);
      const path = `/accounts/${accountId}/deposit`;
      const money = { amount: '50.00', tender: 'cash' };
      await stand.till(path, { ...money, reference: 'H-31-in' });
      // Both are asked for while nobody works, so that the door finds the money there for each of them.
      await stand.stopWorker();
      const out = { ...money, kind: 'pay_out', reason: 'recorded for replay' };
      const asked = ['H-31-a', 'H-31-b'].map((reference) => stand.admin(path, { ...out, reference }));
      const [first, second] = await Promise.all(asked);
      await stand.startWorker();
      const ids = [first, second].map((answer): string => answer?.body.workflowId);
      const ends = await Promise.all(
        ids.map((id) => stand.client.workflow.getHandle(id).result() as Promise<{ outcome: string }>),
      );
      return ids[ends.findIndex(({ outcome }) => outcome === 'declined')] ?? '';
    },
  },
  {
    name: 'payment-only-book',
    async drive(stand) {
      const { locationId } = await payAtOnlyBook(stand, 'H-own-1');
      return `payment:${locationId}:H-own-1`;
    },
  },
  {
    name: 'reconciliation-only-book',
    async drive(stand) {
      const { accountId } = await payAtOnlyBook(stand, 'H-own-2');
      const { body } = await stand.admin('/reconciliations', { accountId });
      return body.workflowIds[0];
    },
  },
];
