/** What of a bill earns no points, and why: items, categories, locations and card types that a program leaves out. */
import type { Minor } from './money.ts';
import type { ProgramSettings } from './program.ts';

/** Why a line earns nothing. Excluded items and categories cannot be paid with points either. */
export type NoEarningReason = 'item_excluded' | 'category_excluded' | 'location_excluded' | 'type_earns_nothing';

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

/** The percent that this location earns: none where the program leaves it out. */
export function percentHere(percent: string, locationId: bigint, settings: ProgramSettings): string {
  return settings.excludedLocations?.some((id) => BigInt(id) === locationId) ? '0' : percent;
}

/**
 * Every line that earns nothing, with the reason that weighs most: the location, then the card type, then the line's own.
 * `percent` is the level's, before the location is looked at.
 */
export function notEarningOf(
  bill: { readonly lines: readonly Line[]; readonly locationId: bigint },
  settings: ProgramSettings,
  percent: string,
): NotEarning[] {
  const whole: NoEarningReason | null =
    percentHere('1', bill.locationId, settings) === '0'
      ? 'location_excluded'
      : Number(percent) === 0
        ? 'type_earns_nothing'
        : null;
  if (bill.lines.length === 0) return whole === null ? [] : [{ line: null, reason: whole }];
  return bill.lines.flatMap((line) => {
    const reason = whole ?? exclusionOf(line, settings);
    return reason === null ? [] : [{ line: line.id, reason }];
  });
}
