/**
 * Signals of fraud, found in what is stored: none of them proves anything, and none of them blocks a sale. Each comes
 * with the payments or adjustments that make it.
 */
import type pg from 'pg';

/** Which patterns are looked for. */
export const SIGNAL_KINDS = ['own_card', 'night_accruals', 'many_adjustments'] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

/** A card that one cashier alone has served so often, where others serve too, may be the cashier's own. */
const ALONE_PAYMENTS = 5;
/** From this hour and up to that one of the location's day nobody is expected to sell. */
const NIGHT = { from: 23, to: 6 } as const;
/** So many adjustments of one account are unusual. */
const MANY_ADJUSTMENTS = 3;
/** A signal shows the latest of its evidence. */
const EVIDENCE_MAX = 20;

/** One thing that makes a signal; `amount` in minor units. */
export interface Evidence {
  readonly id: string;
  readonly at: Date;
  readonly amount: bigint;
  readonly reason: string | null;
}

/** A signal. `because` says by what it was found. */
export interface Signal {
  readonly kind: SignalKind;
  readonly because: 'same_name' | 'same_phone' | 'same_card' | 'only_this_operator' | 'night' | 'many';
  readonly locationId: bigint | null;
  readonly accountId: string | null;
  readonly operator: string | null;
  readonly count: number;
  readonly points: bigint;
  readonly first: Date;
  readonly last: Date;
  readonly evidence: readonly Evidence[];
}

/** The period looked at; `locationId` null looks at all. */
export interface SignalScope {
  readonly from: Date;
  readonly to: Date;
  readonly locationId: bigint | null;
}

interface SignalSql {
  because: Signal['because'];
  location_id: string | null;
  account_id: string | null;
  operator: string | null;
  count: number;
  points: string;
  first: Date;
  last: Date;
  evidence: { id: string; at: string; amount: string; reason: string | null }[];
}

const SOLD = `
  sold as (
    select p.id, p.location_id, p.account_id, p.accrued, p.happened_at, p.request->>'operator' as operator, l.time_zone,
           a.phone, a.display_name, coalesce(a.card_number, c.number) as card_number
      from payment p
      join location l on l.id = p.location_id
      join account a on a.id = p.account_id
      left join altegio_card c on c.account_id = a.id and c.role = 'current'
     where p.state in ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED') and p.happened_at >= $1 and p.happened_at < $2
       and ($3::bigint is null or p.location_id = $3))`;

const EVIDENCE = `
  count(*)::int as count, coalesce(sum(accrued), 0)::text as points, min(happened_at) as first, max(happened_at) as last,
  (array_agg(json_build_object('id', id, 'at', happened_at, 'amount', accrued::text, 'reason', null)
             order by happened_at desc, id desc))[1:${EVIDENCE_MAX}] as evidence`;

const digits = (column: string): string => `nullif(regexp_replace(${column}, '\\D', '', 'g'), '')`;

const OWN_CARD = `
  with ${SOLD}, served as (
    select sold.*,
           case when lower(operator) = lower(display_name) then 'same_name'
                when length(${digits('operator')}) >= 7 and ${digits('phone')} like '%' || ${digits('operator')} then 'same_phone'
                when operator = card_number then 'same_card' end as match,
           count(*) over card as card_payments,
           count(*) over (partition by location_id, account_id, operator) as pair_payments,
           (select count(distinct other.operator) from sold other where other.location_id = sold.location_id) as operators
      from sold where operator is not null
    window card as (partition by account_id)
  ), found as (
    select served.*, coalesce(match, 'only_this_operator') as because from served
     where match is not null
        or (pair_payments >= ${ALONE_PAYMENTS} and pair_payments = card_payments and operators > 1)
  )
  select because, location_id::text, account_id, operator, ${EVIDENCE}
    from found group by because, location_id, account_id, operator`;

const NIGHT_ACCRUALS = `
  with ${SOLD}, night as (
    select sold.*, (happened_at at time zone time_zone - interval '${NIGHT.to} hours')::date as night from sold
     where accrued > 0
       and (extract(hour from happened_at at time zone time_zone) >= ${NIGHT.from}
            or extract(hour from happened_at at time zone time_zone) < ${NIGHT.to})
  )
  select 'night' as because, location_id::text, null as account_id, operator, ${EVIDENCE}
    from night group by location_id, operator, night`;

const MANY = `
  with made as (
    select t.operation as id, t.account_id, t.happened_at, o.location_id, o.reason, o.actor,
           sum(case when t.credit_account in ('customer:' || t.account_id, 'debt:' || t.account_id) then t.amount
                    else -t.amount end) as accrued
      from transfer t join operation o on o.id = t.operation
     where t.code = 'adjustment' and t.happened_at >= $1 and t.happened_at < $2
       and ($3::bigint is null or o.location_id = $3)
     group by t.operation, t.account_id, t.happened_at, o.location_id, o.reason, o.actor
  )
  select 'many' as because, null as location_id, account_id, null as operator,
         count(*)::int as count, sum(accrued)::text as points, min(happened_at) as first, max(happened_at) as last,
         (array_agg(json_build_object('id', id, 'at', happened_at, 'amount', accrued::text, 'reason', reason)
                    order by happened_at desc, id desc))[1:${EVIDENCE_MAX}] as evidence
    from made group by account_id having count(*) >= ${MANY_ADJUSTMENTS}`;

const QUERIES: Record<SignalKind, string> = {
  own_card: OWN_CARD,
  night_accruals: NIGHT_ACCRUALS,
  many_adjustments: MANY,
};

const toSignal = (kind: SignalKind, row: SignalSql): Signal => ({
  kind,
  because: row.because,
  locationId: row.location_id === null ? null : BigInt(row.location_id),
  accountId: row.account_id,
  operator: row.operator,
  count: row.count,
  points: BigInt(row.points),
  first: row.first,
  last: row.last,
  evidence: row.evidence.map(({ id, at, amount, reason }) => ({
    id,
    at: new Date(at),
    amount: BigInt(amount),
    reason,
  })),
});

/** Signals of the kinds asked for, latest first. */
export async function findSignals(
  pool: pg.Pool,
  kinds: readonly SignalKind[],
  { from, to, locationId }: SignalScope,
): Promise<Signal[]> {
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const { rows } = await pool.query<SignalSql>(QUERIES[kind], [from, to, locationId]);
      return rows.map((row) => toSignal(kind, row));
    }),
  );
  return found.flat().sort((a, b) => b.last.getTime() - a.last.getTime());
}
