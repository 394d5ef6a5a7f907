/** The workflow an operator acts on, as the ledger knows it. */
import type pg from 'pg';
import { accountOfWorkflow } from '../../domain/ids.ts';

/** What decides whether an action is possible. */
export interface ActionSubject {
  readonly accountId: string;
  readonly chainId: bigint;
  readonly locationId: bigint;
  /** The newest operation of the workflow; null while nothing is posted. */
  readonly operation: { readonly id: string; readonly state: 'running' | 'done' | 'needs_operator' } | null;
  readonly card: 'linked' | 'missing' | null;
  /** It undoes another operation as a whole. */
  readonly undoes: boolean;
}

interface SubjectSql {
  account_id: string;
  chain_id: bigint;
  location_id: bigint;
  operation: string | null;
  state: 'running' | 'done' | 'needs_operator' | null;
  card: 'linked' | 'missing' | null;
  undoes: boolean;
}

const SUBJECT = `
  select a.id as account_id, a.chain_id, o.id as operation, o.state, card.state as card,
         exists (select 1 from adjustment u where u.workflow_id = $1 and u.undoes is not null) as undoes,
         coalesce(o.location_id, p.location_id, card.location_id,
                  (select min(l.id) from location l where l.chain_id = a.chain_id)) as location_id
    from (select 1) one
    left join payment p on p.workflow_id = $1
    left join lateral (select id, state, account_id, location_id from operation where workflow_id = $1
                        order by created_at desc, id desc limit 1) o on true
    join account a on a.id = coalesce(o.account_id, p.account_id, $2)
    left join altegio_card card on card.account_id = a.id and card.role = 'current'`;

/** Finds it by operation, payment, or the account that the id names; null when the ledger knows none. */
export async function findSubject(pool: pg.Pool, workflowId: string): Promise<ActionSubject | null> {
  const { rows } = await pool.query<SubjectSql>(SUBJECT, [workflowId, accountOfWorkflow(workflowId)]);
  const [row] = rows;
  if (!row) return null;
  const { account_id: accountId, chain_id: chainId, location_id: locationId, operation, state, card, undoes } = row;
  return {
    accountId,
    chainId,
    locationId,
    operation: operation !== null && state !== null ? { id: operation, state } : null,
    card,
    undoes,
  };
}
