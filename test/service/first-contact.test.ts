import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('first-contact');
});
afterAll(() => stand?.close());

async function cardsOf(phone: string): Promise<{ number: string; balance: string; typeId: number }[]> {
  const cards = (await stand.control('/cards')) as { phone: string; number: string; balance: string; typeId: number }[];
  return cards.filter((card) => card.phone === phone && card.typeId === stand.cardTypeId);
}

describe('the first contact with a customer', () => {
  it('M-11 20 simultaneous first events of a customer without a card issue exactly one', async () => {
    const person = stand.person(45);
    expect(await cardsOf(person.phone)).toEqual([]);
    const sale = (index: number) =>
      stand.till('/payments', { receipt: `F-${index}`, phone: `+${person.phone}`, total: '10.00', redeem: 'none' });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => sale(index)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    await stand.bothHold(person, '10.00');
    await stand.quiet();
    const cards = await cardsOf(person.phone);
    expect(cards).toHaveLength(1);
    expect(cards[0]?.number).toMatch(/^[2-9]\d{15}$/);
    const issued = (await stand.control('/requests')) as { method: string; path: string; applied: boolean }[];
    const posts = issued.filter(
      ({ method, path, applied }) => method === 'POST' && /\/loyalty\/cards\/\d+$/.test(path) && applied,
    );
    expect(posts).toHaveLength(1);
  });

  it('a card that Altegio has is adopted with its balance as opening, also when the first event is a payment', async () => {
    const person = stand.person(2);
    const paid = await stand.till('/payments', {
      receipt: 'F-30',
      phone: `+${person.phone}`,
      total: '100.00',
      redeem: '30.00',
    });
    expect(paid.body).toMatchObject({ state: 'CAPTURED', redeemed: '30.00' });
    await stand.bothHold(person, '223.50');
    const account = await stand.account(person);
    const { items } = (await stand.admin(`/accounts/${account.id}/transfers`)).body;
    expect(items.map(({ code, amount }: { code: string; amount: string }) => `${code} ${amount}`)).toEqual([
      'accrual 3.50',
      'redemption -30.00',
      'opening 250.00',
    ]);
    expect(account.breaks).toEqual([]);
  });

  it('a lookup of a phone that Altegio does not know is 404, writes nothing and issues nothing', async () => {
    const before = await stand.pool.query('select count(*)::int as count from account');
    const answer = await stand.till('/lookups', { phone: '+77019999999' });
    expect(answer).toMatchObject({ status: 404, body: { code: 'account_not_found' } });
    expect((await stand.pool.query('select count(*)::int as count from account')).rows).toEqual(before.rows);
  });

  it('a card whose issue is answered by a dropped connection is found again, not issued twice', async () => {
    const person = stand.person(46);
    await stand.control('/faults', { call: 'issue', fault: 'drop_after', times: 1 });
    await stand.control('/appointments', { locationId: stand.locationId, phone: person.phone, status: 'create' });
    await until('the card is linked', async () => (await stand.account(person))?.altegio?.cardId !== undefined);
    await stand.control('/faults', undefined, 'DELETE');
    await stand.quiet();
    expect(await cardsOf(person.phone)).toHaveLength(1);
  });
});
