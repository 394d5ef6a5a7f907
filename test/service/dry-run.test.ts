// A dry run answers the whole plan of a change and writes nothing; made for real, the change is exactly its plan.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, startStand, type Stand } from './stand.ts';

const TABLES = `transfer lot operation adjustment operator_action review altegio_write drift hold break idempotency_key
  payment ledger_tip`.split(/\s+/);
let stand: Stand;
beforeAll(async () => {
  stand = await startStand('dry run', { program: { limits: { paymentsPerDay: 1 } } });
});
afterAll(() => stand?.close());

/** Everything that a change could write, row by row. */
async function stored(): Promise<string> {
  const texts = await Promise.all(
    [...TABLES, 'account', 'altegio_card'].map(async (table) => {
      const { rows } = await stand.pool.query<{ all: string }>(
        `select coalesce(string_agg(t::text, chr(10) order by t::text), '') as all from ${table} t`,
      );
      return rows[0]?.all;
    }),
  );
  return texts.join('\n');
}

/** A customer whose first contact is over, so that nothing moves but what a test moves. */
async function known(index: number): Promise<string> {
  const found = await stand.till('/lookups', { phone: `+${stand.person(index).phone}` });
  await stand.quiet();
  return found.body.account.id;
}
const workflows = async (): Promise<number> => {
  const query = `TaskQueue='${stand.taskQueuePrefix}orchestration' AND WorkflowType='adjustment'`;
  return (await stand.client.workflow.count(query)).count;
};
/** Asks for the plan, and makes sure that nothing came of it. */
async function plan(path: string, body: object): Promise<Answer['body']> {
  const [before, ran, since] = [await stored(), await workflows(), new Date().toISOString()];
  const answer = await stand.admin(`${path}?dryRun=true`, body, 'POST', { 'idempotency-key': 'dry' });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(await stored()).toBe(before);
  expect(await workflows()).toBe(ran);
  expect((await stand.calls(since)).filter(({ method }) => method === 'POST')).toEqual([]);
  return answer.body;
}
/** What the change posted, oldest first, as a plan shows it. */
async function posted(accountId: string, count: number): Promise<Answer['body'][]> {
  const { items } = (await stand.admin(`/accounts/${accountId}/transfers`)).body;
  return items
    .slice(0, count)
    .map(({ code, part, amount }: Answer['body']) => ({ code, part, amount }))
    .toReversed();
}

it('B-09 an adjustment: transfers, tenders, messages and Altegio calls of the plan come true to the cent', async () => {
  const person = stand.person(1);
  const id = await known(1);
  const body = { amount: '-12.34', reason: 'a mistake' };
  const planned = await plan(`/accounts/${id}/adjustments`, body);
  expect(planned).toMatchObject({
    tenders: [],
    messages: [],
    altegio: [{ call: 'read' }, { call: 'write', amount: '-12.34' }],
    balance: { before: { available: '100.00' }, after: { available: '87.66' } },
  });
  const since = new Date().toISOString();
  await stand.admin(`/accounts/${id}/adjustments`, body);
  await stand.bothHold(person, '87.66');
  expect(await posted(id, planned.transfers.length)).toEqual(planned.transfers);
  expect(await stand.appliedWrites(since)).toBe(1);
});

it('B-09 a change below zero: refused as the change itself would be, or planned with the debt it makes', async () => {
  const id = await known(3);
  const refused = await stand.admin(`/accounts/${id}/adjustments?dryRun=true`, { amount: '-5.00', reason: 'x' });
  expect([refused.status, refused.body.code]).toEqual([422, 'insufficient_points']);
  const planned = await plan(`/accounts/${id}/adjustments`, { amount: '-5.00', reason: 'x', allowNegative: true });
  expect(planned.transfers).toEqual([{ code: 'adjustment', part: 'debt', amount: '-5.00' }]);
  expect(planned.altegio).toEqual([{ call: 'read' }]);
  expect(planned.balance.after).toMatchObject({ debt: '5.00', available: '0.00' });
});

it('B-09 a decision about a review, and closing a break', async () => {
  const id = await known(2);
  for (const receipt of ['DRY-1', 'DRY-2'])
    await stand.till('/payments', { receipt, accountId: id, total: '100.00', redeem: 'none' });
  await stand.quiet();
  const [review] = (await stand.admin(`/reviews?accountId=${id}`)).body.items;
  const refusing = await plan(`/reviews/${review.id}/refuse`, { reason: 'no' });
  expect(refusing.transfers).toEqual([{ code: 'clawback', part: 'pending', amount: '-5.00' }]);
  const planned = await plan(`/reviews/${review.id}/approve`, { reason: 'yes' });
  expect(planned.altegio).toEqual([{ call: 'read' }, { call: 'write', amount: '5.00' }]);
  await stand.admin(`/reviews/${review.id}/approve`, { reason: 'yes' });
  await stand.bothHold(stand.person(2), planned.balance.after.available);
  expect(await posted(id, 1)).toEqual(planned.transfers);
  await stand.quiet();
  await stand.pool.query(
    `insert into break (id, chain_id, account_id, kind) values ('brk_0000000000000000000000test', $1, $2, 'debt')`,
    [stand.chainId, id],
  );
  const closing = await plan('/breaks/brk_0000000000000000000000test/close', { reason: 'seen' });
  expect(closing).toMatchObject({ transfers: [], altegio: [] });
  await stand.admin('/breaks/brk_0000000000000000000000test/close', { reason: 'seen' });
});

it('B-09 skipping a payment that cannot go on, and taking over what Altegio holds', async () => {
  const person = stand.person(4);
  const id = await known(4);
  await stand.control('/faults', { call: 'write', fault: '429' });
  const paid = await stand.till('/payments', { receipt: 'DRY-3', accountId: id, total: '100.00', redeem: '30.00' });
  // Its own tries would go on writing beside the dry runs.
  await stand.stopWorker();
  const path = `/operations/${encodeURIComponent(paid.body.workflowId)}`;
  const giving = await plan(`${path}/adopt-altegio`, { reason: 'theirs' });
  expect(giving.transfers).toEqual([{ code: 'adjustment', part: 'active', amount: '26.50' }]);
  expect(giving.altegio).toEqual([{ call: 'read' }]);
  const planned = await plan(`${path}/skip`, { reason: 'never sold' });
  expect(planned.transfers.map(({ code }: Answer['body']) => code)).toEqual(['refund', 'clawback']);
  await stand.startWorker();
  await stand.admin(`${path}/skip`, { reason: 'never sold' });
  await stand.control('/faults', undefined, 'DELETE');
  await stand.bothHold(person, planned.balance.after.available);
  expect(await posted(id, planned.transfers.length)).toEqual(planned.transfers);
});

it('a call without a dry run refuses it rather than act', async () => {
  await stand.quiet();
  const before = await stored();
  const body = { locationId: stand.locationId, name: 'Not made' };
  const answer = await stand.admin('/keys?dryRun=true', body);
  expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, 'dryRun']);
  const keys = (await stand.admin('/keys')).body.items;
  expect(keys.some(({ name }: Answer['body']) => name === 'Not made')).toBe(false);
  expect(await stored()).toBe(before);
  const id = await known(1);
  const maybe = await stand.admin(`/accounts/${id}/adjustments?dryRun=yes`, { amount: '1.00', reason: 'x' });
  expect(maybe.status).toBe(400);
});
