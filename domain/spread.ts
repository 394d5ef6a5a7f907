/** Spreading an amount over lines so that the parts add up to the cent. */
import type { Minor } from './money.ts';

/**
 * Splits `amount` over `weights` in proportion, by largest remainder; ties go to the lower index (R5). The parts sum to
 * `amount` exactly. With no weight above zero every part is zero.
 */
export function spread(amount: Minor, weights: readonly Minor[]): Minor[] {
  const sum = weights.reduce((total, weight) => total + weight, 0n);
  if (sum === 0n) return weights.map(() => 0n);
  const parts = weights.map((weight, index) => ({
    index,
    part: (amount * weight) / sum,
    rest: (amount * weight) % sum,
  }));
  let left = amount - parts.reduce((total, { part }) => total + part, 0n);
  const byRemainder = [...parts].sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1));
  for (const entry of byRemainder) {
    if (left === 0n) break;
    entry.part += 1n;
    left -= 1n;
  }
  return parts.map(({ part }) => part);
}
