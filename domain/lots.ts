/** Lots: points with one expiry date. Which of them a debit takes, and when a new one expires. */
import type { Minor } from './money.ts';

/** A lot as far as spending it matters. Times are epoch milliseconds; `expiresAt` null never expires. */
export interface SpendableLot {
  readonly id: bigint;
  readonly free: Minor;
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

/** A part of a debit, from one lot. */
export interface LotPart {
  readonly lotId: bigint;
  readonly amount: Minor;
}

/** What parts of debits come to. */
export const sumOf = (parts: readonly LotPart[]): Minor => parts.reduce((sum, { amount }) => sum + amount, 0n);

/** Earliest expiry, then never-expiring, then oldest, then id (R6). */
function bySpendOrder(a: SpendableLot, b: SpendableLot): number {
  const expiry = (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity);
  if (!Number.isNaN(expiry) && expiry !== 0) return expiry;
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt;
  return a.id < b.id ? -1 : 1;
}

/**
 * Names the lots that a debit of `amount` takes, in spend order.
 * @throws RangeError when the lots hold less: then lots and balance disagree, which must never be papered over.
 */
export function takeFromLots(lots: readonly SpendableLot[], amount: Minor): LotPart[] {
  const parts: LotPart[] = [];
  let left = amount;
  for (const lot of [...lots].sort(bySpendOrder)) {
    if (left === 0n) break;
    const taken = lot.free < left ? lot.free : left;
    if (taken > 0n) parts.push({ lotId: lot.id, amount: taken });
    left -= taken;
  }
  if (left > 0n) throw new RangeError('the lots hold less than the balance');
  return parts;
}
