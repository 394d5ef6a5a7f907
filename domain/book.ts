/**
 * One account's page of the book, in memory: it plans the transfers, lots and balances of one transaction. The caller
 * loads it under the account's lock, moves points through it, and writes the plan down.
 */
import { type Balances, capture, credit, free, hold, loss, move, type Movement } from './account.ts';
import { type LotPart, type SpendableLot, takeFromLots } from './lots.ts';
import type { LotDates } from './lot-dates.ts';
import { minimum, type Minor } from './money.ts';
import type { LedgerAccounts, PlannedLot, PlannedTransfer, PostingPlan, TransferCode } from './posting-plan.ts';
import { type OwnLot, type OwnTransfer, type Reversal, whatToReverse } from './reversal.ts';

export { ledgerAccounts, type PlannedLot, type PostingPlan, type TransferCode } from './posting-plan.ts';

interface Cause {
  readonly code: TransferCode;
  readonly counterpart: string;
  readonly driftId?: bigint | null;
  readonly reason?: string | null;
}

const emptyPlan = () => ({
  transfers: [] as PlannedTransfer[],
  newLots: [] as PlannedLot[],
  taken: new Map<bigint, Minor>(),
});

const NEVER_EXPIRES: LotDates = { activatesAt: null, expiresAt: null };

/** See the file's header. `nextLotId` hands out ids drawn beforehand; `now` is epoch milliseconds. */
export class Book {
  private plan: { transfers: PlannedTransfer[]; newLots: PlannedLot[]; taken: Map<bigint, Minor> } = emptyPlan();
  private current: Balances;
  private lots: SpendableLot[];
  private readonly accounts: LedgerAccounts;
  private readonly nextLotId: () => bigint;
  private readonly now: number;

  constructor(page: {
    readonly balances: Balances;
    readonly lots: readonly SpendableLot[];
    readonly accounts: LedgerAccounts;
    readonly nextLotId: () => bigint;
    readonly now: number;
  }) {
    this.current = page.balances;
    this.lots = [...page.lots];
    this.accounts = page.accounts;
    this.nextLotId = page.nextLotId;
    this.now = page.now;
  }

  /** The balances after everything planned so far. */
  get balances(): Balances {
    return this.current;
  }

  /** Hands over what was planned since the last time; balances and lots go on from there. */
  drain(): PostingPlan {
    const plan = this.plan;
    this.plan = emptyPlan();
    return plan;
  }

  /** Posts a movement of Altegio's that is not ours: never overwritten, never clipped (R15). */
  external(drift: Minor, driftId: bigint, reason: string | null): Movement {
    const movement = move(this.current, drift);
    return this.record(movement, { code: 'external', counterpart: this.accounts.altegio, driftId, reason });
  }

  /** Posts the balance that an altegio card already had when it was adopted. */
  opening(amount: Minor): Movement {
    return this.record(move(this.current, amount), { code: 'opening', counterpart: this.accounts.altegio });
  }

  /** Posts an operator's change; the part of a negative one that is not free becomes debt. */
  adjustment(amount: Minor, reason: string): Movement {
    const movement = move(this.current, amount);
    return this.record(movement, { code: 'adjustment', counterpart: this.accounts.program, reason });
  }

  /** Authorizes and captures a redemption at once; names the lots it took. */
  redeem(amount: Minor): LotPart[] {
    const balances = capture(hold(this.current, amount), amount);
    const parts = this.take(amount);
    this.current = balances;
    for (const { lotId, amount: part } of parts)
      this.add(this.accounts.customer, this.accounts.program, part, { code: 'redemption' }, lotId);
    return parts;
  }

  /** Posts points earned: pending until their date, or active at once and then paying debt first (R11). */
  accrue(amount: Minor, dates: LotDates): void {
    if (dates.activatesAt === null)
      this.record(credit(this.current, amount), { code: 'accrual', counterpart: this.accounts.program }, dates);
    else this.accruePending(amount, dates);
  }

  /** Posts points earned that wait: until their date, or without one for a person (R16). Returns their lot. */
  accruePending(amount: Minor, dates: LotDates): bigint {
    const lotId = this.createLot(amount, 'accrual', dates, true);
    this.add(this.accounts.program, this.accounts.pending, amount, { code: 'accrual' }, lotId);
    this.current = { ...this.current, pending: this.current.pending + amount };
    return lotId;
  }

  /** Lets a pending lot's points become active; they pay debt first (R11). */
  activate(lot: OwnLot, reason: string): void {
    const { id, remaining, expiresAt, createdAt } = lot;
    const { pending, customer, debt } = this.accounts;
    const movement = credit({ ...this.current, pending: this.current.pending - remaining }, remaining);
    this.add(pending, customer, remaining, { code: 'activation', reason }, id);
    this.lots.push({ id, free: remaining, expiresAt, createdAt });
    for (const { lotId, amount } of this.take(movement.repaid))
      this.add(customer, debt, amount, { code: 'repayment', reason }, lotId);
    this.current = movement.balances;
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
      this.giveBack(parts, unlotted, lots, { code, counterpart, reason });
    let indebted = 0n;
    for (const { code, amount, lotIds } of undo.takeBack) {
      const first = lots.filter(({ id }) => lotIds.has(id));
      indebted += this.takeBack(amount, first, { code, counterpart, reason });
    }
    return { ...undo.totals, indebted };
  }

