/** What operators do to an operation that cannot go on: each ends with both books equal, acts once and is audited. */
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('actions', { timeoutMs: 800 });
});
afterAll(() => stand?.close());

const fault = (body: Record<string, unknown>) => stand.control('/faults', body);
const noFaults = () => stand.control('/faults', undefined, 'DELETE');
const handleOf = (workflowId: string) => stand.client.workflow.getHandle(workflowId);

async function pay(index: number, receipt: string, body: Record<string, unknown> = {}) {
  const phone = `+${stand.person(index).phone}`;
  const paid = await stand.till('/payments', { receipt, phone, total: '100.00', redeem: '30.00', ...body });
  expect(paid.status).toBe(201);
  return paid.body as { id: string; workflowId: string; account: { id: string } };
}

/** A payment whose write Altegio refuses until it waits for a person. */
async function parkedPayment(index: number, receipt: string, body: Record<string, unknown> = {}) {
  await stand.meet(stand.person(index));
  await fault({ call: 'write', fault: '422' });
  const paid = await pay(index, receipt, body);
  await until('it needs an operator', async () => {
    const { state } = await operation(paid.workflowId);
    return state === 'needs_operator' ? true : state;
  });
  return paid;
}

const operation = async (workflowId: string) =>
  (await stand.admin(`/operations/${encodeURIComponent(workflowId)}`)).body;

const act = (workflowId: string, action: string, reason = 'agreed with the salon', headers = {}) =>
  stand.admin(`/operations/${encodeURIComponent(workflowId)}/${action}`, { reason }, 'POST', headers);

const audit = async (subject: string) =>
  (await stand.admin(`/actions?subject=${encodeURIComponent(subject)}`)).body.items;

const codes = async (accountId: string, workflowId: string): Promise<string[]> => {
  const { items } = (await stand.admin(`/accounts/${accountId}/transfers`)).body;
  return items
    .filter(({ workflowId: of }: { workflowId: string }) => of === workflowId)
    .map(({ code, amount }: { code: string; amount: string }) => `${code} ${amount}`)
    .reverse();
};

async function settled(index: number, workflowId: string, balance: string): Promise<void> {
  await handleOf(workflowId).result();
  const account = await stand.account(stand.person(index));
  expect({ target: account.target, altegio: await stand.altegio(stand.person(index)) }).toEqual({
    target: balance,
    altegio: balance,
  });
  expect(account).toMatchObject({ state: 'matched', breaks: [] });
  expect(await operation(workflowId)).toMatchObject({ state: 'done', waitsFor: null });
}

