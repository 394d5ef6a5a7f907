// Other rules over real sales: the same rules change nothing, and every figure follows from the sales.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Balances } from '../../../domain/account.ts';
import { type Settlement, settlePayment } from '../../../domain/payment.ts';
import { type ProgramSettings, programSettings } from '../../../domain/program.ts';
import { asItWouldBe, type PastSale, type PastVisit, simulateAccount, Simulation } from '../../../domain/simulation.ts';
import { check } from '../../property/check.ts';

const rules = (levels: readonly (readonly [string, string])[], changes: object = {}): ProgramSettings =>
  programSettings.parse({
    name: 'Bonus',
    currency: 'KZT',
    accrual: { levels: levels.map(([from, percent]) => ({ from, percent })) },
    redeem: {},
    ...changes,
  });
const FIVE = rules([['0.00', '5']]);
const LEVELS = rules([
  ['0.00', '5'],
  ['1000.00', '10'],
]);

const sale = (changes: Partial<PastSale> = {}): PastSale => ({
  visitId: null,
  locationId: 101n,
  customerTypeId: 'typ_1',
  total: 10_000n,
  refunded: 0n,
  redeemed: 3_000n,
  returned: 0n,
  due: 7_000n,
  accrued: 350n,
  clawedBack: 0n,
  lines: [],
  money: [],
  ...changes,
});

describe('one sale under other rules', () => {
  test('B-11 percent, base, share, exclusions and the part that went back', () => {
    expect(asItWouldBe(sale(), 0n, rules([['0.00', '8']]))).toEqual({ earned: 560n, redeemed: 3_000n, spent: 7_000n });
    const smallShare = rules([['0.00', '5']], { redeem: { maxShare: '0.10' } });
    expect(asItWouldBe(sale(), 0n, smallShare)).toEqual({ earned: 450n, redeemed: 1_000n, spent: 9_000n });
    expect(asItWouldBe(sale(), 0n, rules([['0.00', '5']], { excludedLocations: [101] })).earned).toBe(0n);
    const back = sale({ refunded: 4_000n, returned: 1_200n, clawedBack: 140n });
    expect(asItWouldBe(back, 0n, FIVE)).toEqual({ earned: 210n, redeemed: 1_800n, spent: 4_200n });
    expect(asItWouldBe(sale({ refunded: 10_000n }), 0n, FIVE).earned).toBe(0n);
    const lines = [
      { id: 'a', amount: 6_000n },
      { id: 'b', category: 'gift', amount: 4_000n },
    ];
    expect(
      asItWouldBe(
        sale({ lines, redeemed: 0n, due: 10_000n }),
        0n,
        rules([['0.00', '5']], { excludedCategories: ['gift'] }),
      ).earned,
    ).toBe(300n);
  });

  test('B-11 money spent before decides the level, and each sale raises it for the next', () => {
    const sales = [
      sale({ redeemed: 0n, due: 90_000n, total: 90_000n, accrued: 4_500n }),
      sale({ redeemed: 0n, due: 20_000n, total: 20_000n, accrued: 1_000n }),
      sale({ redeemed: 0n, due: 10_000n, accrued: 500n }),
    ];
    const found = simulateAccount('acc_1', sales, 120_000n, { now: FIVE, proposed: LEVELS });
    expect(found.now).toEqual({ earned: 6_000n, redeemed: 0n, spent: 120_000n, level: '5' });
    expect(found.proposed).toEqual({ earned: 4_500n + 1_000n + 1_000n, redeemed: 0n, spent: 120_000n, level: '10' });
  });
});

