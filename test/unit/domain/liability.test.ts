// What is owed in points, month by month: no gap, every line adds up, breakage is what has ended by expiring.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { liability, type MonthMoved } from '../../../domain/liability.ts';
import { check } from '../../property/check.ts';

const moved = (month: string, parts: Partial<MonthMoved> = {}): MonthMoved => ({
  month,
  locationId: 101n,
  currency: 'KZT',
  issued: 0n,
  redeemed: 0n,
  expired: 0n,
  adjusted: 0n,
  ...parts,
});
const of = (lines: ReturnType<typeof liability>) =>
  lines.map(({ month, opening, closing }) => `${month} ${opening} ${closing}`);

describe('the liability report', () => {
  test('B-19 a month opens with what the one before closed with, also after months in which nothing moved', () => {
    const lines = liability(
      [moved('2027-01', { redeemed: 3_000n, adjusted: -500n }), moved('2026-11', { issued: 10_000n, expired: 1_000n })],
      '2027-02',
    );
    expect(of(lines)).toEqual(['2026-11 0 9000', '2026-12 9000 9000', '2027-01 9000 5500', '2027-02 5500 5500']);
  });

  test('B-19 branches and currencies do not mix', () => {
    const lines = liability(
      [
        moved('2026-11', { issued: 100n }),
        moved('2026-11', { issued: 7n, locationId: 102n }),
        moved('2026-12', { issued: 9n, currency: 'EUR' }),
      ],
      '2026-12',
    );
    const closing = lines
      .filter(({ month }) => month === '2026-12')
      .map((line) => [line.locationId, line.currency, line.closing]);
    expect(closing).toEqual([
      [101n, 'KZT', 100n],
      [102n, 'KZT', 7n],
      [101n, 'EUR', 9n],
    ]);
  });

  test('B-19 expected breakage is the part that ended by expiring within 12 months, and unknown before anything ended', () => {
    const lines = liability(
      [
        moved('2026-01', { issued: 100_000n }),
        moved('2026-02', { redeemed: 30_000n, expired: 10_000n }),
        moved('2027-02', { redeemed: 100n }),
      ],
      '2027-02',
    );
    const at = (month: string) => lines.find((line) => line.month === month)?.expectedBreakage;
    expect(at('2026-01')).toBeNull();
    expect(at('2026-02')).toBe(15_000n);
    expect(at('2027-01')).toBe(15_000n);
    expect(at('2027-02')).toBe(0n);
  });

  test('B-19 any movements: every line adds up, and the last closing is the sum of everything', () => {
    const amount = fc.bigInt(0n, 1_000_000n);
    const one = fc.record({
      month: fc.integer({ min: 1, max: 12 }).map((n) => `2026-${String(n).padStart(2, '0')}`),
      locationId: fc.constantFrom(101n, 102n, null),
      currency: fc.constantFrom('KZT', 'EUR'),
      issued: amount,
      redeemed: amount,
      expired: amount,
      adjusted: fc.bigInt(-1_000_000n, 1_000_000n),
    });
    const key = ({ month, locationId, currency }: MonthMoved) => `${month} ${locationId} ${currency}`;
    check(
      'every line of the liability report adds up',
      fc.uniqueArray(one, { selector: key, maxLength: 40 }),
      (all) => {
        const lines = liability(all, '2026-12');
        for (const line of lines)
          expect(line.opening + line.issued - line.redeemed - line.expired + line.adjusted).toBe(line.closing);
        const last = lines.filter(({ month }) => month === '2026-12').reduce((sum, { closing }) => sum + closing, 0n);
        const everything = all.reduce((sum, m) => sum + m.issued - m.redeemed - m.expired + m.adjusted, 0n);
        expect(last).toBe(everything);
      },
      500,
    );
  });
});
