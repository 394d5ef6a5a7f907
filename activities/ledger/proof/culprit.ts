/**
 * What was changed in a row whose hash does not fit it. The stored hash is the witness: a value is put back column by
 * column, and the one with which the row hashes as it was written is proven to be the original.
 */
import { formatAmount } from '../../../domain/money.ts';
import { amountTester, type ChainedTransfer, type TransferColumn, transferHash } from './canonical.ts';

/** Amounts tried: every one up to this (10,000.00), and those that the balances point to. */
const MOST_TRIED = 1_000_000;

const CODES = [
  'accrual',
  'redemption',
  'refund',
  'clawback',
  'expiry',
  'adjustment',
  'external',
  'opening',
  'activation',
  'repayment',
];

/** Values that may have stood in the row: those of its account's other rows. */
export interface Witnesses {
  readonly others: readonly ChainedTransfer[];
  /** By how much the account's balances differ from its transfers, minor units. */
  readonly missing: readonly bigint[];
  /** Whether every amount may be tried: a second of work. */
  readonly exhaustive: boolean;
}

const shown = (column: TransferColumn, value: string | null): string => {
  if (value === null) return 'empty';
  if (column === 'amount') return formatAmount(BigInt(value));
  if (column !== 'happened_at' && column !== 'learned_at') return `"${value}"`;
  const micros = BigInt(value);
  return new Date(Number(micros / 1_000n)).toISOString();
};

function isOriginal(row: ChainedTransfer, changed: Partial<Record<TransferColumn, string | null>>): boolean {
  return transferHash(row.prev_hash, { ...row, ...changed }) === row.hash;
}

const TEXT_COLUMNS: readonly TransferColumn[] = [
  'code',
  'debit_account',
  'credit_account',
  'actor',
  'reason',
  'operation',
  'lot_id',
  'drift_id',
  'happened_at',
  'learned_at',
  'chain_id',
  'account_id',
];

function candidates(row: ChainedTransfer, column: TransferColumn, { others }: Witnesses): (string | null)[] {
  const seen = new Set<string | null>([null, ...others.map((other) => other[column])]);
  if (column === 'code') for (const code of CODES) seen.add(code);
  // The names of the customer's ledger accounts hold the account's id.
  if (column === 'account_id')
    for (const side of [row.debit_account, row.credit_account])
      seen.add(/^(?:customer|pending|debt):(.+)$/.exec(side ?? '')?.[1] ?? null);
  // The two times of a row are often the same.
  if (column === 'happened_at') seen.add(row.learned_at);
  if (column === 'learned_at') seen.add(row.happened_at);
  seen.delete(row[column]);
  return [...seen];
}

/** The amount with which the row hashes as written; null when none of those tried does. */
function originalAmount(row: ChainedTransfer, { missing, exhaustive }: Witnesses): bigint | null {
  const now = BigInt(row.amount ?? '0');
  const likely = missing.flatMap((delta) => [now + delta, now - delta]).filter((amount) => amount > 0n);
  const found = likely.find((amount) => isOriginal(row, { amount: String(amount) }));
  if (found !== undefined || !exhaustive) return found ?? null;
  // The rest of the text is the same each time: a second for a million tries instead of six.
  const isWritten = amountTester(row);
  for (let amount = 1; amount <= MOST_TRIED; amount += 1) if (isWritten(String(amount))) return BigInt(amount);
  return null;
}

/** One sentence: which column was changed from what, as far as the hash can prove it. */
export function whatChanged(row: ChainedTransfer, witnesses: Witnesses): string {
  const said = (column: TransferColumn, was: string | null) =>
    `its ${column} was ${shown(column, was)} when it was written and is ${shown(column, row[column])} now`;
  const { debit_account: debit, credit_account: credit } = row;
  if (isOriginal(row, { debit_account: credit, credit_account: debit }))
    return 'its debit_account and credit_account were exchanged';
  for (const column of TEXT_COLUMNS)
    for (const value of candidates(row, column, witnesses))
      if (isOriginal(row, { [column]: value })) return said(column, value);
  for (let seq = 1; seq <= 100; seq += 1) if (isOriginal(row, { seq: String(seq) })) return said('seq', String(seq));
  const amount = originalAmount(row, witnesses);
  if (amount !== null) return said('amount', String(amount));
  return 'its columns do not hash to what was stored when it was written; which one was changed cannot be told';
}
