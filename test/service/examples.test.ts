/** The worked examples of the accounting rules, through the till's door. Those of holds and refunds stand in their own files. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startStand, type Stand } from './stand.ts';
import { tell } from './proof-stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('examples');
});
afterAll(() => stand?.close());

/** The program from now on. */
async function program(changes: object): Promise<void> {
  const settings = {
    name: 'Bonus',
    currency: 'KZT',
    accrual: { levels: [{ from: '0.00', percent: '5' }], base: 'money' },
    redeem: { maxShare: '0.30', minMoney: '0.00', whenAltegioDown: 'refuse' },
    ...changes,
  };
  expect((await stand.admin(`/programs/${stand.programId}`, settings, 'PUT')).status).toBe(200);
}

async function pay(index: number, balance: string, bill: object): Promise<Answer['body']> {
  const accountId = await stand.holding(index, balance);
  const paid = await stand.till('/payments', { receipt: `EX-${index}`, accountId, redeem: 'max', ...bill });
  expect(paid.status).toBe(201);
  await stand.bothHold(stand.person(index), paid.body.account.balance.available);
  return paid.body;
}

const result = ({ redeemed, due, accrued, account }: Answer['body']) => [
  redeemed,
  due,
  accrued,
  account.balance.active,
];

describe('the worked examples at the till', () => {
  it('1 and 2: the balance, or 30 % of the bill, whichever is less', async () => {
    const first = await pay(1, '1200.00', { total: '5000.00' });
    expect(result(first)).toEqual(['1200.00', '3800.00', '190.00', '190.00']);
    const second = await pay(2, '1500.00', { total: '2000.00' });
    expect(result(second)).toEqual(['600.00', '1400.00', '70.00', '970.00']);
  });

  it('3: a gift certificate on the bill neither takes nor earns', async () => {
    await program({ excludedCategories: ['certificate'] });
    const lines = [
      { id: '1', title: 'Service', amount: '3000.00' },
      { id: '2', title: 'Certificate', category: 'certificate', amount: '1000.00' },
    ];
    const paid = await pay(5, '2000.00', { total: '4000.00', lines });
    expect(result(paid)).toEqual(['900.00', '3100.00', '105.00', '1205.00']);
    await program({});
  });

  it('4: 333.33 earns 16.66, half up 16.67, and at most 99.99 may be taken', async () => {
    const floor = await pay(6, '0.00', { total: '333.33', redeem: 'none' });
    expect(floor.accrued).toBe('16.66');
    await program({ rounding: 'half_up' });
    const halfUp = await pay(7, '0.00', { total: '333.33', redeem: 'none' });
    expect(halfUp.accrued).toBe('16.67');
    await program({});
    const capped = await pay(8, '500.00', { total: '333.33' });
    expect(capped.redeemed).toBe('99.99');
  });

  it('5: with a share of 100 % the whole bill, less the minimum of money', async () => {
    await program({ redeem: { maxShare: '1', minMoney: '0.00', whenAltegioDown: 'refuse' } });
    const whole = await pay(9, '1000.00', { total: '1000.00' });
    expect(result(whole)).toEqual(['1000.00', '0.00', '0.00', '0.00']);
    await program({ redeem: { maxShare: '1', minMoney: '1.00', whenAltegioDown: 'refuse' } });
    const least = await pay(10, '1000.00', { total: '1000.00' });
    expect(result(least)).toEqual(['999.00', '1.00', '0.05', '1.05']);
  });

  it('6: 250 empties the lot that expires first and takes the rest from the next; one without expiry is spent last', async () => {
    await program({ redeem: { maxShare: '1', minMoney: '0.00', whenAltegioDown: 'refuse' } });
    const accountId = await stand.holding(11, '50.00');
    const earn = async (receipt: string, total: string, expiresAt: string) => {
      const paid = await stand.till('/payments', { receipt, accountId, total, redeem: 'none' });
      const text = `update lot set expires_at = $2 where operation = $1`;
      await stand.pool.query(text, [paid.body.workflowId, expiresAt]);
    };
    await earn('EX-6a', '2000.00', '2126-12-31');
    await earn('EX-6b', '4000.00', '2126-11-30');
    await stand.bothHold(stand.person(11), '350.00');
    const paid = await stand.till('/payments', { receipt: 'EX-lots', accountId, total: '250.00', redeem: '250.00' });
    expect(paid.body.redeemed).toBe('250.00');
    const { items } = (await stand.admin(`/accounts/${accountId}/lots`)).body;
    expect(items.map(({ code, remaining }: Answer['body']) => [code, remaining])).toEqual([
      ['accrual', '50.00'],
      ['opening', '50.00'],
    ]);
    await stand.bothHold(stand.person(11), '100.00');
    await program({});
  });

  it('14: ledger 500, staff add 120 in Altegio: external +120, both hold 620', async () => {
    const accountId = await stand.holding(12, '500.00');
    await stand.control('/staff/adjust', { cardId: stand.person(12).card?.id, amount: '120.00' });
    await tell(stand, stand.person(12));
    await stand.bothHold(stand.person(12), '620.00');
    const [newest] = (await stand.admin(`/accounts/${accountId}/transfers`)).body.items;
    expect(newest).toMatchObject({ code: 'external', amount: '120.00' });
  });
});
