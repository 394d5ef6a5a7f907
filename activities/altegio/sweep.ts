/**
 * The rolling sweep: proves the cards that were proven longest ago, slowly, one read a card; and tells Altegio, in line,
 * of the cards that a night moved.
 */
import { proveBalance } from '../ledger/mirror-actions.ts';
import { markTold, nextWaiting } from '../ledger/mirror-wait.ts';
import { AltegioError, AltegioThrottled, AltegioUnauthorised, AltegioUnreachable } from './client/index.ts';
import type { AltegioDeps } from './deps.ts';
import type { Moved } from './journal-tail.ts';
import { readBalance } from './read-balance.ts';

/** Whose cards, and how many at most. */
export interface SweepOf {
  readonly chainId: bigint;
  /** A card is read again when its last proof is older. */
  readonly hours: number;
  readonly cards: number;
  /** Cards that wait for what a night moved and are told to reconciliations. */
  readonly waiting?: number;
}

/** What one run did. */
export interface Swept {
  readonly equal: number;
  /** Cards that a reconciliation was started for. */
  readonly different: number;
  /** Why the run ended early, in one sentence. */
  readonly stopped: string | null;
}

const DUE = `
  select account_id, location_id, card_id from altegio_card card
   where chain_id = $1 and role = 'current' and state = 'linked'
     and greatest(confirmed_at, swept_at) < now() - make_interval(secs => $2 * 3600)
     and location_id <> all($3::bigint[])
     and not exists (select 1 from altegio_write w where w.card_id = card.card_id and w.state in ('in_flight', 'in_doubt'))
   order by confirmed_at limit $4`;

const TRIED = 'update altegio_card set swept_at = now() where card_id = $1';

/** A sweep waits this long for a slot (milliseconds): tills and writes need them more. */
const MAX_WAIT_MS = 1_000;

async function closedLocations({ altegio }: AltegioDeps): Promise<bigint[] | 'all'> {
  const scopes = (await altegio.parked()).filter(({ covers }) => covers === 'all').map(({ scope }) => scope);
  if (scopes.includes('token')) return 'all';
  return scopes.flatMap((scope) => (scope.startsWith('location:') ? [BigInt(scope.slice('location:'.length))] : []));
}

/** True for what would stop the next card as well. */
const stopsAll = (error: unknown): error is AltegioError =>
  error instanceof AltegioThrottled || error instanceof AltegioUnreachable || error instanceof AltegioUnauthorised;

/**
 * Reads up to `cards` cards whose last proof is older than `hours`, as far as the call budget has room. An equal card's
 * proof moves to now; any other card is told of, so that a reconciliation reads it and makes both books equal.
 */
export async function sweep(
  deps: AltegioDeps,
  { chainId, hours, cards, waiting = 0 }: SweepOf,
  signal: AbortSignal,
  tell: (moved: Moved) => Promise<void>,
): Promise<Swept> {
  const closed = await closedLocations(deps);
  if (closed === 'all') return { equal: 0, different: 0, stopped: 'Altegio refuses our token.' };
  const { rows } = await deps.pool.query<{ account_id: string; location_id: bigint; card_id: bigint }>(DUE, [
    chainId,
    hours,
    closed,
    cards,
  ]);
  let equal = 0;
  let different = 0;
  for (const moved of await nextWaiting(deps.pool, chainId, waiting)) {
    signal.throwIfAborted();
    await tell(moved);
    await markTold(deps.pool, moved.accountId);
    different += 1;
  }
  for (const { account_id: accountId, location_id: locationId, card_id: cardId } of rows) {
    signal.throwIfAborted();
    try {
      if (await isEqual(deps, accountId, signal)) equal += 1;
      else {
        await tell({ accountId, locationId });
        different += 1;
      }
    } catch (error) {
      if (stopsAll(error)) return { equal, different, stopped: `Goes on next time: ${error.message}` };
      // One card that cannot be read must not hold up those behind it.
      if (!(error instanceof AltegioError)) throw error;
    }
    await deps.pool.query(TRIED, [cardId]);
  }
  return { equal, different, stopped: null };
}

async function isEqual(deps: AltegioDeps, accountId: string, signal: AbortSignal): Promise<boolean> {
  const seen = await readBalance(deps, accountId, { lane: 'sweep', maxWaitMs: MAX_WAIT_MS, signal });
  if (seen.kind !== 'balance') return false;
  const proof = await proveBalance(deps, accountId, seen);
  // Who changed the card meanwhile has proven it.
  return typeof proof === 'string' ? proof === 'equal' : true;
}
