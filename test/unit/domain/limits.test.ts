import { describe, expect, it } from 'vitest';
import { Book } from '../../../domain/book.ts';
import { ledgerAccounts } from '../../../domain/posting-plan.ts';
import { limitsPassed } from '../../../domain/limits.ts';

const limits = { paymentsPerDay: 2, pointsPerDay: '10.00', perOperator: { pointsPerDay: '12.00' } };
const seen = (payments: number, points: bigint, byOperator: bigint | null = null) => ({
  card: { payments, points },
  operator: byOperator === null ? null : { payments: 99, points: byOperator },
});

describe('limits a day', () => {
  it('exactly the limit is within it, one cent or one sale more is not', () => {
    expect(limitsPassed(limits, seen(1, 500n), 500n)).toEqual([]);
    expect(limitsPassed(limits, seen(1, 500n), 501n)).toEqual([
      { of: 'card', limit: 'pointsPerDay', allowed: 1_000n, seen: 1_001n },
    ]);
    expect(limitsPassed(limits, seen(2, 0n), 1n)).toEqual([
      { of: 'card', limit: 'paymentsPerDay', allowed: 2n, seen: 3n },
    ]);
  });

  it('a cashier has limits of their own, none without a name; what earns nothing passes none', () => {
    expect(limitsPassed(limits, seen(0, 0n, 1_200n), 1n)).toMatchObject([{ of: 'operator', seen: 1_201n }]);
    expect(limitsPassed(limits, seen(0, 0n), 1n)).toEqual([]);
    expect(limitsPassed(limits, seen(9, 9_999n, 9_999n), 0n)).toEqual([]);
    expect(limitsPassed(undefined, seen(9, 9_999n), 1n)).toEqual([]);
  });
});

describe('points that wait for a person', () => {
  const lot = { id: 1n, pending: true, remaining: 500n, expiresAt: null, createdAt: 0 };
  const page = (debt: bigint) =>
    new Book({
      balances: { active: 0n, held: 0n, pending: 500n, debt },
      lots: [],
      accounts: ledgerAccounts('acc', 'prg', 1n),
      nextLotId: () => 2n,
      now: 0,
    });

  it('approved they pay debt first, and the rest is active', () => {
    const book = page(200n);
    book.activate(lot, 'fine');
    expect(book.balances).toEqual({ active: 300n, held: 0n, pending: 0n, debt: 0n });
    const { transfers, taken } = book.drain();
    expect(transfers.map(({ code, debit, credit, amount }) => [code, debit, credit, amount])).toEqual([
      ['activation', 'pending:acc', 'customer:acc', 500n],
      ['repayment', 'customer:acc', 'debt:acc', 200n],
    ]);
    expect(taken.get(1n)).toBe(200n);
  });

  it('refused they leave the pending balance alone, whatever the customer owes', () => {
    const book = page(200n);
    book.refusePending(lot, 'no');
    expect(book.balances).toEqual({ active: 0n, held: 0n, pending: 0n, debt: 200n });
    expect(book.drain().transfers).toMatchObject([
      { code: 'clawback', debit: 'pending:acc', credit: 'program:prg', amount: 500n },
    ]);
  });
});
