/**
 * One account's page of the book, in memory: it plans the transfers, lots and balances of one transaction. The caller
 * loads it under the account's lock, moves points through it, and writes the plan down.
 */
import { type Balances, capture, credit, free, hold, loss, move, type Movement, release } from './account.ts';
import { type LotPart, type SpendableLot, sumOf, takeFromLots } from './lots.ts';
import { type LotDates, NEVER_EXPIRES } from './lot-dates.ts';
import { minimum, type Minor } from './money.ts';
import type { LedgerAccounts, PostingPlan } from './posting-plan.ts';
import type { ClawbackMode, PlannedRefund, TakenBack } from './refund-plan.ts';
import { type OwnLot, type OwnTransfer, type Reversal, whatToReverse } from './reversal.ts';
import { Shelf } from './shelf.ts';
import { type Cause, TransferList } from './transfer-list.ts';

/** See the file's header. `nextLotId` hands out ids drawn beforehand; `now` is epoch milliseconds. */
export class Book {
  protected readonly transfers = new TransferList();
  protected current: Balances;
  protected readonly shelf: Shelf;
  protected readonly accounts: LedgerAccounts;

  constructor(page: {
    readonly balances: Balances;
    readonly lots: readonly SpendableLot[];
    readonly accounts: LedgerAccounts;
    readonly nextLotId: () => bigint;
    readonly now: number;
  }) {
    this.current = page.balances;
    this.shelf = new Shelf(page.lots, page.nextLotId, page.now);
    this.accounts = page.accounts;
  }

  /** The balances after everything planned so far. */
  get balances(): Balances {
    return this.current;
  }

  /** Hands over what was planned since the last time; balances and lots go on from there. */
  drain(): PostingPlan {
    return { transfers: this.transfers.drain(), ...this.shelf.drain() };
  }

  /** Posts a movement of Altegio's that is not ours: never overwritten, never clipped (R15). */
  external(drift: Minor, driftId: bigint, reason: string | null): Movement {
    const cause = { code: 'external', counterpart: this.accounts.altegio, driftId, reason } as const;
    return this.record(move(this.current, drift), cause);
  }

  /** Posts the balance that an altegio card already had when it was adopted. */
  opening(amount: Minor): Movement {
    return this.record(move(this.current, amount), { code: 'opening', counterpart: this.accounts.altegio });
  }

  /** Posts an operator's change; the part of a negative one that is not free becomes debt. */
  adjustment(amount: Minor, reason: string): Movement {
    return this.record(move(this.current, amount), { code: 'adjustment', counterpart: this.accounts.program, reason });
  }

  /** Authorizes and captures a redemption at once; names the lots it took. */
  redeem(amount: Minor): LotPart[] {
    const balances = capture(hold(this.current, amount), amount);
    const parts = this.shelf.take(amount);
    this.current = balances;
    for (const part of parts) this.addRedemption(part);
    return parts;
  }

  /** Authorizes: reserves points and names their lots. Nothing is posted, for nothing has moved yet. */
  hold(amount: Minor): LotPart[] {
    const balances = hold(this.current, amount);
    const parts = this.shelf.reserve(amount);
    this.current = balances;
    return parts;
  }

  /**
   * Ends a hold: `captured` of it is redeemed in spend order, the rest is free again and pays debt first (R11). The free
   * points of each lot in `held` are those that are reserved.
   */
  endHold(held: readonly SpendableLot[], captured: Minor): void {
    const reserved = held.reduce((sum, lot) => sum + lot.free, 0n);
    const redeemed = takeFromLots(held, captured);
    const movement = release(capture(this.current, captured), reserved - captured);
    const taken = new Map(redeemed.map(({ lotId, amount }) => [lotId, amount]));
    for (const part of redeemed) {
      this.shelf.takeAside(part.lotId, part.amount);
      this.addRedemption(part);
    }
    for (const lot of held) this.shelf.unreserve(lot, lot.free, lot.free - (taken.get(lot.id) ?? 0n));
    this.repay(movement.repaid, { code: 'repayment' });
    this.current = movement.balances;
  }

