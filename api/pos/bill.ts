/** Sums of a bill that must hold before anything is written. */
import { formatAmount, type Minor } from '../../domain/money.ts';
import { Problem } from '../http/problem.ts';

interface Amount {
  readonly amount: Minor;
}

const sumOf = (items: readonly Amount[]): Minor => items.reduce((sum, { amount }) => sum + amount, 0n);

/** @throws Problem `lines_mismatch` when the lines do not add up to the total. */
export function checkLines(total: Minor, lines: readonly Amount[] | undefined): void {
  if (!lines) return;
  const sum = sumOf(lines);
  if (sum === total) return;
  throw new Problem('lines_mismatch', {
    detail: `The lines add up to ${formatAmount(sum)}, the total is ${formatAmount(total)}.`,
    errors: [{ path: 'lines', message: `must add up to ${formatAmount(total)}` }],
  });
}

/** @throws Problem `money_mismatch` when more money is given than the bill; the rest is checked with the points taken. */
export function checkMoney(total: Minor, money: readonly Amount[] | undefined): void {
  if (!money) return;
  const sum = sumOf(money);
  if (sum <= total) return;
  throw new Problem('money_mismatch', {
    detail: `The money adds up to ${formatAmount(sum)}, more than the total of ${formatAmount(total)}.`,
    errors: [{ path: 'money', message: `must not add up to more than ${formatAmount(total)}` }],
    requested: formatAmount(sum),
    allowed: formatAmount(total),
  });
}

/** The amounts of an item as the ledger keeps them, decimal texts. */
export const textsOf = (item: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, typeof value === 'bigint' ? formatAmount(value) : value]),
  );
