import { beforeEach, describe, expect, it } from 'vitest';
import { seedClients } from '../../sandbox/server.ts';
import { CARD_1, CLIENT_1, PHONE_1, testSandbox } from './helpers.ts';

const sandbox = await testSandbox();
const { api, control, balance, manual } = sandbox;
beforeEach(async () => {
  await control('POST', '/reset', {});
  await control('POST', '/limits', { perSecond: 100_000, perMinute: 100_000 });
});

interface JournalLine {
  readonly id: number;
  readonly amount: number;
  readonly type_id: number;
  readonly card_id: number;
}
const today = new Date().toISOString().slice(0, 10);
async function journal(query = ''): Promise<JournalLine[]> {
  const days = `created_after=${shiftDay(-1)}&created_before=${shiftDay(1)}`;
  return (await api('GET', `/chain/9206/loyalty/transactions?${days}${query}`)).body.data;
}
function shiftDay(days: number): string {
  return new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10);
}

describe('seed', () => {
  it('is the same everywhere: 50 people, 40 cards, the first balances round', async () => {
    const people = seedClients();
    expect(people).toHaveLength(50);
    expect(people.slice(0, 3).map(({ card }) => card?.balance)).toEqual(['100.00', '250.00', '0.00']);
    expect(people.filter(({ card }) => card === null).map(({ index }) => index)).toEqual([
      41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
    ]);
    expect(await control('GET', '/clients')).toHaveLength(150);
    const cards = await control<unknown[]>('GET', '/cards');
    expect(cards).toHaveLength(40);
    expect(cards[0]).toMatchObject({
      id: CARD_1,
      phone: PHONE_1,
      balance: '100.00',
      typeId: 8230,
      chainId: 9206,
      deleted: false,
    });
    expect(people.some(({ card }) => card !== null && !card.balance.endsWith('.00'))).toBe(true);
  });

  it('gives another chain other ids', () => {
    const ids = (chainId: number, firstLocationId: number): string[] =>
      seedClients({ chainId, firstLocationId }).flatMap(({ card, clientIds, phone }) => [
        ...Object.values(clientIds).map(String),
        phone,
        ...(card ? [`card ${card.id}`, card.number] : []),
      ]);
    const first = new Set(ids(9206, 101));
    expect(ids(9207, 201).filter((id) => first.has(id))).toEqual([]);
  });
});

describe('reads', () => {
  it('shows a card by phone and by client id in every location of the chain', async () => {
    for (const path of [`/loyalty/cards/${PHONE_1}/9206/103`, `/loyalty/client_cards/${CLIENT_1}`]) {
      const { body } = await api('GET', path);
      expect(body.data).toMatchObject([
        { id: CARD_1, balance: 100, points: 0, type: { title: 'Cashback' }, salon_group: { id: 9206 }, programs: [] },
      ]);
    }
    expect((await api('GET', `/loyalty/cards/${PHONE_1}/9207/101`)).status).toBe(404);
    expect((await api('GET', `/loyalty/cards/${PHONE_1}/9206/999`)).status).toBe(404);
    expect((await api('GET', '/loyalty/client_cards/5')).status).toBe(404);
  });

  it('lists card types of a location, of the chain and those a client has not got', async () => {
    const inLocation = await api('GET', '/loyalty/card_types/salon/101');
    expect(inLocation.body.data).toMatchObject([{ id: 8230, salon_group: { id: 9206 } }, { id: 8231 }]);
    expect((await api('GET', '/chain/9206/loyalty/card_types')).body.data).toEqual([
      { id: 8230, title: 'Cashback' },
      { id: 8231, title: 'VIP' },
    ]);
    expect((await api('GET', `/loyalty/card_types/client/101/${PHONE_1}`)).body.data).toMatchObject([{ id: 8231 }]);
    expect((await api('GET', '/chain/9206/loyalty/programs')).body.data).toMatchObject([
      { loyalty_card_type_ids: [8231] },
    ]);
  });
});

describe('manual transaction', () => {
  it('is a plain delta in a location or the chain, answering the balance after', async () => {
    const down = await manual(-30.5);
    expect(down.status).toBe(200);
    expect(down.body).toMatchObject({ data: { id: CARD_1, balance: 69.5, max_discount_percent: 0 }, meta: {} });
    const twice = await api('POST', `/chain/9206/loyalty/cards/${CARD_1}/manual_transaction`, { amount: 0.1 });
    expect(twice.body.data).toMatchObject({ balance: 69.6 });
    await api('POST', `/chain/9206/loyalty/cards/${CARD_1}/manual_transaction`, { amount: '0.20' });
    expect(await balance()).toBe('69.80');
  });

  it.each([
    ['refuse', 422, '100.00'],
    ['allow', 200, '-0.01'],
    ['clamp', 200, '0.00'],
  ])('a negative result: %s', async (negativeResult, status, left) => {
    await control('POST', '/settings', { negativeResult });
    expect((await manual(-100.01)).status).toBe(status);
    expect(await balance()).toBe(left);
  });

  it('rounds half-up to two decimals or refuses, and refuses zero and what is no number', async () => {
    expect((await manual(0.005)).body.data).toMatchObject({ balance: 100.01 });
    await control('POST', '/settings', { decimals: 'refuse' });
    for (const amount of [0.005, 0, '1e3', 'abc', null, 1e-7]) expect((await manual(amount)).status).toBe(422);
    await control('POST', '/settings', { zeroAmount: 'allow' });
    expect((await manual(0)).status).toBe(200);
    expect(await balance()).toBe('100.01');
    expect(await journal()).toHaveLength(1);
  });

  it('answers 404 for an unknown card, location and chain', async () => {
    expect((await manual(1, 5)).status).toBe(404);
    const path = `loyalty/cards/${CARD_1}/manual_transaction`;
    expect((await api('POST', `/company/999/${path}`, { amount: 1 })).status).toBe(404);
    expect((await api('POST', `/chain/9207/${path}`, { amount: 1 })).status).toBe(404);
  });
});

