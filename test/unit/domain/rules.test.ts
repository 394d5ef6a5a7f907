/** The worked examples of the accounting rules, on the pure functions. */
import { describe, expect, it } from 'vitest';
import { accrualFor } from '../../../domain/accrual.ts';
import { levelOf } from '../../../domain/levels.ts';
import { type Balances, capture, credit, hold, loss, move, release } from '../../../domain/account.ts';
import { decideDeduction, type DeductionInput } from '../../../domain/deduction.ts';
import { takeFromLots } from '../../../domain/lots.ts';
import { formatAmount, parseAmount } from '../../../domain/money.ts';
import { applyRatio, parsePercent, parseShare } from '../../../domain/ratio.ts';
import { spread } from '../../../domain/spread.ts';

interface Bill {
  readonly total: string;
  readonly eligible?: string;
  readonly balance: string;
  readonly share?: string;
  readonly minMoney?: string;
  readonly ask?: string;
  readonly rounding?: 'floor' | 'half_up';
}

/** Pays a bill with everything that may be redeemed, or with `ask`. */
function pay(bill: Bill) {
  const total = parseAmount(bill.total);
  const eligible = parseAmount(bill.eligible ?? bill.total);
  const balance = parseAmount(bill.balance);
  const input: DeductionInput = {
    total,
    eligible,
    asked: bill.ask === undefined ? { kind: 'max' } : { kind: 'amount', amount: parseAmount(bill.ask) },
    available: balance,
    debt: 0n,
    altegio: balance,
    trustCap: 0n,
    maxShare: parseShare(bill.share ?? '0.30'),
    minMoney: parseAmount(bill.minMoney ?? '0.00'),
    allowPartial: false,
  };
  const decision = decideDeduction(input);
  if (!decision.ok) return { refused: decision.code, allowed: formatAmount(decision.allowed) };
  const { redeemed, due } = decision;
  const accrued = accrualFor({
    eligible,
    redeemed,
    due,
    notEarning: 0n,
    percent: '5',
    rounding: bill.rounding ?? 'floor',
  });
  const [redeem, money, accrue, after] = [redeemed, due, accrued, balance - redeemed + accrued].map(formatAmount);
  return { redeem, money, accrue, after };
}