describe('an operation that Altegio refuses', () => {
  it('W-06 the same 422 twice on an unchanged balance needs a person, says so everywhere, and retry finishes it', async () => {
    const { workflowId, account } = await parkedPayment(1, 'A-1');
    const sentence = /^Altegio refused the same write twice on an unchanged balance/;
    const listed = (await stand.admin('/operations?state=needs_operator')).body.items;
    expect(listed).toMatchObject([{ workflowId, waitsFor: expect.stringMatching(sentence) }]);
    await until('the query says it', async () => {
      const state = await handleOf(workflowId).query<{ phase: string; waitsFor: string }>('state');
      return state.phase === 'needs_operator' && sentence.test(state.waitsFor) ? true : state;
    });
    const breaks = (await stand.admin(`/breaks?state=open&kind=refused&accountId=${account.id}`)).body.items;
    expect(breaks).toMatchObject([{ amount: '-26.50', workflowId, state: 'open' }]);
    expect((await stand.account(stand.person(1))).state).toBe('needs_operator');
    const since = new Date().toISOString();
    await noFaults();
    const told = await act(workflowId, 'retry', 'Altegio was told');
    expect(told).toMatchObject({ status: 202, body: { workflowId, action: 'retry' } });
    await settled(1, workflowId, '73.50');
    expect(await stand.appliedWrites(since)).toBe(1);
    expect(await audit(workflowId)).toMatchObject([
      { id: told.body.actionId, action: 'retry', reason: 'Altegio was told', actor: 'operator', outcome: {} },
    ]);
    const closed = (await stand.admin(`/breaks?state=closed&accountId=${account.id}`)).body.items;
    expect(closed).toMatchObject([{ kind: 'refused', closedBy: 'operator', closeReason: 'Altegio was told' }]);
  });

  it('W-06 a 404 on a write of a card that reads still show parks it, and retry finishes it', async () => {
    const index = 2;
    await stand.meet(stand.person(index));
    await fault({ call: 'write', fault: '404' });
    const { workflowId } = await pay(index, 'A-2');
    await until('it needs an operator', async () => {
      const found = await operation(workflowId);
      return found.state === 'needs_operator' && /refused the same write twice/.test(found.waitsFor) ? true : found;
    });
    expect((await stand.account(stand.person(index))).breaks).toMatchObject([{ kind: 'refused' }]);
    await noFaults();
    expect((await act(workflowId, 'retry')).status).toBe(202);
    await settled(index, workflowId, '223.50');
  });

  it('W-06 a 403 parks the writes of the location: the operation says what it waits for, and goes on once one is let in', async () => {
    const index = 3;
    await stand.meet(stand.person(index));
    await stand.control('/settings', { manualAccess: false });
    const { workflowId } = await pay(index, 'A-3', { redeem: 'none' });
    await until('it says what it waits for', async () => {
      const found = await operation(workflowId);
      return found.state === 'running' && found.waitsFor?.startsWith('Altegio refuses our access') ? true : found;
    });
    const since = new Date().toISOString();
    expect((await act(workflowId, 'retry', 'too early')).status).toBe(202);
    await until('the retry is applied', async () => (await audit(workflowId))[0]?.appliedAt !== null);
    await until('it waits again', async () => (await operation(workflowId)).waitsFor !== null);
    const sent = (await stand.calls(since)).filter(({ path }) => path.includes('manual_transaction'));
    expect(sent).toEqual([]);
    await stand.control('/settings', { manualAccess: true });
    await stand.pool.query('delete from altegio_parking');
    expect((await act(workflowId, 'retry', 'the right is back')).status).toBe(202);
    await settled(index, workflowId, '5.00');
  });

  it('a 422 that is gone by itself is tried again by retry, not remembered against the card', async () => {
    const { workflowId } = await parkedPayment(4, 'A-4', { redeem: 'none' });
    expect((await act(workflowId, 'retry', 'still refused')).status).toBe(202);
    await until('it is parked again', async () => {
      const { rows } = await stand.pool.query(
        `select count(*)::int as refused from altegio_write where state = 'refused' and card_id = $1`,
        [stand.person(4).card?.id],
      );
      return rows[0].refused === 4 && (await operation(workflowId)).state === 'needs_operator' ? true : rows;
    });
    await noFaults();
    expect((await act(workflowId, 'retry', 'mended')).status).toBe(202);
    await handleOf(workflowId).result();
    expect((await stand.account(stand.person(4))).breaks).toEqual([]);
  });
});

