/** An operator's change of a balance. */
import type pg from 'pg';
import { type Tx, transaction } from './database.ts';
import type { MirrorDeps } from './mirror-actions.ts';
import { lockPage, type Page } from './page.ts';
import { type OtherReading, postOther } from './post-other.ts';
import { type OperationRef, sendBreak, sendPosting } from './posting.ts';
import { type ReviewDecision, settleReview } from './review.ts';
import { undo } from './undo.ts';

/** What an operator asks for; `amount` in minor units, negative takes away. */
export interface AskedAdjustment {
  readonly workflowId: string;
  readonly accountId: string;
  readonly amount: bigint;
  readonly reason: string;
  readonly actor: string;
  /** The operation that is undone as a whole; `amount` is what the customer gains or loses by that. */
  readonly undoes?: string;
}

/** Keeps what was asked, before its workflow starts; a repeat keeps the first. */
export async function keepAdjustment(pool: pg.Pool, asked: AskedAdjustment): Promise<void> {
  await pool.query(
    `insert into adjustment (workflow_id, account_id, amount, reason, actor, undoes) values ($1, $2, $3, $4, $5, $6)
     on conflict do nothing`,
    [asked.workflowId, asked.accountId, asked.amount, asked.reason, asked.actor, asked.undoes ?? null],
  );
}

/** The change to post; `amount` in minor units. */
export interface Adjustment {
  readonly amount: bigint;
  readonly allowNegative: boolean;
  /** Instead of an adjustment: the other reading of an ambiguous claim. */
  readonly other: OtherReading | null;
  /** Instead of an adjustment: what a person decided about an accrual under review. */
  readonly review: ReviewDecision | null;
  /** Instead of an adjustment: the workflow whose operation is undone as a whole. */
  readonly undoes?: string | null;
}

/** What came of it. */
export type Adjusted =
  | { readonly outcome: 'posted' }
  /** An operator skipped it before it was posted, or what it was to decide was decided: now it never will be. */
  | { readonly outcome: 'skipped' }
  /** The ledger has less than was to be taken, and going below zero was not allowed. */
  | { readonly outcome: 'refused'; readonly free: bigint };

async function wasDone(tx: Tx, accountId: string, operationId: string): Promise<'posted' | 'skipped' | null> {
  const [row] = await tx.rows<{ posted: boolean; skipped: boolean }>(
    `select exists (select 1 from transfer where account_id = $1 and operation = $2 and code = 'adjustment') as posted,
            exists (select 1 from operator_action
                     where operation = $2 and action = 'skip' and applied_at is not null) as skipped`,
    [accountId, operationId],
  );
  return row?.posted ? 'posted' : row?.skipped ? 'skipped' : null;
}

async function askedFor(tx: Tx, workflowId: string): Promise<{ reason: string; actor: string }> {
  const [row] = await tx.rows<{ reason: string; actor: string }>(
    'select reason, actor from adjustment where workflow_id = $1',
    [workflowId],
  );
  if (!row) throw new Error(`nobody asked for ${workflowId}`);
  return row;
}

/**
 * Posts the change once, however often the activity runs, with the reason and the actor it was asked with. Whether it
 * was skipped is looked at under the lock, so that what was skipped is never posted afterwards.
 */
export async function postAdjustment(
  deps: MirrorDeps,
  accountId: string,
  change: Adjustment,
  operation: OperationRef,
): Promise<Adjusted> {
  return await transaction(deps.pool, async (tx) => {
    const [page, done, asked] = await Promise.all([
      lockPage(tx, accountId),
      wasDone(tx, accountId, operation.id),
      askedFor(tx, operation.workflowId),
    ]);
    return done ? { outcome: done } : await postChange(deps, tx, page, change, { ...operation, ...asked });
  });
}

/** Posts the change in the transaction that holds the account's lock. */
export async function postChange(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  tx: Tx,
  page: Page,
  { amount, allowNegative, other, review, undoes = null }: Adjustment,
  by: OperationRef & { readonly reason: string },
): Promise<Adjusted> {
  if (review) return { outcome: (await settleReview(tx, page, review, by)) ? 'posted' : 'skipped' };
  if (other) return { outcome: (await postOther(deps, tx, page, other, by, by)) ? 'posted' : 'skipped' };
  if (undoes !== null) {
    await undo(deps, tx, page, by, by.reason, undoes);
    return { outcome: 'posted' };
  }
  if (amount < 0n && -amount > page.book.free && !allowNegative) return { outcome: 'refused', free: page.book.free };
  const { indebted } = page.book.adjustment(amount, by.reason);
  sendPosting(tx, page, by);
  if (indebted > 0n) sendBreak(tx, page, by.id, { id: deps.newBreakId(), kind: 'debt', amount: indebted });
  return { outcome: 'posted' };
}