  /** What may be taken without making debt. */
  get free(): Minor {
    return free(this.current);
  }

  private record(movement: Movement, cause: Cause, dates: LotDates = NEVER_EXPIRES): Movement {
    const { customer, debt } = this.accounts;
    if (movement.credited > 0n) {
      const lotId = this.createLot(movement.credited, cause.code, dates);
      this.add(cause.counterpart, customer, movement.credited, cause, lotId);
    }
    if (movement.repaid > 0n)
      for (const { lotId, amount } of this.take(movement.repaid))
        this.add(customer, debt, amount, { ...cause, code: 'repayment' }, lotId);
    if (movement.taken > 0n)
      for (const { lotId, amount } of this.take(movement.taken))
        this.add(customer, cause.counterpart, amount, cause, lotId);
    if (movement.indebted > 0n) this.add(debt, cause.counterpart, movement.indebted, cause, null);
    this.current = movement.balances;
    return movement;
  }

  private giveBack(parts: readonly LotPart[], unlotted: Minor, lots: readonly OwnLot[], cause: Cause): void {
    const { customer, debt } = this.accounts;
    const movement = credit(
      this.current,
      parts.reduce((sum, { amount }) => sum + amount, unlotted),
    );
    for (const { lotId, amount } of parts) {
      this.refill(lotId, amount, lots);
      this.add(cause.counterpart, customer, amount, cause, lotId);
    }
    if (unlotted > 0n)
      this.add(cause.counterpart, customer, unlotted, cause, this.createLot(unlotted, cause.code, NEVER_EXPIRES));
    for (const { lotId, amount } of this.take(movement.repaid))
      this.add(customer, debt, amount, { ...cause, code: 'repayment' }, lotId);
    this.current = movement.balances;
  }

  /** Takes from the pending rest of the operation's own lots, then from what is free, own lots first. */
  private takeBack(amount: Minor, ownLots: readonly OwnLot[], cause: Cause): Minor {
    const { customer, debt, pending } = this.accounts;
    let left = amount;
    for (const lot of ownLots.filter((own) => own.pending)) {
      const part = minimum(lot.remaining, left);
      if (part === 0n) continue;
      this.plan.taken.set(lot.id, (this.plan.taken.get(lot.id) ?? 0n) + part);
      this.add(pending, cause.counterpart, part, cause, lot.id);
      this.current = { ...this.current, pending: this.current.pending - part };
      left -= part;
    }
    const movement = loss(this.current, left);
    for (const { lotId, amount: part } of this.take(movement.taken, new Set(ownLots.map(({ id }) => id))))
      this.add(customer, cause.counterpart, part, cause, lotId);
    if (movement.indebted > 0n) this.add(debt, cause.counterpart, movement.indebted, cause, null);
    this.current = movement.balances;
    return movement.indebted;
  }

  /** Puts points back into a lot, which may have been empty and so not on the page. */
  private refill(lotId: bigint, amount: Minor, known: readonly OwnLot[]): void {
    this.plan.taken.set(lotId, (this.plan.taken.get(lotId) ?? 0n) - amount);
    const there = this.lots.find(({ id }) => id === lotId);
    const from = there ?? known.find(({ id }) => id === lotId);
    if (!from) throw new RangeError('points return to the lot they came from, which must be known');
    const { id, expiresAt, createdAt } = from;
    const filled = { id, expiresAt, createdAt, free: (there?.free ?? 0n) + amount };
    this.lots = [...this.lots.filter((lot) => lot !== there), filled];
  }

  private createLot(
    amount: Minor,
    code: TransferCode,
    dates: LotDates,
    pending: boolean = dates.activatesAt !== null,
  ): bigint {
    const id = this.nextLotId();
    this.plan.newLots.push({ id, code, amount, pending, ...dates });
    if (!pending) this.lots.push({ id, free: amount, expiresAt: dates.expiresAt, createdAt: this.now });
    return id;
  }

  /** Takes in spend order, from the lots named `first` before all others. */
  private take(amount: Minor, first: ReadonlySet<bigint> = new Set()): LotPart[] {
    const preferred = this.lots.filter(({ id }) => first.has(id));
    const others = this.lots.filter(({ id }) => !first.has(id));
    const fromFirst = minimum(
      preferred.reduce((sum, lot) => sum + lot.free, 0n),
      amount,
    );
    const parts = [...takeFromLots(preferred, fromFirst), ...takeFromLots(others, amount - fromFirst)];
    for (const { lotId, amount: part } of parts) {
      this.plan.taken.set(lotId, (this.plan.taken.get(lotId) ?? 0n) + part);
      this.lots = this.lots.map((lot) => (lot.id === lotId ? { ...lot, free: lot.free - part } : lot));
    }
    return parts;
  }

  private add(
    debit: string,
    creditTo: string,
    amount: Minor,
    cause: Omit<Cause, 'counterpart'>,
    lotId: bigint | null,
  ): void {
    const { code, driftId = null, reason = null } = cause;
    this.plan.transfers.push({ debit, credit: creditTo, amount, code, lotId, driftId, reason });
  }
}
