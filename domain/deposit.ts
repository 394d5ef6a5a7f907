/**
 * Deposits: a customer's money that the salon keeps in advance. A book of its own in money; no point ever enters it. Pure:
 * the caller loads the accounts under their locks, moves money here, and writes the plan down.
 */
import { minimum, type Minor } from './money.ts';
import { spread } from './spread.ts';

/** How money comes into a deposit or leaves it by hand. */
export const DEPOSIT_TENDERS = ['cash', 'card', 'transfer', 'other'] as const;
export type DepositTender = (typeof DEPOSIT_TENDERS)[number];

/** A deposit as it stands. `held` is the part of `balance` that payments have reserved. Minor units. */
export interface Deposit {
  readonly accountId: string;
  readonly balance: Minor;
  readonly held: Minor;
  /** Pays nothing but what it has reserved before: its link has ended meanwhile. */
  readonly ended?: boolean;
}

/** What one deposit gives or gets. */
export interface DepositPart {
  readonly accountId: string;
  readonly amount: Minor;
}

/** A movement of the book: money leaves `debit` and comes to `credit`. */
export interface DepositTransfer {
  readonly accountId: string;
  readonly debit: string;
  readonly credit: string;
  readonly amount: Minor;
  readonly code: 'top_up' | 'pay_out' | 'payment' | 'refund';
}

/** What can be paid from a deposit now. */
export const freeOf = ({ balance, held }: Pick<Deposit, 'balance' | 'held'>): Minor => balance - held;

const sumOf = (parts: readonly { readonly amount: Minor }[]): Minor =>
  parts.reduce((sum, { amount }) => sum + amount, 0n);

/** The first parts of these that make `amount` at most. */
function firstOf(parts: readonly DepositPart[], amount: Minor): DepositPart[] {
  let left = amount;
  return parts.flatMap(({ accountId, amount: there }) => {
    const part = minimum(there, left);
    left -= part;
    return part > 0n ? [{ accountId, amount: part }] : [];
  });
}

/** One part for each deposit, in the order in which they first come. */
function joined(parts: readonly DepositPart[]): DepositPart[] {
  const sums = new Map<string, Minor>();
  for (const { accountId, amount } of parts) sums.set(accountId, (sums.get(accountId) ?? 0n) + amount);
  return [...sums].map(([accountId, amount]) => ({ accountId, amount }));
}

/** Names of the book's accounts: the customer's money, the tills it came through, the sales it paid. */
const accounts = {
  customer: (accountId: string) => `deposit:${accountId}`,
  till: (locationId: bigint, tender: DepositTender) => `till:${locationId}:${tender}`,
  sales: (locationId: bigint) => `sales:${locationId}`,
};

/** The deposits that one customer pays from, in the order in which they pay: the own one first, then the payer's. */
export class DepositBook {
  private readonly deposits: Map<string, Deposit>;
  private readonly locationId: bigint;
  private transfers: DepositTransfer[] = [];

  constructor(deposits: readonly Deposit[], locationId: bigint) {
    this.deposits = new Map(deposits.map((deposit) => [deposit.accountId, deposit]));
    this.locationId = locationId;
  }

  /** The deposits after everything planned so far. */
  get standing(): readonly Deposit[] {
    return [...this.deposits.values()];
  }

  /** What all of them together can pay now. */
  get free(): Minor {
    return sumOf(this.payable);
  }

  /** Hands over the transfers planned since the last time. */
  drain(): DepositTransfer[] {
    const { transfers } = this;
    this.transfers = [];
    return transfers;
  }

  /** Money comes in through a till. */
  topUp(accountId: string, amount: Minor, tender: DepositTender): void {
    this.change(accountId, { balance: amount });
    this.add(accountId, accounts.till(this.locationId, tender), accounts.customer(accountId), amount, 'top_up');
  }

  /** Money is handed back. @throws RangeError for more than is free */
  payOut(accountId: string, amount: Minor, tender: DepositTender): void {
    this.change(accountId, { balance: -amount });
    this.add(accountId, accounts.customer(accountId), accounts.till(this.locationId, tender), amount, 'pay_out');
  }

  /** Reserves an amount. @throws RangeError for more than is free */
  hold(amount: Minor): DepositPart[] {
    const parts = this.draw(amount);
    for (const part of parts) this.change(part.accountId, { held: part.amount });
    return parts;
  }

  /** Frees what was reserved. */
  release(held: readonly DepositPart[]): void {
    for (const { accountId, amount } of held) this.change(accountId, { held: -amount });
  }

