/**
 * Sales that tills made offline. They are kept before the till is answered, and become payments one after the other in
 * the till's own order. A receipt is kept once, however often its batch comes.
 */
import type pg from 'pg';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { transaction } from './database.ts';
import type { PaymentRequest } from './payment-intake.ts';
import { PAYMENT_COLUMNS, type PaymentRow, type PaymentSql, toPayment } from './payment-row.ts';
import type { TillPlace } from './till-accounts.ts';

/** A sale as its till sent it. `bodyHash` tells another body under the same receipt. */
export interface OfflineSale {
  readonly offlineSeq: number;
  readonly request: PaymentRequest;
  readonly bodyHash: Buffer;
}

/** A problem as it is kept: its code and what it says beyond its row of the table. */
export type KeptProblem = Readonly<Record<string, unknown>> & { readonly code: string };

/** A kept sale. Without payment and problem it still waits. */
export interface KeptSale {
  readonly receipt: string;
  readonly bodyHash: Buffer;
  readonly payment: PaymentRow | null;
  readonly problem: KeptProblem | null;
}

/** The request as it is stored, its total as decimal text. */
type StoredRequest = Omit<PaymentRequest, 'total'> & { readonly total: string };

const KEEP = `
  insert into offline_sale (location_id, receipt, terminal, offline_seq, request, body_hash)
  select $1, sale.receipt, $2, sale.seq, sale.request::jsonb, decode(sale.hash, 'hex')
    from unnest($3::text[], $4::bigint[], $5::text[], $6::text[]) as sale (receipt, seq, request, hash)
  on conflict do nothing returning receipt`;

/**
 * Keeps the sales of a batch, those that are not kept yet. `beforeCommit` may throw when it is too late to begin.
 * @returns the receipts that are new
 */
export async function keepSales(
  pool: pg.Pool,
  locationId: bigint,
  terminal: string,
  sales: readonly OfflineSale[],
  beforeCommit: () => void,
): Promise<Set<string>> {
  return await transaction(pool, async (tx) => {
    const rows = await tx.rows<{ receipt: string }>(KEEP, [
      locationId,
      terminal,
      sales.map(({ request }) => request.receipt),
      sales.map(({ offlineSeq }) => offlineSeq),
      sales.map(({ request }) => JSON.stringify({ ...request, total: formatAmount(request.total) })),
      sales.map(({ bodyHash }) => bodyHash.toString('hex')),
    ]);
    beforeCommit();
    return new Set(rows.map(({ receipt }) => receipt));
  });
}

interface SaleSql extends PaymentSql {
  sale_receipt: string;
  body_hash: Buffer;
  problem: KeptProblem | null;
}

/** The kept sales of these receipts, by receipt. */
export async function readSales(
  pool: pg.Pool,
  locationId: bigint,
  receipts: readonly string[],
): Promise<Map<string, KeptSale>> {
  const { rows } = await pool.query<SaleSql>(
    `select ${PAYMENT_COLUMNS}, sale.receipt as sale_receipt, sale.body_hash, sale.problem
       from offline_sale sale left join payment p on p.id = sale.payment_id
      where sale.location_id = $1 and sale.receipt = any($2)`,
    [locationId, receipts],
  );
  return new Map(
    rows.map((row) => {
      const { sale_receipt: receipt, body_hash: bodyHash, problem } = row;
      // A left join gives a row of nulls for what is no payment yet.
      const payment = (row.id as string | null) === null ? null : toPayment(row);
      return [receipt, { receipt, bodyHash, payment, problem }];
    }),
  );
}

/** How many of these receipts still wait. */
export async function countWaiting(pool: pg.Pool, locationId: bigint, receipts: readonly string[]): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from offline_sale where location_id = $1 and receipt = any($2) and state = 'waiting'`,
    [locationId, receipts],
  );
  return rows[0]?.count ?? 0;
}

/** The sales of one till that wait. */
export interface OfflineQueue extends TillPlace {
  readonly terminal: string;
}

/** Tills with something waiting, longest waiting first. */
export async function waitingQueues(pool: pg.Pool, limit: number): Promise<OfflineQueue[]> {
  const { rows } = await pool.query<{ location_id: bigint; chain_id: bigint; terminal: string }>(
    `select sale.location_id, location.chain_id, sale.terminal
       from offline_sale sale join location on location.id = sale.location_id
      where sale.state = 'waiting' group by 1, 2, 3 order by min(sale.kept_at) limit $1`,
    [limit],
  );
  return rows.map(({ location_id: locationId, chain_id: chainId, terminal }) => ({ locationId, chainId, terminal }));
}

/** The next sale of a till in its own order, or null. */
export async function nextSale(pool: pg.Pool, { locationId, terminal }: OfflineQueue): Promise<PaymentRequest | null> {
  const { rows } = await pool.query<{ request: StoredRequest }>(
    `select request from offline_sale where location_id = $1 and terminal = $2 and state = 'waiting'
      order by offline_seq, receipt limit 1`,
    [locationId, terminal],
  );
  const request = rows[0]?.request;
  return request ? { ...request, total: parseAmount(request.total) } : null;
}

/** Ends a sale: it is a payment, or it is refused for good. */
export async function settleSale(
  pool: pg.Pool,
  locationId: bigint,
  receipt: string,
  outcome: { readonly paymentId: string } | { readonly problem: KeptProblem },
): Promise<void> {
  const [paymentId, problem] = 'paymentId' in outcome ? [outcome.paymentId, null] : [null, outcome.problem];
  await pool.query(
    `update offline_sale set state = 'done', payment_id = $3, problem = $4, settled_at = now()
      where location_id = $1 and receipt = $2 and state = 'waiting'`,
    [locationId, receipt, paymentId, problem && JSON.stringify(problem)],
  );
}

/** Runs `work` while no other process works on this till's sales; does nothing when one does. */
export async function aloneOn(pool: pg.Pool, queue: OfflineQueue, work: () => Promise<void>): Promise<void> {
  const key = [`${queue.locationId}/${queue.terminal}`];
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const { rows } = await client.query<{ mine: boolean }>(
      `select pg_try_advisory_lock(hashtext('offline_sale'), hashtext($1)) as mine`,
      key,
    );
    if (!rows[0]?.mine) return;
    try {
      await work();
    } finally {
      await client
        .query(`select pg_advisory_unlock(hashtext('offline_sale'), hashtext($1))`, key)
        .catch((error: unknown) => {
          // With the connection the lock goes too.
          broken = error instanceof Error ? error : new Error(String(error));
        });
    }
  } finally {
    client.release(broken);
  }
}
