/** The report of a period: what came into deposits by each tender, what they paid, and what they hold. */
import type pg from 'pg';

/** What is reported; null does not narrow. */
export interface DepositPeriod {
  readonly chainId: bigint;
  readonly locationId: bigint | null;
  readonly from: Date | null;
  /** Not included. */
  readonly to: Date | null;
}

/** What moved through one location in the period, minor units. `count` is of its movements. */
export interface DepositDay {
  readonly locationId: bigint;
  readonly currency: string;
  readonly count: number;
  readonly topUps: Readonly<Record<string, bigint>>;
  readonly payOuts: Readonly<Record<string, bigint>>;
  readonly paid: bigint;
  readonly refunded: bigint;
}

/** What all deposits of the chain in one currency held before the period and at its end, minor units. */
export interface DepositTotal {
  readonly currency: string;
  readonly opening: bigint;
  readonly closing: bigint;
}

interface MovedSql {
  location_id: bigint;
  currency: string;
  code: 'top_up' | 'pay_out' | 'payment' | 'refund';
  tender: string | null;
  amount: bigint;
  count: number;
}

const WITHIN = '($2::timestamptz is null or t.learned_at >= $2) and ($3::timestamptz is null or t.learned_at < $3)';

const MOVED = `
  select t.location_id, d.currency, t.code, t.tender, sum(t.amount)::bigint as amount, count(*)::int as count
    from deposit_transfer t join deposit d on d.account_id = t.account_id
   where t.chain_id = $1 and ${WITHIN} and ($4::bigint is null or t.location_id = $4)
   group by 1, 2, 3, 4 order by 1, 2, 3, 4`;

const TOTALS = `
  select d.currency,
         coalesce(sum(s.signed) filter (where $2::timestamptz is not null and t.learned_at < $2), 0)::bigint as opening,
         coalesce(sum(s.signed) filter (where $3::timestamptz is null or t.learned_at < $3), 0)::bigint as closing
    from deposit_transfer t
    join deposit d on d.account_id = t.account_id
    cross join lateral (
      select case when t.credit_account = 'deposit:' || t.account_id then t.amount else -t.amount end as signed) s
   where t.chain_id = $1 group by 1 order by 1`;

function daysOf(rows: readonly MovedSql[]): DepositDay[] {
  const names = [...new Set(rows.map(({ location_id: id, currency }) => `${id}/${currency}`))];
  return names.flatMap((name) => {
    const own = rows.filter(({ location_id: id, currency }) => `${id}/${currency}` === name);
    const [first] = own;
    if (!first) return [];
    const byTender = (code: MovedSql['code']) =>
      Object.fromEntries(own.filter((row) => row.code === code).map(({ tender, amount }) => [tender ?? '', amount]));
    const sumOf = (code: MovedSql['code']) =>
      own.filter((row) => row.code === code).reduce((sum, { amount }) => sum + amount, 0n);
    return [
      {
        locationId: first.location_id,
        currency: first.currency,
        count: own.reduce((sum, { count }) => sum + count, 0),
        topUps: byTender('top_up'),
        payOuts: byTender('pay_out'),
        paid: sumOf('payment'),
        refunded: sumOf('refund'),
      },
    ];
  });
}

/** Makes the report. Without `locationId` the days make the difference of the totals. */
export async function readDepositReport(
  pool: pg.Pool,
  { chainId, locationId, from, to }: DepositPeriod,
): Promise<{ readonly days: readonly DepositDay[]; readonly totals: readonly DepositTotal[] }> {
  const [moved, totals] = await Promise.all([
    pool.query<MovedSql>(MOVED, [chainId, from, to, locationId]),
    pool.query<DepositTotal>(TOTALS, [chainId, from, to]),
  ]);
  return { days: daysOf(moved.rows), totals: totals.rows };
}
