/** Writing the mirror down: confirmed balance, writes and claimed lines, under the account's lock. */
import { causeOf, isManual } from '../../domain/journal.ts';
import type { Adoption, Claims, Line, Mirror } from '../../domain/mirror.ts';
import type { Tx } from './database.ts';
import type { CardRow, Page } from './page.ts';

const CARD_SAVE = `
  update altegio_card
     set confirmed = $2, version = version + $7::int, unexplained = $3::bigint, unknown = $4,
         confirmed_at = case when $5 then now() else confirmed_at end,
         state = case when $5 then 'linked' else state end,
         unexplained_since = case when $3::bigint = 0 then null else coalesce(unexplained_since, now()) end,
         unexplained_reads = case when $3::bigint = 0 then 0 else unexplained_reads + $6::int end
   where card_id = $1`;

const DRIFT_EXPLAINED = `
  update drift set explained_at = now()
   where card_id = $1 and explained_at is null and (unknown_at is null or $2)`;

// Lines can be seen before the balance they moved; they belong to the drift found now.
const EARLY_LINES = `
  update altegio_line set drift_id = $2
   where card_id = $1 and claim = 'external' and drift_id is null and claimed_at > now() - interval '10 minutes'`;

/** How the mirror row is to be saved. */
export interface SaveOptions {
  /** A balance was read or answered now. */
  readonly proven: boolean;
  /** The journal was read to explain drift; counts towards the bound. */
  readonly explained?: boolean;
  /** Drift posted under the page's drift id. */
  readonly drift?: bigint;
}

/** Saves the mirror's side of a page. */
export function sendMirror(tx: Tx, page: Page, card: CardRow, mirror: Mirror, options: SaveOptions): void {
  const { confirmed, unexplained, unknown } = mirror;
  const before = card.mirror;
  // A read that found nothing new leaves the version, so that it does not make another till read again.
  const changed = confirmed !== before.confirmed || mirror.open !== before.open || unexplained !== before.unexplained;
  const { proven, explained = false } = options;
  tx.send(CARD_SAVE, [card.cardId, confirmed, unexplained, unknown, proven, explained ? 1 : 0, changed ? 1 : 0]);
  if (options.drift) tx.send(EARLY_LINES, [card.cardId, page.driftId]);
  if (unexplained === 0n && (options.drift || before.unexplained !== 0n || before.unknown !== unknown))
    tx.send(DRIFT_EXPLAINED, [card.cardId, unknown === 0n]);
}

const CLAIM = `
  update altegio_line line
     set claim = part.claim, claimed_at = now(), write_id = part.write_id, ambiguous = part.ambiguous, cause = part.cause,
         drift_id = case when part.claim = 'external'
                         then (select drift.id from drift where card_id = $1 and explained_at is null
                                order by drift.amount <> line.amount, drift.id limit 1) end
    from unnest($2::bigint[], $3::text[], $4::bigint[], $5::boolean[], $6::text[])
      as part (line_id, claim, write_id, ambiguous, cause)
   where line.chain_id = $7 and line.line_id = part.line_id and line.claim is null`;

const WRITE_LINES = `
  update altegio_write w set line_id = part.line_id
    from unnest($1::bigint[], $2::bigint[]) as part (line_id, write_id) where w.id = part.write_id`;

/** A line as stored, with the type that names its cause. */
export interface StoredLine extends Line {
  readonly typeId: number;
}

/** The lines of a card that nobody has claimed, oldest first. */
export async function unclaimedLines(tx: Tx, page: Page, card: CardRow): Promise<StoredLine[]> {
  const rows = await tx.rows<{
    line_id: bigint;
    amount: bigint;
    type_id: number;
    visit_id: bigint;
    first_seen_at: Date;
  }>(
    `select line_id, amount, type_id, visit_id, first_seen_at from altegio_line
      where chain_id = $1 and card_id = $2 and claim is null order by line_id`,
    [page.account.chainId, card.cardId],
  );
  return rows.map((row) => ({
    id: row.line_id,
    amount: row.amount,
    typeId: row.type_id,
    firstSeenAt: row.first_seen_at.getTime(),
    foreign: row.visit_id !== 0n || !isManual(row.type_id),
  }));
}

/** Saves claims: each line once, each write with its line. Drift adopted in the same step must be sent before. */
export function sendClaims(tx: Tx, page: Page, card: CardRow, claims: Claims, lines: readonly StoredLine[]): void {
  if (claims.claims.length === 0) return;
  const typeOf = new Map(lines.map(({ id, typeId }) => [id, typeId]));
  const cause = (lineId: bigint) => causeOf(typeOf.get(lineId) ?? 0);
  tx.send(CLAIM, [
    card.cardId,
    claims.claims.map(({ lineId }) => lineId),
    claims.claims.map(({ as }) => as),
    claims.claims.map(({ writeId }) => writeId),
    claims.claims.map(({ ambiguous }) => ambiguous),
    claims.claims.map(({ as, lineId }) => (as === 'external' ? cause(lineId) : null)),
    page.account.chainId,
  ]);
  const owned = claims.claims.filter(({ writeId }) => writeId !== null);
  if (owned.length > 0) tx.send(WRITE_LINES, [owned.map(({ lineId }) => lineId), owned.map(({ writeId }) => writeId)]);
}

/** The lines that could have been claimed in more than one way, for the break that shows both readings. */
export function ambiguousReadings(claims: Claims, lines: readonly StoredLine[]): unknown[] {
  const amountOf = new Map(lines.map(({ id, amount }) => [id, String(amount)]));
  return claims.claims
    .filter(({ ambiguous }) => ambiguous)
    .map(({ lineId, as, writeId }) => ({
      lineId: String(lineId),
      amountMinor: amountOf.get(lineId),
      readAs: as,
      otherwise: as === 'external' ? 'our write' : 'a change of somebody else',
      writeId: writeId === null ? null : String(writeId),
    }));
}

/** Posts an adoption's drift through the page's book; the balances of book and mirror then agree. */
export function bookDrift(page: Page, adoption: Adoption, reason: string | null = null): bigint {
  if (adoption.drift !== 0n) page.book.external(adoption.drift, page.driftId, reason);
  return adoption.drift;
}
