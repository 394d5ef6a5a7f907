/** What of a bill earns no points, and why: items, categories, locations, customers and card types that a program leaves out. */
import type { Minor } from './money.ts';
import type { ProgramSettings } from './program.ts';

/** Why a line earns nothing. Excluded items and categories cannot be paid with points either. */
export type NoEarningReason =
  | 'item_excluded'
  | 'category_excluded'
  | 'location_excluded'
  | 'customer_type_excluded'
  | 'visits_earn'
  | 'type_earns_nothing';

/** A line that earns nothing; `line` is null where the bill has no lines. */
export interface NotEarning {
  readonly line: string | null;
  readonly reason: NoEarningReason;
}

interface Line {
  readonly id: string;
  readonly category?: string | undefined;
  readonly amount: Minor;
}

/** Why points neither pay for this line nor are earned on it; null when they may. */
function exclusionOf({ id, category }: Line, settings: ProgramSettings): NoEarningReason | null {
  if (settings.excludedItems?.includes(id)) return 'item_excluded';
  return category !== undefined && settings.excludedCategories?.includes(category) ? 'category_excluded' : null;
}

/** Whether points may pay a line and its money earns. */
export function isEligible(line: Line, settings: ProgramSettings): boolean {
  return exclusionOf(line, settings) === null;
}

/** The part of each line that points may pay and money may earn on, minor units: all of it or nothing. */
export function eligibleAmounts(lines: readonly Line[], settings: ProgramSettings): Minor[] {
  return lines.map((line) => (isEligible(line, settings) ? line.amount : 0n));
}

/** Who buys where, as far as a program may leave it out. */
export interface Buying {
  readonly locationId: bigint;
  readonly customerTypeId: string;
}

/** Why nothing of a bill earns, whatever is on it; null when it may. */
function leftOut({ locationId, customerTypeId }: Buying, settings: ProgramSettings): NoEarningReason | null {
  if (settings.excludedLocations?.some((id) => BigInt(id) === locationId)) return 'location_excluded';
  return settings.excludedCustomerTypes?.includes(customerTypeId) ? 'customer_type_excluded' : null;
}

/** The percent that is earned: none where the program leaves out the location or the customer's type. */
export function percentHere(percent: string, buying: Buying, settings: ProgramSettings): string {
  return leftOut(buying, settings) === null ? percent : '0';
}

/** The percent that a sale at a till earns: none where only visits in Altegio do. */
export function percentAtTill(percent: string, buying: Buying, settings: ProgramSettings): string {
  return settings.accrueBy === 'altegio' ? '0' : percentHere(percent, buying, settings);
}

/**
 * Every line of a sale at a till that earns nothing, with the reason that weighs most: the location, then the customer's
 * type, then that only visits earn, then the card type, then the line's own. `percent` is what is earned in the end, which a hold may have fixed before.
 */
export function notEarningOf(
  bill: Buying & { readonly lines: readonly Line[] },
  settings: ProgramSettings,
  percent: string,
): NotEarning[] {
  const otherwise = settings.accrueBy === 'altegio' ? 'visits_earn' : 'type_earns_nothing';
  const whole = Number(percent) === 0 ? (leftOut(bill, settings) ?? otherwise) : null;
  if (bill.lines.length === 0) return whole === null ? [] : [{ line: null, reason: whole }];
  return bill.lines.flatMap((line) => {
    const reason = whole ?? exclusionOf(line, settings);
    return reason === null ? [] : [{ line: line.id, reason }];
  });
}
