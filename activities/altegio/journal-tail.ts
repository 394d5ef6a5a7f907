/** The journal tail: finds every card that somebody else moved, at a cost that grows with changes, not with cards. */
import { claimStoredLines } from '../ledger/mirror-actions.ts';
import type { OperationRef } from '../ledger/posting.ts';
import type { AltegioDeps } from './deps.ts';
import { fetchJournal } from './journal-fetch.ts';
import { alertNativeLines, readPromotions } from './promotions.ts';
import { findShadowCards } from './shadow-cards.ts';
import { readBalance } from './read-balance.ts';

/** A customer whose card was moved by somebody else. */
export interface Moved {
  readonly accountId: string;
  readonly locationId: bigint;
}

// A card whose drift nobody has named is looked at too: a run may have ended between claiming its lines and saying so.
const CARDS_TO_LOOK_AT = `
  select card.account_id, card.location_id
    from altegio_line line join altegio_card card using (card_id)
   where line.chain_id = $1 and line.claim is null and card.role = 'current'
   union
  select account_id, location_id from altegio_card where chain_id = $1 and unexplained <> 0 and role = 'current'`;

// A chain whose points are kept elsewhere now has a schedule still.
const KEEPS_POINTS_IN_ALTEGIO = `select 1 from location where chain_id = $1 and provider = 'altegio' limit 1`;

const IS_UNEXPLAINED = `
  select 1 from altegio_card where account_id = $1 and role = 'current' and unexplained <> 0`;

const OPERATION_DONE = `update operation set state = 'done', finished_at = now() where id = $1`;

/** How the tail posts, and whom it tells of a card that has to be read and made equal. */
export interface Followers {
  readonly operationFor: (moved: Moved) => OperationRef;
  readonly tell: (moved: Moved) => Promise<void>;
}

/**
 * Fetches the journal and claims its lines. Lines of ours are settled here; a card that others moved, or that a late
 * write of ours moved, is told of at once, so that a reconciliation reads it and makes both books equal.
 * @returns how many cards were told of
 */
export async function followJournal(
  deps: AltegioDeps,
  chainId: bigint,
  options: { readonly daysBack: number; readonly signal: AbortSignal },
  { operationFor, tell }: Followers,
): Promise<number> {
  if (!(await deps.pool.query(KEEPS_POINTS_IN_ALTEGIO, [chainId])).rowCount) return 0;
  await fetchJournal(deps, chainId, options);
  const { rows } = await deps.pool.query<{ account_id: string; location_id: bigint }>(CARDS_TO_LOOK_AT, [chainId]);
  let told = 0;
  for (const { account_id: accountId, location_id: locationId } of rows) {
    const card = { accountId, locationId };
    if (!(await claimLines(deps, card, operationFor(card), options.signal))) continue;
    await tell(card);
    told += 1;
  }
  await alertNativeLines(deps, chainId);
  await findShadowCards(deps, chainId, options.signal);
  // The hourly reading that goes further back: promotions change seldom.
  if (options.daysBack > 1) await readPromotions(deps, chainId, options.signal);
  return told;
}

/** Claims one card's lines; true when the card then needs a reconciliation. */
async function claimLines(
  deps: AltegioDeps,
  { accountId }: Moved,
  operation: OperationRef,
  signal: AbortSignal,
): Promise<boolean> {
  const claimed = await claimStoredLines(deps, accountId, null, operation, false);
  const lateTwin = claimed === 'needsBalance';
  if (lateTwin) {
    const seen = await readBalance(deps, accountId, { lane: 'sweep', signal });
    if (seen.kind === 'balance') await claimStoredLines(deps, accountId, seen, operation, false);
  }
  await deps.pool.query(OPERATION_DONE, [operation.id]);
  // What a late twin moved has to be written back.
  return lateTwin || Boolean((await deps.pool.query(IS_UNEXPLAINED, [accountId])).rowCount);
}
