/** Preparing a withdrawal in a visit: the points are reserved and the write's row is opened in one transaction. */
import { open } from '../../domain/mirror.ts';
import type { Settlement } from '../../domain/payment.ts';
import { mayWithdraw } from '../../domain/visit-write.ts';
import { lockWritingOn, WritingOff } from './chain-writing.ts';
import type { Tx } from './database.ts';
import { type PlannedDeposit, sendDeposit } from './deposit-payment.ts';
import type { MirrorDeps } from './mirror-actions.ts';
import { sendHold } from './holds.ts';
import type { Page } from './page.ts';
import { abandon, decline, type Decision, type Judged } from './payment-outcome.ts';
import { type OperationRef, sendPosting } from './posting.ts';
import type { PaymentSql } from './stored-payment.ts';
import type { VisitWrite } from './card-rows.ts';
import { insertWrite } from './write-log.ts';

/** A withdrawal that must be sent now, or dropped. */
export interface Withdraw {
  readonly outcome: 'withdraw';
  readonly write: VisitWrite;
}

const WITHDRAWING = 'update payment set withdrawing = true, percent = $2 where id = $1';

async function isWritingOff(tx: Tx, chainId: bigint): Promise<boolean> {
  try {
    await lockWritingOn(tx, chainId);
    return false;
  } catch (error) {
    if (error instanceof WritingOff) return true;
    throw error;
  }
}

/**
 * Reserves what the settlement redeems and opens the write that takes it in the visit, when nothing else is pending on
 * the card. Without Altegio there is nothing to take it from, whatever the program trusts.
 */
export async function reserveInVisit(
  deps: Pick<MirrorDeps, 'timeoutMs'>,
  tx: Tx,
  page: Page,
  row: PaymentSql,
  operation: OperationRef,
  { redeemed, percent }: Settlement,
  { drift, mirror }: Judged,
  deposit: PlannedDeposit | null,
): Promise<Decision | Withdraw> {
  const { card, book, account } = page;
  const { visit_id: visitId, record_id: recordId } = row;
  if (!card || !mirror || visitId === null || recordId === null)
    return abandon(tx, row, operation, 'altegio_unavailable');
  const before = { ...mirror, balances: book.balances };
  if (!mayWithdraw(before, redeemed)) return { outcome: 'unsettled' };
  if (await isWritingOff(tx, account.chainId))
    return drift === 0n
      ? abandon(tx, row, operation, 'altegio_unavailable')
      : decline(tx, page, row, operation, { code: 'altegio_unavailable' }, drift);
  const parts = book.hold(redeemed);
  sendPosting(tx, page, operation);
  sendHold(tx, page, row.id, parts, 'open');
  if (deposit) sendDeposit(tx, page, row, operation, deposit, { capture: false, occurredAt: null });
  const amounts = { amount: -redeemed, baseline: mirror.confirmed };
  const inVisit = { paymentId: row.id, visitId, recordId, cancels: null };
  const opened = await insertWrite(tx, page, card, amounts, deps.timeoutMs, inVisit);
  open({ ...before, balances: book.balances }, { ...opened, sentAt: page.now.getTime(), visitId });
  tx.send('update altegio_card set version = version + 1 where card_id = $1', [card.cardId]);
  tx.send(WITHDRAWING, [row.id, percent]);
  const { writeId, cardId, amount } = opened;
  const write = { writeId, cardId, locationId: row.location_id, paymentId: row.id, visitId, recordId, amount };
  return { outcome: 'withdraw', write };
}
