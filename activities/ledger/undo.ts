/**
 * Undoing a whole operation: what it posted is answered by opposite transfers, what it reserved is free again. An operation
 * that runs is skipped, and posts them itself; one that is over is undone by an operation of its own.
 */
import type { OwnLot, OwnTransfer } from '../../domain/reversal.ts';
import { formatAmount } from '../../domain/money.ts';
import type { Tx } from './database.ts';
import type { MirrorDeps } from './mirror-actions.ts';
import type { Page } from './page.ts';
import { type OperationRef, sendBreak, sendPosting } from './posting.ts';
import { endEmptyReview } from './review.ts';
import { saleLots, saleTransfers } from './sale-transfers.ts';
import { release } from './settle-hold.ts';
import { sendDeclined } from './step-row.ts';
import { PAYMENT, type PaymentSql } from './stored-payment.ts';
import { sendToCancel } from './visit-rows.ts';

type Undone = Readonly<Record<'returned' | 'takenBack' | 'debt', string>>;

const BY_WORKFLOW = `select id from payment where workflow_id = $1`;

/**
 * Reverses what an operation posted, `by` itself unless `of` names the workflow of another; facts of Altegio that it
 * adopted stay.
 */
export async function undo(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  tx: Tx,
  page: Page,
  by: OperationRef,
  reason: string,
  of: string = by.workflowId,
): Promise<Undone> {
  const [found] = await tx.rows<{ id: string }>(BY_WORKFLOW, [of]);
  const [row] = found ? await tx.rows<PaymentSql>(PAYMENT, [found.id]) : [];
  if (row?.state === 'AUTHORIZED') return await voided(tx, page, row, by);
  // With its refunds, so that what they returned is not returned again.
  const sale = { id: row?.id ?? '', workflow_id: of };
  const [own, lots] = await Promise.all([
    saleTransfers(tx, page.account.id, sale),
    saleLots(tx, page.account.id, sale),
  ]);
  const spent = row ? await refundRest(tx, row) : await undoRefund(tx, of);
  const undone = reverse(deps, tx, page, by, { own, lots, reason, spent });
  if (row) endEmptyReview(tx, row.id, by);
  if (row?.refunded === 0n) sendToCancel(tx, row.id, row.redeemed ?? 0n);
  return undone;
}

async function voided(tx: Tx, page: Page, row: PaymentSql, operation: OperationRef): Promise<Undone> {
  const released = row.held ?? 0n;
  const waiting = `select id from payment_step where payment_id = $1 and state = 'PENDING' and kind <> 'refund' for update`;
  for (const { id } of await tx.rows<{ id: string }>(waiting, [row.id]))
    sendDeclined(tx, id, { code: 'already_voided' });
  await release({ tx, page, row, operation }, 'VOIDED');
  return { returned: formatAmount(released), takenBack: '0.00', debt: '0.00' };
}

// The receipt stays taken: what was sold under it was sold, and undone.
const REFUNDED = `
  update payment set state = 'REFUNDED', refunded = coalesce(captured_total, total)
   where id = $1 and state in ('CAPTURED', 'PARTIALLY_REFUNDED')`;
const MONEY_RETURNED = `
  select coalesce(sum(money), 0)::bigint as money from payment_step where payment_id = $1 and kind = 'refund' and state = 'DONE'`;

/** @returns what this takes of the money that counts for levels */
async function refundRest(tx: Tx, row: PaymentSql): Promise<bigint> {
  tx.send(REFUNDED, [row.id]);
  if (row.state !== 'CAPTURED' && row.state !== 'PARTIALLY_REFUNDED') return 0n;
  const [returned] = await tx.rows<{ money: bigint }>(MONEY_RETURNED, [row.id]);
  return (returned?.money ?? 0n) - (row.due ?? 0n);
}

const UNDO = `
  update payment_step set state = 'UNDONE' where workflow_id = $1 and kind = 'refund' and state = 'DONE'
  returning payment_id, amount, money`;
const NOT_REFUNDED = `
  update payment set refunded = refunded - $2,
         state = case when refunded = $2 then 'CAPTURED' else 'PARTIALLY_REFUNDED' end
   where id = $1 and state in ('PARTIALLY_REFUNDED', 'REFUNDED')`;

async function undoRefund(tx: Tx, workflowId: string): Promise<bigint> {
  const [undone] = await tx.rows<{ payment_id: string; amount: bigint; money: bigint }>(UNDO, [workflowId]);
  if (!undone) return 0n;
  tx.send(NOT_REFUNDED, [undone.payment_id, undone.amount]);
  return undone.money;
}

function reverse(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  tx: Tx,
  page: Page,
  operation: OperationRef,
  undo: { own: readonly OwnTransfer[]; lots: readonly OwnLot[]; reason: string; spent: bigint },
): Undone {
  const { returned, takenBack, indebted } = page.book.reverse(undo.own, undo.lots, undo.reason);
  sendPosting(tx, page, operation, { spent: undo.spent });
  if (indebted > 0n) sendBreak(tx, page, operation.id, { id: deps.newBreakId(), kind: 'debt', amount: indebted });
  return {
    returned: formatAmount(returned),
    takenBack: formatAmount(takenBack),
    debt: formatAmount(indebted),
  };
}
