/** Looks at what `GET /api/accounts/{id}` answers while operations run, and collects what is not true. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Cell, decimal } from '../matrix/cell.ts';
import type { Played } from './operations.ts';

/** How often each state was seen, and the answers that were wrong. */
export interface Sampled {
  matched: number;
  syncing: number;
  needs_operator: number;
  readonly lies: unknown[];
}

const EVERY_MS = 120;
/**
 * `seenAt` is when a balance was stored, and on a busy machine the step that stores it runs seconds after the read: only
 * a later proof than that must show what somebody else moved.
 */
const OLD_READ_MS = 8_000;

/** Samples customer after customer until told to stop. */
export async function sampleWhile(all: readonly Played[], sampled: Sampled, signal: AbortSignal): Promise<void> {
  for (let next = 0; !signal.aborted; next += 1) {
    const played = all[next % all.length];
    if (played) await sample(played, sampled);
    await pause(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Whom a night moved is told of in line, by no workflow of its own; who has just left the line is seen so when asked again. */
async function isTold(cell: Cell): Promise<boolean> {
  const { stand, accountId } = cell;
  const line = await stand.pool.query('select 1 from mirror_wait where account_id = $1', [accountId]);
  if (line.rowCount !== 0) return true;
  const { state, workflowIds } = await cell.account();
  return state !== 'syncing' || workflowIds.length > 0;
}

async function sample(played: Played, sampled: Sampled): Promise<void> {
  const { cell } = played;
  const before = await cell.card();
  const account = await cell.account();
  const after = await cell.card();
  const { state, target, drift, altegio, workflowIds, breaks } = account;
  sampled[state as 'matched'] += 1;
  // Looked at last: whoever moves the card says so before.
  const { movedAt } = played;
  const facts = { state, target, drift, altegio, before, after, movedAt, workflowIds, breaks };
  const lie = (what: string) => sampled.lies.push({ what, account: account.id, ...facts });
  const agree = drift === '0.00' && target === altegio.balance;
  if (state === 'matched' && !agree) lie('matched, but our own numbers differ');
  if (state === 'syncing' && workflowIds.length === 0 && !(await isTold(cell))) lie('syncing, but no workflow is open');
  if (state === 'needs_operator' && breaks.length === 0) lie('needs a person, but names no break');
  // A change by others that we cannot have heard of yet is nobody's lie, nor is what moved between the two looks.
  const heard = Date.parse(altegio.seenAt) > movedAt + OLD_READ_MS;
  if (state === 'matched' && heard && before === after && before !== null && decimal(before) !== target)
    lie('matched, but Altegio holds something else');
}
