/** Operations as an operator sees them: what runs, what waits for a person, what a workflow has posted. */
import type pg from 'pg';

/** One payment or balance change. */
export interface OperationView {
  readonly id: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly kind: string;
  readonly chainId: bigint;
  readonly accountId: string | null;
  readonly locationId: bigint | null;
  readonly actor: string;
  readonly reason: string | null;
  readonly state: 'running' | 'done' | 'needs_operator';
  readonly waitsFor: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

interface OperationSql {
  id: string;
  workflow_id: string;
  run_id: string;
  kind: string;
  chain_id: bigint;
  account_id: string | null;
  location_id: bigint | null;
  actor: string;
  reason: string | null;
  state: OperationView['state'];
  waits_for: string | null;
  created_at: Date;
  finished_at: Date | null;
}

const OPERATION = `
  select id, workflow_id, run_id, kind, chain_id, account_id, location_id, actor, reason, state, waits_for, created_at,
         finished_at
    from operation`;

const toOperation = (row: OperationSql): OperationView => ({
  id: row.id,
  workflowId: row.workflow_id,
  runId: row.run_id,
  kind: row.kind,
  chainId: row.chain_id,
  accountId: row.account_id,
  locationId: row.location_id,
  actor: row.actor,
  reason: row.reason,
  state: row.state,
  waitsFor: row.waits_for,
  createdAt: row.created_at,
  finishedAt: row.finished_at,
});

/** Where a page of operations ended. */
export interface OperationCursor {
  readonly createdAt: string;
  readonly id: string;
}

/** What a list of operations is narrowed by; null does not narrow. */
export interface OperationFilter {
  readonly state: OperationView['state'] | null;
  readonly accountId: string | null;
  readonly after: OperationCursor | null;
  readonly limit: number;
}

/** A page of operations, newest first. */
export async function listOperations(
  pool: pg.Pool,
  { state, accountId, after, limit }: OperationFilter,
): Promise<{ items: OperationView[]; next: OperationCursor | null }> {
  // The cursor keeps PostgreSQL's own text of the time: a JavaScript date drops microseconds and with them rows.
  const { rows } = await pool.query<OperationSql & { created_text: string }>(
    `select *, created_at::text as created_text from (${OPERATION}) operation
      where ($1::text is null or state = $1) and ($2::text is null or account_id = $2)
        and ($3::timestamptz is null or (created_at, id) < ($3, $4::text))
      order by created_at desc, id desc limit $5`,
    [state, accountId, after?.createdAt ?? null, after?.id ?? null, limit + 1],
  );
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(toOperation),
    next: last ? { createdAt: last.created_text, id: last.id } : null,
  };
}

/** The newest runs of a workflow id, newest first; more than one where the id is used again and again. */
export async function operationsOf(pool: pg.Pool, workflowId: string): Promise<OperationView[]> {
  const { rows } = await pool.query<OperationSql>(
    `${OPERATION} where workflow_id = $1 order by created_at desc, id desc limit 50`,
    [workflowId],
  );
  return rows.map(toOperation);
}
