// What captures and refunds change of a sale: its receipt, the day's list, its review, and what a till sends again offline.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('sale later', { program: { limits: { pointsPerDay: '20.00' } } });
});
afterAll(() => stand?.close());

const authorize = (body: object): Promise<Answer> => stand.till('/payments', { capture: false, ...body });
const step = (id: string, name: string, body: object = {}): Promise<Answer> =>
  stand.till(`/payments/${id}/${name}`, body);
const ledgerOf = async (index: number) => (await stand.account(stand.person(index))).ledger;

describe('a sale captured for less and partly refunded', () => {
  it('V-25 the receipt prints what was captured, with its money, tip and points, and what went back since', async () => {
    const accountId = await stand.meet(stand.person(1));
    const had = (await ledgerOf(1)).active;
    const lines = [
      { id: '1', title: 'Cut', amount: '60.00', vatRate: '12' },
      { id: '2', title: 'Dye', amount: '40.00' },
    ];
    const held = await authorize({ receipt: 'L-1', accountId, total: '100.00', redeem: '30.00', lines, tip: '9.00' });
    const { id } = held.body;
    expect((await stand.till(`/payments/${id}/receipt`)).body.code).toBe('not_captured');
    const less = {
      total: '60.00',
      redeem: '18.00',
      lines: [lines[0]],
      money: [{ type: 'cash', amount: '42.00', received: '50.00' }],
      tip: '5.00',
    };
    const captured = await step(id, 'capture', less);
    expect(captured.body).toMatchObject({ state: 'CAPTURED', total: '60.00', redeemed: '18.00', accrued: '2.10' });
    const receipt = {
      lines: [{ id: '1', price: '60.00', amount: '60.00' }],
      subtotal: '60.00',
      total: '60.00',
      tenders: [
        { type: 'bonus', amount: '18.00' },
        { type: 'cash', amount: '42.00' },
      ],
      tip: '5.00',
      received: '50.00',
      change: '8.00',
      vat: [{ rate: '12', gross: '60.00', vat: '6.43', net: '53.57' }],
      bonus: { before: had, taken: '18.00', earned: '2.10', now: captured.body.account.balance.active },
    };
    const printed = (await stand.till(`/payments/${id}/receipt`)).body;
    expect(printed).toMatchObject({ ...receipt, refunded: '0.00', state: 'CAPTURED' });
    expect(printed.lines).toHaveLength(1);
    expect((await step(id, 'refunds', { refund: 'RF', amount: '20.00' })).status).toBe(201);
    const later = (await stand.till(`/payments/${id}/receipt`)).body;
    expect(later).toMatchObject({ ...receipt, refunded: '20.00', state: 'PARTIALLY_REFUNDED' });
    const page = await fetch(`${stand.apiUrls[0]}/v1/payments/${id}/receipt?lang=en`, {
      headers: { authorization: `Bearer ${stand.key}`, accept: 'text/html' },
    });
    const shown = [...(await page.text()).matchAll(/<(?:h2|dt|dd)[^>]*>([^<]*)</g)].map(([, text]) => text);
    expect(shown).toEqual(expect.arrayContaining(['Partly refunded', 'Refunded', '−20.00']));
    expect(shown).not.toContain('Dye');
  });

  it('the day’s list counts it as captured, and beside it what went back', async () => {
    const day = (await stand.till('/payments?from=2026-01-01')).body;
    expect(day.items).toMatchObject([{ receipt: 'L-1', total: '60.00', refunded: '20.00' }]);
    expect(day.sums).toEqual({
      count: 1,
      total: '60.00',
      redeemed: '18.00',
      accrued: '2.10',
      refunded: '20.00',
    });
  });
});

describe('limits and the steps of a payment', () => {
  const reviews = async (accountId: string): Promise<Answer['body'][]> =>
    (await stand.admin(`/reviews?accountId=${accountId}`)).body.items;

  it('B-25 a reservation is no sale: a void opens no review, the capture over the limit does, and the sale goes on', async () => {
    const accountId = await stand.meet(stand.person(2));
    const sale = { accountId, total: '1000.00', redeem: 'none' };
    const left = await authorize({ receipt: 'L-2', ...sale });
    expect((await step(left.body.id, 'void')).body).toMatchObject({ state: 'VOIDED' });
    const held = await authorize({ receipt: 'L-3', ...sale });
    expect(await reviews(accountId)).toEqual([]);
    const captured = await step(held.body.id, 'capture');
    expect(captured.body).toMatchObject({
      state: 'CAPTURED',
      accrued: '50.00',
      account: { balance: { pending: '50.00' } },
      review: { limits: [{ of: 'card', limit: 'pointsPerDay', allowed: '20.00', seen: '50.00' }] },
    });
    expect(await reviews(accountId)).toMatchObject([
      { id: captured.body.review.id, paymentId: held.body.id, waiting: '50.00', state: 'open' },
    ]);
  });

  it('B-25 a refund takes what waits: a part lowers the review, the whole ends it, and nobody has to decide', async () => {
    const { id: accountId, ledger } = await stand.account(stand.person(2));
    const [{ id, paymentId }] = await reviews(accountId);
    const part = await step(paymentId, 'refunds', { refund: 'A', amount: '400.00' });
    expect(part.body).toMatchObject({ accrualClawedBack: '20.00', debt: '0.00' });
    expect(await reviews(accountId)).toMatchObject([{ id, amount: '50.00', waiting: '30.00', state: 'open' }]);
    await step(paymentId, 'refunds', { refund: 'B', amount: '600.00' });
    expect(await reviews(accountId)).toMatchObject([
      { id, waiting: '0.00', state: 'returned', decidedBy: 'till', decidedAt: expect.any(String) },
    ]);
    expect((await stand.admin(`/reviews/${id}/approve`, { reason: 'late' })).body.code).toBe('review_decided');
    expect(await ledgerOf(2)).toMatchObject({ active: ledger.active, pending: '0.00', debt: '0.00' });
    await stand.bothHold(stand.person(2), ledger.available);
  });
});

describe('a till that reserved points and went offline', () => {
  it('B-22 its sale waits until the reservation is over, then is kept without the points', async () => {
    const accountId = await stand.meet(stand.person(5));
    const { available } = await ledgerOf(5);
    const sale = { receipt: 'L-9', accountId, total: '10.00', redeem: '3.00' };
    const held = await authorize(sale);
    expect(held.body).toMatchObject({ state: 'AUTHORIZED', redeemed: '3.00' });
    const item = { ...sale, offlineSeq: 1, occurredAt: new Date().toISOString() };
    const send = async () => await stand.till('/batches', { terminal: 'T-9', items: [item] });
    const waiting = await send();
    expect([waiting.status, waiting.body.results[0].status]).toEqual([202, 202]);
    expect((await step(held.body.id, 'void')).body.state).toBe('VOIDED');
    await until('the sale is decided', async () => {
      const [result] = (await send()).body.results;
      return result.status === 201 ? true : result;
    });
    const sold = (await stand.till('/payments?receipt=L-9')).body;
    expect(sold).toMatchObject({ attempt: 2, state: 'CAPTURED', redeemed: '0.00', refusedRedemption: '3.00' });
    await stand.bothHold(stand.person(5), (Number(available) + 0.35).toFixed(2));
  });
});