describe('skip', () => {
  it('undoes a payment by new transfers: points go back to their lot, what it earned is taken back, both books are as before', async () => {
    const { id, workflowId, account } = await parkedPayment(5, 'S-1');
    const before = Number((await stand.account(stand.person(5))).target) + 26.5;
    const lots = async () => (await stand.admin(`/accounts/${account.id}/lots`)).body.items;
    const told = await act(workflowId, 'skip', 'the till sent it by mistake');
    expect(told.status).toBe(202);
    await settled(5, workflowId, before.toFixed(2));
    await noFaults();
    expect(await codes(account.id, workflowId)).toEqual([
      'redemption -30.00',
      'accrual 3.50',
      'refund 30.00',
      'clawback -3.50',
    ]);
    expect(await lots()).toMatchObject([{ code: 'opening', remaining: before.toFixed(2) }]);
    const [applied] = await audit(workflowId);
    expect(applied).toMatchObject({
      id: told.body.actionId,
      reason: 'the till sent it by mistake',
      outcome: { returned: '30.00', takenBack: '3.50', debt: '0.00' },
    });
    const read = await stand.till(`/payments/${id}`);
    expect(read.body).toMatchObject({
      state: 'REFUNDED',
      redeemed: '30.00',
      account: { balance: { active: before.toFixed(2) } },
      mirror: { state: 'matched', altegio: before.toFixed(2) },
    });
    const body = { receipt: 'S-1', accountId: account.id, total: '100.00', redeem: '30.00' };
    const repeated = await stand.till('/payments', body);
    expect(repeated).toMatchObject({ status: 201, body: { id, state: 'REFUNDED', replayed: true } });
    expect(await stand.account(stand.person(5))).toMatchObject({ target: before.toFixed(2) });
    expect((await stand.pool.query('select spent from account where id = $1', [account.id])).rows[0].spent).toBe(0n);
    expect((await act(workflowId, 'skip')).body).toMatchObject({ status: 409, code: 'operation_done' });
  });

  it('the same request again, by its key or by a double click, undoes once', async () => {
    const { workflowId, account } = await parkedPayment(6, 'S-2', { redeem: '20.00' });
    const before = Number((await stand.account(stand.person(6))).target) + 16;
    const key = { 'idempotency-key': 'skip-S-2' };
    const answers = await Promise.all([
      act(workflowId, 'skip', 'twice', key),
      act(workflowId, 'skip', 'twice', key),
      act(workflowId, 'skip', 'double click'),
      act(workflowId, 'skip', 'double click'),
    ]);
    // A click that comes when all is done is told so.
    for (const { status } of answers) expect([202, 409]).toContain(status);
    expect(new Set(answers.slice(0, 2).map(({ body }) => body.actionId)).size).toBe(1);
    await handleOf(workflowId).result();
    await noFaults();
    expect(await codes(account.id, workflowId)).toEqual([
      'redemption -20.00',
      'accrual 4.00',
      'refund 20.00',
      'clawback -4.00',
    ]);
    await stand.bothHold(stand.person(6), before.toFixed(2));
    const again = await act(workflowId, 'skip', 'twice', key);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('an adjustment that is skipped before it is posted is never posted', async () => {
    const person = stand.person(7);
    const accountId = await stand.meet(person);
    const before = (await stand.account(person)).target;
    await fault({ call: 'read', fault: '5xx_before' });
    const asked = await stand.admin(`/accounts/${accountId}/adjustments`, { amount: '9.00', reason: 'a gift' });
    const { workflowId } = asked.body;
    await until('it waits for Altegio', async () => {
      const state = await handleOf(workflowId).query<{ waitsFor: string | null }>('state');
      return state.waitsFor !== null ? true : state;
    });
    expect(await act(workflowId, 'adopt-altegio')).toMatchObject({ status: 202 });
    expect((await act(workflowId, 'skip', 'no gift after all')).status).toBe(202);
    await until('it is applied', async () => (await audit(workflowId))[0]?.appliedAt !== null);
    await noFaults();
    await settled(7, workflowId, before);
    expect(await codes(accountId, workflowId)).toEqual([]);
  });
});

describe('adopting one of the books', () => {
  it('adopt-altegio gives way to a card whose write is refused: an adjustment of the difference, nothing is written', async () => {
    const { workflowId, account } = await parkedPayment(8, 'B-1', { redeem: 'none' });
    const before = await stand.altegio(stand.person(8));
    const since = new Date().toISOString();
    expect((await act(workflowId, 'adopt-altegio', 'the salon will give them by hand')).status).toBe(202);
    await settled(8, workflowId, before);
    await noFaults();
    expect(await stand.appliedWrites(since)).toBe(0);
    expect(await codes(account.id, workflowId)).toEqual(['accrual 5.00', 'adjustment -5.00']);
    const [adjusted] = (await stand.admin(`/accounts/${account.id}/transfers`)).body.items;
    expect(adjusted).toMatchObject({
      actor: 'operator',
      reason: 'the salon will give them by hand',
    });
    expect((await audit(workflowId))[0]).toMatchObject({ outcome: { adjusted: '-5.00' } });
  });

  it('adopt-ledger, sent as the Temporal UI sends it, writes our balance over what staff had changed', async () => {
    const person = stand.person(9);
    const accountId = await stand.meet(person);
    const before = await stand.altegio(person);
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '40.00' });
    await fault({ call: 'write', fault: '422' });
    const { workflowId } = await pay(9, 'B-2', { redeem: 'none' });
    await until('it needs an operator', async () => (await operation(workflowId)).state === 'needs_operator');
    expect((await stand.account(person)).target).toBe((Number(before) + 45).toFixed(2));
    await noFaults();
    await handleOf(workflowId).signal('adoptLedger', 'staff should not have done this');
    await settled(9, workflowId, (Number(before) + 5).toFixed(2));
    const posted = await codes(accountId, workflowId);
    expect(posted.slice(0, 2)).toEqual(['external 40.00', 'accrual 5.00']);
    // Taken from more than one lot, in spend order.
    const back = posted.slice(2).map((text) => Number(text.replace('adjustment ', '')));
    expect(back.reduce((sum, amount) => sum + amount, 0)).toBe(-40);
    expect(await audit(workflowId)).toMatchObject([
      { action: 'adopt-ledger', actor: 'temporal-ui', reason: 'staff should not have done this' },
    ]);
    expect((await audit(workflowId))[0].id).toMatch(/^act_[0-9a-z]{26}$/);
  });

  it('what a person writes at our door stays in the ledger: the signal carries the id of the request alone', async () => {
    const { workflowId } = await parkedPayment(10, 'B-3', { redeem: 'none' });
    const reason = 'Mrs Smith called';
    const told = await act(workflowId, 'adopt-ledger', reason);
    await noFaults();
    await handleOf(workflowId).signal('retry');
    await handleOf(workflowId).result();
    const payloads = String(historyToJSON(await handleOf(workflowId).fetchHistory())).matchAll(
      /"data":\s*\\?"([A-Za-z0-9+/=]+)/g,
    );
    const history = [...payloads].map(([, data = '']) => Buffer.from(data, 'base64').toString()).join('\n');
    expect(history.includes(told.body.actionId)).toBe(true);
    expect(history.includes(reason)).toBe(false);
  });
});

