/** Histories of finished operations as they are kept beside them. */
import type pg from 'pg';
import { type Tx, transaction } from '../database.ts';
import type { HistoryFacts } from './history-facts.ts';

/** A finished operation whose history is not kept yet. */
export interface UnkeptOperation {
  readonly id: string;
  readonly workflowId: string;
  readonly runId: string;
}

// The rows are locked, so that of several processes each keeps others; nobody waits for them but a further posting of the
// same, finished operation.
const UNKEPT = `
  select o.id, o.workflow_id, o.run_id from operation o
   where o.state = 'done' and o.finished_at < now() - make_interval(secs => $1)
     and o.id <> all ($2::text[])
     and not exists (select 1 from operation_history h where h.operation = o.id)
   order by o.finished_at limit $3
   for no key update of o skip locked`;

const KEEP = `
  insert into operation_history (operation, workflow_id, run_id, state, closed_as, events, first_event_at, last_event_at,
                                 digest, facts)
  values ($1, $2, $3, $4, $5, $6, $7, $8, decode($9, 'hex'), $10)
  on conflict do nothing`;

/** Keeps a history; null says that Temporal does not know the run any more. */
export function sendHistory(tx: Tx, { id, workflowId, runId }: UnkeptOperation, facts: HistoryFacts | null): void {
  const kept = facts && JSON.stringify(facts);
  const { closedAs = null, events = 0, firstEventAt = null, lastEventAt = null, digest = null } = facts ?? {};
  const state = facts ? 'kept' : 'gone';
  tx.send(KEEP, [id, workflowId, runId, state, closedAs, events, firstEventAt, lastEventAt, digest, kept]);
}

/** Hands finished operations without a history to `keep`, in one transaction; answers how many there were. */
export async function withUnkept(
  pool: pg.Pool,
  options: { readonly settledSeconds: number; readonly except: readonly string[]; readonly limit: number },
  keep: (tx: Tx, operations: readonly UnkeptOperation[]) => Promise<void>,
): Promise<number> {
  return await transaction(pool, async (tx) => {
    const { settledSeconds, except, limit } = options;
    const rows = await tx.rows<{ id: string; workflow_id: string; run_id: string }>(UNKEPT, [
      settledSeconds,
      [...except],
      limit,
    ]);
    const operations = rows.map((row) => ({ id: row.id, workflowId: row.workflow_id, runId: row.run_id }));
    await keep(tx, operations);
    return operations.length;
  });
}

/** A history as kept. */
export interface KeptHistory {
  readonly state: 'kept' | 'gone';
  readonly runId: string;
  /** As its digest was stored; the same digest stands in `facts`. */
  readonly digest: string | null;
  readonly facts: HistoryFacts | null;
  readonly keptAt: Date;
}

/** The kept history of an operation, or null. */
export async function keptHistory(client: pg.ClientBase, operationId: string): Promise<KeptHistory | null> {
  const { rows } = await client.query<{
    state: 'kept' | 'gone';
    run_id: string;
    digest: string | null;
    facts: HistoryFacts | null;
    kept_at: Date;
  }>(
    `select state, run_id, encode(digest, 'hex') as digest, facts, kept_at from operation_history where operation = $1`,
    [operationId],
  );
  const [row] = rows;
  return row
    ? { state: row.state, runId: row.run_id, digest: row.digest, facts: row.facts, keptAt: row.kept_at }
    : null;
}
