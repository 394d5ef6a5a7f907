/** Ending an operation: its last transaction, which also says whether something else happened meanwhile. */
import type pg from 'pg';
import { target } from '../../domain/account.ts';
import { sendResumed } from './apply-action.ts';
import { transaction } from './database.ts';
import { sendWaitOver } from './mirror-wait.ts';
import { lockPage } from './page.ts';
import { setOperationState } from './posting.ts';

/** Both balances at the end, minor units; `dirtySeq` as it is now. */
export interface Finished {
  readonly target: bigint;
  readonly altegio: bigint | null;
  readonly dirtySeq: bigint;
}

const EQUAL = `update drift set equal_at = now() where account_id = $1 and equal_at is null`;

/** Marks the operation done (a row that never posted anything does not exist, and need not) and reads both balances. */
export async function finishOperation(pool: pg.Pool, accountId: string, operationId: string): Promise<Finished> {
  return await transaction(pool, async (tx) => {
    const page = await lockPage(tx, accountId);
    await setOperationState(tx, operationId, 'done', null);
    tx.send(CLOSE_RESOLVED, [operationId]);
    const { account, card } = page;
    if (card && !card.mirror.open && card.mirror.confirmed === target(account.balances)) {
      tx.send(EQUAL, [accountId]);
      sendWaitOver(tx, accountId);
    }
    return { target: target(account.balances), altegio: card?.mirror.confirmed ?? null, dirtySeq: account.dirtySeq };
  });
}

// Only what parked this operation, and only when a person acted on it; debt and ambiguous claims are looked at by people.
const CLOSE_RESOLVED = `
  update break set closed_at = now(), closed_by = act.actor, close_reason = act.reason
    from (select actor, reason from operator_action
           where operation = $1 and applied_at is not null order by applied_at desc limit 1) act
   where break.operation = $1 and kind in ('refused', 'card_missing') and closed_at is null`;

/** Makes an operation that waited for a person run again. */
export async function resumeOperation(pool: pg.Pool, accountId: string, operationId: string): Promise<void> {
  await transaction(pool, async (tx) => {
    sendResumed(tx, await lockPage(tx, accountId), operationId);
  });
}

/** Says what a running operation waits for; the sentence goes when it ends. */
export async function noteWaiting(pool: pg.Pool, operationId: string, sentence: string): Promise<void> {
  await pool.query(
    `update operation set waits_for = $2 where id = $1 and state = 'running' and waits_for is distinct from $2`,
    [operationId, sentence],
  );
}
