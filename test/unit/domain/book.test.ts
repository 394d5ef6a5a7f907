import { describe, expect, it } from 'vitest';
import type { Balances } from '../../../domain/account.ts';
import { Book } from '../../../domain/book.ts';
import { ledgerAccounts, type PostingPlan } from '../../../domain/posting-plan.ts';
import { lotDates } from '../../../domain/lot-dates.ts';
import type { SpendableLot } from '../../../domain/lots.ts';

const accounts = ledgerAccounts('acc_1', 'prg_1', 9206n);
const AT_ONCE = { activatesAt: null, expiresAt: null };

function page(balances: Partial<Balances>, lots: SpendableLot[] = []): Book {
  let next = 100n;
  return new Book({
    balances: { active: 0n, held: 0n, pending: 0n, debt: 0n, ...balances },
    lots,
    accounts,
    nextLotId: () => next++,
    now: 1_000,
  });
}

const lot = (id: bigint, free: bigint, expiresAt: number | null): SpendableLot => ({
  id,
  free,
  expiresAt,
  createdAt: Number(id),
});

const lines = (plan: PostingPlan): string[] =>
  plan.transfers.map(({ debit, credit, amount, code, lotId }) => `${code} ${debit} → ${credit} ${amount} lot ${lotId}`);

describe('one account in the book', () => {
  it('a redemption names its lots, earliest expiry first, and credits the program', () => {
    const book = page({ active: 350n }, [lot(1n, 100n, 300), lot(2n, 200n, 200), lot(3n, 50n, null)]);
    expect(book.redeem(250n)).toEqual([
      { lotId: 2n, amount: 200n },
      { lotId: 1n, amount: 50n },
    ]);
    expect(lines(book.drain())).toEqual([
      'redemption customer:acc_1 → program:prg_1 200 lot 2',
      'redemption customer:acc_1 → program:prg_1 50 lot 1',
    ]);
    expect(book.balances).toEqual({ active: 100n, held: 0n, pending: 0n, debt: 0n });
  });

  it('a loss beyond what is free becomes debt; nothing is clipped', () => {
    const book = page({ active: 20n }, [lot(1n, 20n, null)]);
    book.external(-50n, 7n, null);
    expect(lines(book.drain())).toEqual([
      'external customer:acc_1 → altegio:9206 20 lot 1',
      'external debt:acc_1 → altegio:9206 30 lot null',
    ]);
    expect(book.balances).toEqual({ active: 0n, held: 0n, pending: 0n, debt: 30n });
  });

  it('a credit pays debt first, from the lot that it makes', () => {
    const book = page({ debt: 30n });
    book.accrue(50n, AT_ONCE);
    const plan = book.drain();
    expect(lines(plan)).toEqual([
      'accrual program:prg_1 → customer:acc_1 50 lot 100',
      'repayment customer:acc_1 → debt:acc_1 30 lot 100',
    ]);
    expect(plan.taken).toEqual(new Map([[100n, 30n]]));
    expect(book.balances).toEqual({ active: 20n, held: 0n, pending: 0n, debt: 0n });
  });

  it('two postings in one transaction are two plans, and the second spends what the first left', () => {
    const book = page({ active: 100n }, [lot(1n, 100n, null)]);
    book.external(-80n, 7n, null);
    expect(book.drain().transfers).toHaveLength(1);
    book.redeem(20n);
    expect(book.drain().taken).toEqual(new Map([[1n, 20n]]));
    expect(() => book.redeem(1n)).toThrow(RangeError);
  });

  it('pending points stay outside the active balance', () => {
    const book = page({ active: 10n, debt: 0n });
    book.accrue(5n, { activatesAt: 2_000, expiresAt: 9_000 });
    const plan = book.drain();
    expect(lines(plan)).toEqual(['accrual program:prg_1 → pending:acc_1 5 lot 100']);
    expect(plan.newLots).toMatchObject([{ pending: true, activatesAt: 2_000, expiresAt: 9_000 }]);
    expect(book.balances).toMatchObject({ active: 10n, pending: 5n });
  });
});

describe('dates of a lot', () => {
  it('pending 14 days from 2026-11-01: active 2026-11-15 at local midnight, expires 2027-11-15', () => {
    const earned = Date.parse('2026-11-01T09:00:00+05:00');
    const dates = lotDates(earned, 'Asia/Almaty', { lifetimeDays: 365, pendingDays: 14 });
    expect(new Date(dates.activatesAt ?? 0).toISOString()).toBe('2026-11-14T19:00:00.000Z');
    expect(new Date(dates.expiresAt ?? 0).toISOString()).toBe('2027-11-14T19:00:00.000Z');
  });

  it('without pending days points are active at once; without a lifetime they never expire', () => {
    expect(lotDates(0, 'UTC', { lifetimeDays: null, pendingDays: 0 })).toEqual({ activatesAt: null, expiresAt: null });
  });

  it('a day that a clock change shortens is still a day', () => {
    const earned = Date.parse('2026-03-28T12:00:00+01:00');
    const { activatesAt } = lotDates(earned, 'Europe/Berlin', { lifetimeDays: null, pendingDays: 2 });
    expect(new Date(activatesAt ?? 0).toISOString()).toBe('2026-03-29T22:00:00.000Z');
  });
});
