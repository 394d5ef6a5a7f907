/** An account's history with its running balance, and its lots as an expiry table. */
import type pg from 'pg';

/** A line of Altegio's journal that explains a transfer; `type` is named in domain/journal.ts. */
export interface JournalLineView {
  readonly lineId: bigint;
  readonly type: number;
  readonly cause: string;
  readonly amount: bigint;
}

/** The reading that found a movement of Altegio's; amounts in minor units. */
export interface DriftReading {
  readonly driftId: bigint;
  readonly expected: bigint;
  readonly balance: bigint;
  readonly foundAt: Date;
  readonly notBefore: Date | null;
  readonly way: string;
}

/** One transfer from the customer's side; amounts in minor units. */
export interface TransferView {
  readonly id: bigint;
  readonly code: string;
  /** Signed as the customer sees it: what he gained or lost. */
  readonly amount: bigint;
  /** Which of the customer's balances it moved; points that repay a debt leave `active`. */
  readonly part: 'active' | 'pending' | 'debt';
  /** The active balance after it. */
  readonly balance: bigint;
  readonly lotId: bigint | null;
  /** For a movement of Altegio's: what the journal says about it, as far as it has said it. */
  readonly causes: readonly string[];
  readonly lines: readonly JournalLineView[];
  /** Null for a movement of ours, and for one found before readings were kept. */
  readonly reading: DriftReading | null;
  readonly operation: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly actor: string;
  readonly reason: string | null;
  readonly happenedAt: Date;
  readonly learnedAt: Date;
}

interface TransferSql {
  id: bigint;
  code: string;
  amount: bigint;
  part: TransferView['part'];
  balance: bigint;
  lot_id: bigint | null;
  causes: string[] | null;
  lines: { line: string; type: number; cause: string; amount: string }[];
  drift_id: bigint | null;
  expected: bigint | null;
  drift_balance: bigint | null;
  found_at: Date | null;
  not_before: Date | null;
  way: string | null;
  operation: string;
  workflow_id: string;
  run_id: string;
  actor: string;
  reason: string | null;
  happened_at: Date;
  learned_at: Date;
}

/** The lines of a drift as json; a cancelled line is the same line of Altegio's, put back. */
export const partsOf = (driftId: string): string => `
  (select coalesce(json_agg(json_build_object('line', abs(part.line_id)::text, 'type', part.type_id, 'cause', part.cause,
                                              'amount', part.amount::text) order by abs(part.line_id)), '[]')
     from drift_part part where part.drift_id = ${driftId})`;

// Ledger accounts are named in domain/book.ts. A transfer touches `active`, or else pending or debt alone; debt is a
// claim on the customer, so what leaves the debt account is a loss of his. One that touches none of them only names what
// Altegio moved before, and moves nothing.
const TRANSFERS = `
  with book as (
    select t.*,
           case when t.credit_account = 'customer:' || $1 then t.amount
                when t.debit_account = 'customer:' || $1 then -t.amount
                else 0 end as on_active,
           case when 'pending:' || $1 in (t.credit_account, t.debit_account)
                      and 'customer:' || $1 not in (t.credit_account, t.debit_account) then 'pending'
                when 'debt:' || $1 in (t.credit_account, t.debit_account)
                      and 'customer:' || $1 not in (t.credit_account, t.debit_account) then 'debt'
                else 'active' end as part
      from transfer t where t.account_id = $1 and ($2::bigint is null or t.id <= $2)
  ), running as (
    select book.*, sum(on_active) over (order by id)::bigint as balance from book
  )
  select r.id, r.code, r.part, r.balance, r.lot_id, r.operation, r.actor, r.reason, r.happened_at, r.learned_at,
         case when r.part = 'active' then r.on_active
              when r.credit_account in ('pending:' || $1, 'debt:' || $1) then r.amount
              else -r.amount end as amount,
         o.workflow_id, o.run_id, dc.causes,
         r.drift_id, drift.expected, drift.balance as drift_balance, drift.found_at, drift.not_before, drift.way,
         ${partsOf('r.drift_id')} as lines
    from running r
    join operation o on o.id = r.operation
    left join drift_cause dc on dc.drift_id = r.drift_id
    left join drift on drift.id = r.drift_id
   order by r.id desc limit $3`;

function readingOf(row: TransferSql): DriftReading | null {
  const { drift_id: driftId, expected, drift_balance: balance, found_at: foundAt, way } = row;
  if (driftId === null || expected === null || balance === null || foundAt === null || way === null) return null;
  return { driftId, expected, balance, foundAt, notBefore: row.not_before, way };
}

const toTransfer = (row: TransferSql): TransferView => ({
  id: row.id,
  code: row.code,
  amount: row.amount,
  part: row.part,
  balance: row.balance,
  lotId: row.lot_id,
  causes: row.causes ?? [],
  lines: row.lines.map(({ line, type, cause, amount }) => ({
    type,
    lineId: BigInt(line),
    cause,
    amount: BigInt(amount),
  })),
  reading: readingOf(row),
  operation: row.operation,
  workflowId: row.workflow_id,
  runId: row.run_id,
  actor: row.actor,
  reason: row.reason,
  happenedAt: row.happened_at,
  learnedAt: row.learned_at,
});

/** A page of transfers, newest first, from `from` (included) back; `next` is where the following page starts. */
export async function listTransfers(
  pool: pg.Pool,
  accountId: string,
  from: bigint | null,
  limit: number,
): Promise<{ items: TransferView[]; next: bigint | null }> {
  const { rows } = await pool.query<TransferSql>(TRANSFERS, [accountId, from, limit + 1]);
  return { items: rows.slice(0, limit).map(toTransfer), next: rows[limit]?.id ?? null };
}

/** Points with one expiry date. */
export interface LotView {
  readonly id: bigint;
  readonly code: string;
  readonly amount: bigint;
  readonly remaining: bigint;
  readonly held: bigint;
  readonly state: 'pending' | 'active';
  readonly activatesAt: Date | null;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  readonly operation: string;
}

/** The account's lots with something left, earliest expiry first, never-expiring ones last. */
export async function listLots(pool: pg.Pool, accountId: string): Promise<LotView[]> {
  const { rows } = await pool.query<{
    id: bigint;
    code: string;
    amount: bigint;
    remaining: bigint;
    held: bigint;
    state: 'pending' | 'active';
    activates_at: Date | null;
    expires_at: Date | null;
    created_at: Date;
    operation: string;
  }>(
    `select id, code, amount, remaining, held, state, activates_at, expires_at, created_at, operation
       from lot where account_id = $1 and remaining > 0 order by expires_at nulls last, created_at, id`,
    [accountId],
  );
  return rows.map(({ activates_at, expires_at, created_at, ...row }) => ({
    ...row,
    activatesAt: activates_at,
    expiresAt: expires_at,
    createdAt: created_at,
  }));
}
