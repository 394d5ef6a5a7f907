/**
 * What the salon owes its customers in points, month by month: opening + issued − redeemed − expired ± adjusted = closing.
 * A customer's points are active and pending ones less debt, so a movement between these three is none.
 */
import { maximum, type Minor } from './money.ts';

/** What moved; minor units. `redeemed` and `expired` are what left. */
export interface Moved {
  /** Earned, less what was taken back of it. */
  readonly issued: Minor;
  /** Paid with, less what refunds returned. */
  readonly redeemed: Minor;
  readonly expired: Minor;
  /** By operators and by others in Altegio, with balances that cards had when they were adopted; either way. */
  readonly adjusted: Minor;
}

/** Whose points in which currency; a location of null is that of operations without one. */
export interface Branch {
  readonly locationId: bigint | null;
  readonly currency: string;
}

/** Movements of one month (`2026-11`) of a branch. */
export interface MonthMoved extends Branch, Moved {
  readonly month: string;
}

/** One line of the report. */
export interface LiabilityMonth extends MonthMoved {
  readonly opening: Minor;
  readonly closing: Minor;
  /** Of the closing, what is expected never to be redeemed; null while nothing has ended within a year. */
  readonly expectedBreakage: Minor | null;
}

/** How many months the expectation looks back, the line's own included. */
const BREAKAGE_MONTHS = 12;

const STILL: Moved = { issued: 0n, redeemed: 0n, expired: 0n, adjusted: 0n };

/** The month after, as text. */
function after(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}

/** The part of points that ended by expiring, applied to what is owed; rounded down. */
function breakageOf(closing: Minor, ended: readonly Moved[]): Minor | null {
  const sum = (of: 'expired' | 'redeemed') =>
    maximum(
      0n,
      ended.reduce((total, month) => total + month[of], 0n),
    );
  const [expired, redeemed] = [sum('expired'), sum('redeemed')];
  return expired + redeemed === 0n ? null : (maximum(0n, closing) * expired) / (expired + redeemed);
}

function monthsOf(branch: Branch, moved: readonly MonthMoved[], last: string): LiabilityMonth[] {
  const lines: LiabilityMonth[] = [];
  const byMonth = new Map(moved.map((one) => [one.month, one]));
  let closing = 0n;
  for (let month = moved[0]?.month ?? last; month <= last; month = after(month)) {
    const { issued, redeemed, expired, adjusted } = byMonth.get(month) ?? STILL;
    const opening = closing;
    closing = opening + issued - redeemed - expired + adjusted;
    const own = { issued, redeemed, expired, adjusted };
    const ended = [...lines.slice(1 - BREAKAGE_MONTHS), own];
    const { locationId, currency } = branch;
    lines.push({ locationId, currency, month, opening, ...own, closing, expectedBreakage: breakageOf(closing, ended) });
  }
  return lines;
}

/**
 * The lines of every branch, each without a gap from its first movement to `last`, oldest month first.
 * @param moved movements by month, in any order, each month of a branch once
 */
export function liability(moved: readonly MonthMoved[], last: string): LiabilityMonth[] {
  const branches = new Map<string, MonthMoved[]>();
  for (const one of moved) {
    const key = `${one.locationId} ${one.currency}`;
    branches.set(key, [...(branches.get(key) ?? []), one]);
  }
  const lines = [...branches.values()].flatMap((own) => {
    const sorted = own.toSorted((a, b) => (a.month < b.month ? -1 : 1));
    return sorted[0] ? monthsOf(sorted[0], sorted, last) : [];
  });
  return lines.sort((a, b) => (a.month < b.month ? -1 : a.month > b.month ? 1 : 0));
}