describe('what cannot be done', () => {
  it('is refused in one sentence: unknown, over, of a kind that posts nothing of its own, without a reason', async () => {
    const none = await act('payment:1:none', 'retry');
    expect(none.body).toMatchObject({ status: 404, code: 'operation_not_found' });
    const { workflowId, account } = await pay(11, 'N-1', { redeem: 'none' });
    await handleOf(workflowId).result();
    for (const action of ['retry', 'skip', 'adopt-altegio', 'adopt-ledger'])
      expect((await act(workflowId, action)).body).toMatchObject({ status: 409, code: 'operation_done' });
    expect((await act(workflowId, 'explode')).status).toBe(404);
    expect((await act(workflowId, 'skip', '   ')).body).toMatchObject({ code: 'invalid_request' });
    expect((await act(workflowId, 'skip', 'x'.repeat(501))).body).toMatchObject({ code: 'invalid_request' });
    await fault({ call: 'read', fault: '5xx_before' });
    await stand.admin('/reconciliations', { accountId: account.id });
    const reconciliation = `reconciliation:${stand.chainId}:${account.id}`;
    await until('it waits', async () => {
      const state = await handleOf(reconciliation).query<{ waitsFor: string | null }>('state');
      return state.waitsFor !== null ? true : state;
    });
    const refused = await act(reconciliation, 'skip');
    expect(refused.body).toMatchObject({ status: 409, code: 'action_not_possible' });
    expect(refused.body.detail).toContain('which is a fact');
    expect((await act(reconciliation, 'retry', 'nothing is posted, it runs')).status).toBe(202);
    await noFaults();
    await handleOf(reconciliation).result();
  });

  it('a payment that has no operation yet, because nothing is posted, can be retried and nothing else', async () => {
    const person = stand.person(12);
    const accountId = await stand.meet(person);
    await stand.quiet();
    await stand.stopWorker();
    const posted = await stand.till('/payments', { receipt: 'N-2', accountId, total: '10.00', redeem: 'none' });
    expect(posted.status).toBe(202);
    const { workflowId } = posted.body;
    expect((await act(workflowId, 'skip')).body).toMatchObject({ status: 409, code: 'action_not_possible' });
    expect((await act(workflowId, 'retry', 'no operation yet')).status).toBe(202);
    await stand.startWorker();
    await handleOf(workflowId).result();
    await stand.quiet();
  });
});
