/** Accruals under review as an operator sees them. */
import type pg from 'pg';
import type { PagePlace } from './operator-actions.ts';
import type { ReviewState } from './review.ts';

/** A review; `amount` in minor units. */
export interface ReviewView {
  readonly id: string;
  readonly chainId: bigint;
  readonly locationId: bigint;
  readonly accountId: string;
  /** Of a till's sale; null for a visit's accrual. */
  readonly paymentId: string | null;
  readonly receipt: string | null;
  /** Altegio's visit; null for a till's sale. */
  readonly visitId: bigint | null;
  readonly operator: string | null;
  readonly amount: bigint;
  /** What still waits: less than the amount where a refund has taken some back. */
  readonly waiting: bigint;
  readonly limits: readonly Readonly<Record<string, string>>[];
  readonly since: Date;
  readonly state: ReviewState;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  readonly reason: string | null;
}

interface ReviewSql {
  id: string;
  chain_id: bigint;
  location_id: bigint;
  account_id: string;
  payment_id: string | null;
  receipt: string | null;
  visit_id: bigint | null;
  operator: string | null;
  amount: bigint;
  waiting: bigint;
  limits: ReviewView['limits'];
  since: Date;
  since_text: string;
  state: ReviewView['state'];
  decided_at: Date | null;
  decided_by: string | null;
  reason: string | null;
}

const REVIEW = `
  select r.*, r.since::text as since_text, p.receipt,
         case when r.state = 'open' then lot.remaining else 0 end as waiting
    from review r left join payment p on p.id = r.payment_id join lot on lot.id = r.lot_id`;

const toView = (row: ReviewSql): ReviewView => ({
  id: row.id,
  chainId: row.chain_id,
  locationId: row.location_id,
  accountId: row.account_id,
  paymentId: row.payment_id,
  receipt: row.receipt,
  visitId: row.visit_id,
  operator: row.operator,
  amount: row.amount,
  waiting: row.waiting,
  limits: row.limits,
  since: row.since,
  state: row.state,
  decidedAt: row.decided_at,
  decidedBy: row.decided_by,
  reason: row.reason,
});

/** One review, or null. */
export async function findReview(pool: pg.Pool, id: string): Promise<ReviewView | null> {
  const { rows } = await pool.query<ReviewSql>(`${REVIEW} where r.id = $1`, [id]);
  return rows[0] ? toView(rows[0]) : null;
}

/** A page of reviews, newest first; null does not narrow. */
export async function listReviews(
  pool: pg.Pool,
  filter: {
    readonly state: ReviewView['state'] | null;
    readonly accountId: string | null;
    readonly locationId: bigint | null;
    readonly after: PagePlace | null;
    readonly limit: number;
  },
): Promise<{ items: ReviewView[]; next: PagePlace | null }> {
  const { state, accountId, locationId, after, limit } = filter;
  const { rows } = await pool.query<ReviewSql>(
    `${REVIEW}
      where ($1::text is null or r.state = $1) and ($2::text is null or r.account_id = $2)
        and ($3::bigint is null or r.location_id = $3)
        and ($4::timestamptz is null or (r.since, r.id) < ($4, $5::text))
      order by r.since desc, r.id desc limit $6`,
    [state, accountId, locationId, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
  );
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map(toView), next: last ? [last.since_text, last.id] : null };
}
