/**
 * What customers earned and redeemed in a period. A customer's points are active and pending ones less debt, so that a
 * movement between these three (activation, repayment) is none; what is left is in the closed list of columns.
 */
import type pg from 'pg';
import type { Period } from '../statement/statement.ts';

/** Sums of one account or type, minor units. `redeemed`, `clawedBack` and `expired` are what left. */
export interface Activity {
  readonly opening: bigint;
  readonly earned: bigint;
  readonly redeemed: bigint;
  readonly refunded: bigint;
  readonly clawedBack: bigint;
  /** By operators, either way. */
  readonly adjusted: bigint;
  /** By others in Altegio, either way. */
  readonly external: bigint;
  /** Balances that altegio cards had when they were adopted. */
  readonly adopted: bigint;
  readonly expired: bigint;
  readonly closing: bigint;
}

/** Activity of one account, or of one customer type, with how many customers it is. */
export interface ActivityRow extends Activity {
  readonly accountId: string | null;
  readonly type: { readonly id: string; readonly name: string };
  readonly customers: number;
}

/** What a report is about; null does not narrow. A customer counts to the type he is in now. */
export interface ActivityFilter extends Period {
  readonly chainId: bigint | null;
  readonly programId: string | null;
  readonly typeId: string | null;
  readonly accountId: string | null;
  readonly by: 'account' | 'type';
  /** Of a report by account: the id the page before ended with, and how many rows; null is all. */
  readonly after: string | null;
  readonly limit: number | null;
}

type ColumnsSql = Record<Exclude<keyof Activity, 'clawedBack'> | 'clawed_back', bigint>;

interface ActivitySql extends ColumnsSql {
  account_id: string | null;
  type_id: string;
  type_name: string;
  customers: bigint;
}

/** What a transfer gives the customer: a credit to one of the three is a gain, a debit a loss. */
export const GAIN = `
  (case when t.credit_account in ('customer:' || t.account_id, 'pending:' || t.account_id, 'debt:' || t.account_id)
        then t.amount else 0 end
   - case when t.debit_account in ('customer:' || t.account_id, 'pending:' || t.account_id, 'debt:' || t.account_id)
          then t.amount else 0 end)`;

const within = '($5::timestamptz is null or m.at >= $5)';
const sumOf = (code: string, sign: '' | '-' = ''): string =>
  `${sign}coalesce(sum(m.gain) filter (where m.code = '${code}' and ${within}), 0)::bigint`;

// Points go by the day they were learned, as in the statement. The closing is summed by itself, not from the columns.
const ACTIVITY = `
  with due as (
    select a.id, a.type_id from account a
     where ($1::bigint is null or a.chain_id = $1) and ($2::text is null or a.program_id = $2)
       and ($3::text is null or a.type_id = $3) and ($4::text is null or a.id = $4)
       and ($7::text is null or a.id > $7)
     order by a.id limit $8
  ), m as (
    select t.account_id, t.code, t.learned_at as at, ${GAIN} as gain
      from transfer t join due on due.id = t.account_id where $6::timestamptz is null or t.learned_at < $6
  )
  select GROUPED, type.id as type_id, type.name as type_name, count(distinct due.id) as customers,
         coalesce(sum(m.gain) filter (where not ${within}), 0)::bigint as opening,
         ${sumOf('accrual')} as earned, ${sumOf('redemption', '-')} as redeemed, ${sumOf('refund')} as refunded,
         ${sumOf('clawback', '-')} as clawed_back, ${sumOf('adjustment')} as adjusted, ${sumOf('external')} as external,
         ${sumOf('opening')} as adopted, ${sumOf('expiry', '-')} as expired,
         coalesce(sum(m.gain), 0)::bigint as closing
    from due join customer_type type on type.id = due.type_id left join m on m.account_id = due.id
   group by 1, type.id, type.name order by 1, type.name, type.id`;

const BY = {
  account: ACTIVITY.replace('GROUPED', 'due.id as account_id'),
  type: ACTIVITY.replace('GROUPED', 'null::text as account_id'),
};

function toRow(row: ActivitySql): ActivityRow {
  const { account_id: accountId, type_id: id, type_name: name, customers, clawed_back: clawedBack, ...sums } = row;
  return { ...sums, accountId, type: { id, name }, customers: Number(customers), clawedBack };
}

/** The columns of a row taken together: what the closing must be. */
export function closingOf(row: Activity): bigint {
  const came = row.opening + row.earned + row.refunded + row.adjusted + row.external + row.adopted;
  return came - row.redeemed - row.clawedBack - row.expired;
}

/** Makes the report, in one statement so that all of it is of one moment. */
export async function readActivity(pool: pg.Pool, filter: ActivityFilter): Promise<ActivityRow[]> {
  const { rows } = await pool.query<ActivitySql>(BY[filter.by], [
    filter.chainId,
    filter.programId,
    filter.typeId,
    filter.accountId,
    filter.from,
    filter.to,
    filter.after,
    filter.limit,
  ]);
  const found = rows.map(toRow);
  const odd = found.find((row) => closingOf(row) !== row.closing);
  // A code that has no column would make a report that looks right and is not.
  if (odd) throw new Error(`the activity of ${odd.accountId ?? odd.type.id} does not add up`);
  return found;
}

/** Rows of a report added up. */
export function totalOf(rows: readonly ActivityRow[]): Activity & { readonly customers: number } {
  const sum = (column: keyof Activity) => rows.reduce((total, row) => total + row[column], 0n);
  return {
    customers: rows.reduce((total, row) => total + row.customers, 0),
    opening: sum('opening'),
    earned: sum('earned'),
    redeemed: sum('redeemed'),
    refunded: sum('refunded'),
    clawedBack: sum('clawedBack'),
    adjusted: sum('adjusted'),
    external: sum('external'),
    adopted: sum('adopted'),
    expired: sum('expired'),
    closing: sum('closing'),
  };
}
