/** Whether an operation can be undone as a whole, and why not. */
import type pg from 'pg';
import type { OperationRef } from './posting.ts';

/** An operation as far as undoing it matters. */
export interface Undoable {
  readonly workflowId: string;
  readonly accountId: string;
  readonly chainId: bigint;
  readonly locationId: bigint;
  readonly kind: OperationRef['kind'];
  readonly state: 'running' | 'done' | 'needs_operator';
  /** It is itself what undid another. */
  readonly undoes: boolean;
  /** A person's decision about a review or a break, which has its own way back. */
  readonly decides: boolean;
  /** The workflow that has undone it. */
  readonly undoneBy: string | null;
}

const UNDOABLE = `
  select o.workflow_id as "workflowId", o.account_id as "accountId", o.chain_id as "chainId",
         coalesce(o.location_id, (select min(l.id) from location l where l.chain_id = o.chain_id)) as "locationId",
         o.kind, o.state,
         exists (select 1 from adjustment a where a.workflow_id = o.workflow_id and a.undoes is not null) as undoes,
         exists (select 1 from review r where r.operation = o.id)
           or exists (select 1 from break b where b.resolved_by = o.id) as decides,
         (select a.workflow_id from adjustment a join operation by on by.id = a.workflow_id
           where a.undoes = o.id and exists (select 1 from transfer t where t.operation = by.id) limit 1) as "undoneBy"
    from operation o
   where (o.id = $1 or o.kind in ('visit', 'reconciliation') and o.workflow_id = $1) and o.account_id is not null
   order by o.state = 'done', o.id desc limit 1`;

/** The operation of a workflow id, of one that is used again the one that runs or the latest; null when there is none. */
export async function findUndoable(pool: pg.Pool, workflowId: string): Promise<Undoable | null> {
  const { rows } = await pool.query<Undoable>(UNDOABLE, [workflowId]);
  return rows[0] ?? null;
}

/** Why it cannot be undone, in one sentence; null when it can. */
export function undoRefusal({ kind, state, undoes, decides, undoneBy }: Undoable): string | null {
  if (state !== 'done') return 'It still runs: skip it, or wait for its end.';
  if (kind === 'reconciliation' || kind === 'card_issue')
    return 'It posted only what others moved in Altegio, which is a fact; adjust the balance instead.';
  if (kind === 'visit')
    return 'It posted what a visit has come to: change the visit in Altegio, and it is settled again.';
  if (undoneBy !== null) return `It was undone by ${undoneBy}.`;
  if (undoes) return 'It undid another operation; make that one again instead.';
  return decides ? 'It is a decision about a review or a break; adjust the balance instead.' : null;
}
