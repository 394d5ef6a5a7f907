/**
 * The texts that are hashed, written here a second time beside the SQL that seals them (migration 0010): a fault in one
 * of them shows as a ledger that does not verify, not as one that is believed.
 */
import { createHash } from 'node:crypto';

/** The hash before the first row of a chain: 32 zero bytes, hexadecimal. */
export const GENESIS = '00'.repeat(32);

/** The columns of a transfer in the order in which they are hashed; times are epoch microseconds. */
export const TRANSFER_COLUMNS = [
  'id',
  'chain_id',
  'operation',
  'seq',
  'account_id',
  'debit_account',
  'credit_account',
  'amount',
  'code',
  'lot_id',
  'drift_id',
  'actor',
  'reason',
  'happened_at',
  'learned_at',
] as const;

export type TransferColumn = (typeof TRANSFER_COLUMNS)[number];
/** A transfer as text, column by column; null where the column is. */
export type TransferTexts = Readonly<Record<TransferColumn, string | null>>;

/** A transfer as it stands in the database, with its links in hexadecimal. */
export interface ChainedTransfer extends TransferTexts {
  readonly prev_hash: string;
  readonly hash: string;
}

const isTime = (column: TransferColumn) => column === 'happened_at' || column === 'learned_at';

/** The select list that reads {@link ChainedTransfer} from a transfer named `t`. */
export const CHAINED_TRANSFER = [
  ...TRANSFER_COLUMNS.map((column) =>
    isTime(column)
      ? `(extract(epoch from t.${column}) * 1000000)::bigint::text as ${column}`
      : `t.${column}::text as ${column}`,
  ),
  `encode(t.prev_hash, 'hex') as prev_hash`,
  `encode(t.hash, 'hex') as hash`,
].join(', ');

/** A field as its length in bytes and its text, `-` for null. */
export const fieldText = (value: string | null): string =>
  value === null ? '-' : `${Buffer.byteLength(value, 'utf8')}:${value}`;

const sha256 = (...parts: (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** The hash that a transfer with these columns has behind `prevHash` (hexadecimal). */
export function transferHash(prevHash: string, transfer: TransferTexts): string {
  const text = TRANSFER_COLUMNS.map((column) => fieldText(transfer[column])).join('');
  return sha256(Buffer.from(prevHash, 'hex'), `bonus.transfer.1${text}`);
}

/** Tells whether a transfer had an amount when it was hashed; for trying many. */
export function amountTester(transfer: ChainedTransfer): (amount: string) => boolean {
  const place = TRANSFER_COLUMNS.indexOf('amount');
  const texts = TRANSFER_COLUMNS.map((column) => fieldText(transfer[column]));
  const before = `bonus.transfer.1${texts.slice(0, place).join('')}`;
  const after = texts.slice(place + 1).join('');
  const begun = createHash('sha256').update(Buffer.from(transfer.prev_hash, 'hex')).update(before);
  return (amount) =>
    begun
      .copy()
      .update(`${fieldText(amount)}${after}`)
      .digest('hex') === transfer.hash;
}

/** A day's head: what it was sealed over besides the accounts. */
export interface RootHead {
  readonly chainId: string;
  readonly day: string;
  readonly accounts: string;
  readonly transfers: string;
  readonly prevRoot: string;
}

/** An account's last transfer of a day, and how many it had. */
export interface RootLeaf {
  readonly accountId: string;
  readonly lastId: string;
  readonly transfers: string;
  readonly hash: string;
}

/** Hashes a day's root leaf by leaf, so that a day of any size takes no memory. */
export class RootHasher {
  private readonly hash = createHash('sha256');

  constructor({ chainId, day, accounts, transfers, prevRoot }: RootHead) {
    this.hash.update(`bonus.root.1${[chainId, day, accounts, transfers, prevRoot].map(fieldText).join('')}`);
  }

  /** Adds a leaf; they come in the byte order of their account ids. */
  add({ accountId, lastId, transfers, hash }: RootLeaf): void {
    this.hash.update([accountId, lastId, transfers, hash].map(fieldText).join(''));
  }

  /** The root, hexadecimal. */
  root(): string {
    return this.hash.digest('hex');
  }
}

/** JSON with sorted keys: the same facts have the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'null');
}

/** The seal of a document: SHA-256 over its canonical JSON, hexadecimal. */
export const sealOf = (document: unknown): string => sha256(canonicalJson(document));
