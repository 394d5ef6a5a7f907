/** A payment as the doors read it. */
import type pg from 'pg';

/** States of a payment. */
export const PAYMENT_STATES = [
  'PENDING',
  'AUTHORIZED',
  'CAPTURED',
  'PARTIALLY_REFUNDED',
  'REFUNDED',
  'VOIDED',
  'EXPIRED',
  'DECLINED',
  'ABANDONED',
] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

/** One payment. Amounts in minor units. */
export interface PaymentRow {
  readonly id: string;
  readonly chainId: bigint;
  readonly locationId: bigint;
  readonly receipt: string;
  readonly attempt: number;
  readonly state: PaymentState;
  readonly accountId: string;
  readonly workflowId: string;
  readonly total: bigint;
  readonly redeem: string;
  readonly asKind: 'tender' | 'discount';
  /** The answer as the ledger stored it; null until it has decided, and for what was not captured. */
  readonly answer: Readonly<Record<string, unknown>> | null;
  readonly declined: { readonly code: string; readonly allowed?: string; readonly requested?: string } | null;
  /** As it was understood, and what a capture changed of it. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly captured: Readonly<Record<string, unknown>> | null;
  /** Part of the bill that went back. */
  readonly refunded: bigint;
  /** The visit in Altegio that it is part of. */
  readonly visit: { readonly recordId: bigint; readonly visitId: bigint } | null;
  readonly createdAt: Date;
  /** Older than the 24 h in which a receipt alone may be repeated; by the database's clock. */
  readonly old: boolean;
}

/** The columns {@link toPayment} reads, of a payment named `p`. */
export const PAYMENT_COLUMNS = `p.id, p.chain_id, p.location_id, p.receipt, p.attempt, p.state, p.account_id, p.workflow_id,
  p.total, p.redeem, p.as_kind, p.answer, p.declined, p.request, p.captured, p.refunded, p.record_id, p.visit_id, p.created_at, p.created_at < now() - interval '24 hours' as old`;

/** A row of {@link PAYMENT_COLUMNS}. */
export interface PaymentSql {
  id: string;
  chain_id: string;
  location_id: string;
  receipt: string;
  attempt: number;
  state: PaymentState;
  account_id: string;
  workflow_id: string;
  total: string;
  redeem: string;
  as_kind: 'tender' | 'discount';
  answer: PaymentRow['answer'];
  declined: PaymentRow['declined'];
  request: PaymentRow['request'];
  captured: PaymentRow['captured'];
  refunded: string;
  record_id: string | null;
  visit_id: string | null;
  created_at: Date;
  old: boolean;
}

/** Reads a row, whether its int8 came as text or as bigint. */
export const toPayment = (row: PaymentSql): PaymentRow => ({
  id: row.id,
  chainId: BigInt(row.chain_id),
  locationId: BigInt(row.location_id),
  receipt: row.receipt,
  attempt: row.attempt,
  state: row.state,
  accountId: row.account_id,
  workflowId: row.workflow_id,
  total: BigInt(row.total),
  redeem: row.redeem,
  asKind: row.as_kind,
  answer: row.answer,
  declined: row.declined,
  request: row.request,
  captured: row.captured,
  refunded: BigInt(row.refunded),
  visit:
    row.record_id === null || row.visit_id === null
      ? null
      : { recordId: BigInt(row.record_id), visitId: BigInt(row.visit_id) },
  createdAt: row.created_at,
  old: row.old,
});

/** A payment by its id, or null. */
export async function findPayment(pool: pg.Pool, id: string): Promise<PaymentRow | null> {
  const { rows } = await pool.query<PaymentSql>(`select ${PAYMENT_COLUMNS} from payment p where p.id = $1`, [id]);
  return rows[0] ? toPayment(rows[0]) : null;
}

/** Authorized payments whose time was over a while ago, the longest first; a run that lives ends them by itself before. */
export async function findOverdueHolds(pool: pg.Pool, graceSeconds: number, limit: number): Promise<PaymentRow[]> {
  const { rows } = await pool.query<PaymentSql>(
    `select ${PAYMENT_COLUMNS} from payment p
      where p.state = 'AUTHORIZED' and p.expires_at < now() - make_interval(secs => $1) order by p.expires_at limit $2`,
    [graceSeconds, limit],
  );
  return rows.map(toPayment);
}

/** The latest attempt of a receipt, or null. */
export async function findReceipt(pool: pg.Pool, locationId: bigint, receipt: string): Promise<PaymentRow | null> {
  const { rows } = await pool.query<PaymentSql>(
    `select ${PAYMENT_COLUMNS} from payment p where p.location_id = $1 and p.receipt = $2 order by p.attempt desc limit 1`,
    [locationId, receipt],
  );
  return rows[0] ? toPayment(rows[0]) : null;
}

/**
 * Gives a payment up before anything has happened; from then on nothing will, because points are taken only while it is
 * PENDING. False when it was decided meanwhile.
 */
export async function abandonPayment(pool: pg.Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update payment set state = 'ABANDONED', declined = '{"code":"unavailable"}', decided_at = now()
      where id = $1 and state = 'PENDING' and not withdrawing`,
    [id],
  );
  return rowCount === 1;
}

/** How many payments stand in each state. */
export async function countPayments(pool: pg.Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ state: string; count: number }>(
    'select state, count(*)::int as count from payment group by state',
  );
  return new Map(rows.map(({ state, count }) => [state, count]));
}

/** Points taken in one visit are no answer to a till that names another. */
export function isSameVisit(
  visit: NonNullable<PaymentRow['visit']>,
  { visit: asked }: Readonly<Record<string, unknown>>,
): boolean {
  const { recordId, visitId } = (asked ?? {}) as { recordId?: number; visitId?: number };
  return String(recordId) === String(visit.recordId) && String(visitId) === String(visit.visitId);
}
