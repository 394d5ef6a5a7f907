/** Visits as an operator sees them, one entry an account. */
import type pg from 'pg';
import type { Attendance, VisitState } from '../../../domain/visit.ts';

/** Amounts in minor units; `sold = discount + bonus + paid + due`. */
export interface VisitView {
  readonly chainId: bigint;
  readonly locationId: bigint;
  readonly visitId: bigint;
  readonly accountId: string;
  readonly state: VisitState;
  readonly attendance: Attendance | null;
  readonly paidInFull: boolean;
  readonly orderViolation: boolean;
  readonly sold: bigint;
  readonly discount: bigint;
  readonly bonus: bigint;
  readonly paid: bigint;
  /** By method, decimal texts. */
  readonly paidBy: Readonly<Record<string, string>>;
  readonly due: bigint;
  readonly redeemed: bigint;
  readonly accrued: bigint;
  /** Of what a clawback should have taken: what the customer no longer had. */
  readonly uncollected: bigint;
  readonly percent: string | null;
  readonly firstSeenAt: Date;
  readonly readAt: Date | null;
  readonly settledAt: Date | null;
}

/** Where a page of visits ended. */
export interface VisitPlace {
  readonly firstSeenAt: string;
  readonly locationId: bigint;
  readonly visitId: bigint;
  readonly accountId: string;
}

/** What a list is narrowed by; null does not narrow. */
export interface VisitFilter {
  readonly accountId: string | null;
  readonly locationId: bigint | null;
  readonly visitId: bigint | null;
  readonly state: VisitState | null;
  readonly orderViolation: boolean | null;
  readonly after: VisitPlace | null;
  readonly limit: number;
}

const MATCHING = `
    from visit
   where ($1::text is null or account_id = $1) and ($2::bigint is null or location_id = $2)
     and ($3::bigint is null or visit_id = $3) and ($4::text is null or state = $4)
     and ($5::boolean is null or order_violation = $5)`;

const VISITS = `
  select chain_id as "chainId", location_id as "locationId", visit_id as "visitId", account_id as "accountId", state,
         attendance, paid_in_full as "paidInFull", order_violation as "orderViolation", sold, discount, bonus, paid,
         paid_by as "paidBy", due, redeemed, accrued, uncollected, percent, first_seen_at as "firstSeenAt",
         first_seen_at::text as since, read_at as "readAt", settled_at as "settledAt"
  ${MATCHING}
     and ($6::timestamptz is null
          or (first_seen_at, location_id, visit_id, account_id) < ($6, $7::bigint, $8::bigint, $9::text))
   order by first_seen_at desc, location_id desc, visit_id desc, account_id desc limit $10`;

const SUMS = `
  select count(*)::int as visits, coalesce(sum(sold), 0)::bigint as sold, coalesce(sum(discount), 0)::bigint as discount,
         coalesce(sum(bonus), 0)::bigint as bonus, coalesce(sum(paid), 0)::bigint as paid,
         coalesce(sum(due), 0)::bigint as due
  ${MATCHING}`;

/** What a customer's visits come to together; amounts in minor units, `sold = discount + bonus + paid + due`. */
export type VisitSums = { readonly visits: number } & Readonly<
  Record<'sold' | 'discount' | 'bonus' | 'paid' | 'due', bigint>
>;

const narrowing = ({ accountId, locationId, visitId, state, orderViolation }: VisitFilter) => [
  ...[accountId, locationId, visitId],
  ...[state, orderViolation],
];

/** The sums of all visits that the filter leaves, whatever the page. */
export async function sumVisits(pool: pg.Pool, filter: VisitFilter): Promise<VisitSums> {
  const { rows } = await pool.query<VisitSums>(SUMS, narrowing(filter));
  const [sums] = rows;
  if (!sums) throw new Error('an aggregate always has a row');
  return sums;
}

/** A page of visits, newest first. */
export async function listVisits(
  pool: pg.Pool,
  filter: VisitFilter,
): Promise<{ items: VisitView[]; next: VisitPlace | null }> {
  const { after, limit } = filter;
  const place = [
    after?.firstSeenAt ?? null,
    after?.locationId ?? null,
    after?.visitId ?? null,
    after?.accountId ?? null,
  ];
  const { rows } = await pool.query<VisitView & { since: string }>(VISITS, [...narrowing(filter), ...place, limit + 1]);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const next = last && {
    firstSeenAt: last.since,
    locationId: last.locationId,
    visitId: last.visitId,
    accountId: last.accountId,
  };
  return { items: rows.slice(0, limit), next: next ?? null };
}
