/** Altegio's chain loyalty journal: which lines move a card, and what each kind is called (docs/altegio.md, "Journal"). */

/** Journal types that move a card's balance; the others (discounts, gift cards, memberships, deposits) do not. */
export const CARD_MOVING_TYPES = [2, 3, 4, 5, 6, 7] as const;

/** The cause of a movement that is not ours, as stored with the line and shown to people. */
export type DriftCause =
  | 'program_accrual'
  | 'visit_withdrawal'
  | 'referral'
  | 'staff_top_up'
  | 'staff_withdrawal'
  | 'overdue_points'
  | 'program_accrual_cancelled'
  | 'visit_withdrawal_cancelled'
  | 'referral_cancelled'
  | 'overdue_points_cancelled'
  /** A write of ours: its answer was lost, and its effect was read before its line came. */
  | 'lost_answer'
  /** A write of ours that was given up and came after that. */
  | 'late_twin'
  | 'unknown';

const CAUSES: Record<
  (typeof CARD_MOVING_TYPES)[number],
  { readonly cause: DriftCause; readonly sign: 1 | -1; readonly cancelled?: DriftCause }
> = {
  2: { cause: 'program_accrual', sign: 1, cancelled: 'program_accrual_cancelled' },
  3: { cause: 'visit_withdrawal', sign: -1, cancelled: 'visit_withdrawal_cancelled' },
  4: { cause: 'referral', sign: 1, cancelled: 'referral_cancelled' },
  5: { cause: 'staff_top_up', sign: 1 },
  6: { cause: 'staff_withdrawal', sign: -1 },
  7: { cause: 'overdue_points', sign: -1, cancelled: 'overdue_points_cancelled' },
};

/** Names of every journal type (V-21), for people. */
export const JOURNAL_TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'promotion discount',
  2: 'program accrual',
  3: 'card withdrawal',
  4: 'referral',
  5: 'manual +',
  6: 'manual −',
  7: 'overdue points',
  8: 'gift card',
  9: 'membership',
  10: 'membership recalculation',
  11: 'client account',
};

function isCardMoving(typeId: number): typeId is (typeof CARD_MOVING_TYPES)[number] {
  return (CARD_MOVING_TYPES as readonly number[]).includes(typeId);
}

/** The sign a type gives its amount, whose own sign is not dependable; `null` when the type does not move a card. */
export function journalSign(typeId: number): 1n | -1n | null {
  if (!isCardMoving(typeId)) return null;
  return CAUSES[typeId].sign === 1 ? 1n : -1n;
}

/** Why a line that is not ours moved the card. An `amount` against its type's sign is a cancelled movement put back. */
export function causeOf(typeId: number, amount?: bigint): DriftCause {
  if (!isCardMoving(typeId)) return 'unknown';
  const { cause, sign, cancelled } = CAUSES[typeId];
  const putBack = amount !== undefined && amount * BigInt(sign) < 0n;
  return putBack ? (cancelled ?? 'unknown') : cause;
}

/** Manual replenishment and withdrawal: the kinds that our own writes make, and staff by hand. */
export function isManual(typeId: number): boolean {
  return typeId === 5 || typeId === 6;
}
