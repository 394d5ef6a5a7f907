/** Refunds through the till's door: by amount, by line, whole, repeated, by receipt, and what they take back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAmount } from '../../domain/money.ts';
import { type Answer, startStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('refunds', { redeem: { maxShare: '1' } });
});
afterAll(() => stand?.close());

async function pay(body: object): Promise<Answer['body']> {
  const paid = await stand.till('/payments', body);
  expect(paid.status).toBe(201);
  return paid.body;
}

const refund = (id: string, body: object, key?: string): Promise<Answer> =>
  stand.till(`/payments/${id}/refunds`, body, key === undefined ? {} : { headers: { 'idempotency-key': key } });
const ledgerOf = async (index: number) => (await stand.account(stand.person(index))).ledger;

/** The program from now on; what was paid before keeps the version it was paid under. */
async function program(changes: { clawback?: string; lots?: object; excludedCategories?: string[] }): Promise<void> {
  const answer = await stand.admin(
    `/programs/${stand.programId}`,
    {
      chainId: stand.chainId,
      cardTypeId: stand.cardTypeId,
      name: 'Bonus',
      currency: 'KZT',
      accrual: { levels: [{ from: '0.00', percent: '5' }], base: 'money' },
      redeem: { maxShare: '1', minMoney: '0.00', whenAltegioDown: 'refuse' },
      ...changes,
    },
    'PUT',
  );
  expect(answer.status).toBeLessThan(300);
}

