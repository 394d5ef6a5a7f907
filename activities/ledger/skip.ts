/** Skipping an operation: what it posted is undone by opposite transfers, what it reserved is free again. */
import type { OwnLot, OwnTransfer } from '../../domain/reversal.ts';
import { formatAmount } from '../../domain/money.ts';
import type { Tx } from './database.ts';
import { returnDeposit, takeDepositAgain } from './deposit-payment.ts';
import type { MirrorDeps } from './mirror-actions.ts';
import type { Page } from './page.ts';
import { type OperationRef, sendBreak, sendPosting } from './posting.ts';
import { endEmptyReview } from './review.ts';
import { saleLots, saleTransfers } from './sale-transfers.ts';
import { release } from './settle-hold.ts';
import { sendDeclined } from './step-row.ts';
import { PAYMENT, type PaymentSql } from './stored-payment.ts';

type Undone = Readonly<Record<'returned' | 'takenBack' | 'debt', string>> & DepositUndone;
/** What it meant for deposits; empty where none was touched. `depositMissing` was returned and has been spent since. */
type DepositUndone = Readonly<Partial<Record<'depositReturned' | 'depositTaken' | 'depositMissing', string>>>;

const BY_WORKFLOW = `select id from payment where workflow_id = $1`;

/** Reverses what the operation posted; facts of Altegio that it adopted stay. */
export async function skip(
  deps: Pick<MirrorDeps, 'newBreakId'>,
  tx: Tx,
  page: Page,
  operation: OperationRef,
  reason: string,
): Promise<Undone> {
  const [found] = await tx.rows<{ id: string }>(BY_WORKFLOW, [operation.workflowId]);
  const [row] = found ? await tx.rows<PaymentSql>(PAYMENT, [found.id]) : [];
  if (row?.state === 'AUTHORIZED') return await voided(tx, page, row, operation);
  // With its refunds, so that what they returned is not returned again.
  const sale = { id: row?.id ?? '', workflow_id: operation.workflowId };
  const [own, lots] = await Promise.all([
    saleTransfers(tx, page.account.id, sale),
    saleLots(tx, page.account.id, sale),
  ]);
  const spent = row ? await refundRest(tx, row) : await undoRefund(tx, operation);
  const undone = reverse(deps, tx, page, operation, { own, lots, reason, spent });
  if (row) endEmptyReview(tx, row.id, operation);
  return { ...undone, ...(await undoDeposit(tx, page, row, operation, reason)) };
}

const OF_REFUND = `select payment_id as id from payment_step where workflow_id = $1 and kind = 'refund' and state = 'UNDONE'`;

/** Money that deposits have paid goes back to them; what a refund gave them is taken again, as far as it is there. */
async function undoDeposit(
  tx: Tx,
  page: Page,
  sale: PaymentSql | undefined,
  operation: OperationRef,
  reason: string,
): Promise<DepositUndone> {
  const by = { ...operation, reason };
  if (sale) {
    const returned = await returnDeposit(tx, page, sale, by);
    return returned > 0n ? { depositReturned: formatAmount(returned) } : {};
  }
  const [refunded] = await tx.rows<{ id: string }>(OF_REFUND, [operation.workflowId]);
  const [row] = refunded ? await tx.rows<PaymentSql>(PAYMENT, [refunded.id]) : [];
  const { taken, missing } = row ? await takeDepositAgain(tx, page, row, by) : { taken: 0n, missing: 0n };
  return {
    ...(taken > 0n && { depositTaken: formatAmount(taken) }),
    ...(missing > 0n && { depositMissing: formatAmount(missing) }),
  };
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

async function undoRefund(tx: Tx, operation: OperationRef): Promise<bigint> {
  const [undone] = await tx.rows<{ payment_id: string; amount: bigint; money: bigint }>(UNDO, [operation.workflowId]);
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
