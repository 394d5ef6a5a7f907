/** Operations and payments against the transfers they say they made; PostgreSQL counts, only what is wrong travels. */
import type pg from 'pg';
import { formatAmount } from '../../../domain/money.ts';
import type { Findings } from './findings.ts';

const MOST = 200;

const OPERATIONS = `
  select o.id, o.account_id, o.next_seq - 1 as said, count(t.id)::int as found,
         coalesce(min(t.seq), 1) as first_seq, coalesce(max(t.seq), 0) as last_seq
    from operation o left join transfer t on t.chain_id = o.chain_id and t.operation = o.id
   group by o.id
  having count(t.id) <> o.next_seq - 1 or coalesce(min(t.seq), 1) <> 1 or coalesce(max(t.seq), 0) <> count(t.id)
   order by o.id limit ${MOST}`;

const NOT_ZERO = `
  select operation, sum(amount)::bigint as sum from posting group by operation having sum(amount) <> 0 limit ${MOST}`;

const PAYMENTS = `
  select p.id, p.account_id, p.redeemed, p.accrued, coalesce(made.redeemed, 0) as took, coalesce(made.accrued, 0) as gave
    from payment p
    left join lateral (
      select coalesce(sum(t.amount) filter (where t.code = 'redemption'), 0)::bigint as redeemed,
             coalesce(sum(t.amount) filter (where t.code = 'accrual'), 0)::bigint as accrued
        from transfer t where t.chain_id = p.chain_id and t.operation = p.workflow_id) made on true
   where p.state <> 'PENDING'
     and (coalesce(p.redeemed, 0) <> coalesce(made.redeemed, 0) or coalesce(p.accrued, 0) <> coalesce(made.accrued, 0))
   order by p.id limit ${MOST}`;

const REFUNDS = `
  select s.id, p.account_id, s.points, s.clawed_back, coalesce(made.points, 0) as gave, coalesce(made.clawed, 0) as took
    from payment_step s
    join payment p on p.id = s.payment_id
    left join lateral (
      select coalesce(sum(t.amount) filter (where t.code = 'refund'), 0)::bigint as points,
             coalesce(sum(t.amount) filter (where t.code = 'clawback'), 0)::bigint as clawed
        from transfer t where t.chain_id = p.chain_id and t.operation = s.workflow_id) made on true
   where s.kind = 'refund' and s.state not in ('PENDING', 'UNDONE')
     and (coalesce(s.points, 0) <> made.points or coalesce(s.clawed_back, 0) <> made.clawed)
   order by s.id limit ${MOST}`;

const COUNTS = `
  select (select count(*) from operation)::int as operations,
         (select count(*) from payment where state <> 'PENDING')::int as payments`;

/** Whole and balanced operations, and payments that took and gave what they say. */
export async function verifyOperations(client: pg.ClientBase, findings: Findings): Promise<void> {
  const counts = await client.query<{ operations: number; payments: number }>(COUNTS);
  findings.counted('operations', counts.rows[0]?.operations ?? 0);
  findings.counted('payments', counts.rows[0]?.payments ?? 0);
  const broken = await client.query<{
    id: string;
    account_id: string | null;
    said: number;
    found: number;
  }>(OPERATIONS);
  for (const { id, account_id: accountId, said, found } of broken.rows)
    findings.add('operations', `operation ${id} has made ${said} transfers, and the ledger holds ${found} of it`, {
      accountId,
    });
  const unbalanced = await client.query<{ operation: string; sum: bigint }>(NOT_ZERO);
  for (const { operation, sum } of unbalanced.rows)
    findings.add('operations', `operation ${operation} sums to ${formatAmount(sum)} instead of 0.00`);
  const payments = await client.query<{
    id: string;
    account_id: string;
    redeemed: bigint | null;
    accrued: bigint | null;
    took: bigint;
    gave: bigint;
  }>(PAYMENTS);
  for (const row of payments.rows) {
    const said = `redeemed ${formatAmount(row.redeemed ?? 0n)}, accrued ${formatAmount(row.accrued ?? 0n)}`;
    const made = `redeemed ${formatAmount(row.took)}, accrued ${formatAmount(row.gave)}`;
    findings.add('payments', `payment ${row.id} says ${said}, and its transfers ${made}`, {
      accountId: row.account_id,
    });
  }
  await verifyRefunds(client, findings);
}

async function verifyRefunds(client: pg.ClientBase, findings: Findings): Promise<void> {
  const refunds = await client.query<{
    id: string;
    account_id: string;
    points: bigint | null;
    clawed_back: bigint | null;
    gave: bigint;
    took: bigint;
  }>(REFUNDS);
  for (const row of refunds.rows) {
    const said = `returned ${formatAmount(row.points ?? 0n)}, took back ${formatAmount(row.clawed_back ?? 0n)}`;
    const made = `returned ${formatAmount(row.gave)}, took back ${formatAmount(row.took)}`;
    findings.add('payments', `refund ${row.id} says it ${said}, and its transfers ${made}`, {
      accountId: row.account_id,
    });
  }
}