  /** Posts points earned or given: pending until their date, or active at once and then paying debt first (R11). */
  accrue(amount: Minor, dates: LotDates, reason: string | null = null): void {
    const cause = { code: 'accrual', counterpart: this.accounts.program, reason } as const;
    if (dates.activatesAt === null) this.record(credit(this.current, amount), cause, dates);
    else this.accruePending(amount, dates);
  }

  /** Posts points earned that wait: until their date, or without one for a person (R16). Returns their lot. */
  accruePending(amount: Minor, dates: LotDates): bigint {
    const lotId = this.shelf.create(amount, 'accrual', dates, true);
    this.transfers.add(this.accounts.program, this.accounts.pending, amount, { code: 'accrual' }, lotId);
    this.current = { ...this.current, pending: this.current.pending + amount };
    return lotId;
  }

  /** Lets a pending lot's points become active; they pay debt first (R11). */
  activate(lot: OwnLot, reason: string): void {
    const { id, remaining } = lot;
    const { pending, customer } = this.accounts;
    const movement = credit({ ...this.current, pending: this.current.pending - remaining }, remaining);
    this.transfers.add(pending, customer, remaining, { code: 'activation', reason }, id);
    this.shelf.put(lot, remaining);
    this.repay(movement.repaid, { code: 'repayment', reason });
    this.current = movement.balances;
  }

  /** Ends the free points of lots whose expiry is `until` (epoch milliseconds) or before. @returns how many ended */
  expire(until: number): Minor {
    const { customer, expired } = this.accounts;
    const parts = this.shelf.takeExpired(until);
    for (const { lotId, amount } of parts) this.transfers.add(customer, expired, amount, { code: 'expiry' }, lotId);
    this.current = { ...this.current, active: this.current.active - sumOf(parts) };
    return sumOf(parts);
  }

  /** Takes a pending lot's points back: they were never the customer's to spend. */
  refusePending(lot: OwnLot, reason: string): void {
    this.takeBack(lot.remaining, [lot], { code: 'clawback', counterpart: this.accounts.program, reason });
  }

  /**
   * Undoes what an operation posted, by new transfers (R1): points return to the lots they came from and pay debt, then
   * what it gave is taken back, and what is not free any more becomes debt (R10, R11). Undoing twice does nothing.
   * `lots` are those of the operation's transfers, as they are now.
   */
  reverse(own: readonly OwnTransfer[], lots: readonly OwnLot[], reason: string): Reversal {
    const counterpart = this.accounts.program;
    const undo = whatToReverse(own, this.accounts);
    for (const { code, parts, unlotted } of undo.giveBack)
      this.giveBack(parts, { amount: unlotted, dates: NEVER_EXPIRES }, lots, { code, counterpart, reason });
    let indebted = 0n;
    for (const { code, amount, lotIds } of undo.takeBack) {
      const first = lots.filter(({ id }) => lotIds.has(id));
      indebted += this.takeBack(amount, first, { code, counterpart, reason }).indebted;
    }
    return { ...undo.totals, indebted };
  }

  /**
   * Refunds a part of a sale: points return and pay debt, what has expired stays so, then accrual is clawed back (R9–R11).
   * @returns what was clawed back, and how much of that was not free and became debt
   */
  refund({ parts, expired, grace, unlotted = 0n, clawback, mode, lots, earnedIn }: PlannedRefund): TakenBack {
    const { customer, program } = this.accounts;
    const cause = { code: 'refund', counterpart: program } as const;
    this.giveBack(parts, grace, lots, cause);
    if (unlotted > 0n) this.giveBack([], { amount: unlotted, dates: NEVER_EXPIRES }, lots, cause);
    for (const { lotId, amount } of expired) {
      this.transfers.add(program, customer, amount, { code: 'refund' }, lotId);
      this.transfers.add(customer, this.accounts.expired, amount, { code: 'expiry' }, lotId);
    }
    const earned = lots.filter(({ id }) => earnedIn.has(id));
    return this.takeBack(clawback, earned, { code: 'clawback', counterpart: program }, mode);
  }

