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

/** One posting: its transfers, the lots they make, and what they take from each lot, new ones included; less than 0 gives back. */
export interface PostingPlan {
  readonly transfers: readonly PlannedTransfer[];
  readonly newLots: readonly PlannedLot[];
  readonly taken: ReadonlyMap<bigint, Minor>;
}
