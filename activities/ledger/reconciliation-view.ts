/** The two books of a chain side by side, and the accounts a reconciliation goes through. */
import type pg from 'pg';
import { CURRENT_CARD, mirrorState } from './accounts-view.ts';

/** How a chain's accounts stand; totals in minor units. */
export interface ReconciliationSummary {
  readonly accounts: number;
  readonly matched: number;
  readonly syncing: number;
  readonly needsOperator: number;
  /** What Altegio should hold, by our ledger. */
  readonly ledgerTotal: bigint;
  /** What Altegio holds, as last proven. */
  readonly altegioTotal: bigint;
}

/** Counts and sums in one statement, so that both totals are of the same moment. */
export async function reconciliationSummary(pool: pg.Pool, chainId: bigint | null): Promise<ReconciliationSummary> {
  const { rows } = await pool.query<{
    accounts: bigint;
    matched: bigint;
    syncing: bigint;
    needs_operator: bigint;
    ledger_total: bigint;
    altegio_total: bigint;
  }>(
    `select count(*) as accounts,
            count(*) filter (where state = 'matched') as matched,
            count(*) filter (where state = 'syncing') as syncing,
            count(*) filter (where state = 'needs_operator') as needs_operator,
            coalesce(sum(target) filter (where second_book), 0)::bigint as ledger_total,
            coalesce(sum(confirmed), 0)::bigint as altegio_total
       from (select ${mirrorState} as state, greatest(0, a.active - a.held) as target, c.confirmed, second_book(a)
               from account a ${CURRENT_CARD}
              where $1::bigint is null or a.chain_id = $1) book`,
    [chainId],
  );
  const [row] = rows;
  if (!row) throw new Error('an aggregate always answers one row');
  return {
    accounts: Number(row.accounts),
    matched: Number(row.matched),
    syncing: Number(row.syncing),
    needsOperator: Number(row.needs_operator),
    ledgerTotal: row.ledger_total,
    altegioTotal: row.altegio_total,
  };
}

/** What a workflow of an account needs to start: ids, and a location through which its calls may go. */
export interface AccountRoute {
  readonly accountId: string;
  readonly chainId: bigint;
  readonly locationId: bigint;
}

interface RouteSql {
  account_id: string;
  chain_id: bigint;
  location_id: bigint | null;
}

// The card's own location first, then one where the customer is known, then any of the chain; where Altegio is reached.
const ROUTE = `
  select a.id as account_id, a.chain_id,
         coalesce(c.location_id,
                  (select l.id from account_client ac join location l on l.id = ac.location_id
                    where ac.account_id = a.id order by l.provider <> 'altegio', l.id limit 1),
                  (select l.id from location l where l.chain_id = a.chain_id
                    order by l.provider <> 'altegio', l.connected_at, l.id limit 1)
         ) as location_id
    from account a ${CURRENT_CARD}`;

function toRoute(row: RouteSql): AccountRoute {
  if (row.location_id === null) throw new Error(`chain ${row.chain_id} has no location`);
  return { accountId: row.account_id, chainId: row.chain_id, locationId: row.location_id };
}

/** How to reach one account, or null when there is none of this id. */
export async function routeOf(pool: pg.Pool, accountId: string): Promise<AccountRoute | null> {
  const { rows } = await pool.query<RouteSql>(`${ROUTE} where a.id = $1`, [accountId]);
  return rows[0] ? toRoute(rows[0]) : null;
}

/** How to reach each of these accounts, in the order of their ids. */
export async function routesOf(pool: pg.Pool, accountIds: readonly string[]): Promise<AccountRoute[]> {
  const { rows } = await pool.query<RouteSql>(`${ROUTE} where a.id = any($1::text[]) order by a.id`, [accountIds]);
  return rows.map(toRoute);
}

/** A page of the chain's accounts in the order of their ids, after `after`. */
export async function routesOfChain(
  pool: pg.Pool,
  chainId: bigint,
  after: string,
  limit: number,
): Promise<AccountRoute[]> {
  const { rows } = await pool.query<RouteSql>(`${ROUTE} where a.chain_id = $1 and a.id > $2 order by a.id limit $3`, [
    chainId,
    after,
    limit,
  ]);
  return rows.map(toRoute);
}

/** Says that something happened to these accounts: a reconciliation under way looks again before it ends. */
export async function markDirty(pool: pg.Pool, accountIds: readonly string[]): Promise<void> {
  await pool.query(
    `with due as (select id from account where id = any($1::text[]) order by id for no key update)
     update account set dirty_seq = dirty_seq + 1 from due where account.id = due.id`,
    [accountIds],
  );
}
