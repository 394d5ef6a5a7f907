/** Plays random steps of a salon's days with the rules themselves, and knows what each of them must come to. */
import { expect } from 'vitest';
import { available } from '../../../domain/account.ts';
import { accrualFor } from '../../../domain/accrual.ts';
import { byActivation, forecast } from '../../../domain/forecast.ts';
import { lotDates } from '../../../domain/lot-dates.ts';
import type { SpendableLot } from '../../../domain/lots.ts';
import { programSettings, type ProgramSettings } from '../../../domain/program.ts';
import { addRefunds, decideRefund, NOTHING_REFUNDED, type Refunded, type Sale } from '../../../domain/refund.ts';
import { type PlannedRefund, planRefund, planVisitReturn } from '../../../domain/refund-plan.ts';
import type { VisitFacts } from '../../../domain/visit.ts';
import type { VisitBook } from '../../../domain/visit-book.ts';
import { NOTHING_POSTED, settleVisit, type VisitPosted } from '../../../domain/visit-settle.ts';
import { MemoryAccount } from './account.ts';
import type { Step, Terms } from './steps.ts';

const DAY_MS = 86_400_000;
const UTC = 'UTC';
const OUR_RECORD = 1n;
const AT = { locationId: 1n, customerTypeId: 'typ_1', spentBefore: 0n } as const;

type Of<Kind extends Step['do']> = Extract<Step, { do: Kind }>;
interface Sold {
  readonly id: string;
  readonly sale: Sale;
  refunded: Refunded;
}
interface Held {
  readonly lots: readonly SpendableLot[];
  readonly amount: bigint;
}
interface Visit {
  readonly id: string;
  posted: VisitPosted;
  paidBefore: boolean;
  /** Points that it gave less those that were taken back. */
  given: bigint;
}

/** See the file's header. */
export class Play {
  readonly account = new MemoryAccount();
  burnt = 0n;
  clawedBack = 0n;
  private readonly settings: ProgramSettings;
  private readonly sales: Sold[] = [];
  private readonly visits: Visit[] = [];
  private holds: Held[] = [];
  private day = 0;
  /** What the customer must have less what is owed. */
  private worth = 0n;

  constructor({ percent, rounding, clawback, lifetimeDays, pendingDays, returned }: Terms) {
    this.settings = programSettings.parse({
      name: 'Bonus',
      currency: 'KZT',
      accrual: { levels: [{ from: '0.00', percent }] },
      redeem: {},
      lots: { lifetimeDays, pendingDays, returned, graceDays: 3 },
      rounding,
      clawback,
      accrueBy: 'altegio',
    });
  }

  take(step: Step): void {
    this[step.do](step as never);
    same(this.account.worth, this.worth, 'what the customer has');
  }

  /** Parts of a refund are the whole: at the end every sale has gone back once, to the cent. */
  refundEverything(): void {
    for (const sold of this.sales) {
      this.refundUpTo(sold, sold.sale.total);
      const { total, redeemed, due, accrued } = sold.sale;
      const { amount, points, money, clawback } = sold.refunded;
      same([amount, points, money, clawback], [total, redeemed, due, accrued], 'all parts of a refund');
    }
    same(this.account.worth, this.worth, 'what the customer has');
  }

  private get now(): number {
    return this.day * DAY_MS + DAY_MS / 2;
  }

  private get dates() {
    return lotDates(this.now, UTC, this.settings.lots);
  }

  protected sell({ amount: total, part }: Of<'sell'>): void {
    const most = available(this.account.balances);
    const wanted = (total * part) / 1_000n;
    const redeemed = wanted < most ? wanted : most;
    const due = total - redeemed;
    const { rounding, accrual } = this.settings;
    const percent = accrual.levels[0]?.percent ?? '0';
    const accrued = accrualFor({ eligible: total, redeemed, due, notEarning: 0n, percent, rounding });
    const id = `sale ${this.sales.length}`;
    this.account.post(this.now, id, (book) => {
      if (redeemed > 0n) book.redeem(redeemed);
      if (accrued > 0n) book.accrue(accrued, this.dates);
    });
    this.worth += accrued - redeemed;
    const sale = { total, redeemed, due, accrued, percent, rounding, notEarning: 0n, lines: [] };
    this.sales.push({ id, sale, refunded: NOTHING_REFUNDED });
  }

