/**
 * What a visit of Altegio's has come to: how much was sold, what of it was discount, bonus, money by method, and what is
 * still due. Altegio shows items, payments and loyalty lines; nothing of it says the sums (docs/altegio.md, "Visits").
 */
import { maximum, minimum, type Minor } from './money.ts';

/** A record (appointment) of the visit. */
export interface VisitRecord {
  readonly id: bigint;
  /** Null for a walk-in. */
  readonly clientId: bigint | null;
  /** 2 confirmed, 1 arrived, 0 waiting, -1 no-show. */
  readonly attendance: number;
  readonly paidFull: boolean;
}

/** A service or a product on the visit. Amounts in minor units, for the whole line. */
export interface VisitItem {
  /** How payments name the item. */
  readonly id: bigint;
  /** The service's or the product's own id, by which programs leave items out. */
  readonly article: string;
  readonly kind: 'service' | 'good';
  readonly recordId: bigint;
  /** Before any discount. */
  readonly sold: Minor;
  /** What is to be paid for it. */
  readonly cost: Minor;
}

/** Money that was given, or with an amount below zero given back. */
export interface VisitPayment {
  readonly id: bigint;
  readonly recordId: bigint;
  readonly itemId: bigint | null;
  readonly amount: Minor;
  readonly method: 'cash' | 'card';
  /** By the location's clock, `2026-04-20 12:15:00`; null where Altegio does not say. */
  readonly at: string | null;
}

/** A loyalty line of the visit; `amount` is not negative. */
export interface VisitLine {
  readonly id: bigint;
  /** Of the chain's journal (domain/journal.ts). */
  readonly typeId: number;
  readonly cardId: bigint | null;
  readonly recordId: bigint;
  readonly amount: Minor;
  readonly at: string | null;
}

/** A visit as Altegio shows it; a deleted one has no records. */
export interface VisitFacts {
  readonly records: readonly VisitRecord[];
  readonly items: readonly VisitItem[];
  readonly payments: readonly VisitPayment[];
  readonly lines: readonly VisitLine[];
}

/** How a visit can be paid besides bonus. `other` is what Altegio calls paid and shows no payment of. */
export const PAID_BY = ['cash', 'card', 'deposit', 'giftCard', 'membership', 'other'] as const;
export type PaidBy = (typeof PAID_BY)[number];

/** Words for the attendance of a visit as a whole. */
export type Attendance = 'confirmed' | 'arrived' | 'waiting' | 'no_show';

/** `settled`: attended and paid in full. `unpaid`: money was given and all of it went back. */
export type VisitState = 'open' | 'settled' | 'unpaid' | 'deleted';

/** Minor units. Always `sold = discount + bonus + all of paid + due`; a `due` below zero was paid too much. */
export interface VisitSums {
  readonly state: VisitState;
  readonly attendance: Attendance;
  readonly paidInFull: boolean;
  readonly sold: Minor;
  readonly discount: Minor;
  readonly bonus: Minor;
  readonly paid: Readonly<Record<PaidBy, Minor>>;
  readonly due: Minor;
}

/** Journal types that pay for a visit without money or bonus. */
const OTHER_TENDERS: readonly (readonly [PaidBy, readonly number[]])[] = [
  ['deposit', [11]],
  ['giftCard', [8]],
  ['membership', [9, 10]],
];
const PROMOTION = 1;
const WITHDRAWAL = 3;

const sum = (amounts: readonly Minor[]): Minor => amounts.reduce((total, amount) => total + amount, 0n);
const sumOf = (lines: readonly VisitLine[], types: readonly number[]): Minor =>
  sum(lines.filter(({ typeId }) => types.includes(typeId)).map(({ amount }) => amount));

/** Bonus withdrawn inside the visit, from whatever card. */
export function withdrawals({ lines }: Pick<VisitFacts, 'lines'>): VisitLine[] {
  return lines.filter(({ typeId }) => typeId === WITHDRAWAL);
}

