/** What will be cancelled and when: the burns that lots have before them if nothing else happens. */
import { minimum, type Minor } from './money.ts';

/** A lot as far as its end matters. Times are epoch milliseconds. */
export interface EndingLot {
  readonly id: bigint;
  readonly pending: boolean;
  /** What is left and not reserved. */
  readonly free: Minor;
  /** Of a pending lot; null waits for a person, and nothing is said of it. */
  readonly activatesAt: number | null;
  /** Null never expires. */
  readonly expiresAt: number | null;
}

/** Points that end together; `at` is epoch milliseconds. */
export interface Burn {
  readonly at: number;
  readonly amount: Minor;
}

/**
 * The burns of an account, earliest first. Reserved points are in none, for they never expire while they are; pending
 * points pay `debt` when they become active, and only the rest can expire.
 */
export function forecast(lots: readonly EndingLot[], debt: Minor): Burn[] {
  let owed = debt;
  const left = lots.filter(({ pending }) => !pending).map(({ expiresAt, free }) => ({ expiresAt, free }));
  const waiting = lots.filter(({ pending, activatesAt }) => pending && activatesAt !== null);
  for (const lot of waiting.toSorted(byActivation)) {
    const paid = minimum(owed, lot.free);
    owed -= paid;
    left.push({ expiresAt: lot.expiresAt, free: lot.free - paid });
  }
  const byDate = new Map<number, Minor>();
  for (const { expiresAt, free } of left)
    if (expiresAt !== null && free > 0n) byDate.set(expiresAt, (byDate.get(expiresAt) ?? 0n) + free);
  return [...byDate].map(([at, amount]) => ({ at, amount })).sort((a, b) => a.at - b.at);
}

/** The order in which pending lots become active: by their date, then by id. */
export function byActivation(
  a: Pick<EndingLot, 'activatesAt' | 'id'>,
  b: Pick<EndingLot, 'activatesAt' | 'id'>,
): number {
  return (a.activatesAt ?? 0) - (b.activatesAt ?? 0) || (a.id < b.id ? -1 : 1);
}
