/**
 * Points taken in a visit, and taken back there, as part of the write protocol. Altegio shows the visit's lines with their
 * card, so such a write is known by identity and never by its amount: Altegio takes less without a word, and splits it.
 */
import { target } from './account.ts';
import type { Mirror } from './mirror.ts';
import type { Minor } from './money.ts';

/** Whether points may be taken in a visit now: nothing else is pending, and Altegio is known to hold as many. */
export function mayWithdraw(mirror: Mirror, amount: Minor): boolean {
  const settled = !mirror.open && mirror.unexplained === 0n && target(mirror.balances) === mirror.confirmed;
  return settled && amount > 0n && mirror.confirmed >= amount;
}

/**
 * Those of a visit's lines that are the open write's: the newest, as far as they stay within what was asked. Older ones are
 * somebody else's, or of a write of ours that came late; a read then shows what they moved, and the journal names them.
 */
export function withinAsked<Line extends { readonly lineId: bigint; readonly amount: Minor }>(
  lines: readonly Line[],
  asked: Minor,
): Line[] {
  const size = (amount: Minor): Minor => (amount < 0n ? -amount : amount);
  let left = size(asked);
  const own: Line[] = [];
  for (const line of [...lines].sort((a, b) => (size(a.lineId) > size(b.lineId) ? -1 : 1))) {
    if (size(line.amount) > left) break;
    left -= size(line.amount);
    own.unshift(line);
  }
  return own;
}

/**
 * Settles the open write by what its own lines moved, signed minor units. One that moved nothing is remembered when
 * Altegio's answer was lost, for it may still come; an answer is `certain`.
 * @throws RangeError for more than was asked, or the other way
 */
export function settleVisitWrite(mirror: Mirror, moved: Minor, certain: boolean): Mirror {
  const { open: write } = mirror;
  if (!write) throw new RangeError('no write is open');
  const within = write.amount < 0n ? moved <= 0n && moved >= write.amount : moved >= 0n && moved <= write.amount;
  if (!within) throw new RangeError('a write moves a card in its own direction, and no more than was asked');
  const given = moved === 0n && !certain ? [...mirror.given, write] : mirror.given;
  return { ...mirror, confirmed: write.baseline + moved, open: null, given };
}

/** Opens the write that takes a withdrawal back in its visit; what else is missing is written after it. */
export function openCancel(mirror: Mirror, write: NonNullable<Mirror['open']>): Mirror {
  if (mirror.open || mirror.unexplained !== 0n || write.amount <= 0n || write.baseline !== mirror.confirmed)
    throw new RangeError(
      'a withdrawal is taken back on what Altegio is known to hold, with nothing open or unexplained',
    );
  return { ...mirror, open: write };
}
