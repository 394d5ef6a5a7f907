/** The journal's lines of one card, under the account's lock: what is unclaimed, and writing claims and names down. */
import { nameDrifts, type OpenDrift } from '../../domain/drift-names.ts';
import { causeOf, isManual } from '../../domain/journal.ts';
import type { Claims, Line, Mirror } from '../../domain/mirror.ts';
import type { Tx } from './database.ts';
import type { CardRow, Page } from './page.ts';

/** A line as stored, with the type that names its cause. */
export interface StoredLine extends Line {
  readonly typeId: number;
}

/** What the lines of a card have to be matched with. */
export interface StoredLines {
  /** Lines that nobody has claimed, oldest first. */
  readonly unclaimed: readonly StoredLine[];
  /** Lines of others that came before the balance they moved. */
  readonly early: readonly { readonly lineId: bigint; readonly amount: bigint }[];
  /** Drifts that lines have not named whole, oldest first. */
  readonly drifts: readonly OpenDrift[];
}

const UNCLAIMED = `
  select line_id, amount, type_id, visit_id, first_seen_at from altegio_line
   where chain_id = $1 and card_id = $2 and claim is null order by abs(line_id), line_id desc`;

const EARLY = `
  select line_id, amount from altegio_line
   where card_id = $1 and claim = 'external' and drift_id is null and claimed_at > now() - interval '10 minutes'
   order by line_id`;

const DRIFTS = `
  select id, amount - coalesce((select sum(part.amount) from drift_part part where part.drift_id = drift.id), 0)::bigint
               as left
    from drift where card_id = $1 and explained_at is null order by id`;

interface UnclaimedSql {
  line_id: bigint;
  amount: bigint;
  type_id: number;
  visit_id: bigint;
  first_seen_at: Date;
}

/** Loads them in one round trip. */
export async function loadLines(tx: Tx, page: Page, card: CardRow): Promise<StoredLines> {
  const [rows, early, drifts] = await Promise.all([
    tx.rows<UnclaimedSql>(UNCLAIMED, [page.account.chainId, card.cardId]),
    tx.rows<{ line_id: bigint; amount: bigint }>(EARLY, [card.cardId]),
    tx.rows<{ id: bigint; left: bigint }>(DRIFTS, [card.cardId]),
  ]);
  return {
    unclaimed: rows.map((row) => ({
      id: row.line_id,
      amount: row.amount,
      typeId: row.type_id,
      firstSeenAt: row.first_seen_at.getTime(),
      foreign: row.visit_id !== 0n || !isManual(row.type_id),
      visitId: row.visit_id === 0n ? null : row.visit_id,
    })),
    early: early.map((row) => ({ lineId: row.line_id, amount: row.amount })),
    drifts,
  };
}

// A write whose effect was adopted in the very step that gave it up had only lost its answer; otherwise it came late.
const CLAIM = `
  update altegio_line line
     set claim = part.claim, claimed_at = now(), write_id = part.write_id, ambiguous = part.ambiguous,
         drift_id = part.drift_id,
         cause = case when part.claim <> 'twin' then part.cause
                      when exists (select 1 from drift join altegio_write w on w.id = part.write_id
                                    where drift.id = part.drift_id and drift.found_at <= w.settled_at) then 'lost_answer'
                      else 'late_twin' end
    from unnest($2::bigint[], $3::text[], $4::bigint[], $5::boolean[], $6::text[], $7::bigint[])
      as part (line_id, claim, write_id, ambiguous, cause, drift_id)
   where line.chain_id = $1 and line.line_id = part.line_id and line.claim is null`;

// What a write in a visit moved is what its lines say, however late they come.
const WRITE_LINES = `
  update altegio_write w
     set line_id = coalesce(w.line_id, part.line_id),
         amount = case when w.payment_id is null then w.amount
                       when w.line_id is null then part.amount else w.amount + part.amount end
    from (select write_id, min(line_id) as line_id, sum(amount)::bigint as amount
            from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as line (line_id, write_id, amount)
           group by write_id) part
   where w.id = part.write_id`;