/** Records that count: who did not come is left out while somebody else is on the visit. */
function present(records: readonly VisitRecord[]): readonly VisitRecord[] {
  const came = records.filter(({ attendance }) => attendance !== -1);
  return came.length > 0 ? came : records;
}

function attendanceOf(records: readonly VisitRecord[]): Attendance {
  const of = (...values: number[]) => records.every(({ attendance }) => values.includes(attendance));
  if (records.length === 0) return 'waiting';
  if (of(-1)) return 'no_show';
  if (of(1)) return 'arrived';
  return of(1, 2) ? 'confirmed' : 'waiting';
}

/** What went back as payments below zero; 0 while the visit was never covered, for then they correct a mistake. */
function returned(payments: readonly VisitPayment[], toPay: Minor): Minor {
  const given = sum(payments.map(({ amount }) => maximum(amount, 0n)));
  return given >= toPay ? given - sum(payments.map(({ amount }) => amount)) : 0n;
}

/**
 * Sums a visit up. `paidBefore`: money had been given for it at some time, also when none is left.
 * Products and services that were returned for money count as not received.
 */
export function visitSums(facts: VisitFacts, paidBefore: boolean): VisitSums {
  const { items, payments, lines } = facts;
  const records = present(facts.records);
  const attendance = attendanceOf(records);
  const cost = sum(items.map((item) => item.cost));
  const bonus = sumOf(lines, [WITHDRAWAL]);
  const others = OTHER_TENDERS.map(([by, types]) => [by, sumOf(lines, types)] as const);
  const back = returned(payments, cost - bonus - sum(others.map(([, amount]) => amount)));
  const sold = sum(items.map((item) => item.sold)) - back;
  const money = (by: VisitPayment['method']) =>
    sum(payments.map(({ method, amount }) => (method === by ? amount : 0n)));
  const paid: Record<PaidBy, Minor> = { cash: money('cash'), card: money('card'), ...NO_OTHER_TENDER };
  let left = cost - back - bonus - paid.cash - paid.card;
  const take = (amount: Minor): Minor => {
    const part = maximum(0n, minimum(amount, left));
    left -= part;
    return part;
  };
  for (const [by, amount] of others) paid[by] = take(amount);
  // A promotion may stand in the items' cost already: it counts as far as something is left.
  const discount = sum(items.map((item) => item.sold - item.cost)) + take(sumOf(lines, [PROMOTION]));
  const paidInFull = records.length > 0 && (records.every(({ paidFull }) => paidFull) || (back > 0n && left <= 0n));
  if (paidInFull) paid.other = take(left);
  const state = stateOf({ records, attendance, paidInFull, hasMoney: paid.cash + paid.card > 0n, paidBefore });
  return { state, attendance, paidInFull, sold, discount, bonus, paid, due: left };
}

const NO_OTHER_TENDER = { deposit: 0n, giftCard: 0n, membership: 0n, other: 0n };

function stateOf(visit: {
  readonly records: readonly VisitRecord[];
  readonly attendance: Attendance;
  readonly paidInFull: boolean;
  readonly hasMoney: boolean;
  readonly paidBefore: boolean;
}): VisitState {
  if (visit.records.length === 0) return 'deleted';
  if (visit.paidBefore && !visit.hasMoney && !visit.paidInFull) return 'unpaid';
  return visit.attendance === 'arrived' && visit.paidInFull ? 'settled' : 'open';
}

/**
 * Money that was taken before a bonus deduction of the same visit (bonus comes first, R3). Only times that Altegio tells
 * prove it; those of one second do not.
 */
export function isOrderViolated(facts: Pick<VisitFacts, 'payments' | 'lines'>): boolean {
  const times = (rows: readonly { readonly at: string | null }[]) => rows.flatMap(({ at }) => at ?? []);
  const bonus = times(withdrawals(facts));
  return times(facts.payments).some((paidAt) => bonus.some((deductedAt) => paidAt < deductedAt));
}
