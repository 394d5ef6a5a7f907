/** Cards that wait for what a night moved: in line, told to reconciliations within the call budget. */
import type pg from 'pg';
import { type AccountRoute, routesOf } from './reconciliation-view.ts';
import type { Tx } from './database.ts';

/** The part of the call budget that such cards may take: payments and changes of the day come first. */
const SHARE = 0.5;
/** One read and one write a card. */
const CALLS_A_CARD = 2;
/** A card that was told of and still waits is told again after this long. */
const AGAIN = '15 minutes';

/** How many waiting cards a minute are told to Altegio. */
export function cardsAMinute(requestsPerMinute: number): number {
  return Math.max(1, Math.floor((requestsPerMinute * SHARE) / CALLS_A_CARD));
}

const WAIT = `
  insert into mirror_wait (account_id, chain_id) select unnest($2::text[]), $1 on conflict (account_id) do nothing`;

/** Puts accounts in line, in the transaction that moved them. */
export function sendWaits(tx: Tx, chainId: bigint, accountIds: readonly string[]): void {
  if (accountIds.length > 0) tx.send(WAIT, [chainId, accountIds]);
}

/** The books of an account are equal: it waits no longer. */
export function sendWaitOver(tx: Tx, accountId: string): void {
  tx.send('delete from mirror_wait where account_id = $1', [accountId]);
}

const NEXT = `
  select account_id from mirror_wait
   where chain_id = $1 and (told_at is null or told_at < now() - interval '${AGAIN}')
   order by since, account_id limit $2`;

/** The next in line, at most `limit`. Who has told of one says so by {@link markTold}: until then it is next again. */
export async function nextWaiting(pool: pg.Pool, chainId: bigint, limit: number): Promise<AccountRoute[]> {
  const { rows } = await pool.query<{ account_id: string }>(NEXT, [chainId, limit]);
  return rows.length === 0
    ? []
    : await routesOf(
        pool,
        rows.map(({ account_id }) => account_id),
      );
}

/** The account was told of: its turn comes again only when it still waits after a while. */
export async function markTold(pool: pg.Pool, accountId: string): Promise<void> {
  await pool.query('update mirror_wait set told_at = now() where account_id = $1', [accountId]);
}

/** How many cards of a chain, or of all, wait, and since when the first does. */
export async function waitingCards(
  pool: pg.Pool,
  chainId: bigint | null,
): Promise<{ readonly cards: number; readonly since: Date | null }> {
  const { rows } = await pool.query<{ cards: number; since: Date | null }>(
    'select count(*)::int as cards, min(since) as since from mirror_wait where $1::bigint is null or chain_id = $1',
    [chainId],
  );
  return rows[0] ?? { cards: 0, since: null };
}
