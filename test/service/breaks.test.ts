/** Breaks as an operator sees and ends them; the other reading of an ambiguous line leaves both books equal, and right. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('breaks', { timeoutMs: 600 });
});
afterAll(() => stand?.close());

const fault = (body: Record<string, unknown>) => stand.control('/faults', body);
const staff = (index: number, amount: string) =>
  stand.control('/staff/adjust', { cardId: stand.person(index).card?.id, amount });

async function known(index: number): Promise<string> {
  return await stand.meet(stand.person(index));
}

async function pay(index: number, receipt: string): Promise<string> {
  const phone = `+${stand.person(index).phone}`;
  const paid = await stand.till('/payments', { receipt, phone, total: '100.00', redeem: '30.00' });
  expect(paid.status).toBe(201);
  return paid.body.workflowId;
}

async function ambiguous(accountId: string) {
  await stand.quiet();
  return (await stand.admin(`/breaks?state=open&kind=ambiguous&accountId=${accountId}`)).body.items;
}

const post = (breakId: string, action: string, body: Record<string, unknown>, headers = {}) =>
  stand.admin(`/breaks/${breakId}/${action}`, body, 'POST', headers);

async function event(index: number): Promise<void> {
  const body = { locationId: stand.locationId, phone: stand.person(index).phone, status: 'create' };
  await stand.control('/appointments', body);
}

/** Every line of the card with its claim, and the writes that own none. */
async function claims(index: number) {
  const { rows } = await stand.pool.query<{
    claim: string;
    amount: bigint;
    cause: string | null;
    drift: bigint | null;
  }>(
    `select line.claim, line.amount, line.cause, drift.amount as drift
       from altegio_line line left join drift on drift.id = line.drift_id where line.card_id = $1 order by line.line_id`,
    [stand.person(index).card?.id],
  );
  return rows.map(({ claim, amount, cause, drift }) => ({ claim, amount, cause, drift }));
}

/** Our balance as the sum of all transfers, which nothing may contradict. */
async function ledgerOf(accountId: string): Promise<string> {
  const { rows } = await stand.pool.query<{ minor: bigint }>(
    `select coalesce(sum(amount), 0)::bigint as minor from posting where ledger_account = 'customer:' || $1::text`,
    [accountId],
  );
  return (Number(rows[0]?.minor) / 100).toFixed(2);
}

describe('a line of exactly an amount of ours', () => {
  it('taken for the late twin of a write given up, and really by staff: post-other makes both books right', async () => {
    const index = 2;
    const accountId = await known(index);
    await fault({ call: 'write', fault: 'drop_before', times: 1 });
    const workflowId = await pay(index, 'K-1');
    // The write was given up and sent again: one line of ours, and then the salon takes the same amount by hand.
    await stand.client.workflow.getHandle(workflowId).result();
    await staff(index, '-26.50');
    await event(index);
    await until('a break asks', async () => {
      const found = await stand.account(stand.person(index));
      return found.breaks.length === 1 ? true : found.breaks;
    });
    const [found] = await ambiguous(accountId);
    expect(found.readings).toMatchObject([{ readAs: 'twin', amountMinor: '-2650' }]);
    // Both books agree, and both are off: what staff took was given back.
    await stand.bothHold(stand.person(index), '223.50');
    const plan = await stand.admin(`/breaks/${found.id}/post-other?dryRun=true`, { reason: 'the salon took it' });
    expect(plan.body).toMatchObject({
      transfers: [{ code: 'external', amount: '-26.50' }],
      altegio: [{ call: 'read' }, { call: 'write', amount: '-26.50' }],
    });
    const told = await post(found.id, 'post-other', { reason: 'the salon took it' });
    expect(told).toMatchObject({ status: 202, body: { workflowId: `adjustment:${accountId}:${found.id}` } });
    await stand.client.workflow.getHandle(told.body.workflowId).result();
    await stand.bothHold(stand.person(index), '197.00');
    expect(await ledgerOf(accountId)).toBe('197.00');
    expect(await stand.account(stand.person(index))).toMatchObject({ state: 'matched', breaks: [] });
    expect(await claims(index)).toContainEqual({
      claim: 'external',
      amount: -2650n,
      cause: 'staff_withdrawal',
      drift: -2650n,
    });
    const [external] = (await stand.admin(`/accounts/${accountId}/transfers`)).body.items;
    expect(external).toMatchObject({
      code: 'external',
      amount: '-26.50',
      causes: ['staff_withdrawal'],
      reason: 'the salon took it',
      actor: 'operator',
    });
    const [closed] = (await stand.admin(`/breaks?state=closed&accountId=${accountId}`)).body.items;
    expect(closed).toMatchObject({
      closedBy: 'operator',
      closeReason: 'the salon took it',
      resolvedBy: told.body.workflowId,
    });
    const audit = (await stand.admin(`/actions?subject=${found.id}`)).body.items;
    expect(audit).toMatchObject([{ action: 'post-other', id: told.body.actionId, outcome: { external: '-26.50' } }]);
    expect((await post(found.id, 'post-other', { reason: 'again' })).body).toMatchObject({ code: 'break_closed' });
  });

  it('our write is lost while staff do the same twice: the line read as ours is posted as theirs, once, and nothing later claims it', async () => {
    const index = 3;
    const accountId = await known(index);
    await staff(index, '200.00');
    await event(index);
    await stand.bothHold(stand.person(index), '200.00');
    await stand.quiet();
    await fault({ call: 'write', fault: 'drop_before', times: 1 });
    const workflowId = await pay(index, 'K-2');
    // While the answer is awaited in vain, and before the journal is read.
    await staff(index, '-26.50');
    await staff(index, '-26.50');
    await stand.client.workflow.getHandle(workflowId).result();
    const [found] = await ambiguous(accountId);
    // One of the two lines is read as ours: 200 − 26.50 − 26.50, where 200 − 26.50 − 53.00 would be right.
    await stand.bothHold(stand.person(index), '147.00');
    const readings = found.readings as { lineId: string; readAs: string }[];
    expect(readings.map(({ readAs }) => readAs).sort()).toEqual(['doubt', 'external']);
    const external = readings.find(({ readAs }) => readAs === 'external')?.lineId;
    const swapped = await post(found.id, 'post-other', { reason: 'the other one', lineId: external });
    expect(swapped.body).toMatchObject({ status: 409, code: 'no_other_reading' });
    const key = { 'idempotency-key': 'other-K-2' };
    const answers = await Promise.all([
      post(found.id, 'post-other', { reason: 'staff did both' }, key),
      post(found.id, 'post-other', { reason: 'staff did both' }, key),
      post(found.id, 'post-other', { reason: 'staff did both, double click' }),
    ]);
    for (const { status } of answers) expect(status).toBe(202);
    await stand.client.workflow.getHandle(answers[0].body.workflowId).result();
    await stand.bothHold(stand.person(index), '120.50');
    expect(await ledgerOf(accountId)).toBe('120.50');
    await event(index);
    await stand.quiet();
    await stand.bothHold(stand.person(index), '120.50');
    // The journal is read again: the line of the write that made it right is that write's, and moves nothing.
    const tail = await stand.client.workflow.start('journalTail', {
      workflowId: `journalTail-breaks-${stand.chainId}`,
      taskQueue: `${stand.taskQueuePrefix}orchestration`,
      args: [{ chainId: String(stand.chainId), daysBack: 1 }],
    });
    await tail.result();
    await stand.quiet();
    const ours = (await claims(index)).filter(({ amount }) => amount === -2650n).map(({ claim }) => claim);
    expect(ours.sort()).toEqual(['external', 'external', 'write']);
    await stand.bothHold(stand.person(index), '120.50');
    expect((await stand.account(stand.person(index))).state).toBe('matched');
  });
});

