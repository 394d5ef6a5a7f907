/** What a posting is made of before it is written down: the ledger accounts, transfers and lots. */
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
  /** Where points go that have expired. */
  readonly expired: string;
}

/** Names the ledger accounts. Credit on `customer` is a liability towards the customer. */
export function ledgerAccounts(accountId: string, programId: string, chainId: bigint): LedgerAccounts {
  return {
    customer: `customer:${accountId}`,
    pending: `pending:${accountId}`,
    debt: `debt:${accountId}`,
    program: `program:${programId}`,
    altegio: `altegio:${chainId}`,
    expired: `expired:${programId}`,
  };
}

/**
 * One posting: its transfers, the lots they make, and by lot, new ones included, what they take (less than 0 gives back) and
 * what they reserve (less than 0 ends a reservation).
 */
export interface PostingPlan {
  readonly transfers: readonly PlannedTransfer[];
  readonly newLots: readonly PlannedLot[];
  readonly taken: ReadonlyMap<bigint, Minor>;
  readonly held: ReadonlyMap<bigint, Minor>;
}
