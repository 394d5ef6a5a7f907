/** Sealing finished days, and reading the roots for people who keep them elsewhere. */
import type pg from 'pg';

/** One day's root; hashes in hexadecimal. */
export interface Root {
  readonly chainId: bigint;
  readonly day: string;
  readonly accounts: bigint;
  readonly transfers: bigint;
  readonly prevRoot: string;
  readonly root: string;
  readonly sealedAt: Date;
}

interface RootSql {
  chain_id: bigint;
  day: string;
  accounts: bigint;
  transfers: bigint;
  prev_root: string;
  root: string;
  sealed_at: Date;
}

const COLUMNS = `chain_id, to_char(day, 'YYYY-MM-DD') as day, accounts, transfers, encode(prev_root, 'hex') as prev_root,
  encode(root, 'hex') as root, sealed_at`;

const toRoot = (row: RootSql): Root => ({
  chainId: row.chain_id,
  day: row.day,
  accounts: row.accounts,
  transfers: row.transfers,
  prevRoot: row.prev_root,
  root: row.root,
  sealedAt: row.sealed_at,
});

/** Seals the next finished day of a chain; null when there is none, or another process is at it. */
export async function sealNextDay(pool: pg.Pool, chainId: bigint, now: Date): Promise<Root | null> {
  const { rows } = await pool.query<RootSql>(`select ${COLUMNS} from seal_ledger_day($1, $2)`, [chainId, now]);
  return rows[0] ? toRoot(rows[0]) : null;
}

/** The newest roots of a chain, newest first. */
export async function listRoots(pool: pg.Pool, chainId: bigint, limit: number): Promise<Root[]> {
  const { rows } = await pool.query<RootSql>(
    `select ${COLUMNS} from ledger_root where chain_id = $1 order by ledger_root.day desc limit $2`,
    [chainId, limit],
  );
  return rows.map(toRoot);
}

/** The root that covers a transfer of that instant; null while its day is not sealed. */
export async function rootOf(pool: pg.Pool, chainId: bigint, at: Date): Promise<Root | null> {
  const { rows } = await pool.query<RootSql>(
    `select ${COLUMNS} from ledger_root where chain_id = $1 and day = ($2::timestamptz at time zone 'UTC')::date`,
    [chainId, at],
  );
  return rows[0] ? toRoot(rows[0]) : null;
}
