/** `post-other`: an ambiguous line is read the other way, in the transaction of an adjustment. */
import { type Claim, otherReading } from '../../domain/claims.ts';
import { causeOf } from '../../domain/journal.ts';
import { formatAmount } from '../../domain/money.ts';
import type { Tx } from './database.ts';
import type { MirrorDeps } from './mirror-actions.ts';
import type { Page } from './page.ts';
import { type OperationRef, sendBreak, sendPosting } from './posting.ts';

/** An ambiguous line as it was claimed. `other` is what its other reading posts, null when that moves nothing. */
export interface Reading {
  readonly lineId: bigint;
  readonly amount: bigint;
  readonly other: bigint | null;
}

/** A reading as the break keeps it. */
export interface KeptReading {
  readonly lineId: string;
  readonly amountMinor: string;
  readonly readAs: Claim['as'];
}

/** The readings of a break, with what each would post. */
export function readingsOf(readings: unknown): Reading[] {
  return ((readings ?? []) as KeptReading[]).map(({ lineId, amountMinor, readAs }) => ({
    lineId: BigInt(lineId),
    amount: BigInt(amountMinor),
    other: otherReading(readAs, BigInt(amountMinor)),
  }));
}

/** Which reading of which break is to be posted. */
export interface OtherReading {
  readonly breakId: string;
  readonly lineId: bigint;
}

interface LineSql {
  type_id: number;
  amount: bigint;
  claim: string;
  write_id: bigint | null;
}

// The write never took effect, and no later line is its own.
const NOT_APPLIED = `
  update altegio_write set line_id = null, state = 'given_up', forgotten_at = coalesce(forgotten_at, now()) where id = $1`;

const RELABEL = `
  update altegio_line set claim = 'external', write_id = null, drift_id = $3, cause = $4, ambiguous = false, claimed_at = now()
   where chain_id = $1 and line_id = $2`;

const CLOSE = `
  update break set closed_at = now(), closed_by = $2, close_reason = $3, resolved_by = $4 where id = $1`;

// The oldest request that waits: a second click finds nothing left to do.
const APPLIED = `
  update operator_action set applied_at = now(), operation = $2, outcome = $3
   where id = (select id from operator_action where subject = $1 and action = 'post-other' and applied_at is null
                order by asked_at limit 1)`;

function sendOther(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  tx: Tx,
  page: Page,
  operation: OperationRef & { readonly reason: string },
  amount: bigint,
): void {
  const { indebted } = page.book.external(amount, page.driftId, operation.reason);
  const balance = page.card?.mirror.confirmed ?? 0n;
  sendPosting(tx, page, operation, { drift: { amount, expected: balance - amount, balance } });
  tx.send('update drift set explained_at = now() where id = $1', [page.driftId]);
  if (indebted > 0n) sendBreak(tx, page, operation.id, { id: deps.newBreakId(), kind: 'debt', amount: indebted });
}

/**
 * Posts the line's amount as `external`, gives the line to the others and closes the break. Both books then differ by
 * that amount, and the next write brings it to Altegio.
 * @returns false when the break was closed otherwise meanwhile; true when it is posted, also before
 */
export async function postOther(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  tx: Tx,
  page: Page,
  { breakId, lineId }: OtherReading,
  asked: { readonly reason: string; readonly actor: string },
  operation: OperationRef,
): Promise<boolean> {
  const { chainId } = page.account;
  const [[found], [line]] = await Promise.all([
    tx.rows<{ closed: boolean; resolved_by: string | null }>(
      'select closed_at is not null as closed, resolved_by from break where id = $1 for update',
      [breakId],
    ),
    tx.rows<LineSql>('select type_id, amount, claim, write_id from altegio_line where chain_id = $1 and line_id = $2', [
      chainId,
      lineId,
    ]),
  ]);
  if (found?.resolved_by === operation.id) return true;
  if (!found || found.closed || !line || !page.card) return false;
  const other = otherReading(line.claim as Claim['as'], line.amount);
  if (other === null) return false;
  sendOther(deps, tx, page, { ...operation, ...asked }, other);
  if (line.write_id !== null) tx.send(NOT_APPLIED, [line.write_id]);
  tx.send(RELABEL, [chainId, lineId, page.driftId, causeOf(line.type_id)]);
  tx.send(CLOSE, [breakId, asked.actor, asked.reason, operation.id]);
  tx.send(APPLIED, [breakId, operation.id, JSON.stringify({ external: formatAmount(other) })]);
  return true;
}