describe('a visit paid in Altegio under other rules', () => {
  const ALTEGIO = { accrueBy: 'altegio' };
  /** 100.00 on record 1, paid by card. */
  const visit = (was: Partial<PastVisit['was']>): PastVisit => ({
    locationId: 101n,
    customerTypeId: 'typ_1',
    visitId: 7n,
    facts: {
      records: [{ id: 1n, clientId: 501n, attendance: 1, paidFull: true }],
      items: [{ id: 2n, article: '3', kind: 'service', recordId: 1n, sold: 10_000n, cost: 10_000n }],
      payments: [{ id: 4n, recordId: 1n, itemId: 2n, amount: 10_000n, method: 'card', at: null }],
      lines: [],
    },
    paidBefore: true,
    records: new Set([1n]),
    was: { earned: 0n, redeemed: 0n, spent: 0n, ...was },
  });
  const play = (past: readonly (PastSale | PastVisit)[], changes: object, levels = FIVE) =>
    simulateAccount('acc_1', past, 10_000n, {
      now: levels,
      proposed: programSettings.parse({ ...levels, ...changes }),
    }).proposed;

  test('B-11 its money earns by who accrues: the till, Altegio, or both, and never twice', () => {
    const alone = visit({ earned: 500n, spent: 10_000n });
    expect(play([alone], ALTEGIO)).toMatchObject({ earned: 500n, spent: 10_000n });
    expect(play([alone], { accrueBy: 'till' })).toMatchObject({ earned: 0n, spent: 0n });
    const atTill = sale({ visitId: 7n, redeemed: 0n, due: 10_000n, accrued: 500n });
    const beside = visit({});
    expect(play([atTill, beside], { accrueBy: 'both' })).toMatchObject({ earned: 500n, spent: 10_000n });
    expect(play([atTill, beside], ALTEGIO)).toMatchObject({ earned: 500n, spent: 10_000n });
    expect(play([atTill, beside], { accrueBy: 'till' })).toMatchObject({ earned: 500n, spent: 10_000n });
    expect(play([sale(), alone], { accrueBy: 'both' })).toMatchObject({ earned: 850n, spent: 17_000n });
  });

  test('B-11 it raises the level for the next, and points that Altegio took stay taken', () => {
    const past = [visit({ earned: 500n, redeemed: 2_000n, spent: 10_000n }), sale({ redeemed: 0n, due: 10_000n })];
    const levels = rules([
      ['0.00', '5'],
      ['100.00', '10'],
    ]);
    expect(play(past, { accrueBy: 'both' }, levels)).toMatchObject({ earned: 1_500n, redeemed: 2_000n, level: '10' });
  });
});

describe('all customers together', () => {
  test('B-11 who moves level, and the ten who gain and lose most, the largest first', () => {
    const simulation = new Simulation();
    for (let n = 1; n <= 30; n += 1) {
      const outcome = { earned: 1_000n, redeemed: 0n, spent: 0n };
      const earned = n <= 15 ? 1_000n + BigInt(n) : 1_000n - BigInt(n);
      const level = n === 3 ? '10' : n === 4 ? '0' : '5';
      simulation.add(
        { accountId: `acc_${n}`, now: { ...outcome, level: '5' }, proposed: { ...outcome, earned, level } },
        [sale()],
      );
    }
    expect(simulation.levels).toEqual({ up: 1, down: 1 });
    expect(simulation.movers.map(({ accountId }) => accountId)).toEqual(['acc_3', 'acc_4']);
    expect(simulation.gainers.map(({ accountId }) => accountId)).toEqual(
      [15, 14, 13, 12, 11, 10, 9, 8, 7, 6].map((n) => `acc_${n}`),
    );
    expect(simulation.losers.map(({ accountId }) => accountId)).toEqual(
      [30, 29, 28, 27, 26, 25, 24, 23, 22, 21].map((n) => `acc_${n}`),
    );
    expect(simulation.now.earned).toBe(30_000n);
  });

  test('B-11 the rules that were in force change nothing, whatever was sold', () => {
    const bill = fc.record({
      total: fc.bigInt(100n, 1_000_000n),
      asked: fc.bigInt(0n, 300_000n),
      other: fc.bigInt(0n, 100n),
    });
    check(
      'a simulation of the rules in force changes nothing',
      fc.array(bill, { maxLength: 12 }),
      (bills) => {
        let spent = 5_000n;
        const before = spent;
        const sales = bills.map(({ total, asked }): PastSale => {
          const balances: Balances = { active: 10n ** 9n, held: 0n, pending: 0n, debt: 0n };
          const request = {
            total,
            asked: { kind: 'amount', amount: asked },
            allowPartial: true,
            as: 'tender',
            locationId: 101n,
            customerTypeId: 'typ_1',
            lines: [],
            money: [],
          } as const;
          const settled = settlePayment(request, { balances, spent, altegio: balances.active }, LEVELS) as Settlement;
          spent += settled.due;
          return sale({ total, redeemed: settled.redeemed, due: settled.due, accrued: settled.accrued });
        });
        const { now, proposed } = simulateAccount('acc_1', sales, spent, { now: LEVELS, proposed: LEVELS });
        expect(proposed).toEqual(now);
        expect(now.spent).toBe(spent - before);
      },
      1_000,
    );
  });
});