describe('examples of the rules', () => {
  it('1: a bill of 5000 at the default share takes the whole balance of 1200 and earns on the money only', () => {
    const paid = pay({ total: '5000.00', balance: '1200.00' });
    expect(paid).toEqual({ redeem: '1200.00', money: '3800.00', accrue: '190.00', after: '190.00' });
  });

  it('2: a bill of 2000 takes 30 % of it', () => {
    const paid = pay({ total: '2000', balance: '1500' });
    expect(paid).toEqual({ redeem: '600.00', money: '1400.00', accrue: '70.00', after: '970.00' });
  });

  it('3: a gift certificate on the bill neither takes nor earns points', () => {
    const paid = pay({ total: '4000', eligible: '3000', balance: '2000' });
    expect(paid).toEqual({ redeem: '900.00', money: '3100.00', accrue: '105.00', after: '1205.00' });
  });

  it('4: 333.33 earns 16.66, half up 16.67, and at most 99.99 may be redeemed', () => {
    expect(pay({ total: '333.33', balance: '0' })).toMatchObject({ redeem: '0.00', accrue: '16.66' });
    expect(pay({ total: '333.33', balance: '0', rounding: 'half_up' })).toMatchObject({ accrue: '16.67' });
    expect(pay({ total: '333.33', balance: '500' })).toMatchObject({ redeem: '99.99' });
  });

  it('5: with a share of 100 % everything may be redeemed, less the minimum of money', () => {
    const bill = { total: '1000', balance: '1000', share: '1' };
    expect(pay(bill)).toMatchObject({ redeem: '1000.00', money: '0.00', accrue: '0.00' });
    expect(pay({ ...bill, minMoney: '1.00' })).toMatchObject({ redeem: '999.00', money: '1.00', accrue: '0.05' });
  });

  it('6: a redemption of 250 empties the lot that expires first and takes the rest from the next', () => {
    const day = (text: string) => Date.parse(text);
    const [a, b, c] = [1n, 2n, 3n];
    const lots = [
      { id: a, free: 10_000n, expiresAt: day('2026-12-31'), createdAt: 1 },
      { id: b, free: 20_000n, expiresAt: day('2026-11-30'), createdAt: 2 },
      { id: c, free: 5_000n, expiresAt: null, createdAt: 0 },
    ];
    expect(takeFromLots(lots, 25_000n)).toEqual([
      { lotId: b, amount: 20_000n },
      { lotId: a, amount: 5_000n },
    ]);
    expect(takeFromLots(lots, 35_000n).map(({ lotId }) => lotId)).toEqual([b, a, c]);
    expect(() => takeFromLots(lots, 35_001n)).toThrow('the lots hold less than the balance');
  });

  it('6: lots of equal expiry go by age, then by id', () => {
    const lot = (id: bigint, createdAt: number, expiresAt: number | null = null) => ({
      id,
      free: 1n,
      createdAt,
      expiresAt,
    });
    const lots = [lot(4n, 2), lot(3n, 2), lot(2n, 1), lot(1n, 9, 5)];
    expect(takeFromLots(lots, 4n).map(({ lotId }) => lotId)).toEqual([1n, 2n, 3n, 4n]);
  });

  it('9: a redemption of 10.00 over 33.33, 33.33 and 33.34 is 3.33, 3.33 and 3.34', () => {
    expect(spread(1_000n, [3_333n, 3_333n, 3_334n])).toEqual([333n, 333n, 334n]);
    expect(spread(1n, [5n, 5n]), 'a tie goes to the lower line').toEqual([1n, 0n]);
    expect(spread(5n, [0n, 0n])).toEqual([0n, 0n]);
    expect(spread(5n, [])).toEqual([]);
  });

  it('11: with 700 of 1000 held a second till may take 300; a void gives the 1000 back', () => {
    const start: Balances = { active: 100_000n, held: 0n, pending: 0n, debt: 0n };
    const held = hold(start, 70_000n);
    const balance = formatAmount(held.active - held.held);
    const second = pay({ total: '5000', balance, share: '1', ask: '500' });
    expect(second).toEqual({ refused: 'insufficient_points', allowed: '300.00' });
    expect(release(held, 70_000n).balances).toEqual(start);
  });

  it('14: 120 that staff add in Altegio to 500 make 620', () => {
    expect(move({ active: 50_000n, held: 0n, pending: 0n, debt: 0n }, 12_000n).balances.active).toBe(62_000n);
  });
});

describe('refusals of a redemption', () => {
  const input: DeductionInput = {
    total: 10_000n,
    eligible: 10_000n,
    asked: { kind: 'amount', amount: 5_000n },
    available: 8_000n,
    debt: 0n,
    altegio: 8_000n,
    trustCap: 0n,
    maxShare: parseShare('1'),
    minMoney: 0n,
    allowPartial: false,
  };

  it.each([
    ['points are missing', { available: 4_999n }, 'insufficient_points', 4_999n],
    ['Altegio holds less than the ledger', { altegio: 3_000n }, 'insufficient_points', 3_000n],
    ['Altegio is down and nothing is trusted', { altegio: null }, 'insufficient_points', 0n],
    ['Altegio is down and the cap is lower', { altegio: null, trustCap: 2_000n }, 'insufficient_points', 2_000n],
    ['the share is lower', { maxShare: parseShare('0.30') }, 'share_cap_exceeded', 3_000n],
    ['too little money would be left', { minMoney: 6_000n }, 'below_minimum', 4_000n],
    ['the bill is below the minimum', { minMoney: 20_000n }, 'below_minimum', 0n],
    ['there is debt', { available: 0n, debt: 1n }, 'account_in_debt', 0n],
  ] as const)('say which limit it was when %s', (_, change, code, allowed) => {
    expect(decideDeduction({ ...input, ...change })).toEqual({ ok: false, code, allowed });
    expect(decideDeduction({ ...input, ...change, allowPartial: true })).toMatchObject({ ok: true, redeemed: allowed });
  });

  it('never come for a till that asks for nothing or for the most there is', () => {
    const poor = { ...input, available: 0n, debt: 5n };
    expect(decideDeduction({ ...poor, asked: { kind: 'none' } })).toEqual({ ok: true, redeemed: 0n, due: 10_000n });
    expect(decideDeduction({ ...poor, asked: { kind: 'max' } })).toEqual({ ok: true, redeemed: 0n, due: 10_000n });
  });
});