describe('a break that was looked at', () => {
  it('is closed with a reason, once, and the account is matched again', async () => {
    const index = 1;
    const accountId = await known(index);
    // Staff empty the card while a redemption is not written: the rest is debt.
    await fault({ call: 'write', fault: '5xx_before' });
    await pay(index, 'K-3');
    await staff(index, '-100.00');
    await stand.control('/faults', undefined, 'DELETE');
    await until('the rest is debt', async () => {
      const account = await stand.account(stand.person(index));
      return account.ledger.debt === '26.50' ? true : account.ledger;
    });
    await stand.quiet();
    const [found] = (await stand.admin(`/breaks?state=open&accountId=${accountId}`)).body.items;
    expect(found).toMatchObject({ kind: 'debt', amount: '26.50', closedAt: null });
    expect((await post(found.id, 'post-other', { reason: 'no' })).body).toMatchObject({ code: 'no_other_reading' });
    expect((await post(found.id, 'close', { reason: '' })).body).toMatchObject({ code: 'invalid_request' });
    const key = { 'idempotency-key': 'close-K-3' };
    const closed = await post(found.id, 'close', { reason: 'the salon pays it' }, key);
    expect(closed).toMatchObject({ status: 200, body: { state: 'closed', closedBy: 'operator' } });
    expect(await post(found.id, 'close', { reason: 'the salon pays it' }, key)).toMatchObject({ status: 200 });
    expect((await post(found.id, 'close', { reason: 'again' })).body).toMatchObject({
      status: 409,
      code: 'break_closed',
    });
    expect(await stand.account(stand.person(index))).toMatchObject({ state: 'matched', breaks: [] });
    const audit = (await stand.admin(`/actions?accountId=${accountId}`)).body.items;
    expect(audit).toMatchObject([{ action: 'close', subject: found.id, reason: 'the salon pays it', outcome: {} }]);
    expect(audit[0].appliedAt).not.toBeNull();
    const unknown = await post('brk_00000000000000000000000000', 'close', { reason: 'x' });
    expect(unknown.body).toMatchObject({ status: 404, code: 'break_not_found' });
  });

  it('the list is paged by time and narrowed by state, account and kind', async () => {
    const all = (await stand.admin('/breaks')).body.items;
    expect(all.length).toBe(3);
    const first = (await stand.admin('/breaks?limit=2')).body;
    const rest = (await stand.admin(`/breaks?limit=2&cursor=${first.next}`)).body;
    expect([...first.items, ...rest.items]).toEqual(all);
    expect(rest.next).toBeNull();
    expect((await stand.admin('/breaks?kind=debt&state=open')).body.items).toEqual([]);
    expect((await stand.admin('/breaks?kind=nothing')).status).toBe(400);
    const actions = (await stand.admin('/actions?limit=1')).body;
    expect(actions.items).toHaveLength(1);
    const later = (await stand.admin(`/actions?limit=200&cursor=${actions.next}`)).body.items;
    expect(later.map(({ id }: { id: string }) => id)).not.toContain(actions.items[0].id);
  });
});
