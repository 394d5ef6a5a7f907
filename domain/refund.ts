/**
 * What a refund comes to (R9): its points, its money, and what it takes of the accrual. However a sale is refunded, by
 * amounts and by lines in any order, the parts add up to the whole.
 */
import { formatAmount, maximum, minimum, type Minor } from './money.ts';
import { applyRatio, parsePercent, type Rounding } from './ratio.ts';
import { spread } from './spread.ts';

/** A captured sale. Amounts in minor units. */
export interface Sale {
  readonly total: Minor;
  readonly redeemed: Minor;
  /** Money: `total - redeemed`. */
  readonly due: Minor;
  readonly accrued: Minor;
  /** The rate it was accrued at. */
  readonly percent: string;
  readonly rounding: Rounding;
  /** The part of the money paid by tenders that do not earn. */
  readonly notEarning: Minor;
  /** Empty for a bill without lines, which is eligible as a whole. */
  readonly lines: readonly { readonly id: string; readonly amount: Minor; readonly eligible: boolean }[];
}

/** What refunds have returned, one or all together. */
export interface Refunded {
  /** Part of the bill: `points + money`. */
  readonly amount: Minor;
  readonly points: Minor;
  readonly money: Minor;
  /** The part of `money` that was paid for eligible lines. */
  readonly earningMoney: Minor;
  /** What it takes of the accrual by rule. */
  readonly clawback: Minor;
  /** Parts of lines, of refunds that named lines. */
  readonly byLine: ReadonlyMap<string, Minor>;
}

/** What a till asks to refund: a part of the bill, or lines of it; a line's amount null is what is left of it. */
export type AskedRefund =
  | { readonly kind: 'amount'; readonly amount: Minor }
  | { readonly kind: 'lines'; readonly lines: readonly { readonly id: string; readonly amount: Minor | null }[] };

/** More than is left of the bill or of a line. */
export interface RefundRefusal {
  readonly ok: false;
  readonly code: 'refund_exceeds_payment' | 'already_refunded';
  readonly requested: Minor;
  readonly allowed: Minor;
}

export const NOTHING_REFUNDED: Refunded = {
  amount: 0n,
  points: 0n,
  money: 0n,
  earningMoney: 0n,
  clawback: 0n,
  byLine: new Map(),
};

const clamp = (wanted: Minor, least: Minor, most: Minor): Minor => minimum(maximum(wanted, least), most);

/** Money paid for eligible lines: points are spread over those only. */
function earningMoneyOf(sale: Sale): Minor {
  const eligible = sale.lines.length === 0 ? sale.total : eligibleAmounts(sale).reduce((a, b) => a + b, 0n);
  return eligible - sale.redeemed;
}

const eligibleAmounts = ({ lines }: Sale): Minor[] => lines.map(({ amount, eligible }) => (eligible ? amount : 0n));

/** What the sale would have earned had only this much money been paid for eligible lines. */
function accrualOn(sale: Sale, earningMoney: Minor): Minor {
  const earning = sale.due - sale.notEarning;
  if (sale.due <= 0n || earning <= 0n || earningMoney <= 0n) return 0n;
  return applyRatio((earningMoney * earning) / sale.due, parsePercent(sale.percent), sale.rounding);
}

/** Adds two refunds of one sale. */
export function addRefunds(a: Refunded, b: Refunded): Refunded {
  const byLine = new Map(a.byLine);
  for (const [id, amount] of b.byLine) byLine.set(id, (byLine.get(id) ?? 0n) + amount);
  return {
    amount: a.amount + b.amount,
    points: a.points + b.points,
    money: a.money + b.money,
    earningMoney: a.earningMoney + b.earningMoney,
    clawback: a.clawback + b.clawback,
    byLine,
  };
}

/** Shares of the asked part before they are fitted into what is left of the sale. */
interface Wanted {
  readonly amount: Minor;
  readonly points: Minor;
  /** Of the money that the asked part would contain. */
  readonly earningMoney: (money: Minor) => Minor;
  readonly byLine: ReadonlyMap<string, Minor>;
}

