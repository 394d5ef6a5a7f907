/** The journal tail: finds every card that somebody else moved, at a cost that grows with changes, not with cards. */
import { claimStoredLines } from '../ledger/mirror-actions.ts';
import type { OperationRef } from '../ledger/posting.ts';
import type { AltegioDeps } from './deps.ts';
import { fetchJournal } from './journal-fetch.ts';
import { readBalance } from './read-balance.ts';

/** A customer whose card was moved by somebody else. */
export interface Moved {
  readonly accountId: string;
  readonly locationId: bigint;
}

const CARDS_WITH_LINES = `
  select distinct card.account_id, card.location_id
    from altegio_line line join altegio_card card using (card_id)
   where line.chain_id = $1 and line.claim is null and card.role = 'current'`;

const IS_UNEXPLAINED = `
  select 1 from altegio_card where account_id = $1 and role = 'current' and unexplained <> 0`;

const OPERATION_DONE = `update operation set state = 'done', finished_at = now() where id = $1`;

/**
 * Fetches the journal and claims its lines. Lines of ours are settled here; a card that others moved is named, so that
 * its balance is read and adopted by a reconciliation.
 */
export async function followJournal(
  deps: AltegioDeps,
  chainId: bigint,
  options: { readonly daysBack: number; readonly signal: AbortSignal },
  operationFor: (accountId: string, locationId: bigint) => OperationRef,
): Promise<Moved[]> {
  await fetchJournal(deps, chainId, options);
  const { rows } = await deps.pool.query<{ account_id: string; location_id: bigint }>(CARDS_WITH_LINES, [chainId]);
  const moved: Moved[] = [];
  for (const { account_id: accountId, location_id: locationId } of rows) {
    const operation = operationFor(accountId, locationId);
    const claimed = await claimStoredLines(deps, accountId, null, operation, false);
    if (claimed === 'needsBalance') {
      const seen = await readBalance(deps, accountId, { lane: 'sweep', signal: options.signal });
      if (seen.kind === 'balance') await claimStoredLines(deps, accountId, seen, operation, false);
    }
    await deps.pool.query(OPERATION_DONE, [operation.id]);
    const unexplained = await deps.pool.query(IS_UNEXPLAINED, [accountId]);
    if (unexplained.rowCount) moved.push({ accountId, locationId });
  }
  return moved;
}