  protected hold({ part }: Of<'hold'>): void {
    const amount = (available(this.account.balances) * part) / 1_000n;
    if (amount === 0n) return;
    const parts = this.account.post(this.now, 'hold', (book) => book.hold(amount));
    const lots = parts.map(({ lotId, amount: free }) => {
      const lot = this.account.lots.get(lotId);
      return { id: lotId, free, expiresAt: lot?.expiresAt ?? null, createdAt: lot?.createdAt ?? 0 };
    });
    this.holds.push({ lots, amount });
  }

  protected endHold({ pick, part }: Of<'endHold'>): void {
    const held = this.holds[pick % Math.max(1, this.holds.length)];
    if (!held) return;
    this.holds = this.holds.filter((other) => other !== held);
    const captured = (held.amount * part) / 1_000n;
    // What expired while it was reserved ends with the hold (R7).
    const burnt = this.account.post(this.now, 'hold', (book) => {
      book.endHold(held.lots, captured);
      return book.expire(this.now);
    });
    this.burnt += burnt;
    this.worth -= captured + burnt;
  }

  protected refund({ pick, part }: Of<'refund'>): void {
    const sold = this.sales[pick % Math.max(1, this.sales.length)];
    if (sold) this.refundUpTo(sold, (sold.sale.total * part) / 1_000n);
  }

  private refundUpTo(sold: Sold, wanted: bigint): void {
    const left = sold.sale.total - sold.refunded.amount;
    const amount = wanted < left ? wanted : left;
    if (amount === 0n) return;
    const refund = decideRefund(sold.sale, sold.refunded, { kind: 'amount', amount });
    if (!refund.ok) throw new Error(refund.code);
    sold.refunded = addRefunds(sold.refunded, refund);
    const posted = this.account.saleOf(sold.id);
    this.giveBack(sold.id, planRefund(posted, refund, this.settings, { now: this.now, timeZone: UTC }), refund.points);
  }

  /** Returns points and claws accrual back; what has expired and stays so does not come back. */
  private giveBack(of: string, planned: PlannedRefund, points: bigint): bigint {
    const { takenBack } = this.account.post(this.now, of, (book) => book.refund(planned));
    const expired = planned.expired.reduce((sum, { amount }) => sum + amount, 0n);
    if (this.settings.clawback === 'unlimited') same(takenBack, planned.clawback, 'what was clawed back');
    if (takenBack > planned.clawback) expect.fail(`${takenBack} clawed back of ${planned.clawback}`);
    this.clawedBack += takenBack;
    this.worth += points - expired - takenBack;
    return takenBack;
  }

  /** A visit paid in Altegio gets another sum of money and another bonus withdrawal, or is deleted (neither). */
  protected editVisit({ pick, money, part }: Of<'editVisit'>): void {
    const visit = this.visitAt(pick);
    const withdrawn = (money * part) / 1_000n;
    const facts = factsOf(money);
    visit.paidBefore ||= money > 0n;
    const share = { records: new Set([OUR_RECORD]), withdrawn, tills: { accrued: 0n, money: 0n } };
    const rules = { ...AT, settings: this.settings };
    const settled = settleVisit(facts, visit.paidBefore, share, rules, visit.posted);
    const clawed = this.postVisit(visit, settled);
    const uncollected = settled.posted.uncollected + settled.clawback - clawed;
    visit.posted = { ...settled.posted, uncollected };
    visit.given += settled.accrue - clawed;
    // What could not be taken back is the customer's still, and is not given once more.
    same(visit.given, visit.posted.accrued + uncollected, 'what the visit gave');
    const { percent } = visit.posted;
    const once = settleVisit(facts, visit.paidBefore, share, rules, { ...NOTHING_POSTED, percent });
    same(
      [visit.posted.redeemed, visit.posted.accrued],
      [once.redeem, once.accrue],
      'the visit edit by edit, and at once',
    );
  }

