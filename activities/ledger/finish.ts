/** Ending an operation: its last transaction, which also says whether something else happened meanwhile. */
import type pg from 'pg';
import { target } from '../../domain/account.ts';
import { transaction } from './database.ts';
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
    const { account, card } = page;
    if (card && !card.mirror.open && card.mirror.confirmed === target(account.balances)) tx.send(EQUAL, [accountId]);
    return { target: target(account.balances), altegio: card?.mirror.confirmed ?? null, dirtySeq: account.dirtySeq };
  });
}

/** Makes an operation that waited for a person run again. */
export async function resumeOperation(pool: pg.Pool, operationId: string): Promise<void> {
  await transaction(pool, async (tx) => {
    await setOperationState(tx, operationId, 'running', null);
  });
}
