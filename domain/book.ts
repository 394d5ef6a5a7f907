/**
 * One account's page of the book, in memory: it plans the transfers, lots and balances of one transaction. The caller
 * loads it under the account's lock, moves points through it, and writes the plan down.
 */
import { type Balances, capture, credit, free, hold, move, type Movement } from './account.ts';
import { type LotPart, type SpendableLot, takeFromLots } from './lots.ts';
import type { LotDates } from './lot-dates.ts';
import type { Minor } from './money.ts';

/** Why points moved; stored with every transfer. */
export type TransferCode =
  | 'accrual'
  | 'redemption'
  | 'refund'
  | 'clawback'
  | 'expiry'
  | 'adjustment'
  | 'external'
  | 'opening'
  | 'activation'
  | 'repayment';

/** A transfer to be written: `amount > 0` from `debit` to `credit`. */
export interface PlannedTransfer {
  readonly debit: string;
  readonly credit: string;
  readonly amount: Minor;
  readonly code: TransferCode;
  readonly lotId: bigint | null;
  readonly driftId: bigint | null;
  readonly reason: string | null;
}

/** A lot to be created. */
export interface PlannedLot extends LotDates {
  readonly id: bigint;
  readonly code: TransferCode;
  readonly amount: Minor;
  readonly pending: boolean;
}

/** The ledger accounts of one customer and its counterparts. */
export interface LedgerAccounts {
  readonly customer: string;
  readonly pending: string;
  readonly debt: string;
  readonly program: string;
  readonly altegio: string;
}

/** Names the ledger accounts. Credit on `customer` is a liability towards the customer. */
export function ledgerAccounts(accountId: string, programId: string, chainId: bigint): LedgerAccounts {
  return {
    customer: `customer:${accountId}`,
    pending: `pending:${accountId}`,
    debt: `debt:${accountId}`,
    program: `program:${programId}`,
    altegio: `altegio:${chainId}`,
  };
}

interface Cause {
  readonly code: TransferCode;
  readonly counterpart: string;
  readonly driftId?: bigint | null;
  readonly reason?: string | null;
}

/** One posting: its transfers, the lots they make, and what they take from each lot, new ones included. */
export interface PostingPlan {
  readonly transfers: readonly PlannedTransfer[];
  readonly newLots: readonly PlannedLot[];
  readonly taken: ReadonlyMap<bigint, Minor>;
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
    const cause: Cause = { code: 'accrual', counterpart: this.accounts.program };
    if (dates.activatesAt === null) {
      this.record(credit(this.current, amount), cause, dates);
      return;
    }
    const lotId = this.createLot(amount, cause.code, dates);
    this.add(this.accounts.program, this.accounts.pending, amount, cause, lotId);
    this.current = { ...this.current, pending: this.current.pending + amount };
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

  private createLot(amount: Minor, code: TransferCode, dates: LotDates): bigint {
    const id = this.nextLotId();
    const pending = dates.activatesAt !== null;
    this.plan.newLots.push({ id, code, amount, pending, ...dates });
    if (!pending) this.lots.push({ id, free: amount, expiresAt: dates.expiresAt, createdAt: this.now });
    return id;
  }

  private take(amount: Minor): LotPart[] {
    const parts = takeFromLots(this.lots, amount);
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
