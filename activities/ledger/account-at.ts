/** An account as it was at an instant, by what is known now or by what was known then. */
import type pg from 'pg';
import type { Balances } from '../../domain/account.ts';

// Debt is a claim on the customer, so it grows on the debit side. Reserving is no transfer: it happens when it is learned.
const AT = `
  with moved as (
    select debit_account as debit, credit_account as credit, amount from transfer
     where account_id = $1 and happened_at <= $2::timestamptz and learned_at <= $3::timestamptz
  ), part as (
    select coalesce(sum(amount) filter (where credit = 'customer:' || $1), 0)
             - coalesce(sum(amount) filter (where debit = 'customer:' || $1), 0) as active,
           coalesce(sum(amount) filter (where credit = 'pending:' || $1), 0)
             - coalesce(sum(amount) filter (where debit = 'pending:' || $1), 0) as pending,
           coalesce(sum(amount) filter (where debit = 'debt:' || $1), 0)
             - coalesce(sum(amount) filter (where credit = 'debt:' || $1), 0) as debt
      from moved
  )
  select active::bigint, pending::bigint, debt::bigint,
         (select coalesce(sum(amount), 0)::bigint from hold
           where account_id = $1 and opened_id is not null and created_at <= least($2::timestamptz, $3::timestamptz)
             and (closed_at is null or closed_at > least($2::timestamptz, $3::timestamptz))) as held
    from part`;

/**
 * The balances at `at` as far as it was known at `knownAt`, minor units. By what was known later they
 * may be below zero for a while: what came late stands where it happened.
 */
export async function balancesAt(pool: pg.Pool, accountId: string, at: Date, knownAt: Date): Promise<Balances> {
  const { rows } = await pool.query<Balances>(AT, [accountId, at, knownAt]);
  const [row] = rows;
  if (!row) throw new Error('an aggregate always answers one row');
  return row;
}
