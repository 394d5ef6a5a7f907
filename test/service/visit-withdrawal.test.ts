/** A payment that is part of a visit: its points are taken by Altegio's own call, on the real thing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { type Answer, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('visit-withdrawal', { timeoutMs: 1_000 });
});
afterAll(() => stand?.close());

interface Visit {
  readonly visitId: number;
  readonly recordId: number;
}

/** A customer with 100.00 in both books, and a visit of theirs that costs as much as its items. */
async function visiting(index: number, costs = ['100.00']): Promise<{ accountId: string; visit: Visit }> {
  const person = stand.person(index);
  const change = parseAmount('100.00') - parseAmount(await stand.altegio(person));
  if (change !== 0n) await stand.control('/staff/adjust', { cardId: person.card?.id, amount: formatAmount(change) });
  const accountId = await stand.meet(person);
  await stand.bothHold(person, '100.00');
  const items = costs.map((cost, at) => ({ title: `Service ${at + 1}`, cost }));
  const visit = await stand.control('/visits', { locationId: stand.locationId, phone: person.phone, items });
  return { accountId, visit };
}

const withdrawn = async ({ visitId }: Visit): Promise<string> => (await stand.control(`/visits/${visitId}`)).withdrawn;

async function pay(receipt: string, body: object): Promise<Answer> {
  return await stand.till('/payments', { receipt, total: '100.00', redeem: '30.00', ...body });
}

/** The payment once it is decided; a till that was told 202 asks again. */
async function decided(receipt: string): Promise<Answer['body']> {
  let payment: Answer['body'];
  await until(`${receipt} is decided`, async () => {
    payment = (await stand.till(`/payments?receipt=${receipt}`)).body;
    return payment.state === 'PENDING' ? payment : true;
  });
  return payment;
}

/** The journal shows nothing of this customer that is not one of ours, or was claimed before. */
async function nothingNew(index: number, accountId: string): Promise<void> {
  const external = `select count(*)::int as count from transfer where account_id = $1 and code = 'external'`;
  const before = await stand.pool.query(external, [accountId]);
  await stand.client.workflow.execute('journalTail', {
    workflowId: `journalTail:${stand.chainId}:visit-${index}-${Date.now()}`,
    taskQueue: `${stand.taskQueuePrefix}orchestration`,
    args: [{ chainId: String(stand.chainId), daysBack: 1 }],
  });
  await stand.quiet();
  expect((await stand.pool.query(external, [accountId])).rows).toEqual(before.rows);
  const unclaimed = `
    select line_id from altegio_line join altegio_card using (card_id) where account_id = $1 and claim is null`;
  expect((await stand.pool.query(unclaimed, [accountId])).rows).toEqual([]);
  expect(await stand.account(stand.person(index))).toMatchObject({ drift: '0.00', state: 'matched' });
}

describe('a payment that names a visit', () => {
  it('takes its points there, item by item, so that Altegio’s receipt shows them; what it earns is written by hand', async () => {
    const { accountId, visit } = await visiting(1, ['20.00', '80.00']);
    const since = new Date().toISOString();
    const paid = await pay('V-1', { accountId, visit });
    expect(paid.status, JSON.stringify(paid.body)).toBe(201);
    expect(paid.body).toMatchObject({
      state: 'CAPTURED',
      redeemed: '30.00',
      due: '70.00',
      accrued: '3.50',
      tenders: [
        { type: 'bonus', amount: '30.00' },
        { type: 'money', amount: '70.00' },
      ],
    });
    expect(await withdrawn(visit)).toBe('30.00');
    await stand.bothHold(stand.person(1), '73.50');
    await stand.quiet();
    const calls = (await stand.calls(since)).filter(({ method, applied }) => method === 'POST' && applied);
    expect(calls.map(({ path }) => path.replace(/^.*\/(?=apply|manual)/, '').replace(/\/.*/, ''))).toEqual([
      'apply_card_withdrawal',
      'manual_transaction',
    ]);
    await nothingNew(1, accountId);
    const { rows } = await stand.pool.query(
      `select visit_id::float8 as "visitId", record_id::float8 as "recordId" from payment where account_id = $1`,
      [accountId],
    );
    expect(rows).toEqual([visit]);
    const { body } = await stand.admin(`/accounts/${accountId}/statement`);
    const paired = body.entries.filter(({ altegio }: Answer['body']) => altegio?.amount === '-30.00');
    expect(paired.map(({ altegio }: Answer['body']) => altegio.lines.length)).toEqual([2]);
    expect(body.unexplained).toBe('0.00');
  });

  it('M-26 what Altegio really withdrew is compared with what was asked before the till is told', async () => {
    const { accountId, visit } = await visiting(2, ['20.00']);
    const refused = await pay('V-2', { accountId, visit });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'insufficient_points', requested: '30.00', allowed: '20.00' },
    });
    expect(await withdrawn(visit)).toBe('0.00');
    await stand.bothHold(stand.person(2), '100.00');
    const partial = await pay('V-2', { accountId, visit, allowPartial: true });
    expect(partial).toMatchObject({ status: 201, body: { redeemed: '20.00', due: '80.00', accrued: '4.00' } });
    expect(await withdrawn(visit)).toBe('20.00');
    await stand.bothHold(stand.person(2), '84.00');
    await nothingNew(2, accountId);
  });

  it('whose answer is lost is decided by the visit itself, and nothing is taken twice', async () => {
    const { accountId, visit } = await visiting(3);
    await stand.control('/faults', { call: 'write', fault: 'drop_after', times: 1 });
    await pay('V-3', { accountId, visit });
    expect(await decided('V-3')).toMatchObject({ state: 'CAPTURED', redeemed: '30.00', accrued: '3.50' });
    expect(await withdrawn(visit)).toBe('30.00');
    await stand.bothHold(stand.person(3), '73.50');
    await nothingNew(3, accountId);
  });

  it('whose call never came there has taken nothing, and the receipt is free again', async () => {
    const { accountId, visit } = await visiting(4);
    await stand.control('/faults', { call: 'write', fault: 'drop_before', times: 1 });
    await pay('V-4', { accountId, visit });
    expect(await decided('V-4')).toMatchObject({ state: 'ABANDONED', redeemed: '0.00' });
    expect(await withdrawn(visit)).toBe('0.00');
    await stand.bothHold(stand.person(4), '100.00');
    expect(await pay('V-4', { accountId, visit })).toMatchObject({ status: 201, body: { redeemed: '30.00' } });
    await stand.bothHold(stand.person(4), '73.50');
  });

  it('that Altegio does not know takes nothing, and says so', async () => {
    const { accountId, visit } = await visiting(6);
    const unknown = { ...visit, recordId: visit.recordId + 5_000 };
    expect(await pay('V-6', { accountId, visit: unknown })).toMatchObject({
      status: 422,
      body: { code: 'visit_refused' },
    });
    await stand.bothHold(stand.person(6), '100.00');
  });

  it('waits for what others moved to be explained, and then takes its points', async () => {
    const { accountId, visit } = await visiting(7);
    await stand.control('/staff/adjust', { cardId: stand.person(7).card?.id, amount: '-5.00' });
    await pay('V-7', { accountId, visit });
    expect(await decided('V-7')).toMatchObject({ state: 'CAPTURED', redeemed: '30.00' });
    await stand.bothHold(stand.person(7), '68.50');
  });

  it('never takes what staff took in the same visit for its own', async () => {
    const { accountId, visit } = await visiting(8);
    await stand.control(`/visits/${visit.visitId}/withdraw`, { cardId: stand.person(8).card?.id, amount: '10.00' });
    await pay('V-8', { accountId, visit });
    expect(await decided('V-8')).toMatchObject({ state: 'CAPTURED', redeemed: '30.00' });
    expect(await withdrawn(visit)).toBe('40.00');
    await stand.bothHold(stand.person(8), '63.50');
    // Taking back would return the ten of staff too: so the points go back by hand.
    const refund = await stand.till('/refunds', { receipt: 'V-8', refund: 'RF', amount: '100.00' });
    expect(refund.body).toMatchObject({ pointsReturned: '30.00' });
    await stand.bothHold(stand.person(8), '90.00');
    expect(await withdrawn(visit)).toBe('40.00');
  });
});

