/** An operator's change of a balance. */
import { type Tx, transaction } from './database.ts';
import type { MirrorDeps } from './mirror-actions.ts';
import { lockPage } from './page.ts';
import { type OperationRef, sendBreak, sendPosting } from './posting.ts';

/** The change asked for; `amount` in minor units, negative takes away. */
export interface Adjustment {
  readonly amount: bigint;
  readonly reason: string;
  readonly allowNegative: boolean;
}

/** What came of it. */
export type Adjusted =
  | { readonly outcome: 'posted' }
  /** The ledger has less than was to be taken, and going below zero was not allowed. */
  | { readonly outcome: 'refused'; readonly free: bigint };

async function isPosted(tx: Tx, accountId: string, operationId: string): Promise<boolean> {
  const rows = await tx.rows(
    `select 1 from transfer where account_id = $1 and operation = $2 and code = 'adjustment' limit 1`,
    [accountId, operationId],
  );
  return rows.length > 0;
}

/** Posts the change once, however often the activity runs. */
export async function postAdjustment(
  deps: MirrorDeps,
  accountId: string,
  { amount, reason, allowNegative }: Adjustment,
  operation: OperationRef,
): Promise<Adjusted> {
  return await transaction(deps.pool, async (tx) => {
    const [page, posted] = await Promise.all([lockPage(tx, accountId), isPosted(tx, accountId, operation.id)]);
    if (posted) return { outcome: 'posted' };
    if (amount < 0n && -amount > page.book.free && !allowNegative) return { outcome: 'refused', free: page.book.free };
    const { indebted } = page.book.adjustment(amount, reason);
    sendPosting(tx, page, operation);
    if (indebted > 0n) sendBreak(tx, page, operation.id, { id: deps.newBreakId(), kind: 'debt', amount: indebted });
    return { outcome: 'posted' };
  });
}