describe('refunds', () => {
  it('W-22 15: bill 100, redeemed 30, accrued 3.50; refund 40, then 60: points, money and clawback add up to the whole', async () => {
    const accountId = await stand.holding(1, '100.00');
    const { id } = await pay({ receipt: 'R-1', accountId, total: '100.00', redeem: '30.00' });
    const first = await refund(id, { refund: 'RF-1', amount: '40.00' });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      refund: 'RF-1',
      moneyToReturn: '28.00',
      pointsReturned: '12.00',
      accrualClawedBack: '1.40',
      debt: '0.00',
      replayed: false,
      payment: { id, state: 'PARTIALLY_REFUNDED', refunded: '40.00' },
    });
    expect(first.body.payment.account.balance).toMatchObject({ active: '84.10', available: '84.10' });
    await stand.bothHold(stand.person(1), '84.10');
    const second = await refund(id, { refund: 'RF-2', amount: '60.00' });
    expect(second.body).toMatchObject({
      moneyToReturn: '42.00',
      pointsReturned: '18.00',
      accrualClawedBack: '2.10',
      payment: { state: 'REFUNDED', refunded: '100.00' },
    });
    await stand.bothHold(stand.person(1), '100.00');
    expect(await refund(id, { refund: 'RF-3', amount: '0.01' })).toMatchObject({
      status: 409,
      body: { code: 'already_refunded', retryable: false },
    });
    await stand.quiet();
    const lots = (await stand.admin(`/accounts/${accountId}/lots`)).body.items;
    expect(lots).toHaveLength(1);
    expect(lots[0]).toMatchObject({ code: 'opening', remaining: '100.00' });
    const writes = (await stand.control('/requests?path=manual_transaction')) as { body: { title: string } }[];
    expect(writes.at(-1)?.body.title).toBe('R-1 +18.00 −2.10');
    expect((await stand.till(`/payments/${id}`)).body).toMatchObject({ state: 'REFUNDED', refunded: '100.00' });
  });

  it('W-22 a repeat of a refund, by its key, by its name or by receipt, is the same refund; its name stands for nothing else', async () => {
    const accountId = await stand.holding(2, '50.00');
    const { id } = await pay({ receipt: 'R-2', accountId, total: '50.00', redeem: '20.00' });
    const asked = { refund: 'RF-1', amount: '10.00' };
    const first = await refund(id, asked, 'key-1');
    expect(first.body).toMatchObject({ pointsReturned: '4.00', moneyToReturn: '6.00', accrualClawedBack: '0.30' });
    const repeats = [
      await refund(id, asked, 'key-1'),
      await refund(id, asked, 'key-2'),
      await refund(id, asked),
      await stand.till('/refunds', { receipt: 'R-2', ...asked }),
    ];
    for (const repeat of repeats) {
      expect(repeat.status).toBe(201);
      expect(repeat.headers.get('idempotent-replayed')).toBe('true');
      expect(repeat.body).toEqual({ ...first.body, replayed: true });
    }
    expect(await refund(id, { refund: 'RF-1', amount: '11.00' })).toMatchObject({
      status: 409,
      body: { code: 'receipt_conflict', errors: [{ path: 'amount' }] },
    });
    expect(await refund(id, { refund: 'RF-9', amount: '11.00' }, 'key-1')).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    const many = await Promise.all(Array.from({ length: 10 }, () => refund(id, { refund: 'RF-2', amount: '15.00' })));
    expect(many.map(({ status }) => status)).toEqual(many.map(() => 201));
    expect(many.filter(({ body }) => body.replayed === false)).toHaveLength(1);
    expect((await stand.till(`/payments/${id}`)).body).toMatchObject({ refunded: '25.00' });
    await stand.bothHold(stand.person(2), '40.75');
  });

  it('more than is left is refused with what is possible, and the name is free for the right amount', async () => {
    const accountId = await stand.holding(5, '10.00');
    const { id } = await pay({ receipt: 'R-3', accountId, total: '20.00', redeem: 'none' });
    expect(await refund(id, { refund: 'RF-1', amount: '20.01' })).toMatchObject({
      status: 422,
      body: { code: 'refund_exceeds_payment', requested: '20.01', allowed: '20.00', paymentId: id },
    });
    expect((await refund(id, { refund: 'RF-1', amount: '20.00' })).body.payment.state).toBe('REFUNDED');
    await stand.bothHold(stand.person(5), '10.00');
  });

  it('9 by line: each returns its own shares of points and money, also in parts; the last closes to the cent', async () => {
    const accountId = await stand.holding(6, '10.00');
    const lines = [
      { id: 'a', title: 'A', amount: '33.33' },
      { id: 'b', title: 'B', amount: '33.33' },
      { id: 'c', title: 'C', amount: '33.34' },
    ];
    const body = { receipt: 'R-4', accountId, total: '100.00', redeem: '10.00', lines, as: 'discount' };
    const paid = await pay(body);
    expect(paid.lines.map(({ discount }: { discount: string }) => discount)).toEqual(['3.33', '3.33', '3.34']);
    expect(paid.accrued).toBe('4.50');
    const one = await refund(paid.id, { refund: '1', lines: [{ id: 'c' }] });
    expect(one.body).toMatchObject({ pointsReturned: '3.34', moneyToReturn: '30.00', accrualClawedBack: '1.50' });
    const half = await refund(paid.id, { refund: '2', lines: [{ id: 'a', amount: '10.00' }] });
    expect(half.body).toMatchObject({ pointsReturned: '0.99', moneyToReturn: '9.01' });
    expect((await refund(paid.id, { refund: '3', lines: [{ id: 'c' }] })).body.code).toBe('already_refunded');
    expect(await refund(paid.id, { refund: '3', lines: [{ id: 'a', amount: '23.34' }] })).toMatchObject({
      status: 422,
      body: { code: 'refund_exceeds_payment', requested: '23.34', allowed: '23.33' },
    });
    expect(await refund(paid.id, { refund: '3', lines: [{ id: 'x' }] })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: 'lines.0.id' }] },
    });
    const rest = await refund(paid.id, { refund: '4', lines: [{ id: 'a' }, { id: 'b' }] });
    expect(rest.body).toMatchObject({ pointsReturned: '5.67', moneyToReturn: '50.99', payment: { state: 'REFUNDED' } });
    await stand.bothHold(stand.person(6), '10.00');
  });

  it('a line that neither took points nor earned returns money alone; by an amount it shares in both', async () => {
    await program({ excludedCategories: ['certificate'] });
    const accountId = await stand.holding(13, '10.00');
    const lines = [
      { id: 'cut', title: 'Cut', amount: '60.00' },
      { id: 'gift', title: 'Certificate', category: 'certificate', amount: '40.00' },
    ];
    const paid = await pay({ receipt: 'R-7', accountId, total: '100.00', redeem: '10.00', lines });
    expect(paid.accrued).toBe('2.50');
    const gift = await refund(paid.id, { refund: '1', lines: [{ id: 'gift', amount: '30.00' }] });
    expect(gift.body).toMatchObject({ pointsReturned: '0.00', moneyToReturn: '30.00', accrualClawedBack: '0.00' });
    const half = await refund(paid.id, { refund: '2', amount: '35.00' });
    expect(half.body).toMatchObject({ pointsReturned: '6.50', moneyToReturn: '28.50' });
    const rest = await refund(paid.id, { refund: '3', amount: '35.00' });
    expect(rest.body).toMatchObject({ pointsReturned: '3.50', moneyToReturn: '31.50', debt: '0.00' });
    const clawed = [half, rest].map(({ body }) => parseAmount(body.accrualClawedBack));
    expect(clawed.reduce((sum, part) => sum + part, 0n)).toBe(250n);
    await program({});
    await stand.bothHold(stand.person(13), '10.00');
  });

  it('by receipt with the sale unknown: 404 retryable, nothing kept, and later the same call under the same key works', async () => {
    const accountId = await stand.holding(7, '10.00');
    const body = { receipt: 'R-5', refund: 'RF-1', amount: '10.00' };
    const headers = { 'idempotency-key': 'refund-R-5' };
    const unknown = await stand.till('/refunds', body, { headers });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'payment_not_found', retryable: true } });
    const { rows } = await stand.pool.query(`select 1 from idempotency_key where key = 'refund-R-5'`);
    expect(rows).toEqual([]);
    await pay({ receipt: 'R-5', accountId, total: '10.00', redeem: '5.00' });
    const found = await stand.till('/refunds', body, { headers });
    expect(found).toMatchObject({ status: 201, body: { pointsReturned: '5.00', moneyToReturn: '5.00' } });
    await stand.bothHold(stand.person(7), '10.00');
    const held = await stand.till('/payments', {
      receipt: 'R-6',
      accountId,
      total: '10.00',
      redeem: '5.00',
      capture: false,
    });
    const early = await stand.till('/refunds', { ...body, receipt: 'R-6' });
    expect(early).toMatchObject({ status: 409, body: { code: 'not_captured', paymentId: held.body.id } });
    await stand.till(`/payments/${held.body.id}/void`, {});
  });

  it('W-22 10: earned 500, 480 spent, balance 20: unlimited makes 480 of debt, within_balance and only_pending none', async () => {
    const expected = [
      [8, 'unlimited', { accrualClawedBack: '500.00', accrualLeft: '0.00', debt: '480.00' }, '0.00'],
      [9, 'within_balance', { accrualClawedBack: '20.00', accrualLeft: '480.00', debt: '0.00' }, '0.00'],
      [10, 'only_pending', { accrualClawedBack: '0.00', accrualLeft: '500.00', debt: '0.00' }, '20.00'],
    ] as const;
    for (const [index, clawback, said, after] of expected) {
      await program({ clawback });
      const accountId = await stand.holding(index, '0.00');
      const earned = await pay({ receipt: `E-${index}`, accountId, total: '10000.00', redeem: 'none' });
      expect(earned.accrued).toBe('500.00');
      await stand.bothHold(stand.person(index), '500.00');
      await pay({ receipt: `S-${index}`, accountId, total: '480.00', redeem: '480.00' });
      await stand.bothHold(stand.person(index), '20.00');
      const refunded = await refund(earned.id, { refund: 'all', amount: '10000.00' });
      expect(refunded.body, clawback).toMatchObject({ moneyToReturn: '10000.00', pointsReturned: '0.00', ...said });
      expect((await ledgerOf(index)).debt).toBe(said.debt);
      const held = (await stand.account(stand.person(index))).target;
      expect(held, clawback).toBe(after);
    }
    await program({});
    // R11: the next points pay the debt first, so Altegio gets what is left of them.
    const { id } = await stand.account(stand.person(8));
    await pay({ receipt: 'E-8b', accountId: id, total: '10000.00', redeem: 'none' });
    expect(await ledgerOf(8)).toMatchObject({ active: '20.00', debt: '0.00' });
  });

  it('points whose lot has expired meanwhile stay expired, or live on for the days of grace', async () => {
    const expected = [
      [11, { returned: 'stay_expired' }, '10.00', '5.00'],
      [12, { returned: 'grace', graceDays: 7 }, '0.00', '15.00'],
    ] as const;
    for (const [index, lots, pointsExpired, after] of expected) {
      await program({ lots });
      const accountId = await stand.holding(index, '15.00');
      const paid = await pay({ receipt: `X-${index}`, accountId, total: '10.00', redeem: '10.00' });
      await stand.bothHold(stand.person(index), '5.00');
      await stand.pool.query("update lot set expires_at = now() - interval '1 day' where account_id = $1", [accountId]);
      const refunded = await refund(paid.id, { refund: 'all', amount: '10.00' });
      expect(refunded.body).toMatchObject({ pointsReturned: '10.00', pointsExpired, moneyToReturn: '0.00' });
      await stand.bothHold(stand.person(index), after);
      const codes = (await stand.admin(`/accounts/${accountId}/transfers`)).body.items.map(
        ({ code }: { code: string }) => code,
      );
      expect(codes.slice(0, 2)).toEqual(pointsExpired === '0.00' ? ['refund', 'redemption'] : ['expiry', 'refund']);
      if (pointsExpired !== '0.00') continue;
      const items: { code: string; expiresAt: string }[] = (await stand.admin(`/accounts/${accountId}/lots`)).body
        .items;
      const grace = items.find(({ code }) => code === 'refund');
      expect(Date.parse(grace?.expiresAt ?? '') - Date.now()).toBeGreaterThan(6 * 86_400_000);
      expect(Date.parse(grace?.expiresAt ?? '') - Date.now()).toBeLessThanOrEqual(8 * 86_400_000);
    }
  });
});
