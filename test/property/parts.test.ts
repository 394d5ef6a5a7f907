import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SpendableLot, takeFromLots } from '../../domain/lots.ts';
import { formatAmount, parseAmount, parseForeignAmount } from '../../domain/money.ts';
import { spread } from '../../domain/spread.ts';
import { amounts, check } from './check.ts';

const magnitude = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

describe('spreading an amount over lines', () => {
  it('adds up exactly, and no part is a whole cent away from its exact share', () => {
    check('spread', fc.tuple(amounts(), fc.array(amounts(), { maxLength: 12 })), ([amount, weights]) => {
      const parts = spread(amount, weights);
      const sum = weights.reduce((total, weight) => total + weight, 0n);
      expect(parts).toHaveLength(weights.length);
      expect(parts.reduce((total, part) => total + part, 0n)).toBe(sum === 0n ? 0n : amount);
      for (const [index, weight] of weights.entries()) {
        const part = parts[index] ?? 0n;
        expect(part >= 0n).toBe(true);
        if (weight === 0n) expect(part).toBe(0n);
        expect(magnitude(part * sum - amount * weight) < (sum || 1n)).toBe(true);
      }
    });
  });

  it('never gives a line more than it costs when the amount is within the bill', () => {
    const bills = fc.array(amounts(), { minLength: 1, maxLength: 12 });
    check('spread within a bill', fc.tuple(bills, fc.bigInt({ min: 0n, max: 1_000n })), ([lines, thousandth]) => {
      const total = lines.reduce((sum, line) => sum + line, 0n);
      for (const [index, part] of spread((total * thousandth) / 1_000n, lines).entries())
        expect(part <= (lines[index] ?? 0n)).toBe(true);
    });
  });
});

describe('taking points from lots', () => {
  const lots: fc.Arbitrary<SpendableLot[]> = fc
    .array(
      fc.record({
        free: amounts(10_000n),
        expiresAt: fc.option(fc.integer({ min: 1, max: 5 })),
        createdAt: fc.integer({ min: 1, max: 5 }),
      }),
      { maxLength: 10 },
    )
    .map((list) => list.map((lot, index) => ({ ...lot, id: BigInt(index + 1) })));

  it('takes exactly the amount, earliest expiry first, and empties a lot before it touches a later one', () => {
    check('lots', fc.tuple(lots, fc.bigInt({ min: 0n, max: 1_000n })), ([list, thousandth]) => {
      const all = list.reduce((sum, { free }) => sum + free, 0n);
      const amount = (all * thousandth) / 1_000n;
      const parts = takeFromLots(list, amount);
      expect(parts.reduce((sum, part) => sum + part.amount, 0n)).toBe(amount);
      const takenFrom = new Map(parts.map((part) => [part.lotId, part.amount]));
      expect(takenFrom.size).toBe(parts.length);
      for (const lot of list) {
        const taken = takenFrom.get(lot.id) ?? 0n;
        expect(taken >= 0n && taken <= lot.free).toBe(true);
        if (taken === lot.free) continue;
        // This lot has points left, so no lot that comes later may have been touched.
        for (const later of list) {
          const laterExpiry = (later.expiresAt ?? 9) > (lot.expiresAt ?? 9);
          const younger = later.expiresAt === lot.expiresAt && later.createdAt > lot.createdAt;
          if (laterExpiry || younger) expect(takenFrom.has(later.id)).toBe(false);
        }
      }
      expect(() => takeFromLots(list, all + 1n)).toThrow(RangeError);
    });
  });
});

describe('amounts as text', () => {
  it('come back unchanged, also as the nearest binary number that Altegio may send', () => {
    const cents = fc.bigInt({ min: -99_999_999_999n, max: 99_999_999_999n });
    check('amounts', cents, (amount) => {
      const text = formatAmount(amount);
      expect(parseAmount(text)).toBe(amount);
      expect(parseForeignAmount(text)).toBe(amount);
      expect(parseForeignAmount(Number(text))).toBe(amount);
      expect(parseForeignAmount(Number(text).toPrecision(17))).toBe(amount);
    });
  });
});
