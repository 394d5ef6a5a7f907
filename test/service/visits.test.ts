// Visits paid inside Altegio, through the whole product: events, the visit's workflow, both books. The cases run beside
// each other, for each waits for the quiet that a visit is gathered in.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAmount } from '../../domain/money.ts';
import { runNow } from './finding.ts';
import { type Answer, call, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';
import { type Visit, Visits } from './visit-stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('visits', { program: { accrueBy: 'both' } });
});
afterAll(() => stand?.close());

const { act, becomes, book, booked, looked, noRunIsOpen, postings, runsOf, withdraw } = new Visits(() => stand);

/** The webhooks that told of it, as they came, oldest first. */
async function eventsOf({ visitId }: Visit): Promise<string[]> {
  const { rows } = await stand.pool.query<{ body: string }>(
    `select body::text as body from inbox where body->'data'->>'visit_id' = $1 and source = 'webhook' order by id`,
    [visitId],
  );
  return rows.map(({ body }) => body);
}

const CUT = { title: 'Cut', cost: '100.00' };
const MASK = { title: 'Mask', cost: '20.00', kind: 'good' };

describe.concurrent('visits paid in Altegio', () => {
  it('M-23 M-13 payment and paid record lead to one run that posts accrual 5.00 once, however often the events come', async () => {
    const { id, visit } = await booked(1, [CUT]);
    const before = await postings(id);
    await act(visit, 'pay', { cash: true });
    await act(visit, 'edit', { comment: 'said once more' });
    const settled = await becomes(visit, { state: 'settled', posted: { accrued: '5.00', percent: '5' } });
    expect(settled).toMatchObject({
      attendance: 'arrived',
      sold: '100.00',
      bonus: '0.00',
      due: '0.00',
      paid: { total: '100.00', by: { cash: '100.00', card: '0.00' } },
    });
    expect(await runsOf(visit)).toBe(1);
    await noRunIsOpen(visit);
    await act(visit, 'edit', { comment: 'said again, later' });
    await looked(visit, 2);
    await stand.bothHold(stand.person(1), '105.00');
    expect(await postings(id)).toEqual([...before, 'accrual 5.00']);
  }, 200_000);

  it('C-25 C-17 M-13 a bonus withdrawn in the payment window is the visit’s redemption, never posted twice, and sums add up', async () => {
    const index = 2;
    const { id, visit } = await booked(index, [{ title: 'Cut', cost: '90.00', price: '100.00' }, MASK]);
    const opening = Number((await stand.account(stand.person(index))).ledger.active);
    await withdraw(visit, index, '30.00');
    await act(visit, 'pay');
    const settled = await becomes(visit, { state: 'settled', posted: { redeemed: '30.00', accrued: '4.00' } });
    expect(settled).toMatchObject({
      sold: '120.00',
      discount: '10.00',
      bonus: '30.00',
      due: '0.00',
      orderViolation: false,
      paid: {
        total: '80.00',
        by: { card: '80.00', other: '0.00' },
        bonusCounts: '80.00 was paid in money; the bonus of 30.00 is not in it.',
      },
    });
    await stand.bothHold(stand.person(index), (opening - 30 + 4).toFixed(2));
    const posted = await postings(id);
    const moved = posted.filter((text) => text.startsWith('external'));
    expect(moved.reduce((sum, text) => sum + Number(text.split(' ')[1]), 0)).toBe(-30);
    expect(posted.filter((text) => text.startsWith('accrual'))).toEqual(['accrual 4.00']);
    await runNow(stand, 'journalTail');
    expect(await postings(id)).toEqual(posted);
  }, 200_000);

  it('C-16 C-17 C-25 a customer’s visits are summed: received before discounts, paid in money by method, and still due', async () => {
    const index = 13;
    await stand.control('/staff/adjust', { cardId: stand.person(index).card?.id, amount: '40.00' });
    const discounted = await booked(index, [{ title: 'Cut', cost: '90.00', price: '100.00' }, MASK]);
    const owing = await book(index, [CUT]);
    const given = await book(index, [{ title: 'Colour', cost: '60.00', price: '80.00' }]);
    await withdraw(discounted.visit, index, '30.00');
    await act(discounted.visit, 'pay', { amount: '50.00', cash: true });
    await act(discounted.visit, 'pay', { amount: '30.00' });
    await act(owing, 'pay', { amount: '70.00' });
    await act(given, 'pay');
    await becomes(discounted.visit, {
      state: 'settled',
      paid: { total: '80.00', by: { cash: '50.00', card: '30.00' } },
    });
    await becomes(owing, { state: 'open', due: '30.00' });
    await becomes(given, { state: 'settled', sold: '80.00', discount: '20.00', paid: { total: '60.00' } });
    await act(given, 'unpay');
    await becomes(given, { state: 'unpaid', sold: '80.00', due: '60.00', paid: { total: '0.00' } });
    const { items, totals } = (await stand.admin(`/visits?accountId=${discounted.id}`)).body;
    expect(items).toHaveLength(3);
    expect(totals).toEqual({
      visits: 3,
      sold: '300.00',
      discount: '30.00',
      bonus: '30.00',
      paid: '150.00',
      bonusCounts: '150.00 was paid in money; the bonus of 30.00 is not in it.',
      due: '90.00',
    });
    const page = (await stand.admin(`/visits?accountId=${discounted.id}&limit=1`)).body;
    expect([page.items.length, page.totals]).toEqual([1, totals]);
    expect((await stand.admin('/visits?limit=1')).body.totals).toBeNull();
  }, 200_000);

  it('M-23 the same bodies at the webhook door again, repeated and in any order, post nothing', async () => {
    const index = 14;
    const { id, visit } = await booked(index, [CUT]);
    const opening = Number(await stand.altegio(stand.person(index)));
    await withdraw(visit, index, '10.00');
    await act(visit, 'pay');
    await becomes(visit, { state: 'settled', posted: { redeemed: '10.00', accrued: '4.50' } });
    await stand.bothHold(stand.person(index), (opening - 5.5).toFixed(2));
    const posted = await postings(id);
    const bodies = await eventsOf(visit);
    expect(bodies.length).toBeGreaterThan(2);
    const door = new URL((await stand.admin(`/connections/${stand.locationId}`)).body.webhookUrl).pathname;
    for (const body of [...bodies.toReversed(), ...bodies, ...bodies.toReversed()])
      expect((await call(`${stand.apiUrls[0]}${door}`, { body })).status).toBe(200);
    await until('the events are taken up', async () => {
      const waiting = await stand.pool.query(`select id from inbox where state in ('received', 'resolved')`);
      return waiting.rowCount === 0;
    });
    await noRunIsOpen(visit);
    expect(await postings(id)).toEqual(posted);
  }, 200_000);

  it('W-22 an unpaid visit returns points to their lots and claws accrual back, once; paid again it is as before', async () => {
    const index = 3;
    const { id, visit } = await booked(index, [CUT]);
    await stand.control('/staff/adjust', { cardId: stand.person(index).card?.id, amount: '40.00' });
    const opening = Number(await stand.altegio(stand.person(index)));
    await withdraw(visit, index, '40.00');
    await act(visit, 'pay');
    await becomes(visit, { state: 'settled', posted: { redeemed: '40.00', accrued: '3.00' } });
    await stand.bothHold(stand.person(index), (opening - 37).toFixed(2));
    await act(visit, 'unpay');
    await becomes(visit, { state: 'unpaid', posted: { redeemed: '0.00', accrued: '0.00' } });
    await stand.bothHold(stand.person(index), opening.toFixed(2));
    await act(visit, 'pay');
    await becomes(visit, { state: 'settled', posted: { redeemed: '40.00', accrued: '3.00' } });
    await stand.bothHold(stand.person(index), (opening - 37).toFixed(2));
    const refunds = (await postings(id)).filter((text) => /refund|clawback/.test(text));
    expect(refunds).toEqual(['refund 40.00', 'clawback -3.00']);
  }, 200_000);

  it('W-22 a deleted visit whose points were already spent leaves debt by the program’s setting', async () => {
    const index = 5;
    const { id, visit } = await booked(index, [CUT]);
    const opening = Number((await stand.account(stand.person(index))).ledger.active);
    await act(visit, 'pay');
    await becomes(visit, { state: 'settled', posted: { accrued: '5.00' } });
    await stand.bothHold(stand.person(index), (opening + 5).toFixed(2));
    await stand.admin(`/accounts/${id}/adjustments`, { amount: (-opening - 5).toFixed(2), reason: 'spent' });
    await stand.bothHold(stand.person(index), '0.00');
    await act(visit, 'delete');
    await becomes(visit, { state: 'deleted', sold: '0.00', posted: { accrued: '0.00' } });
    await until('the rest is debt', async () => (await stand.account(stand.person(index))).ledger.debt === '5.00');
    await stand.bothHold(stand.person(index), '0.00');
  }, 200_000);

  it('W-22 bonus that staff put back returns to its lot, and the visit owes it; paid again in money it earns on all', async () => {
    const index = 11;
    const { id, visit } = await booked(index, [CUT]);
    const opening = Number(await stand.altegio(stand.person(index))) + 40;
    await stand.admin(`/accounts/${id}/adjustments`, { amount: '40.00', reason: 'a gift' });
    await stand.bothHold(stand.person(index), opening.toFixed(2));
    const lots = async () => (await stand.admin(`/accounts/${id}/lots`)).body.items;
    const before = await lots();
    await withdraw(visit, index, '40.00');
    await act(visit, 'pay');
    await becomes(visit, { state: 'settled', posted: { redeemed: '40.00', accrued: '3.00' } });
    await act(visit, 'giveBack', { cardId: stand.person(index).card?.id });
    await becomes(visit, { state: 'open', bonus: '0.00', due: '40.00', posted: { redeemed: '0.00', accrued: '0.00' } });
    await stand.bothHold(stand.person(index), opening.toFixed(2));
    const left = (rows: Answer['body'][]) =>
      rows.filter(({ remaining }) => remaining !== '0.00').map(({ id: lot, remaining }) => [lot, remaining]);
    expect(left(await lots())).toEqual(left(before));
    await act(visit, 'pay');
    await becomes(visit, { state: 'settled', posted: { redeemed: '0.00', accrued: '5.00' } });
    await stand.bothHold(stand.person(index), (opening + 5).toFixed(2));
  }, 200_000);

  it('M-26 money before a later bonus deduction is marked, shown to the operator, and still reconciled', async () => {
    const index = 6;
    const { visit } = await booked(index, [CUT]);
    const opening = Number((await stand.account(stand.person(index))).ledger.active);
    await act(visit, 'pay', { amount: '60.00' });
    // Altegio's times have whole seconds.
    const paidAt = Math.floor(Date.now() / 1000);
    await until('a second has passed', async () => Math.floor(Date.now() / 1000) > paidAt + 1);
    await withdraw(visit, index, '40.00');
    await becomes(visit, { state: 'settled', orderViolation: true, posted: { redeemed: '40.00', accrued: '3.00' } });
    const { items } = (await stand.admin('/visits?orderViolation=true')).body;
    expect(items.map(({ visitId }: Visit) => visitId)).toEqual([visit.visitId]);
    await stand.bothHold(stand.person(index), (opening - 37).toFixed(2));
  }, 200_000);

  it('V-24 prepaid earns nothing until arrived; who arrived and has not paid in full, or has paid and never came, earns nothing', async () => {
    const { visit } = await booked(7, [CUT], 2);
    const owing = await book(7, [CUT]);
    await act(owing, 'pay', { amount: '99.99' });
    const absent = (await booked(8, [CUT], 0)).visit;
    await act(visit, 'pay');
    await act(absent, 'pay');
    await becomes(visit, { state: 'open', attendance: 'confirmed', paidInFull: true, posted: { accrued: '0.00' } });
    await becomes(absent, { state: 'open', attendance: 'waiting', paidInFull: true });
    await becomes(owing, { state: 'open', attendance: 'arrived', paidInFull: false, posted: { accrued: '0.00' } });
    await act(visit, 'attend', { attendance: 1 });
    await act(absent, 'attend', { attendance: -1 });
    await becomes(visit, { state: 'settled', attendance: 'arrived', posted: { accrued: '5.00' } });
    await becomes(absent, { state: 'open', attendance: 'no_show', paidInFull: true, posted: { accrued: '0.00' } });
  }, 200_000);

  it('a till’s payment of the visit is its one redemption and its money earns once, also after staff put the points back', async () => {
    const index = 12;
    const { id, visit } = await booked(index, [CUT]);
    await stand.control('/staff/adjust', { cardId: stand.person(index).card?.id, amount: '40.00' });
    const opening = Number(await stand.altegio(stand.person(index)));
    const { recordId, visitId } = visit;
    const sale = { receipt: 'V-2', phone: `+${stand.person(index).phone}`, total: '100.00', redeem: '30.00' };
    const paid = (await stand.till('/payments', { ...sale, visit: { recordId, visitId } })).body;
    expect(paid).toMatchObject({ redeemed: '30.00', due: '70.00', accrued: '3.50' });
    await act(visit, 'pay');
    const nothing = { redeemed: '0.00', accrued: '0.00' };
    await becomes(visit, { state: 'settled', bonus: '30.00', due: '0.00', posted: nothing });
    await stand.bothHold(stand.person(index), (opening - 26.5).toFixed(2));
    const ofSale = async () =>
      (await postings(id)).filter((text) => /^(redemption|accrual|refund|clawback)/.test(text));
    expect((await ofSale()).toSorted()).toEqual(['accrual 3.50', 'redemption -30.00']);
    await act(visit, 'giveBack', { cardId: stand.person(index).card?.id });
    await becomes(visit, { state: 'open', bonus: '0.00', due: '30.00', posted: nothing });
    await stand.bothHold(stand.person(index), (opening + 3.5).toFixed(2));
    expect((await ofSale()).toSorted()).toEqual(['accrual 3.50', 'redemption -30.00']);
  }, 200_000);

  it('a visit of the same customer, day and amount as an unlinked till sale accrues under review', async () => {
    const index = 9;
    const { id, visit } = await booked(index, [CUT]);
    const sale = { receipt: 'V-1', phone: `+${stand.person(index).phone}`, total: '100.00', redeem: 'none' };
    expect((await stand.till('/payments', sale)).body.accrued).toBe('5.00');
    const opening = (await stand.account(stand.person(index))).ledger.active;
    await act(visit, 'pay');
    await becomes(visit, { state: 'settled', posted: { accrued: '5.00' } });
    const { ledger } = await stand.account(stand.person(index));
    expect(ledger).toMatchObject({ active: opening, pending: '5.00' });
    const { items } = (await stand.admin(`/reviews?state=open&accountId=${id}`)).body;
    expect(items).toMatchObject([{ visitId: visit.visitId, amount: '5.00', paymentId: null }]);
    await stand.admin(`/reviews/${items[0].id}/refuse`, { reason: 'paid at the till' });
    await until('it is taken back', async () => (await stand.account(stand.person(index))).ledger.pending === '0.00');
  }, 200_000);
});

