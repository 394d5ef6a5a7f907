/**
 * What both books must say, as a bag of plain numbers (cents). It imports nothing: no lots, no mirror, no protocol.
 *
 * Two sums are remembered: what we gave and took ourselves, and what our writes put on Altegio's card. Whatever else
 * lies on the card was put there by others, and belongs to the customer as well. Everything else follows.
 */

const DAY_MS = 86_400_000;
/** Asia/Almaty is UTC+5 all year. */
const ZONE_MS = 5 * 3_600_000;

/** Points with one expiry date; null never expires. */
export interface Bag {
  readonly expiresAt: number | null;
  points: number;
}

/** See the file's header. */
export class Reference {
  /** What we gave (earned, adjusted) minus what we took (redeemed). */
  ours = 0;
  /** What our writes put on the card, as far as that is known. */
  put = 0;
  /** Altegio's balance as last seen. */
  confirmed = 0;
  held = 0;
  pending = 0;
  readonly bags: Bag[] = [];

  /** The customer's points: ours, and what others put on the card. Negative when more was taken than there was. */
  get owned(): number {
    return this.ours + this.confirmed - this.put;
  }

  /** Held points stay even when somebody took more than was free; the rest is debt. */
  get active(): number {
    return Math.max(this.owned, this.held);
  }

  get debt(): number {
    return Math.max(0, this.held - this.owned);
  }

  /** What may be redeemed, and what Altegio should hold: the same number. */
  get target(): number {
    return Math.max(0, this.owned - this.held);
  }

  /** A balance was seen; `byUs` of what changed since the last one is a write of ours. */
  see(balance: number, byUs = 0): void {
    const byOthers = balance - this.confirmed - byUs;
    this.confirmed = balance;
    this.put += byUs;
    this.give(byOthers, null);
  }

  /** Bonus first, at most 30 % of the bill and what the card holds; then 5 % of the money is earned. */
  pay(total: number, altegio: number, pendingDays: number, lifetimeDays: number, now: number) {
    const redeemed = Math.min(this.target, altegio, Math.floor((total * 30) / 100));
    const earned = Math.floor(((total - redeemed) * 5) / 100);
    this.ours -= redeemed;
    this.spend();
    const today = Math.floor((now + ZONE_MS) / DAY_MS);
    const expiresAt = (today + pendingDays + lifetimeDays) * DAY_MS - ZONE_MS;
    if (pendingDays > 0) this.pending += earned;
    else {
      this.ours += earned;
      this.give(earned, expiresAt);
    }
    return { redeemed, earned };
  }

  adjust(amount: number): void {
    this.ours += amount;
    this.give(amount, null);
  }

  hold(points: number): void {
    this.held += points;
  }

  capture(points: number): void {
    this.held -= points;
    this.ours -= points;
    this.spend();
  }

  release(points: number): void {
    this.held -= points;
    this.spend();
  }

  /** One line that says everything, to be compared with the real books'. */
  say(): string {
    const { active, held, pending, debt, target, confirmed } = this;
    return `active ${active} held ${held} pending ${pending} debt ${debt} target ${target} altegio ${confirmed} | ${describe(this.bags)}`;
  }

  private give(points: number, expiresAt: number | null): void {
    if (points > 0) this.bags.push({ expiresAt, points });
    this.spend();
  }

  /** Bags hold what is active: whatever they hold beyond that was spent, earliest expiry first, then oldest. */
  private spend(): void {
    const inOrder = this.bags.toSorted((a, b) => (a.expiresAt ?? Infinity) - (b.expiresAt ?? Infinity) || 0);
    let beyond = this.bags.reduce((sum, { points }) => sum + points, 0) - this.active;
    for (const bag of inOrder) {
      const spent = Math.min(bag.points, beyond);
      bag.points -= spent;
      beyond -= spent;
    }
  }
}

/** Bags that are not empty, oldest first. */
export function describe(
  bags: readonly { readonly points: number | bigint; readonly expiresAt: number | null }[],
): string {
  return bags
    .filter(({ points }) => Number(points) !== 0)
    .map(({ points, expiresAt }) => `${points}@${expiresAt ?? 'never'}`)
    .join(' ');
}