  private visitAt(pick: number): Visit {
    const place = pick % (this.visits.length + 1);
    const visit = this.visits[place] ?? { id: `visit ${place}`, posted: NOTHING_POSTED, paidBefore: false, given: 0n };
    if (place === this.visits.length) this.visits.push(visit);
    return visit;
  }

  private postVisit({ id }: Visit, { redeem, accrue, clawback }: ReturnType<typeof settleVisit>): bigint {
    const post = (move: (book: VisitBook) => unknown) => this.account.post(this.now, id, move);
    if (redeem > 0n) {
      post((book) => book.redeemInVisit(redeem, id));
      this.worth -= redeem;
    }
    const points = redeem < 0n ? -redeem : 0n;
    const at = { now: this.now, timeZone: UTC };
    const planned = planVisitReturn(this.account.saleOf(id), { points, clawback }, this.settings, at);
    const clawed = points > 0n || clawback > 0n ? this.giveBack(id, planned, points) : 0n;
    if (accrue > 0n) post((book) => book.accrue(accrue, this.dates));
    this.worth += accrue;
    return clawed;
  }

  protected byStaff({ amount, up }: Of<'byStaff'>): void {
    const moved = up ? amount : -amount;
    this.account.post(this.now, 'staff', (book) => book.external(moved, 1n, null));
    this.worth += moved;
  }

  /** Days pass: each midnight lots become active, then what is over ends, just as it was said beforehand. */
  protected nights({ days }: Of<'nights'>): void {
    const from = this.day;
    this.day += days;
    const last = this.day * DAY_MS;
    const said = forecast(this.account.ending(), this.account.balances.debt).filter(({ at }) => at <= last);
    const burnt: typeof said = [];
    for (let day = from + 1; day <= this.day; day += 1) {
      const midnight = day * DAY_MS;
      const amount = this.account.post(midnight, 'night', (book) => {
        const due = this.account.ending().filter(({ activatesAt }) => activatesAt !== null && activatesAt <= midnight);
        for (const { id } of due.sort(byActivation)) {
          const lot = this.account.lots.get(id);
          if (lot?.pending && lot.remaining > 0n) book.activate(lot, 'its day has come');
        }
        return book.expire(midnight);
      });
      if (amount > 0n) burnt.push({ at: midnight, amount });
      this.burnt += amount;
      this.worth -= amount;
    }
    const texts = (burns: typeof said) => burns.map(({ at, amount: ended }) => `${at}: ${ended}`);
    same(texts(burnt), texts(said), 'what ended, and what was forecast');
  }
}

/** There are hundreds of thousands of comparisons: only one that fails is told to the test. */
function same(actual: unknown, wanted: unknown, what: string): void {
  if (String(actual) !== String(wanted)) expect.fail(`${what}: ${String(actual)} instead of ${String(wanted)}`);
}

/** A visit of one record, attended and paid in full; without money it is deleted. */
function factsOf(money: bigint): VisitFacts {
  if (money === 0n) return { records: [], items: [], payments: [], lines: [] };
  const item = { id: 11n, article: '5', kind: 'service' as const, recordId: OUR_RECORD, sold: money, cost: money };
  const payment = { id: 21n, recordId: OUR_RECORD, itemId: 11n, amount: money, method: 'cash' as const, at: null };
  const record = { id: OUR_RECORD, clientId: 7n, attendance: 1, paidFull: true };
  return { records: [record], items: [item], payments: [payment], lines: [] };
}
