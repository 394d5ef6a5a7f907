/** Writing the mirror down: confirmed balance and what waits for an explanation, under the account's lock. */
import type { Adoption, Mirror } from '../../domain/mirror.ts';
import type { Tx } from './database.ts';
import type { CardRow, Page } from './page.ts';

// Two workflows that explain one card share fetches of the journal: a fetch counts once, and only when it began after
// the newest drift was found. `$8` is whether one was found now.
const CARD_SAVE = `
  update altegio_card card
     set confirmed = $2, version = version + $7::int, unexplained = $3::bigint, unknown = $4,
         confirmed_at = case when $5::timestamptz is null then confirmed_at else greatest(confirmed_at, $5) end,
         state = case when $5 is null then state else 'linked' end,
         unexplained_since = case when $3::bigint = 0 then null else coalesce(unexplained_since, now()) end,
         unexplained_reads = case when $3::bigint = 0 or $8 then 0
                                  when $6 and fetched.at > coalesce(counted_until, '-infinity') then unexplained_reads + 1
                                  else unexplained_reads end,
         counted_until = case when $3::bigint = 0 then null
                              when $8 then now()
                              when $6 then greatest(counted_until, fetched.at)
                              else counted_until end
    from (select (select last_started_at from altegio_journal where chain_id = $9) as at) fetched
   where card_id = $1`;

const DRIFT_EXPLAINED = `
  update drift set explained_at = now()
   where card_id = $1 and explained_at is null and (unknown_at is null or $2)`;

// Lines can be seen before the balance they moved; they belong to the drift found now.
const EARLY_LINES = `
  with early as (
    update altegio_line set drift_id = $2
     where card_id = $1 and claim = 'external' and drift_id is null and claimed_at > now() - interval '10 minutes'
    returning not_before
  )
  update drift set not_before = greatest(not_before, (select min(not_before) from early)) where id = $2`;

/** How the mirror row is to be saved. */
export interface SaveOptions {
  /** The moment that a balance was asked for, when one was read or answered now. */
  readonly proven: Date | null;
  /** The journal was read to explain drift; counts towards the bound. */
  readonly explained?: boolean;
  /** Drift posted under the page's drift id. */
  readonly drift?: bigint;
  /** Lines have been matched with drifts in this step already. */
  readonly named?: unknown;
}

/** Saves the mirror's side of a page. */
export function sendMirror(tx: Tx, page: Page, card: CardRow, mirror: Mirror, options: SaveOptions): void {
  const { confirmed, unexplained, unknown } = mirror;
  const before = card.mirror;
  // A read that found nothing new leaves the version, so that it does not make another till read again.
  const changed = confirmed !== before.confirmed || mirror.open !== before.open || unexplained !== before.unexplained;
  const { proven, explained = false, drift = 0n } = options;
  const row = [card.cardId, confirmed, unexplained, unknown, proven, explained, changed ? 1 : 0, drift !== 0n];
  tx.send(CARD_SAVE, [...row, page.account.chainId]);
  if (drift !== 0n && options.named === undefined) tx.send(EARLY_LINES, [card.cardId, page.driftId]);
  if (unexplained === 0n && (drift !== 0n || before.unexplained !== 0n || before.unknown !== unknown))
    tx.send(DRIFT_EXPLAINED, [card.cardId, unknown === 0n]);
}

/** Posts an adoption's drift through the page's book; the balances of book and mirror then agree. */
export function bookDrift(page: Page, adoption: Adoption, reason: string | null = null): bigint {
  if (adoption.drift !== 0n) page.book.external(adoption.drift, page.driftId, reason);
  return adoption.drift;
}
