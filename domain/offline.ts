/** A sale made offline: it earns, and takes no points, because nobody could know whether they were there. */
import { type Minor, minimum } from './money.ts';
import type { MoneyTender } from './payment.ts';

const sumOf = (money: readonly MoneyTender[]): Minor => money.reduce((sum, { amount }) => sum + amount, 0n);

/**
 * The tenders of a sale whose redemption is refused. What the points should have paid was given away by nobody: it stands
 * as `other`, which earns nothing, so that the sale earns on the money that was given.
 * @param promised points the till promised, minor units; null when it promised as many as there are
 */
export function earningTenders(total: Minor, money: readonly MoneyTender[], promised: Minor | null): MoneyTender[] {
  const unpaid = money.length > 0 ? total - sumOf(money) : minimum(promised ?? 0n, total);
  if (unpaid <= 0n) return [...money];
  const given: readonly MoneyTender[] = money.length > 0 ? money : [{ type: 'money', amount: total - unpaid }];
  return [...given.filter(({ amount }) => amount > 0n), { type: 'other', amount: unpaid }];
}
