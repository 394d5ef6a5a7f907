/** The liability report from the transfers alone, and the balances it has to be equal to. */
import type pg from 'pg';
import { liability, type LiabilityMonth, type MonthMoved } from '../../../domain/liability.ts';
import { GAIN } from '../customers/activity.ts';
import { onSnapshot } from './snapshot.ts';

/** What is reported; null does not narrow. */
export interface LiabilityFilter {
  readonly chainId: bigint;
  readonly programId: string | null;
}

/** The report's closing of everything, and the balances of the accounts at the same moment; minor units. */
export interface LiabilityProof {
  readonly currency: string;
  readonly closing: bigint;
  readonly balances: bigint;
}

/** The whole report, from the first transfer to the month of now. */
export interface LiabilityReport {
  readonly months: readonly (LiabilityMonth & { readonly title: string | null })[];
  readonly proof: readonly LiabilityProof[];
}

const sumOf = (codes: string, sign: '' | '-' = ''): string =>
  `${sign}coalesce(sum(m.gain) filter (where m.code in (${codes})), 0)::bigint`;

// What Altegio withdrew by itself in a visit came as `external`, and was named the visit's redemption: it was redeemed.
const NAMED = 'coalesce(sum(m.named), 0)::bigint';

// A month is closed by when points were learned, by its branch's clock: a sale that an offline till sends later is booked
// when it comes, and no closed month changes.
const MOVED = `
  with programs as (
    select p.id, (select settings->>'currency' from program_version where program_id = p.id order by version desc limit 1) as currency
      from program p where p.chain_id = $1 and ($2::text is null or p.id = $2)
  ), m as (
    select to_char(t.learned_at at time zone coalesce(l.time_zone, 'UTC'), 'YYYY-MM') as month, l.id as location_id, l.title,
           programs.currency, t.code, ${GAIN} as gain,
           case when t.code = 'redemption' and t.debit_account like 'altegio:%' then t.amount
                when t.code = 'refund' and t.credit_account like 'altegio:%' then -t.amount else 0 end as named
      from transfer t
      join account a on a.id = t.account_id
      join programs on programs.id = a.program_id
      join operation o on o.id = t.operation
      left join location l on l.id = o.location_id
  )
  select m.month, m.location_id as "locationId", m.title, m.currency,
         ${sumOf("'accrual', 'clawback'")} as issued, ${sumOf("'redemption', 'refund'", '-')} + ${NAMED} as redeemed,
         ${sumOf("'expiry'", '-')} as expired, ${sumOf("'adjustment', 'external', 'opening'")} + ${NAMED} as adjusted,
         coalesce(sum(m.gain), 0)::bigint as gain
    from m group by 1, 2, 3, 4 order by 2, 4, 1`;

const BALANCES = `
  select (select settings->>'currency' from program_version where program_id = p.id order by version desc limit 1) as currency,
         coalesce(sum(a.active + a.pending - a.debt), 0)::bigint as balances
    from program p join account a on a.program_id = p.id
   where p.chain_id = $1 and ($2::text is null or p.id = $2)
   group by 1 order by 1`;

const LAST_MONTH = `
  select to_char(now() at time zone coalesce((select time_zone from location where chain_id = $1 order by id limit 1), 'UTC'),
                 'YYYY-MM') as month`;

type MovedSql = MonthMoved & { readonly title: string | null; readonly gain: bigint };

/** Makes the report, all of one moment. */
export async function readLiability(pool: pg.Pool, { chainId, programId }: LiabilityFilter): Promise<LiabilityReport> {
  return await onSnapshot(pool, async (client) => {
    const moved = await client.query<MovedSql>(MOVED, [chainId, programId]);
    const balances = await client.query<{ currency: string; balances: bigint }>(BALANCES, [chainId, programId]);
    const now = await client.query<{ month: string }>(LAST_MONTH, [chainId]);
    // A code that has no column would make a report that looks right and is not.
    const odd = moved.rows.find((row) => row.issued - row.redeemed - row.expired + row.adjusted !== row.gain);
    if (odd) throw new Error(`the liability of ${odd.month} does not add up`);
    // A branch ahead of the others may be in the next month already.
    const last = [now.rows[0]?.month ?? '', ...moved.rows.map(({ month }) => month)].toSorted().at(-1) ?? '';
    const titles = new Map(moved.rows.map(({ locationId, title }) => [locationId, title]));
    const months = liability(moved.rows, last);
    const closing = (currency: string) =>
      moved.rows.filter((row) => row.currency === currency).reduce((sum, { gain }) => sum + gain, 0n);
    return {
      months: months.map((line) => ({ ...line, title: titles.get(line.locationId) ?? null })),
      proof: balances.rows.map((row) => ({ ...row, closing: closing(row.currency) })),
    };
  });
}