  /**
   * Ends a reservation: `amount` is paid, from what was reserved first, and the rest is free again.
   * @throws RangeError for more than was reserved and is free
   */
  endHold(held: readonly DepositPart[], amount: Minor): DepositPart[] {
    this.release(held);
    const reserved = firstOf(held, amount);
    this.take(reserved);
    const more = amount - sumOf(reserved);
    return joined([...reserved, ...(more > 0n ? this.pay(more) : [])]);
  }

  /** Pays a part of a sale. @throws RangeError for more than is free */
  pay(amount: Minor): DepositPart[] {
    const parts = this.draw(amount);
    this.take(parts);
    return parts;
  }

  /** Returns money that paid a sale to the deposits it came from; what was taken last returns first. */
  giveBack(taken: readonly DepositPart[], amount: Minor): DepositPart[] {
    const parts = firstOf(taken.toReversed(), amount);
    if (sumOf(parts) !== amount) throw new RangeError('more returns to deposits than was taken of them');
    for (const { accountId, amount: part } of parts) {
      this.change(accountId, { balance: part });
      this.add(accountId, accounts.sales(this.locationId), accounts.customer(accountId), part, 'refund');
    }
    return parts;
  }

  /** Takes back what was returned, as far as it is still there. @returns what is not there any more */
  takeAgain(returned: readonly DepositPart[]): Minor {
    const parts = returned.map(({ accountId, amount }) => {
      const deposit = this.deposits.get(accountId);
      return { accountId, amount: minimum(amount, deposit ? freeOf(deposit) : 0n) };
    });
    this.take(parts.filter(({ amount }) => amount > 0n));
    return sumOf(returned) - sumOf(parts);
  }

  private take(parts: readonly DepositPart[]): void {
    for (const { accountId, amount } of parts) {
      this.change(accountId, { balance: -amount });
      this.add(accountId, accounts.customer(accountId), accounts.sales(this.locationId), amount, 'payment');
    }
  }

  private get payable(): DepositPart[] {
    return this.standing
      .filter(({ ended }) => !ended)
      .map((deposit) => ({ accountId: deposit.accountId, amount: freeOf(deposit) }));
  }

  private draw(amount: Minor): DepositPart[] {
    const parts = firstOf(this.payable, amount);
    if (sumOf(parts) !== amount) throw new RangeError('the deposits hold too little');
    return parts;
  }

  /** The database checks the same once more. */
  private change(accountId: string, { balance = 0n, held = 0n }: { balance?: Minor; held?: Minor }): void {
    const before = this.deposits.get(accountId);
    if (!before) throw new RangeError(`the deposit of ${accountId} is none of this book's`);
    const after = { ...before, balance: before.balance + balance, held: before.held + held };
    if (after.held < 0n || freeOf(after) < 0n) throw new RangeError('a deposit is never negative');
    this.deposits.set(accountId, after);
  }

  private add(accountId: string, debit: string, credit: string, amount: Minor, code: DepositTransfer['code']): void {
    this.transfers.push({ accountId, debit, credit, amount, code });
  }
}

/** A kind of tender with its sum; minor units. */
export interface TenderSum {
  readonly type: string;
  readonly amount: Minor;
}

/** Tenders added up by kind, in the order in which the kinds first come. */
export function byKind(tenders: readonly TenderSum[]): TenderSum[] {
  const sums = new Map<string, Minor>();
  for (const { type, amount } of tenders) sums.set(type, (sums.get(type) ?? 0n) + amount);
  return [...sums].map(([type, amount]) => ({ type, amount }));
}

/** What is left of tenders after returns of the same kinds. */
export function lessReturned(tenders: readonly TenderSum[], returned: readonly TenderSum[]): TenderSum[] {
  return tenders.map(({ type, amount }) => ({
    type,
    amount: amount - sumOf(returned.filter((part) => part.type === type)),
  }));
}

/**
 * Returns money in the kinds it was paid in (R9): in proportion to what is left of each, so that no kind gets back more
 * than it gave and the last refund closes each to the cent.
 * @throws RangeError for more money than is left
 */
export function returnByKind(money: Minor, left: readonly TenderSum[]): TenderSum[] {
  if (money > sumOf(left)) throw new RangeError('more money returns than was paid');
  const parts = spread(
    money,
    left.map(({ amount }) => amount),
  );
  return left.map(({ type }, index) => ({ type, amount: parts[index] ?? 0n })).filter(({ amount }) => amount > 0n);
}

/** The part of the money that a till asks a deposit for. */
export const depositSum = (money: readonly TenderSum[]): Minor => sumOf(money.filter(({ type }) => type === 'deposit'));
