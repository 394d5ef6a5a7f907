/**
 * Money for a deposit, or back from it, comes in: one transaction decides whether its reference is new, a repeat, or taken by
 * another. The unique index holds when twenty repeats come at once; the row of a new one says PENDING.
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { DepositTender } from '../../domain/deposit.ts';
import { newId } from '../../domain/new-id.ts';
import { transaction, type Tx } from './database.ts';

/** What is asked for. */
export interface DepositRequest {
  /** The caller's own number of it, unique in the location for ever. */
  readonly reference: string;
  readonly accountId: string;
  readonly kind: 'top_up' | 'pay_out';
  readonly amount: bigint;
  readonly tender: DepositTender;
  readonly terminal: string | null;
  readonly operator: string | null;
  readonly actor: string;
  readonly reason: string | null;
  /** Null is now. */
  readonly occurredAt: Date | null;
}

/** One order; amounts in minor units. */
export interface DepositOrder extends Omit<DepositRequest, 'occurredAt' | 'reason'> {
  readonly id: string;
  readonly chainId: bigint;
  readonly locationId: bigint;
  readonly attempt: number;
  readonly workflowId: string;
  readonly state: 'PENDING' | 'DONE' | 'DECLINED' | 'ABANDONED';
  /** As it was sent; null until it is done. */
  readonly answer: Readonly<Record<string, unknown>> | null;
  readonly declined: { readonly code: string; readonly requested?: string; readonly allowed?: string } | null;
}

/** What the intake found. */
export type DepositIntake =
  | { readonly kind: 'new' | 'repeat'; readonly order: DepositOrder }
  /** The reference stands for another one; these fields differ. */
  | { readonly kind: 'conflict'; readonly fields: readonly string[]; readonly order: DepositOrder };

interface OrderSql {
  id: string;
  chain_id: string;
  location_id: string;
  reference: string;
  attempt: number;
  account_id: string;
  kind: DepositOrder['kind'];
  amount: string;
  tender: DepositTender;
  terminal: string | null;
  operator: string | null;
  actor: string;
  workflow_id: string;
  state: DepositOrder['state'];
  answer: DepositOrder['answer'];
  declined: DepositOrder['declined'];
}

const ORDER = `
  select id, chain_id, location_id, reference, attempt, account_id, kind, amount, tender, terminal, operator, actor,
         workflow_id, state, answer, declined
    from deposit_order`;

/** Reads a row, whether its int8 came as text or as bigint. */
const toOrder = (row: OrderSql): DepositOrder => ({
  id: row.id,
  chainId: BigInt(row.chain_id),
  locationId: BigInt(row.location_id),
  reference: row.reference,
  attempt: row.attempt,
  accountId: row.account_id,
  kind: row.kind,
  amount: BigInt(row.amount),
  tender: row.tender,
  terminal: row.terminal,
  operator: row.operator,
  actor: row.actor,
  workflowId: row.workflow_id,
  state: row.state,
  answer: row.answer,
  declined: row.declined,
});

/** One minute past its answer nobody works on it any more: the ledger decides it within 30 s or not at all. */
const FREE_ORPHAN = `
  update deposit_order set state = 'ABANDONED', declined = '{"code":"unavailable"}', decided_at = now()
   where location_id = $1 and reference = $2 and state = 'PENDING' and answer_by < now() - interval '60 seconds'`;

/** The workflow id is domain/ids.ts `depositWorkflowId`, written in SQL because the attempt is counted here. */
const INSERT = `
  insert into deposit_order (id, chain_id, location_id, reference, attempt, account_id, kind, amount, tender, terminal,
                             operator, actor, reason, workflow_id, answer_by, happened_at)
  select $3, $4, $1, $2, n.attempt, $5, $6, $7, $8, $9, $10, $11, $12,
         'deposit:' || $1::bigint::text || ':' || $2 || case when n.attempt = 1 then '' else ':' || n.attempt end,
         now() + interval '3500 milliseconds', coalesce($13::timestamptz, now())
    from (select coalesce(max(attempt), 0) + 1 as attempt from deposit_order where location_id = $1 and reference = $2) n
   where not exists (select 1 from deposit_order where location_id = $1 and reference = $2 and state in ('PENDING', 'DONE'))
  on conflict do nothing`;

/** Where it is asked for. */
export interface DepositPlace {
  readonly chainId: bigint;
  readonly locationId: bigint;
}

/** Sends everything at once; PostgreSQL runs the statements in order, each seeing the ones before. */
export function sendOrder(tx: Tx, id: string, place: DepositPlace, request: DepositRequest): Promise<OrderSql[]> {
  const { reference, accountId, kind, amount, tender, terminal, operator, actor, reason, occurredAt } = request;
  const named = [place.locationId, reference];
  tx.send(FREE_ORPHAN, named);
  const asked = [accountId, kind, amount, tender, terminal, operator, actor, reason, occurredAt];
  tx.send(INSERT, [...named, id, place.chainId, ...asked]);
  return tx.rows<OrderSql>(`${ORDER} where location_id = $1 and reference = $2 order by attempt desc limit 1`, named);
}

const differences = (order: DepositOrder, request: DepositRequest): string[] =>
  (['accountId', 'kind', 'amount', 'tender'] as const).filter((field) => order[field] !== request[field]);

/** Races are rare and each look settles one; a caller that loses this often meets a fault, not a race. */
const LOOKS_MAX = 5;

/** Takes an order in. */
export async function takeDepositIn(
  pool: pg.Pool,
  place: DepositPlace,
  request: DepositRequest,
): Promise<DepositIntake> {
  const id = newId('dep', Date.now(), randomBytes);
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    // The promise is wrapped, not awaited: COMMIT leaves with the statements, and the whole costs one round trip.
    const sent = await transaction(pool, (tx) => Promise.resolve({ latest: sendOrder(tx, id, place, request) }));
    const [latest] = (await sent.latest).map(toOrder);
    if (!latest) throw new Error('a deposit order vanished between two statements');
    if (latest.id === id) return { kind: 'new', order: latest };
    if (latest.state !== 'PENDING' && latest.state !== 'DONE') continue;
    const fields = differences(latest, request);
    return fields.length > 0 ? { kind: 'conflict', fields, order: latest } : { kind: 'repeat', order: latest };
  }
  throw new Error(`deposit ${request.reference} could not be taken in`);
}

/** An order by its id, or null. */
export async function findDepositOrder(pool: pg.Pool, id: string): Promise<DepositOrder | null> {
  const { rows } = await pool.query<OrderSql>(`${ORDER} where id = $1`, [id]);
  return rows[0] ? toOrder(rows[0]) : null;
}

/** Gives an order up before anything has happened; from then on nothing will, because it is decided only while PENDING. */
export async function abandonDepositOrder(pool: pg.Pool, id: string): Promise<void> {
  await pool.query(
    `update deposit_order set state = 'ABANDONED', declined = '{"code":"unavailable"}', decided_at = now()
      where id = $1 and state = 'PENDING'`,
    [id],
  );
}
