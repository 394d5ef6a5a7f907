// What a till's sums promise for every bill: both ways of taking points come to the same, and VAT adds up to the cent.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAmount } from '../../domain/money.ts';
import { earningTenders } from '../../domain/offline.ts';
import { settlePayment } from '../../domain/payment.ts';
import { programSettings } from '../../domain/program.ts';
import { vatByRate } from '../../domain/vat.ts';
import { amounts, check } from './check.ts';

const settings = programSettings.parse({
  name: 'Bonus',
  currency: 'KZT',
  accrual: { levels: [{ from: '0.00', percent: '5' }] },
  redeem: {},
  excludedCategories: ['certificate'],
});

const bills = fc
  .record({
    lines: fc.array(fc.record({ amount: amounts(1_000_000n), out: fc.integer({ min: 0, max: 4 }) }), {
      minLength: 1,
      maxLength: 12,
    }),
    available: amounts(),
  })
  .filter(({ lines }) => lines.some(({ amount }) => amount > 0n));

describe('points taken as tender and as discount', () => {
  it('P-10 the sums are identical for every bill, and a discount is spread to the cent, never beyond its line', () => {
    check('tender = discount', bills, ({ lines: drawn, available: active }) => {
      const lines = drawn.map(({ amount, out }, index) => ({
        id: String(index),
        amount,
        ...(out === 0 && { category: 'certificate' }),
      }));
      const total = lines.reduce((sum, { amount }) => sum + amount, 0n);
      const bill = { total, asked: { kind: 'max' }, allowPartial: false, locationId: 1n, lines, money: [] } as const;
      const means = { balances: { active, held: 0n, pending: 0n, debt: 0n }, spent: 0n, altegio: active };
      const tender = settlePayment({ ...bill, as: 'tender' }, means, settings);
      const discount = settlePayment({ ...bill, as: 'discount' }, means, settings);
      if (!tender.ok || !discount.ok) throw new Error('the maximum was refused');
      expect([discount.redeemed, discount.due, discount.accrued]).toEqual([
        tender.redeemed,
        tender.due,
        tender.accrued,
      ]);
      expect(discount.discounts.reduce((sum, part) => sum + part, 0n)).toBe(tender.redeemed);
      const within = discount.discounts.every((part, index) => part <= (lines[index]?.amount ?? 0n));
      expect(within && tender.discounts.every((part) => part === 0n)).toBe(true);
    });
  });
});

describe('VAT in prices', () => {
  const rates = fc.constantFrom('0', '5', '5.5', '7', '10', '12', '16', '20', '25.5', '100');
  const taxed = fc.array(fc.record({ rate: rates, gross: amounts(10_000_000n) }), { maxLength: 20 });

  it('V-25 the rates add up to what all of them make, rounded once, and no rate is off by a whole cent', () => {
    check('VAT adds up', taxed, (lines) => {
      const byRate = vatByRate(lines);
      const scale = 10n ** 12n;
      let exact = 0n;
      let right = true;
      for (const { rate, gross, vat, net } of byRate) {
        const sold = lines.reduce((sum, line) => (line.rate === rate ? sum + line.gross : sum), 0n);
        right &&= gross === sold && net + vat === gross;
        const hundredths = parseAmount(rate);
        const part = (gross * hundredths * scale) / (10_000n + hundredths);
        exact += part;
        const off = vat * scale - part;
        right &&= off < scale && off > -scale;
      }
      const sum = byRate.reduce((total, { vat }) => total + vat, 0n) * scale;
      // Half a cent at most, and what was cut off beyond the twelfth place.
      right &&= sum - exact <= scale / 2n + 20n && exact - sum <= scale / 2n + 20n;
      expect(right).toBe(true);
    });
  });

  it('one rate is rounded half up: 100.00 with 12 % holds 10.71, 40.00 with 20 % holds 6.67', () => {
    expect(vatByRate([{ rate: '12', gross: 10_000n }])).toEqual([
      { rate: '12', gross: 10_000n, vat: 1_071n, net: 8_929n },
    ]);
    expect(vatByRate([{ rate: '20.00', gross: 4_000n }])).toEqual([
      { rate: '20', gross: 4_000n, vat: 667n, net: 3_333n },
    ]);
  });
});

describe('a sale made offline', () => {
  const money = fc.array(fc.record({ type: fc.constantFrom('cash', 'card', 'deposit'), amount: amounts(100_000n) }));

  it('its tenders add up to the bill, and what the points should have paid earns nothing', () => {
    const sales = fc.record({ over: amounts(100_000n), money, promised: fc.option(amounts(200_000n)) });
    check('offline tenders', sales, ({ over, money: given, promised }) => {
      const sum = given.reduce((total, { amount }) => total + amount, 0n);
      const total = sum + over + 1n;
      const tenders = earningTenders(total, given, promised);
      const paid = tenders.reduce((all, { amount }) => all + amount, 0n);
      const other = tenders.filter(({ type }) => type === 'other').reduce((all, { amount }) => all + amount, 0n);
      if (given.length > 0) expect([paid, other]).toEqual([total, over + 1n]);
      else expect(other).toBe(promised === null ? 0n : promised < total ? promised : total);
      if (tenders.length > 0) expect(paid).toBe(total);
    });
  });
});