const NAME_EARLY = `
  update altegio_line line set drift_id = part.drift_id
    from unnest($2::bigint[], $3::bigint[]) as part (line_id, drift_id)
   where line.chain_id = $1 and line.line_id = part.line_id and line.drift_id is null`;

// A line that a complete fetch did not show yet narrows the time of its drift; one that came after the drift only lags.
const NAMED = `
  update drift
     set explained_at = case when part.total = drift.amount then coalesce(drift.explained_at, now()) else drift.explained_at end,
         not_before = greatest(drift.not_before, part.since)
    from (select drift.id, sum(part.amount) as total,
                 case when bool_and(part.not_before <= drift.found_at) then min(part.not_before) end as since
            from drift join drift_part part on part.drift_id = drift.id
           where drift.id = any($1::bigint[]) group by drift.id) part
   where drift.id = part.id`;

/** What is claimed, and the drift that was adopted with it (0: none). */
export interface Named {
  readonly claims: Claims;
  readonly stored: StoredLines;
  readonly drift: bigint;
  /** The mirror after it. */
  readonly mirror: Mirror;
}

/** Saves claims: each line once, each write with its line. Drift adopted in the same step must be sent before. */
export function sendClaims(tx: Tx, page: Page, { claims, stored, drift, mirror }: Named): void {
  const lines = new Map(stored.unclaimed.map((line) => [line.id, line]));
  const amountOf = (lineId: bigint): bigint => lines.get(lineId)?.amount ?? 0n;
  const withAmount = ({ lineId }: { readonly lineId: bigint }) => ({ lineId, amount: amountOf(lineId) });
  const { chainId } = page.account;

  // A late write of ours whose effect had been adopted names that drift; the drift of now gives it back.
  const ofTwins = nameDrifts(stored.drifts, claims.claims.filter(({ as }) => as === 'twin').map(withAmount), false);
  const back = [...ofTwins.keys()];
  const taken = (id: bigint) => back.reduce((sum, line) => sum + (ofTwins.get(line) === id ? amountOf(line) : 0n), 0n);
  const found = drift + back.reduce((sum, line) => sum + amountOf(line), 0n);
  const drifts = stored.drifts.map(({ id, left }) => ({ id, left: left - taken(id) }));
  const all = drift === 0n ? drifts : [...drifts, { id: page.driftId, left: found }];
  const external = claims.claims.filter(({ as }) => as === 'external').map(withAmount);
  const everything = mirror.unexplained === 0n && mirror.unknown === 0n;
  const ofOthers = nameDrifts(all, [...stored.early, ...external], everything);

  const driftOf = (lineId: bigint): bigint | null => ofTwins.get(lineId) ?? ofOthers.get(lineId) ?? null;
  if (claims.claims.length > 0)
    tx.send(CLAIM, [
      chainId,
      claims.claims.map(({ lineId }) => lineId),
      claims.claims.map(({ as }) => as),
      claims.claims.map(({ writeId }) => writeId),
      claims.claims.map(({ ambiguous }) => ambiguous),
      claims.claims.map(({ as, lineId }) =>
        as === 'external' ? causeOf(lines.get(lineId)?.typeId ?? 0, amountOf(lineId)) : null,
      ),
      claims.claims.map(({ lineId }) => driftOf(lineId)),
    ]);
  const owned = claims.claims.filter(({ writeId }) => writeId !== null);
  if (owned.length > 0)
    tx.send(WRITE_LINES, [
      owned.map(({ lineId }) => lineId),
      owned.map(({ writeId }) => writeId),
      owned.map(({ lineId }) => amountOf(lineId)),
    ]);
  const early = stored.early.filter(({ lineId }) => ofOthers.has(lineId));
  if (early.length > 0)
    tx.send(NAME_EARLY, [chainId, early.map(({ lineId }) => lineId), early.map(({ lineId }) => driftOf(lineId))]);
  if (back.length > 0 && drift !== 0n) tx.send('update drift set gives_back = $2 where id = $1', [page.driftId, back]);
  const changed = [...new Set([...ofTwins.values(), ...ofOthers.values(), ...(back.length > 0 ? [page.driftId] : [])])];
  if (changed.length > 0) tx.send(NAMED, [changed]);
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
