import { describe, expect, it } from 'vitest';
import { parseAmount } from '../../../domain/money.ts';
import { type Bill, settlePayment } from '../../../domain/payment.ts';
import { programSettings } from '../../../domain/program.ts';
import { writeTitle } from '../../../domain/write-title.ts';

const settings = programSettings.parse({
  name: 'Bonus',
  currency: 'KZT',
  accrual: { levels: [{ from: '0.00', percent: '5' }] },
  redeem: {},
  excludedCategories: ['certificate'],
});

const bill = (parts: Partial<Bill>): Bill => ({
  total: parseAmount('100.00'),
  asked: { kind: 'max' },
  allowPartial: false,
  as: 'tender',
  locationId: 101n,
  lines: [],
  money: [],
  ...parts,
});

const means = (available: string) => {
  const active = parseAmount(available);
  return { balances: { active, held: 0n, pending: 0n, debt: 0n }, spent: 0n, altegio: active };
};

describe('what a payment comes to', () => {
  it('excluded lines are neither paid with points nor earn: service 3000 and certificate 1000, balance 2000', () => {
    const lines = [
      { id: '1', amount: parseAmount('3000') },
      { id: '2', category: 'certificate', amount: parseAmount('1000') },
    ];
    const settled = settlePayment(bill({ total: parseAmount('4000'), lines }), means('2000'), settings);
    expect(settled).toMatchObject({ ok: true, redeemed: 90_000n, due: 310_000n, accrued: 10_500n });
  });

  it('as a discount the eligible lines shrink to the cent, and bonus is no tender', () => {
    const lines = ['33.33', '33.33', '33.34'].map((amount, index) => ({
      id: String(index),
      amount: parseAmount(amount),
    }));
    const asked = { kind: 'amount', amount: parseAmount('10.00') } as const;
    const settled = settlePayment(bill({ as: 'discount', asked, lines }), means('50'), settings);
    expect(settled).toMatchObject({ discounts: [333n, 333n, 334n], tenders: [{ type: 'money', amount: 9_000n }] });
  });

  it('bonus is the first tender, the deposit the second, and only cash and card earn', () => {
    const money = [
      { type: 'card', amount: 4_000n },
      { type: 'deposit', amount: 3_000n },
    ] as const;
    const asked = { kind: 'amount', amount: parseAmount('30.00') } as const;
    const settled = settlePayment(bill({ asked, money }), means('50'), settings);
    expect(settled).toMatchObject({ ok: true, accrued: 200n });
    expect(settled.ok && settled.tenders.map(({ type }) => type)).toEqual(['bonus', 'deposit', 'card']);
  });

  it('money that does not add up to what is due is refused, naming both', () => {
    const money = [{ type: 'cash', amount: 1n }] as const;
    const settled = settlePayment(bill({ asked: { kind: 'none' }, money }), means('0'), settings);
    expect(settled).toEqual({ ok: false, code: 'money_mismatch', requested: 1n, allowed: 10_000n });
  });

  it('with Altegio unread the ledger is trusted up to the cap only', () => {
    const trusting = programSettings.parse({
      ...settings,
      redeem: { ...settings.redeem, whenAltegioDown: 'trustLedger', trustCap: '20.00' },
    });
    const settled = settlePayment(bill({}), { ...means('500'), altegio: null }, trusting);
    expect(settled).toMatchObject({ redeemed: 2_000n });
  });
});

describe('the title of a write', () => {
  it('names receipts and signed amounts, leaving zeros out', () => {
    expect(writeTitle([{ label: 'R-1', amounts: [-3_000n, 350n] }])).toBe('R-1 −30.00 +3.50');
    expect(writeTitle([{ label: 'R-2', amounts: [0n, 500n] }])).toBe('R-2 +5.00');
  });

  it('joins several receipts and counts those that no longer fit', () => {
    const parts = Array.from({ length: 40 }, (_, index) => ({ label: `R-${index}`, amounts: [100n] }));
    const title = writeTitle(parts);
    expect(title.length).toBeLessThanOrEqual(135);
    expect(title).toMatch(/^R-0 \+1\.00; R-1 \+1\.00; .*; \+\d+ more$/);
  });
});
