/**
 * Points taken in a visit, and taken back there, as part of the write protocol. Altegio shows the visit's lines with their
 * card, so such a write is known by identity and never by its amount: Altegio takes less without a word, and splits it.
 */
import { move, target } from './account.ts';
import type { Adoption, Mirror } from './mirror.ts';
import { maximum, minimum, type Minor } from './money.ts';

/** Whether points may be taken in a visit now: nothing else is pending, and Altegio is known to hold as many. */
export function mayWithdraw(mirror: Mirror, amount: Minor): boolean {
  const settled = !mirror.open && mirror.unexplained === 0n && target(mirror.balances) === mirror.confirmed;
  return settled && amount > 0n && mirror.confirmed >= amount;
}

/** How a write in a visit was settled; `ours` is what it moved, signed like its amount. */
export interface VisitSettled extends Adoption {
  readonly ours: Minor;
}

/**
 * Settles the open write by what the visit's own lines say it moved, signed minor units. More than was asked is somebody
 * else's, in the same visit at the same moment: adopted as drift, and explained by the very line. A write that moved
 * nothing is remembered when Altegio's answer was lost, for it may still come; an answer is `certain`.
 */
export function settleVisitWrite(mirror: Mirror, moved: Minor, certain: boolean): VisitSettled {
  const { open: write } = mirror;
  if (!write) throw new RangeError('no write is open');
  const ours = write.amount < 0n ? maximum(moved, write.amount) : minimum(moved, write.amount);
  if (ours !== 0n && ours < 0n !== write.amount < 0n) throw new RangeError('a write moves a card in its own direction');
  const drift = moved - ours;
  const movement = move(mirror.balances, drift);
  const given = ours === 0n && !certain ? [...mirror.given, write] : mirror.given;
  const settled = { ...mirror, balances: movement.balances, confirmed: write.baseline + moved, open: null, given };
  return { mirror: settled, drift, movement, ours };
}

/** Opens the write that takes a withdrawal back in its visit; what else is missing is written after it. */
export function openCancel(mirror: Mirror, write: NonNullable<Mirror['open']>): Mirror {
  if (mirror.open || mirror.unexplained !== 0n || write.amount <= 0n || write.baseline !== mirror.confirmed)
    throw new RangeError(
      'a withdrawal is taken back on what Altegio is known to hold, with nothing open or unexplained',
    );
  return { ...mirror, open: write };
}
