/** Undoing an operation: which of its transfers are still to be answered by opposite ones. */
import type { LotPart } from './lots.ts';
import { minimum, type Minor } from './money.ts';
import type { LedgerAccounts, TransferCode } from './posting-plan.ts';

/** A transfer of the operation that is to be undone. */
export interface OwnTransfer {
  readonly debit: string;
  readonly credit: string;
  readonly amount: Minor;
  readonly code: TransferCode;
  readonly lotId: bigint | null;
}

/** A lot that the operation took from or made, as it is now. Times are epoch milliseconds. */
export interface OwnLot {
  readonly id: bigint;
  readonly pending: boolean;
  readonly remaining: Minor;
  readonly expiresAt: number | null;
  readonly createdAt: number;
}

/** What undoing moved: points returned, points taken back, and how much of those was not free and became debt. */
export interface Reversal {
  readonly returned: Minor;
  readonly takenBack: Minor;
  readonly indebted: Minor;
}

/** What is to be given back and taken back, in the order in which it is posted. */
export interface ToReverse {
  readonly giveBack: readonly { code: TransferCode; parts: readonly LotPart[]; unlotted: Minor }[];
  readonly takeBack: readonly { code: TransferCode; amount: Minor; lotIds: ReadonlySet<bigint> }[];
  readonly totals: Omit<Reversal, 'indebted'>;
}

/** A code of ours with the code that undoes it. What others moved (`external`, `opening`) is a fact and stays. */
const UNDONE_BY = [
  ['redemption', 'refund'],
  ['adjustment', 'adjustment'],
  ['accrual', 'clawback'],
] as const satisfies readonly (readonly [TransferCode, TransferCode])[];

const sum = (amounts: readonly Minor[]): Minor => amounts.reduce((total, amount) => total + amount, 0n);

/** What these transfers took from each lot and have not put back, in the order in which it was taken. */
export function stillTaken(own: readonly OwnTransfer[], accounts: LedgerAccounts): LotPart[] {
  const byLot = new Map<bigint, Minor>();
  for (const { lotId, debit, credit, amount } of own) {
    const taken = debit === accounts.customer ? amount : credit === accounts.customer ? -amount : 0n;
    if (lotId !== null) byLot.set(lotId, (byLot.get(lotId) ?? 0n) + taken);
  }
  return [...byLot].filter(([, amount]) => amount > 0n).map(([lotId, amount]) => ({ lotId, amount }));
}

/** The first parts of these that make `amount` at most. */
export function upTo(parts: readonly LotPart[], amount: Minor): LotPart[] {
  let left = amount;
  return parts.flatMap(({ lotId, amount: there }) => {
    const part = minimum(there, left);
    left -= part;
    return part > 0n ? [{ lotId, amount: part }] : [];
  });
}

/**
 * Compares, code by code, what the operation gave the customer with what it took, its own reversals included; what a
 * credit paid of a debt is not undone by itself, for taking the credit back makes that debt again.
 */
export function whatToReverse(own: readonly OwnTransfer[], accounts: LedgerAccounts): ToReverse {
  const mine = new Set([accounts.customer, accounts.pending, accounts.debt]);
  const giveBack: ToReverse['giveBack'][number][] = [];
  const takeBack: ToReverse['takeBack'][number][] = [];
  for (const [code, undo] of UNDONE_BY) {
    const posted = own.filter((transfer) => transfer.code === code || transfer.code === undo);
    const gained = sum(posted.map(({ credit, amount }) => (mine.has(credit) ? amount : -amount)));
    const lots = posted.filter((transfer) => transfer.code === code && transfer.lotId !== null);
    if (gained < 0n) {
      const parts = upTo(stillTaken(posted, accounts), -gained);
      giveBack.push({ code: undo, parts, unlotted: -gained - sum(parts.map(({ amount }) => amount)) });
    }
    if (gained > 0n)
      takeBack.push({ code: undo, amount: gained, lotIds: new Set(lots.map(({ lotId }) => lotId ?? 0n)) });
  }
  const returned = sum(giveBack.map(({ parts, unlotted }) => sum(parts.map(({ amount }) => amount)) + unlotted));
  return { giveBack, takeBack, totals: { returned, takenBack: sum(takeBack.map(({ amount }) => amount)) } };
}