describe('accrual', () => {
  const levels = [
    { from: '0.00', percent: '3' },
    { from: '1000.00', percent: '5' },
  ];

  it('gives the upper level exactly on its threshold', () => {
    expect([0n, 99_999n, 100_000n, 100_001n].map((spent) => levelOf(levels, spent).percent)).toEqual([
      '3',
      '3',
      '5',
      '5',
    ]);
  });

  it('leaves out tenders that do not earn, in proportion to the eligible money', () => {
    const bill = { eligible: 10_000n, redeemed: 2_000n, due: 8_000n, percent: '5', rounding: 'floor' } as const;
    expect(accrualFor({ ...bill, notEarning: 0n })).toBe(400n);
    expect(accrualFor({ ...bill, notEarning: 4_000n })).toBe(200n);
    expect(accrualFor({ ...bill, eligible: 6_000n, notEarning: 4_000n })).toBe(100n);
    expect(accrualFor({ ...bill, notEarning: 8_000n })).toBe(0n);
  });

  it('is zero, not negative, when more tenders do not earn than there is to pay', () => {
    const bill = { eligible: 10_000n, redeemed: 0n, due: 10_000n, percent: '5', rounding: 'floor' } as const;
    expect(accrualFor({ ...bill, notEarning: 12_000n })).toBe(0n);
  });
});

describe('ratios', () => {
  it('are exact fractions of a decimal text', () => {
    expect(parseShare('0.30')).toEqual({ numerator: 30n, denominator: 100n });
    expect(parsePercent('2.5')).toEqual({ numerator: 25n, denominator: 1_000n });
    expect(applyRatio(33_333n, parsePercent('5'), 'floor')).toBe(1_666n);
    expect(applyRatio(33_333n, parsePercent('5'), 'half_up')).toBe(1_667n);
    expect(applyRatio(10n, parsePercent('5'), 'half_up'), 'half a cent goes up').toBe(1n);
    expect(applyRatio(9n, parsePercent('5'), 'half_up')).toBe(0n);
  });

  it.each(['', '-1', '1e1', '.5', '1.', '1.1234567', '1234567', 'NaN', ' 1'])('refuse %j', (text) => {
    expect(() => parseShare(text)).toThrow('must be a decimal number');
  });
});

describe('debt', () => {
  const held: Balances = { active: 10_000n, held: 7_000n, pending: 0n, debt: 0n };

  it('is what a loss takes beyond the free points; held points stay, and the next credit pays it first', () => {
    const after = loss(held, 5_000n);
    expect(after).toMatchObject({ taken: 3_000n, indebted: 2_000n });
    expect(after.balances).toEqual({ active: 7_000n, held: 7_000n, pending: 0n, debt: 2_000n });
    expect(credit(after.balances, 500n)).toMatchObject({ credited: 500n, repaid: 500n });
    expect(credit(after.balances, 2_500n).balances).toEqual({ active: 7_500n, held: 7_000n, pending: 0n, debt: 0n });
  });

  it('is paid by a released hold and stays when the hold is captured', () => {
    const indebted = loss(held, 5_000n).balances;
    expect(release(indebted, 7_000n)).toMatchObject({
      repaid: 2_000n,
      balances: { active: 5_000n, held: 0n, debt: 0n },
    });
    expect(capture(indebted, 7_000n)).toEqual({ active: 0n, held: 0n, pending: 0n, debt: 2_000n });
  });

  it('forbids a hold, and no hold, capture or release goes beyond what there is or below zero', () => {
    expect(() => hold(loss(held, 5_000n).balances, 1n)).toThrow(RangeError);
    expect(() => hold(held, 3_001n)).toThrow(RangeError);
    expect(() => capture(held, 7_001n)).toThrow(RangeError);
    expect(() => release(held, 7_001n)).toThrow(RangeError);
    for (const change of [hold, capture, release]) expect(() => change(held, -1n)).toThrow(RangeError);
    for (const change of [credit, loss]) expect(() => change(held, -1n)).toThrow(RangeError);
  });
});
