/** The rows of writes in a visit: opening one, and its lines, which belong to it by identity. */
import type { Minor } from '../../domain/money.ts';
import type { Tx } from './database.ts';
import type { Page } from './page.ts';
import type { VisitWrite } from './card-rows.ts';

/** A line that the visit shows, of whichever card; `amount` not negative. */
export interface SeenLine {
  readonly id: bigint;
  readonly cardId: bigint;
  readonly amount: Minor;
}

const TAKEN = `
  select line_id, amount from altegio_line where chain_id = $1 and write_id = $2 order by abs(line_id)`;

const UNCLAIMED = `
  select line_id, amount from altegio_line
   where chain_id = $1 and card_id = $2 and visit_id = $3 and claim is null and sign(amount) = sign($4::bigint) order by line_id`;

const CLAIMED = `
  select line_id from altegio_line where chain_id = $1 and line_id = any($2::bigint[]) and claim is not null`;

const CLAIM = `
  insert into altegio_line (chain_id, line_id, card_id, type_id, amount, visit_id, record_id, claim, claimed_at, write_id)
  select $1, line.line_id, $2, 3, line.amount, $3, $4, 'write', now(), $5
    from unnest($6::bigint[], $7::bigint[]) as line (line_id, amount)
  on conflict (chain_id, line_id) do update set claim = 'write', claimed_at = now(), write_id = excluded.write_id
   where altegio_line.claim is null`;

/** A line as it moved the card, signed. */
interface OwnLine {
  readonly lineId: bigint;
  readonly amount: Minor;
}

const toOwn = (row: { line_id: bigint; amount: bigint }): OwnLine => ({ lineId: row.line_id, amount: row.amount });

/**
 * The lines that a write in a visit has made: of this card, and nobody's before. Where the visit cannot be asked any more
 * (`seen` is null), those that the journal has shown.
 */
export async function ownLines(
  tx: Tx,
  page: Page,
  write: VisitWrite,
  cancels: bigint | null,
  seen: readonly SeenLine[] | null,
): Promise<OwnLine[]> {
  const { chainId } = page.account;
  const { cardId, visitId, amount } = write;
  if (!seen) {
    const shown = [chainId, cardId, visitId, amount];
    return (await tx.rows<{ line_id: bigint; amount: bigint }>(UNCLAIMED, shown)).map(toOwn);
  }
  const ofCard = seen.filter((line) => line.cardId === cardId);
  if (cancels !== null) {
    const taken = await tx.rows<{ line_id: bigint; amount: bigint }>(TAKEN, [chainId, cancels]);
    // What stands in the visit was not taken back.
    const gone = taken.filter(({ line_id: id }) => !ofCard.some((line) => line.id === id));
    return gone.map((row) => ({ lineId: -row.line_id, amount: -row.amount }));
  }
  const ids = ofCard.map(({ id }) => id);
  const claimed = (await tx.rows<{ line_id: bigint }>(CLAIMED, [chainId, ids])).map(({ line_id: id }) => id);
  return ofCard.filter(({ id }) => !claimed.includes(id)).map((line) => ({ lineId: line.id, amount: -line.amount }));
}

/** Whether the visit shows withdrawals of the card beside a write's own: taking back would return those too. */
export async function hasOthers(tx: Tx, page: Page, write: VisitWrite, seen: readonly SeenLine[]): Promise<boolean> {
  const own = await tx.rows<{ line_id: bigint }>(TAKEN, [page.account.chainId, write.writeId]);
  return seen.some(({ id, cardId }) => cardId === write.cardId && !own.some(({ line_id: ownId }) => ownId === id));
}

/** Claims lines for their write. */
export function sendOwnLines(tx: Tx, page: Page, write: VisitWrite, lines: readonly OwnLine[]): void {
  if (lines.length === 0) return;
  const { cardId, visitId, recordId, writeId } = write;
  tx.send(CLAIM, [
    page.account.chainId,
    cardId,
    visitId,
    recordId,
    writeId,
    lines.map(({ lineId }) => lineId),
    lines.map(({ amount }) => amount),
  ]);
}

const ENDED = `
  update altegio_write set state = $2, amount = $3, line_id = $4, reason = coalesce($5, reason), settled_at = now()
   where id = $1`;

/** Ends a write in a visit: what it moved is its amount; one that moved nothing keeps what was asked. */
export function sendVisitWriteEnded(
  tx: Tx,
  write: VisitWrite,
  ours: Minor,
  lines: readonly OwnLine[],
  { certain, reason = null }: { readonly certain: boolean; readonly reason?: string | null },
): void {
  const state = ours !== 0n ? 'confirmed' : certain ? 'refused' : 'given_up';
  tx.send(ENDED, [write.writeId, state, ours === 0n ? write.amount : ours, lines[0]?.lineId ?? null, reason]);
}

/** The sale was undone and gave back `points`: when that is all that was taken, it is taken back in the visit. */
export function sendToCancel(tx: Tx, paymentId: string, points: Minor): void {
  tx.send(
    `update altegio_write set to_cancel = true where payment_id = $1 and amount = -$2::bigint and amount < 0 and state = 'confirmed'`,
    [paymentId, points],
  );
}

/** What is missing is written by hand instead. */
export function sendNotToCancel(tx: Tx, cardId: bigint): void {
  tx.send('update altegio_write set to_cancel = false where card_id = $1 and to_cancel', [cardId]);
}
