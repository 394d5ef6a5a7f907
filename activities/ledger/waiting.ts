/** Workflows that wait for Altegio, as the ledger knows them: those that may be woken when its door opens again. */
import type pg from 'pg';

// An operation that has posted something has a row; an adjustment that still reads has only what was asked. Without a card
// its issue comes first. A customer whose other book differs may have a reconciliation open that has posted nothing: told
// last.
const WAITING = `
  select workflow_id from (
    select workflow_id, min(created_at) as since from (
      select workflow_id, created_at from operation
       where state <> 'done' and ($1::bigint is null or chain_id = $1)
      union all
      select 'cardIssue:' || account_id, created_at from operation
       where state <> 'done' and ($1::bigint is null or chain_id = $1)
         and not exists (select 1 from altegio_card card where card.account_id = operation.account_id)
      union all
      select asked.workflow_id, asked.created_at from adjustment asked join account on account.id = asked.account_id
       where ($1::bigint is null or account.chain_id = $1) and asked.created_at > now() - interval '40 days'
         and not exists (select 1 from operation where operation.id = asked.workflow_id)
      union all
      select 'reconciliation:' || card.chain_id || ':' || account.id, 'infinity'
        from account join altegio_card card on card.account_id = account.id and card.role = 'current'
       where ($1::bigint is null or card.chain_id = $1)
         and card.confirmed <> greatest(0, account.active - account.held)
    ) open group by workflow_id
  ) waiting order by since, workflow_id`;

/** Ids of workflows that may be waiting, longest first, of one chain or of all (null). */
export async function waitingWorkflows(pool: pg.Pool, chainId: bigint | null): Promise<string[]> {
  const { rows } = await pool.query<{ workflow_id: string }>(WAITING, [chainId]);
  return rows.map((row) => row.workflow_id);
}

/** Operations that are not done, by chain and location: what a parked scope holds up. */
export async function countWaiting(
  pool: pg.Pool,
): Promise<{ readonly all: number; readonly byLocation: ReadonlyMap<string, number> }> {
  const { rows } = await pool.query<{ location_id: bigint | null; waiting: bigint }>(
    `select location_id, count(*) as waiting from operation where state <> 'done' group by location_id`,
  );
  const byLocation = new Map(rows.map((row) => [String(row.location_id), Number(row.waiting)]));
  return { all: [...byLocation.values()].reduce((sum, count) => sum + count, 0), byLocation };
}

// Its card still differs, and Altegio has been asked to change it by no write begun since.
const HELD_UP = `
  select 1 from operation
    join account on account.id = operation.account_id
    join altegio_card card on card.account_id = account.id and card.role = 'current'
   where operation.workflow_id = $1 and operation.state <> 'done'
     and card.confirmed <> greatest(0, account.active - account.held)
     and not exists (select 1 from altegio_write w where w.card_id = card.card_id and w.created_at >= $2
                        and w.state not in ('in_flight', 'refused'))`;

/** Whether the write that this workflow waits for has still to be made. */
export async function isHeldUp(pool: pg.Pool, workflowId: string, since: Date): Promise<boolean> {
  return ((await pool.query(HELD_UP, [workflowId, since])).rowCount ?? 0) > 0;
}
