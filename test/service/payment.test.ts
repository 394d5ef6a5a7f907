import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('payment');
});
afterAll(() => stand?.close());

describe('a payment at a till', () => {
  it('M-24 bonus is charged before money: bill 100.00, bonus 30.00, money 70.00, accrued 3.50, both books equal', async () => {
    const person = stand.person(1);
    const found = await stand.till('/lookups', { phone: `+${person.phone}` });
    expect(found.status).toBe(200);
    expect(found.body.account.balance.available).toBe('100.00');
    const paid = await stand.till('/payments', {
      receipt: 'R-1',
      accountId: found.body.account.id,
      total: '100.00',
      redeem: '30.00',
    });
    expect(paid.body).toMatchObject({ state: 'CAPTURED', redeemed: '30.00', due: '70.00', accrued: '3.50' });
    expect(paid.status).toBe(201);
    expect(paid.body.tenders).toEqual([
      { type: 'bonus', amount: '30.00' },
      { type: 'money', amount: '70.00' },
    ]);
    await stand.bothHold(person, '73.50');
  });
});
