import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accrualFor } from '../../domain/accrual.ts';
import { decideDeduction, type DeductionInput, maxRedeemable } from '../../domain/deduction.ts';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { parsePercent, parseShare } from '../../domain/ratio.ts';
import { amounts, check } from './check.ts';

const shares = fc.oneof(
  fc.constantFrom('0', '0.30', '0.333333', '0.5', '1'),
  fc.integer({ min: 0, max: 10_000 }).map((part) => (part / 10_000).toFixed(4)),
);

const inputs: fc.Arbitrary<DeductionInput & { share: string }> = fc
  .record({
    total: amounts(),
    eligiblePart: fc.bigInt({ min: 0n, max: 100n }),
    asked: fc.oneof(
      fc.constant({ kind: 'max' } as const),
      fc.constant({ kind: 'none' } as const),
      amounts().map((amount) => ({ kind: 'amount', amount }) as const),
    ),
    available: amounts(),
    debt: fc.oneof(fc.constant(0n), amounts()),
    altegio: fc.option(amounts(), { freq: 4 }),
    trustCap: amounts(),
    share: shares,
    minMoney: amounts(),
    allowPartial: fc.boolean(),
  })
  .map(({ eligiblePart, ...input }) => ({
    ...input,
    available: input.debt > 0n ? 0n : input.available,
    eligible: (input.total * eligiblePart) / 100n,
    maxShare: parseShare(input.share),
  }));

/** `floor(amount × text)` computed once more, on whole numbers: the text has at most six decimals. */
const floorShare = (amount: bigint, text: string): bigint =>
  (amount * BigInt(Math.round(Number(text) * 1e6))) / 1_000_000n;

describe('what a payment takes', () => {
  it('W-03 bonus first: redeemed is within every limit of R2, redeemed + due = total (R3), nothing is negative', () => {
    let taken = 0;
    let refused = 0;
    check('deduction', inputs, (input) => {
      const limits = [
        input.available,
        input.altegio ?? input.trustCap,
        floorShare(input.eligible, input.share),
        input.total > input.minMoney ? input.total - input.minMoney : 0n,
      ];
      const most = limits.reduce((least, limit) => (limit < least ? limit : least));
      const decision = decideDeduction(input);
      if (!decision.ok) {
        refused += 1;
        expect(decision.allowed).toBe(most);
        expect(input.allowPartial).toBe(false);
        expect(input.asked.kind === 'amount' && input.asked.amount > most).toBe(true);
        return;
      }
      const { redeemed, due } = decision;
      if (redeemed > 0n) taken += 1;
      expect(redeemed >= 0n && due >= 0n).toBe(true);
      expect(redeemed <= most && redeemed <= input.eligible).toBe(true);
      expect(redeemed + due).toBe(input.total);
      const asked = input.asked.kind === 'none' ? 0n : input.asked.kind === 'max' ? most : input.asked.amount;
      expect(redeemed).toBe(asked < most ? asked : most);
      if (redeemed > 0n) expect(due >= input.minMoney && input.debt === 0n).toBe(true);
      // Exact to the cent: what the till is told adds up as text too.
      expect(parseAmount(formatAmount(redeemed)) + parseAmount(formatAmount(due))).toBe(input.total);
    });
    expect(Math.min(taken, refused)).toBeGreaterThan(100);
  });

  it('names the limit that is the smallest, and never one above another', () => {
    check('limits', inputs, (input) => {
      const { code, amount } = maxRedeemable(input);
      if (input.debt > 0n) expect([code, amount]).toEqual(['account_in_debt', 0n]);
      if (code === 'below_minimum')
        expect(amount).toBe(input.total > input.minMoney ? input.total - input.minMoney : 0n);
      if (code === 'share_cap_exceeded') expect(amount < input.available || input.altegio !== null).toBe(true);
    });
  });
});

describe('what a payment earns', () => {
  const earnings = fc
    .record({
      total: amounts(),
      eligiblePart: fc.bigInt({ min: 0n, max: 100n }),
      redeemedPart: fc.bigInt({ min: 0n, max: 100n }),
      notEarning: amounts(),
      percent: fc.integer({ min: 0, max: 10_000 }).map((part) => (part / 100).toFixed(2)),
    })
    .map(({ total, eligiblePart, redeemedPart, notEarning, percent }) => {
      const eligible = (total * eligiblePart) / 100n;
      const redeemed = (eligible * redeemedPart) / 100n;
      return { eligible, redeemed, due: total - redeemed, notEarning, percent };
    });

  it('is never negative, never more than its percent of the money, and rounding moves it by one cent at most', () => {
    check('accrual', earnings, (input) => {
      const floor = accrualFor({ ...input, rounding: 'floor' });
      const halfUp = accrualFor({ ...input, rounding: 'half_up' });
      const { numerator, denominator } = parsePercent(input.percent);
      const money = input.due > input.notEarning ? input.due - input.notEarning : 0n;
      const earning = money < input.eligible - input.redeemed ? money : input.eligible - input.redeemed;
      expect(floor >= 0n).toBe(true);
      expect(floor * denominator <= earning * numerator).toBe(true);
      expect(halfUp - floor === 0n || halfUp - floor === 1n).toBe(true);
    });
  });
});