describe('undoing a payment in a visit', () => {
  it('a void gives the points back in the visit', async () => {
    const { accountId, visit } = await visiting(9);
    const held = await pay('V-9', { accountId, visit, capture: false });
    expect(held.body).toMatchObject({ state: 'AUTHORIZED', redeemed: '30.00' });
    expect(await withdrawn(visit)).toBe('30.00');
    const since = new Date().toISOString();
    const voided = await stand.till(`/payments/${held.body.id}/void`, {});
    expect(voided.body).toMatchObject({ state: 'VOIDED' });
    await stand.bothHold(stand.person(9), '100.00');
    expect(await withdrawn(visit)).toBe('0.00');
    expect(await stand.appliedWrites(since)).toBe(0);
    await nothingNew(9, accountId);
  });

  it('a refund of the whole gives them back there, a part of it by hand; either way both books are equal', async () => {
    const { accountId, visit } = await visiting(10);
    await pay('V-10', { accountId, visit });
    await stand.bothHold(stand.person(10), '73.50');
    const whole = await stand.till('/refunds', { receipt: 'V-10', refund: 'RF', amount: '100.00' });
    expect(whole.body).toMatchObject({ pointsReturned: '30.00', accrualClawedBack: '3.50' });
    await stand.bothHold(stand.person(10), '100.00');
    expect(await withdrawn(visit)).toBe('0.00');
    await nothingNew(10, accountId);

    const other = await visiting(11);
    await pay('V-11', other);
    await stand.bothHold(stand.person(11), '73.50');
    await stand.till('/refunds', { receipt: 'V-11', refund: 'RF', amount: '40.00' });
    await stand.bothHold(stand.person(11), '84.10');
    expect(await withdrawn(other.visit)).toBe('30.00');
  });

  it('where the visit cannot be edited any more the points go back by hand', async () => {
    const { accountId, visit } = await visiting(12);
    const held = await pay('V-12', { accountId, visit, capture: false });
    await stand.control('/faults', {
      call: 'write',
      fault: '422',
      match: { path: 'cancel_card_withdrawal' },
      times: 1,
    });
    await stand.till(`/payments/${held.body.id}/void`, {});
    await stand.bothHold(stand.person(12), '100.00');
    expect(await withdrawn(visit)).toBe('30.00');
  });

  it('a capture takes what was reserved there, and writes only what is earned', async () => {
    const { accountId, visit } = await visiting(13);
    const held = await pay('V-13', { accountId, visit, capture: false });
    await stand.bothHold(stand.person(13), '70.00');
    const captured = await stand.till(`/payments/${held.body.id}/capture`, {});
    expect(captured.body).toMatchObject({ state: 'CAPTURED', redeemed: '30.00', accrued: '3.50' });
    await stand.bothHold(stand.person(13), '73.50');
    await nothingNew(13, accountId);
  });
});