it('B-19 what Altegio withdrew in visits is redeemed in what is owed, and the closing is the balances of all accounts', async () => {
  await stand.quiet();
  const sum = (amounts: readonly string[]) => amounts.reduce((total, amount) => total + parseAmount(amount), 0n);
  const visits = (await stand.admin('/visits?limit=100')).body.items as Answer['body'][];
  const inVisits = sum(visits.map(({ posted }) => posted.redeemed));
  const { rows } = await stand.pool.query<{ redeemed: bigint }>('select redeemed from payment');
  const atTill = rows.reduce((total, { redeemed }) => total + redeemed, 0n);
  expect(inVisits * atTill).toBeGreaterThan(0n);
  const { items, proof } = (await stand.admin(`/reports/liability?chainId=${stand.chainId}`)).body;
  expect(sum(items.map(({ redeemed }: { redeemed: string }) => redeemed))).toBe(inVisits + atTill);
  expect(proof).toMatchObject([{ equal: true }]);
});

it('B-11 other rules are tried on visits too: those in force change nothing, twice the percent costs twice as much', async () => {
  const tried = async (percent: string): Promise<Answer['body']> => {
    const accrual = { levels: [{ from: '0.00', percent }], base: 'money' };
    const settings = { name: 'Bonus', currency: 'KZT', accrual, redeem: { maxShare: '0.30' }, accrueBy: 'both' };
    const { status, body } = await stand.admin(`/programs/${stand.programId}/simulations`, { days: 30, settings });
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };
  const [same, doubled] = [await tried('5'), await tried('10')];
  expect(same.proposed).toEqual(same.now);
  expect(parseAmount(doubled.cost.proposed)).toBe(2n * parseAmount(same.cost.now));
  const { items } = (await stand.admin('/visits?state=settled&limit=100')).body;
  expect([same.visits, same.sales]).toEqual([items.length, 2]);
});

it('B-14 what a visit has come to is not undone here: it is changed in Altegio, and settled again', async () => {
  const { workflowId } = (await stand.admin('/visits?state=settled&limit=1')).body.items[0];
  const path = `/operations/${encodeURIComponent(workflowId)}/undo?dryRun=true`;
  const preview = await stand.admin(path, { reason: 'a look' });
  expect([preview.status, preview.body.detail]).toEqual([409, expect.stringContaining('change the visit in Altegio')]);
});