  /** What may be taken without making debt. */
  get free(): Minor {
    return free(this.current);
  }

  protected record(movement: Movement, cause: Cause, dates: LotDates = NEVER_EXPIRES): Movement {
    const { customer, debt } = this.accounts;
    if (movement.credited > 0n) {
      const lotId = this.shelf.create(movement.credited, cause.code, dates);
      this.transfers.add(cause.counterpart, customer, movement.credited, cause, lotId);
    }
    this.repay(movement.repaid, cause);
    for (const { lotId, amount } of this.shelf.take(movement.taken))
      this.transfers.add(customer, cause.counterpart, amount, cause, lotId);
    if (movement.indebted > 0n) this.transfers.add(debt, cause.counterpart, movement.indebted, cause, null);
    this.current = movement.balances;
    return movement;
  }

  /** Points that pay a debt. */
  protected repay(amount: Minor, cause: Omit<Cause, 'counterpart'>): void {
    const { customer, debt } = this.accounts;
    for (const part of this.shelf.take(amount))
      this.transfers.add(customer, debt, part.amount, { ...cause, code: 'repayment' }, part.lotId);
  }

  /** Returns points to their lots, and `anew` to a lot of its own. */
  private giveBack(
    parts: readonly LotPart[],
    anew: { readonly amount: Minor; readonly dates: LotDates },
    lots: readonly OwnLot[],
    cause: Cause,
  ): void {
    const movement = credit(this.current, sumOf(parts) + anew.amount);
    for (const { lotId, amount } of parts) {
      const from = lots.find(({ id }) => id === lotId);
      if (!from) throw new RangeError('points return to the lot they came from, which must be known');
      this.shelf.refill(from, amount);
      this.transfers.add(cause.counterpart, this.accounts.customer, amount, cause, lotId);
    }
    if (anew.amount > 0n) {
      const lotId = this.shelf.create(anew.amount, cause.code, anew.dates);
      this.transfers.add(cause.counterpart, this.accounts.customer, anew.amount, cause, lotId);
    }
    this.repay(movement.repaid, cause);
    this.current = movement.balances;
  }

  /**
   * Takes from the pending rest of the operation's own lots, then from what is free, own lots first, then makes debt, as
   * far as `mode` goes (R10).
   */
  protected takeBack(
    amount: Minor,
    ownLots: readonly OwnLot[],
    cause: Cause,
    mode: ClawbackMode = 'unlimited',
  ): TakenBack {
    const { customer, debt, pending } = this.accounts;
    let left = amount;
    for (const lot of ownLots.filter((own) => own.pending)) {
      const part = minimum(lot.remaining, left);
      if (part === 0n) continue;
      this.shelf.takeAside(lot.id, part);
      this.transfers.add(pending, cause.counterpart, part, cause, lot.id);
      this.current = { ...this.current, pending: this.current.pending - part };
      left -= part;
    }
    const most = mode === 'only_pending' ? 0n : mode === 'within_balance' ? minimum(left, this.free) : left;
    const movement = loss(this.current, most);
    for (const { lotId, amount: part } of this.shelf.take(movement.taken, new Set(ownLots.map(({ id }) => id))))
      this.transfers.add(customer, cause.counterpart, part, cause, lotId);
    if (movement.indebted > 0n) this.transfers.add(debt, cause.counterpart, movement.indebted, cause, null);
    this.current = movement.balances;
    return { takenBack: amount - left + most, indebted: movement.indebted };
  }

  private addRedemption({ lotId, amount }: LotPart): void {
    this.transfers.add(this.accounts.customer, this.accounts.program, amount, { code: 'redemption' }, lotId);
  }
}
