/** What a payment earns. */
import type { Minor } from './money.ts';
import type { ProgramSettings } from './program.ts';
import { applyRatio, parsePercent } from './ratio.ts';

/** What decides an accrual. Amounts in minor units. */
export interface AccrualInput {
  /** Sum of the eligible lines, or the whole bill when it has no lines. */
  readonly eligible: Minor;
  /** Points redeemed; they are spread over eligible lines only. */
  readonly redeemed: Minor;
  /** What is left to pay after the points. */
  readonly due: Minor;
  /** The part of `due` paid by tenders that do not earn (deposit, gift card, other). */
  readonly notEarning: Minor;
  readonly percent: string;
  readonly rounding: ProgramSettings['rounding'];
}

/**
 * The money that earns (R4): what was paid for eligible lines. Tenders that do not earn take their share of the eligible money in
 * proportion, because a bill does not say which tender paid which line.
 */
export function accrualBase(input: Pick<AccrualInput, 'eligible' | 'redeemed' | 'due' | 'notEarning'>): Minor {
  const eligibleMoney = input.eligible - input.redeemed;
  const earning = input.due - input.notEarning;
  if (input.due <= 0n || eligibleMoney <= 0n || earning <= 0n) return 0n;
  return (eligibleMoney * earning) / input.due;
}

/** Points earned: that money × rate. */
export function accrualFor(input: AccrualInput): Minor {
  return applyRatio(accrualBase(input), parsePercent(input.percent), input.rounding);
}