describe('issue and delete', () => {
  const [, , , ...others] = seedClients();
  const without = others.find(({ card }) => card === null);
  const phone = without?.phone ?? '';
  const issue = { loyalty_card_number: '01010101', loyalty_card_type_id: 8230, phone: Number(phone) };

  it('answers 200 with a card at zero that keeps the number as text', async () => {
    const made = await api('POST', '/loyalty/cards/102', issue);
    expect(made.status).toBe(200);
    expect(made.body.data).toMatchObject({ number: '01010101', balance: 0, type_id: 8230, visits_count: 0 });
    expect((await api('GET', `/loyalty/cards/${phone}/9206/101`)).body.data).toMatchObject([{ number: '01010101' }]);
  });

  it('refuses a used number, a second card of the type, an unknown phone, no number; 404 for a foreign type', async () => {
    await api('POST', '/loyalty/cards/101', issue);
    const refused = [
      { ...issue, phone: others[others.length - 1]?.phone },
      { ...issue, loyalty_card_number: '2' },
      { ...issue, loyalty_card_number: '3', phone: '77019999999' },
      { ...issue, loyalty_card_number: undefined },
    ];
    for (const body of refused) expect((await api('POST', '/loyalty/cards/101', body)).status).toBe(422);
    const foreign = { ...issue, loyalty_card_number: '4', loyalty_card_type_id: 7 };
    expect((await api('POST', '/loyalty/cards/101', foreign)).status).toBe(404);
    await control('POST', '/settings', { unknownPhone: 'create' });
    expect((await api('POST', '/loyalty/cards/101', refused[2])).status).toBe(200);
    expect((await api('GET', '/group/9206/clients?phone=77019999999')).body.data['clients']).toHaveLength(1);
  });

  it('deletes with 204, after which the card is gone and its lines stay', async () => {
    await manual(5);
    const gone = await api('DELETE', `/loyalty/cards/101/${CARD_1}`);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await api('GET', `/loyalty/client_cards/${CLIENT_1}`)).body.data).toEqual([]);
    expect((await manual(5)).status).toBe(404);
    expect(await balance()).toBeUndefined();
    expect(await journal()).toHaveLength(1);
  });
});

describe('chain journal', () => {
  it('demands both days', async () => {
    const answer = await api('GET', `/chain/9206/loyalty/transactions?created_after=${today}`);
    expect(answer.status).toBe(422);
    expect(answer.body.meta).toMatchObject({ errors: { created_before: [expect.any(String)] } });
    expect(
      (await api('GET', '/chain/9206/loyalty/transactions?created_after=2026-02-30&created_before=x')).status,
    ).toBe(422);
    expect(
      (await api('GET', '/chain/9206/loyalty/transactions?created_after=2020-01-01&created_before=2020-01-02')).body,
    ).toMatchObject({
      data: [],
      meta: { count: 0 },
    });
  });

  it('shows every manual call, newest first, without title and time, and each actor by type', async () => {
    await manual(100.5);
    await manual(-20);
    await control('POST', '/staff/adjust', { cardId: CARD_1, amount: '50.00' });
    await control('POST', '/native', { cardId: CARD_1, amount: '7.00', type: 7 });
    const lines = await journal();
    expect(lines.map((line) => [line.type_id, line.amount])).toEqual([
      [7, 7],
      [5, 50],
      [6, 20],
      [5, 100.5],
    ]);
    expect(Object.keys(lines[0] ?? {})).not.toContain('title');
    expect(lines[0]).toMatchObject({ visit_id: 0, status_id: 1, card_id: CARD_1, type: { id: 7 } });
    await control('POST', '/settings', { withdrawalSign: 'negative', journalOrder: 'oldest' });
    expect((await journal()).map(({ amount }) => amount)).toEqual([100.5, -20, 50, -7]);
  });

  it('filters and pages in both spellings of a list', async () => {
    for (let count = 0; count < 3; count += 1) await manual(1);
    await manual(-1);
    expect(await journal('&types[]=6')).toHaveLength(1);
    expect(await journal('&types[0]=5&types[1]=6')).toHaveLength(4);
    expect(await journal('&types%5B%5D=6&company_ids[]=102')).toHaveLength(0);
    expect(await journal('&count=3&page=2')).toHaveLength(1);
    expect(await journal('&visit_ids[]=7')).toHaveLength(0);
  });

  it('can lag behind the balance', async () => {
    await control('POST', '/settings', { journalLagMs: 3_600_000 });
    await manual(1);
    expect(await journal()).toHaveLength(0);
    await control('POST', '/settings', { journalLagMs: 0 });
    expect(await journal()).toHaveLength(1);
  });
});
