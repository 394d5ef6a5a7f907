// Undoing a whole operation that is over: what the preview shows of both books is what comes true.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pay } from './proof-stand.ts';
import { type Answer, startStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('undo');
});
afterAll(() => stand?.close());

type Body = Answer['body'];
const path = (workflowId: string) => `/operations/${encodeURIComponent(workflowId)}/undo`;
const preview = (workflowId: string) => stand.admin(`${path(workflowId)}?dryRun=true`, { reason: 'a look' });

/** Undoes it and waits until both books are equal. */
async function undo(workflowId: string, reason = 'the salon asked for it'): Promise<Body> {
  const told = await stand.admin(path(workflowId), { reason });
  expect(told.status, JSON.stringify(told.body)).toBe(202);
  await stand.client.workflow.getHandle(told.body.workflowId).result();
  await stand.quiet();
  return told.body;
}

const historyOf = async (accountId: string): Promise<Body[]> =>
  (await stand.admin(`/accounts/${accountId}/transfers`)).body.items;
const postedBy = async (accountId: string, workflowId: string): Promise<Body[]> =>
  (await historyOf(accountId))
    .filter((transfer) => transfer.workflowId === workflowId)
    .map(({ code, part, amount }) => ({ code, part, amount }))
    .toReversed();

it('B-14 the preview shows now and after of both books, and the undo makes exactly that by new transfers', async () => {
  const person = stand.person(1);
  const id = await stand.meet(person);
  await stand.quiet();
  const paid = await pay(stand, person, 'UNDO-1');
  await stand.quiet();
  const before = await historyOf(id);
  const planned = await preview(paid.workflowId);
  expect(planned).toMatchObject({
    status: 200,
    body: {
      transfers: [
        { code: 'refund', part: 'active', amount: '30.00' },
        { code: 'clawback', part: 'active', amount: '-3.50' },
      ],
      balance: { before: { active: '73.50' }, after: { active: '100.00' } },
      altegioBalance: { before: '73.50', after: '100.00' },
    },
  });
  expect(await historyOf(id)).toEqual(before);
  const { workflowId, actionId } = await undo(paid.workflowId, 'sold twice');
  await stand.bothHold(person, '100.00');
  expect(await postedBy(id, workflowId)).toEqual(planned.body.transfers);
  // Nothing of what was there has changed.
  expect((await historyOf(id)).slice(-before.length)).toEqual(before);
  expect((await stand.till(`/payments/${paid.id}`)).body).toMatchObject({ state: 'REFUNDED' });
  expect((await stand.admin(`/payments/${paid.id}/proof`)).body.verdict).not.toBe('wrong');
  const audit = (await stand.admin(`/actions?subject=${encodeURIComponent(paid.workflowId)}`)).body.items;
  expect(audit).toMatchObject([{ id: actionId, action: 'undo', reason: 'sold twice' }]);
});

it('B-14 it is undone once: again, by a repeat of the call and by a refund of the till, nothing moves', async () => {
  const person = stand.person(2);
  const id = await stand.meet(person);
  const paid = await pay(stand, person, 'UNDO-2', 'none');
  await stand.quiet();
  const headers = { 'idempotency-key': 'undo-2' };
  const [first, repeat] = [
    await stand.admin(path(paid.workflowId), { reason: 'x' }, 'POST', headers),
    await stand.admin(path(paid.workflowId), { reason: 'x' }, 'POST', headers),
  ];
  expect(repeat.body).toEqual(first.body);
  await stand.client.workflow.getHandle(first.body.workflowId).result();
  await stand.quiet();
  const posted = await historyOf(id);
  expect(await postedBy(id, first.body.workflowId)).toEqual([{ code: 'clawback', part: 'active', amount: '-5.00' }]);
  for (const refused of [await preview(paid.workflowId), await stand.admin(path(paid.workflowId), { reason: 'y' })])
    expect([refused.status, refused.body.code]).toEqual([409, 'action_not_possible']);
  const refund = await stand.till(`/payments/${paid.id}/refunds`, { refund: 'F', amount: '10.00' });
  expect(refund.body.code).toBe('already_refunded');
  expect(await historyOf(id)).toEqual(posted);
});

it('B-14 a sale that was refunded in part gives back the rest alone; an undone refund makes it whole again', async () => {
  const person = stand.person(4);
  const id = await stand.meet(person);
  await stand.quiet();
  const start = (await stand.account(person)).target;
  const paid = await pay(stand, person, 'UNDO-3');
  const refund = await stand.till(`/payments/${paid.id}/refunds`, { refund: 'F-1', amount: '40.00' });
  expect(refund.status).toBe(201);
  await stand.quiet();
  const refunded = `refund:${stand.locationId}:UNDO-3:F-1`;
  await undo(refunded);
  expect((await stand.till(`/payments/${paid.id}`)).body).toMatchObject({ state: 'CAPTURED' });
  const again = await stand.till(`/payments/${paid.id}/refunds`, { refund: 'F-2', amount: '40.00' });
  expect(again.body).toMatchObject({ pointsReturned: '12.00', accrualClawedBack: '1.40' });
  await stand.quiet();
  const { workflowId } = await undo(paid.workflowId);
  expect(await postedBy(id, workflowId)).toEqual([
    { code: 'refund', part: 'active', amount: '18.00' },
    { code: 'clawback', part: 'active', amount: '-2.10' },
  ]);
  await stand.bothHold(person, start);
});

it('B-14 what is not free any more becomes debt, and the preview says so', async () => {
  const person = stand.person(3);
  const id = await stand.meet(person);
  await stand.quiet();
  const given = await stand.admin(`/accounts/${id}/adjustments`, { amount: '20.00', reason: 'a present' });
  await stand.client.workflow.getHandle(given.body.workflowId).result();
  await pay(stand, person, 'UNDO-4', '20.00');
  await stand.quiet();
  const planned = (await preview(given.body.workflowId)).body;
  expect(planned.balance).toMatchObject({
    before: { active: '4.00', debt: '0.00' },
    after: { active: '0.00', debt: '16.00' },
  });
  expect(planned.altegioBalance).toEqual({ before: '4.00', after: '0.00' });
  await undo(given.body.workflowId);
  const account = await stand.account(person);
  expect(account.ledger).toMatchObject({ active: '0.00', debt: '16.00' });
  expect(await stand.altegio(person)).toBe('0.00');
});

it('B-14 facts of Altegio, what undid something, and what runs or never was cannot be undone', async () => {
  const person = stand.person(5);
  await stand.meet(person);
  await stand.quiet();
  const issued = await preview(`cardIssue:${await stand.meet(person)}`);
  expect(issued.status).toBe(404);
  expect((await preview('payment:1:NEVER')).status).toBe(404);
  const paid = await pay(stand, person, 'UNDO-5', 'none');
  await stand.quiet();
  const undone = await undo(paid.workflowId);
  const twice = await preview(undone.workflowId);
  expect([twice.status, twice.body.detail]).toEqual([409, expect.stringContaining('undid another operation')]);
  await stand.control('/faults', { call: 'write', fault: '5xx_before' });
  const open = await pay(stand, person, 'UNDO-6', 'none');
  const running = await preview(open.workflowId);
  expect([running.status, running.body.detail]).toEqual([409, expect.stringContaining('skip it')]);
  await stand.control('/faults', undefined, 'DELETE');
});
