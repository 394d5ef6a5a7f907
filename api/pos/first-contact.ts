/** A customer whose altegio card we have not met: found in Altegio, adopted by a workflow, then read from the ledger. */
import { type AltegioCard, AltegioError } from '../../activities/altegio/client/index.ts';
import { ensureAccount, type FoundAccounts, isLinked, type TillPlace } from '../../activities/ledger/till-accounts.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';
import { askCards } from './other-book.ts';

/** Adoption reads Altegio three times; a till's lookup waits this long for it. */
const ADOPTION_MS = 3_000;
const POLL_MS = 50;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until the accounts' cards are linked, until `until` (milliseconds of `performance.now()`) at most. */
export async function untilLinked(
  deps: Pick<ApiDeps, 'pool'>,
  accountIds: readonly string[],
  until: number,
): Promise<boolean> {
  while (true) {
    const linked = await Promise.all(accountIds.map((id) => isLinked(deps.pool, id)));
    if (linked.every(Boolean)) return true;
    if (performance.now() >= until) return false;
    await sleep(POLL_MS);
  }
}

async function cardsOf(deps: ApiDeps, place: TillPlace, phone: string, known: boolean): Promise<AltegioCard[]> {
  try {
    return await askCards(deps, place, phone);
  } catch (error) {
    if (!(error instanceof AltegioError)) throw error;
    // A customer of ours is answered from the ledger; about a stranger only Altegio can tell.
    if (known) return [];
    throw new Problem('altegio_unavailable', {
      detail: 'The phone is not known here, and Altegio cannot be asked now.',
    });
  }
}

/**
 * Asks Altegio for the phone's cards of the location's programs and has them adopted.
 * @returns whether anything was adopted; then the accounts have to be read again.
 * @throws Problem when Altegio cannot be asked about a stranger, or the adoption takes longer than the till waits.
 */
export async function meetCustomer(
  deps: ApiDeps,
  place: TillPlace,
  phone: string,
  found: FoundAccounts,
  began: number,
): Promise<boolean> {
  const cards = await cardsOf(deps, place, phone, found.accounts.length > 0);
  const inChain = cards.filter(({ chainId }) => chainId === null || chainId === place.chainId);
  const programs = found.programs.filter(({ cardTypeId }) => inChain.some(({ typeId }) => typeId === cardTypeId));
  if (programs.length === 0) return false;
  const accountIds = await Promise.all(programs.map(({ id }) => ensureAccount(deps.pool, place.chainId, id, phone)));
  try {
    for (const accountId of accountIds)
      await deps.starter.cardIssue({
        chainId: String(place.chainId),
        accountId,
        locationId: String(place.locationId),
        mayIssue: false,
      });
  } catch (error) {
    deps.logger.warn({ err: error }, 'the adoption of a card could not be started');
    throw new Problem('unavailable', { detail: 'The card was found in Altegio but cannot be taken over now.' });
  }
  if (await untilLinked(deps, accountIds, began + ADOPTION_MS)) return true;
  throw new Problem('altegio_unavailable', {
    detail: 'The card is being taken over from Altegio; ask again in a moment.',
  });
}