/** By proportion of the whole bill, cumulatively: the last refund closes to the cent. */
function wantedByAmount(sale: Sale, soFar: Refunded, amount: Minor): Wanted {
  const points = (sale.redeemed * (soFar.amount + amount)) / sale.total - soFar.points;
  const whole = earningMoneyOf(sale);
  return {
    amount,
    points,
    earningMoney: (money) => (sale.due === 0n ? 0n : (whole * (soFar.money + money)) / sale.due - soFar.earningMoney),
    byLine: new Map(),
  };
}

/** Each line's own share of the points (R5), cumulatively where a line comes back in parts. */
function wantedByLines(
  sale: Sale,
  soFar: Refunded,
  asked: readonly { readonly id: string; readonly amount: Minor | null }[],
): Wanted | RefundRefusal {
  const shares = spread(sale.redeemed, eligibleAmounts(sale));
  const byLine = new Map<string, Minor>();
  let [amount, points, earningMoney] = [0n, 0n, 0n];
  for (const { id, amount: named } of asked) {
    const index = sale.lines.findIndex((line) => line.id === id);
    const line = sale.lines[index];
    if (!line) throw new RangeError(`line ${id} is none of this sale's`);
    const before = soFar.byLine.get(id) ?? 0n;
    const left = line.amount - before;
    const part = named ?? left;
    if (part > left) {
      const allowed = minimum(left, sale.total - soFar.amount);
      return { ok: false, code: 'refund_exceeds_payment', requested: part, allowed };
    }
    const share = shares[index] ?? 0n;
    const pointsUpTo = (refunded: Minor): Minor => (line.amount === 0n ? 0n : (share * refunded) / line.amount);
    const itsPoints = pointsUpTo(before + part) - pointsUpTo(before);
    amount += part;
    points += itsPoints;
    if (line.eligible) earningMoney += part - itsPoints;
    byLine.set(id, part);
  }
  return { amount, points, earningMoney: () => earningMoney, byLine };
}

/**
 * Decides a refund. A line returns its own shares; an amount splits by proportion. Where both kinds meet, a part gets no
 * more points and no more money than the sale has left of each, so that the last part finds exactly the rest.
 * @throws RangeError for a line that the sale does not have
 */
export function decideRefund(
  sale: Sale,
  soFar: Refunded,
  asked: AskedRefund,
): ({ readonly ok: true } & Refunded) | RefundRefusal {
  const left = { amount: sale.total - soFar.amount, points: sale.redeemed - soFar.points };
  const money = sale.due - soFar.money;
  const wanted =
    asked.kind === 'amount' ? wantedByAmount(sale, soFar, asked.amount) : wantedByLines(sale, soFar, asked.lines);
  const refused = { ok: false, requested: requestedOf(sale, asked), allowed: left.amount } as const;
  if (left.amount === 0n) return { ...refused, code: 'already_refunded' };
  if ('ok' in wanted) return wanted;
  const { amount, byLine } = wanted;
  // Lines of which nothing is left.
  if (amount === 0n) return { ...refused, code: 'already_refunded' };
  if (amount > left.amount) return { ...refused, code: 'refund_exceeds_payment' };
  const points = clamp(wanted.points, maximum(0n, amount - money), minimum(amount, left.points));
  const itsMoney = amount - points;
  const earningLeft = earningMoneyOf(sale) - soFar.earningMoney;
  const least = maximum(0n, itsMoney - (money - earningLeft));
  const earningMoney = clamp(wanted.earningMoney(itsMoney), least, minimum(itsMoney, earningLeft));
  const clawback = sale.accrued - soFar.clawback - accrualOn(sale, earningLeft - earningMoney);
  return { ok: true, amount, points, money: itsMoney, earningMoney, clawback, byLine };
}

function requestedOf(sale: Sale, asked: AskedRefund): Minor {
  if (asked.kind === 'amount') return asked.amount;
  const whole = (id: string): Minor => sale.lines.find((line) => line.id === id)?.amount ?? 0n;
  return asked.lines.reduce((sum, { id, amount }) => sum + (amount ?? whole(id)), 0n);
}

/** Parts of lines as texts, and back. */
export const lineTexts = (byLine: ReadonlyMap<string, Minor>): Record<string, string> =>
  Object.fromEntries([...byLine].map(([id, amount]) => [id, formatAmount(amount)]));
