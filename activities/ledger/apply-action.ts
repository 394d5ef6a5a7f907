/**
 * What an operator asked of an operation takes effect: one transaction under the account's lock, once an action id. It
 * changes the ledger only; the workflow then converges, so that no action leaves a card unequal.
 */
import { formatAmount } from '../../domain/money.ts';
import { type Tx, transaction } from './database.ts';
import type { MirrorDeps } from './mirror-actions.ts';
import { sendActionApplied } from './operator-actions.ts';
import { lockPage, type Page } from './page.ts';
import { type OperationRef, sendBreak, sendOperation, sendPosting } from './posting.ts';
import { undo } from './undo.ts';

/** What can be asked of a running operation. */
export type ActionName = 'retry' | 'skip' | 'adopt-altegio' | 'adopt-ledger';

/** What was asked. `reason` only where it was typed in the Temporal UI: our door has kept it already. */
export interface ActionRequest {
  readonly actionId: string;
  readonly action: ActionName;
  readonly reason?: string;
}

/** What an action did, decimal texts; empty when it moved nothing. */
export type ActionOutcome = Readonly<Record<string, string>>;

interface KeptSql {
  action: string;
  subject: string;
  reason: string;
  actor: string;
  applied: boolean;
  outcome: ActionOutcome | null;
}

/** The request as it is kept: who asked and why. Null when it is none of this operation's, and so not obeyed. */
export interface KeptRequest {
  readonly reason: string;
  readonly actor: string;
  /** What it did, when it took effect before. */
  readonly before: ActionOutcome | null;
}

/** Reads the request, and keeps one that came by a signal of the Temporal UI. The operation's row exists afterwards. */
export async function keptRequest(
  tx: Tx,
  page: Page,
  { actionId, action, reason }: ActionRequest,
  operation: OperationRef,
): Promise<KeptRequest | null> {
  sendOperation(tx, page, operation);
  if (reason !== undefined)
    tx.send(
      `insert into operator_action (id, action, subject, chain_id, account_id, operation, reason, actor)
       values ($1, $2, $3, $4, $5, $6, $7, 'temporal-ui') on conflict (id) do nothing`,
      [actionId, action, operation.workflowId, page.account.chainId, page.account.id, operation.id, reason],
    );
  const [row] = await tx.rows<KeptSql>(
    `select action, subject, reason, actor, applied_at is not null as applied, outcome from operator_action where id = $1`,
    [actionId],
  );
  if (row?.action !== action || row.subject !== operation.workflowId) return null;
  return { reason: row.reason, actor: row.actor, before: row.applied ? (row.outcome ?? {}) : null };
}

/** The action took effect: the operation runs on, and a write that Altegio refused is tried anew. */
export function sendTookEffect(
  tx: Tx,
  page: Page,
  { actionId }: ActionRequest,
  outcome: ActionOutcome,
  operation: OperationRef,
): void {
  sendActionApplied(tx, actionId, outcome, operation.id);
  sendResumed(tx, page, operation.id);
}

/** Makes an operation that waited for a person run again; what Altegio refused before counts no more. */
export function sendResumed(tx: Tx, page: Page, operationId: string): void {
  tx.send(`update operation set state = 'running', waits_for = null, finished_at = null where id = $1`, [operationId]);
  if (page.card?.refusedBalance != null)
    tx.send('update altegio_card set refused_balance = null where card_id = $1', [page.card.cardId]);
}

/** Applies an action of the ledger; `adopt-altegio` needs a fresh balance and is converge's. */
export async function applyAction(
  deps: Pick<MirrorDeps, 'pool' | 'newBreakId'>,
  accountId: string,
  request: ActionRequest,
  operation: OperationRef,
): Promise<ActionOutcome | null> {
  return await transaction(deps.pool, async (tx) => {
    const page = await lockPage(tx, accountId);
    const kept = await keptRequest(tx, page, request, operation);
    if (!kept) return null;
    if (kept.before) return kept.before;
    const by = { ...operation, actor: kept.actor };
    const outcome = await takeEffect(deps, tx, page, by, request.action, kept.reason);
    sendTookEffect(tx, page, request, outcome, operation);
    return outcome;
  });
}

/** What an action does to the ledger by itself. */
export async function takeEffect(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  tx: Tx,
  page: Page,
  by: OperationRef,
  action: ActionName,
  reason: string,
): Promise<ActionOutcome> {
  if (action === 'skip') return await undo(deps, tx, page, by, reason);
  return action === 'adopt-ledger' ? await adoptLedger(deps, tx, page, by, reason) : {};
}

/**
 * Posts what an operator decided that the ledger should hold. Nobody moved anything in Altegio, so it is an adjustment and
 * no drift: what Altegio was found to hold stays explained by its own movements alone.
 */
export function sendDecided(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  tx: Tx,
  page: Page,
  operation: OperationRef,
  { amount, reason }: { readonly amount: bigint; readonly reason: string },
): void {
  const { indebted } = page.book.adjustment(amount, reason);
  sendPosting(tx, page, operation);
  if (indebted > 0n) sendBreak(tx, page, operation.id, { id: deps.newBreakId(), kind: 'debt', amount: indebted });
}

const TAKE_BACK = `
  update drift set taken_back_at = now() where account_id = $1 and operation = $2 and taken_back_at is null
  returning amount`;

/** Takes back the drift that this operation adopted; the next write restores Altegio. */
async function adoptLedger(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  tx: Tx,
  page: Page,
  operation: OperationRef,
  reason: string,
): Promise<ActionOutcome> {
  const adopted = await tx.rows<{ amount: bigint }>(TAKE_BACK, [page.account.id, operation.id]);
  const amount = -adopted.reduce((sum, drift) => sum + drift.amount, 0n);
  if (amount !== 0n && page.card) sendDecided(deps, tx, page, operation, { amount, reason });
  return { adjusted: formatAmount(amount) };
}
