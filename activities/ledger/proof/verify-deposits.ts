/** Deposits from their transfers alone: each chain of hashes, balance and reservations, and what sales say they took. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { formatAmount } from '../../../domain/money.ts';
import { fieldText, GENESIS } from './canonical.ts';
import type { Findings } from './findings.ts';
import { RowStream } from './stream.ts';

/** The columns in the order in which they are hashed (migration 0020), written here a second time. */
const COLUMNS = [
  ...['id', 'chain_id', 'location_id', 'operation', 'seq', 'account_id', 'debit_account', 'credit_account', 'amount'],
  ...['code', 'tender', 'payment_id', 'actor', 'reason', 'happened_at', 'learned_at'],
] as const;

const isTime = (column: string): boolean => column === 'happened_at' || column === 'learned_at';

const TRANSFERS = `
  select ${COLUMNS.map((column) =>
    isTime(column)
      ? `(extract(epoch from t.${column}) * 1000000)::bigint::text as ${column}`
      : `t.${column}::text as ${column}`,
  ).join(', ')}, encode(t.prev_hash, 'hex') as prev_hash, encode(t.hash, 'hex') as hash
    from deposit_transfer t order by t.account_id, t.id`;

const DEPOSITS = `
  select d.account_id, d.balance, d.held, d.transfers, encode(d.hash, 'hex') as hash,
         coalesce((select sum(h.amount) from deposit_hold h where h.account_id = d.account_id and h.state = 'open'), 0)::bigint as on_hold
    from deposit d order by d.account_id`;

type TransferSql = pg.QueryResultRow & Readonly<Record<string, string | null>>;

interface DepositSql extends pg.QueryResultRow {
  account_id: string;
  balance: bigint;
  held: bigint;
  transfers: bigint;
  hash: string;
  on_hold: bigint;
}

const MOST = 200;

// A sale that was skipped says still what it took; what it says and what it took in the first place are compared.
const SALES = `
  select p.id, p.account_id, (p.answer->'deposit'->>'amount') as said,
         coalesce((select sum(t.amount) from deposit_transfer t
                    where t.payment_id = p.id and t.operation = p.workflow_id and t.code = 'payment'), 0)::bigint as took
    from payment p
   where p.state in ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED')
     and (p.answer->'deposit' is not null or exists (select 1 from deposit_transfer t where t.payment_id = p.id))`;

function hashOf(row: TransferSql): string {
  const text = COLUMNS.map((column) => fieldText(row[column] ?? null)).join('');
  return createHash('sha256')
    .update(Buffer.from(row['prev_hash'] ?? '', 'hex'))
    .update(`bonus.deposit.1${text}`)
    .digest('hex');
}

/** Checks every deposit and every sale that one has paid. */
export async function verifyDeposits(client: pg.ClientBase, findings: Findings): Promise<void> {
  const deposits = new RowStream<DepositSql>(client, 'verify_deposits', DEPOSITS);
  const transfers = new RowStream<TransferSql>(client, 'verify_deposit_transfers', TRANSFERS);
  for (let deposit = await deposits.take(); deposit; deposit = await deposits.take()) {
    findings.counted('deposits');
    const own: TransferSql[] = [];
    while ((await transfers.peek())?.['account_id'] === deposit.account_id) {
      const row = await transfers.take();
      if (row) own.push(row);
    }
    for (const sentence of faultsOf(deposit, own))
      findings.add('deposits', `deposit of account ${deposit.account_id}: ${sentence}`, {
        accountId: deposit.account_id,
      });
  }
  const sales = await client.query<{ id: string; account_id: string; said: string | null; took: bigint }>(SALES);
  const odd = sales.rows.filter(({ said, took }) => (said ?? '0.00') !== formatAmount(took)).slice(0, MOST);
  for (const { id, account_id: accountId, said, took } of odd)
    findings.add(
      'deposits',
      `payment ${id} says that deposits paid ${said ?? '0.00'}, and they paid ${formatAmount(took)}`,
      { accountId },
    );
}

function* faultsOf(deposit: DepositSql, own: readonly TransferSql[]): Generator<string> {
  const name = `deposit:${deposit.account_id}`;
  let hash = GENESIS;
  let balance = 0n;
  for (const row of own) {
    if (row['prev_hash'] !== hash) yield `transfer ${row['id']} does not follow the one before it`;
    if (hashOf(row) !== row['hash']) yield `transfer ${row['id']} is not as it was written`;
    if (![row['debit_account'], row['credit_account']].includes(name))
      yield `transfer ${row['id']} moves no money of this deposit`;
    const amount = BigInt(row['amount'] ?? '0');
    balance += row['credit_account'] === name ? amount : -amount;
    hash = row['hash'] ?? '';
  }
  if (BigInt(own.length) !== deposit.transfers || hash !== deposit.hash)
    yield `it has ${deposit.transfers} transfers by its last link, and the book holds ${own.length} that end otherwise`;
  if (balance !== deposit.balance)
    yield `its balance is ${formatAmount(deposit.balance)}, and its transfers make ${formatAmount(balance)}`;
  if (deposit.held !== deposit.on_hold)
    yield `held is ${formatAmount(deposit.held)}, and open reservations take ${formatAmount(deposit.on_hold)}`;
}
