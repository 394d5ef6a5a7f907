/**
 * What became of a write in a visit, in one transaction: its lines are claimed by identity, the mirror follows, and the
 * payment is decided on what Altegio really took before its till is told. Safe for anyone to run; the first one counts.
 */
import { settlePayment } from '../../domain/payment.ts';
import { openCancel, settleVisitWrite, withinAsked } from '../../domain/visit-write.ts';
import { lockWritingOn } from './chain-writing.ts';
import { type Tx, transaction } from './database.ts';
import { planCapture, type PlannedDeposit, releaseDeposit, sendCapturedDeposit } from './deposit-payment.ts';
import { endHold, lowerHold } from './holds.ts';
import type { MirrorDeps } from './mirror-actions.ts';
import { sendMirror } from './mirror-store.ts';
import { type CardRow, lockPage, type Page } from './page.ts';
import type { VisitWrite } from './card-rows.ts';
import { abandon, decline, type Decision, sendAuthorized, sendCaptured } from './payment-outcome.ts';
import { type OperationRef, sendPosting } from './posting.ts';
import { PAYMENT, type PaymentSql, toBill } from './stored-payment.ts';
import {
  hasOthers,
  ownLines,
  type SeenLine,
  sendNotToCancel,
  sendOwnLines,
  sendVisitWriteEnded,
} from './visit-rows.ts';
import { insertWrite } from './write-log.ts';

/** What is known of a write in a visit. */
export type VisitResult =
  /** The visit's withdrawals; `certain` where they came as the write's own answer, null where the visit cannot be asked. */
  | { readonly kind: 'lines'; readonly lines: readonly SeenLine[] | null; readonly certain: boolean }
  /** Certainly not applied; what the till is told, and Altegio's sentence. */
  | {
      readonly kind: 'refused';
      readonly code: 'visit_refused' | 'altegio_unavailable';
      readonly reason: string;
    };

/** A withdrawal that took less than its till may accept: it must be taken back now, before the till is told. */
interface TakeBack {
  readonly outcome: 'takeBack';
  readonly write: VisitWrite;
}

/** Settled without a payment to decide, or by somebody else before. */
type Settled = { readonly outcome: 'settled' } | { readonly outcome: 'superseded' };

interface Settling {
  readonly deps: Pick<MirrorDeps, 'timeoutMs'>;
  readonly tx: Tx;
  readonly page: Page;
  readonly card: CardRow;
  readonly row: PaymentSql;
  readonly write: VisitWrite;
  /** The payment's own, whoever finds out. */
  readonly operation: OperationRef;
  readonly result: VisitResult;
}

const CANCELS = 'select cancels from altegio_write where id = $1';

/** See the file's header. */
export async function settleInVisit(
  deps: Pick<MirrorDeps, 'pool' | 'timeoutMs'>,
  accountId: string,
  write: VisitWrite,
  result: VisitResult,
  { runId }: Pick<OperationRef, 'runId'>,
): Promise<Decision | TakeBack | Settled> {
  return await transaction(deps.pool, async (tx) => {
    const [page, [row]] = await Promise.all([lockPage(tx, accountId), tx.rows<PaymentSql>(PAYMENT, [write.paymentId])]);
    const { card } = page;
    if (!row || card?.mirror.open?.writeId !== write.writeId) return { outcome: 'superseded' };
    const { workflow_id: workflowId, location_id: locationId } = row;
    const operation = { id: workflowId, kind: 'payment', workflowId, runId, locationId, actor: 'till' } as const;
    const settling = { deps, tx, page, card, row, write, operation, result };
    return write.amount < 0n ? await taken(settling) : await takenBack(settling);
  });
}

/** Claims the write's lines and moves the mirror. @returns what the write moved, and what Altegio holds by that */
async function follow(settling: Settling, cancels: bigint | null): Promise<{ moved: bigint; confirmed: bigint }> {
  const { tx, page, card, write, result } = settling;
  const isRefused = result.kind === 'refused';
  const shown = isRefused ? [] : await ownLines(tx, page, write, cancels, result.lines);
  const lines = withinAsked(shown, write.amount);
  const certain = isRefused || result.certain;
  const moved = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const mirror = settleVisitWrite(card.mirror, moved, certain);
  sendOwnLines(tx, page, write, lines);
  sendMirror(tx, page, card, mirror, { proven: null });
  sendVisitWriteEnded(tx, write, moved, lines, { certain, reason: isRefused ? result.reason : null });
  return { moved, confirmed: mirror.confirmed };
}

/** What the payment comes to when so many points were taken; they were granted before, so nothing else limits them. */
function settlementOf({ page, row }: Settling, points: bigint) {
  const bill = toBill(row);
  const balances = { active: points, held: 0n, pending: 0n, debt: 0n };
  const means = { balances, spent: page.account.spent, altegio: points, percent: row.percent ?? '0' };
  return { bill, settled: settlePayment(bill, means, page.account.settings) };
}

async function taken(settling: Settling): Promise<Decision | TakeBack | Settled> {
  const { tx, page, row, operation, result, write } = settling;
  const { moved, confirmed } = await follow(settling, null);
  if (!row.withdrawing) return { outcome: 'settled' };
  const points = -moved;
  const { bill, settled } = settlementOf(settling, points);
  if (points > 0n && points < (row.held ?? 0n)) await lowerHold(tx, page, row.id, points);
  if (result.kind === 'refused') return await refused(settling, result.code);
  // The call never came there: nothing has happened, and the till may try again.
  if (points === 0n && !result.certain) return await refused(settling, 'altegio_unavailable');
  const judged = { altegio: confirmed, drift: 0n };
  const deposit = settled.ok ? await reservedDeposit(settling) : null;
  if (settled.ok && points > 0n && !bill.capture) {
    sendPosting(tx, page, operation);
    return sendAuthorized(tx, page, row, bill, settled, judged, deposit);
  }
  await endHold(tx, page, row.id, settled.ok ? points : 0n, settled.ok && points > 0n ? 'captured' : 'released');
  if (settled.ok) {
    if (!bill.capture) {
      sendPosting(tx, page, operation);
      return sendAuthorized(tx, page, row, bill, settled, judged, deposit);
    }
    const captured = sendCaptured(tx, page, row, operation, bill, settled, judged, deposit);
    if (deposit) sendCapturedDeposit(tx, page, row, operation, deposit);
    return captured;
  }
  await releaseDeposit(tx, page, row, operation, 'released');
  // Taking back returns everything that the card paid in the visit: only where that is this payment's alone.
  const shown = result.lines;
  if (points > 0n && shown && !(await hasOthers(tx, page, write, shown)))
    return await openTakeBack(settling, points, confirmed);
  const { code, allowed, requested } = settled;
  return decline(tx, page, row, operation, { code, allowed, requested }, 0n, true);
}

/** What the payment has reserved in deposits, as it pays; null where none does. */
async function reservedDeposit({ tx, page, row }: Settling): Promise<PlannedDeposit | null> {
  const deposit = await planCapture(tx, page, row, toBill(row));
  if (deposit && 'code' in deposit) throw new RangeError('a deposit pays what was reserved in it');
  return deposit;
}

async function refused(
  { tx, page, row, operation }: Settling,
  code: 'visit_refused' | 'altegio_unavailable',
): Promise<Decision> {
  await endHold(tx, page, row.id, 0n, 'released');
  await releaseDeposit(tx, page, row, operation, 'released');
  if (code === 'visit_refused') return decline(tx, page, row, operation, { code }, 0n);
  sendPosting(tx, page, operation);
  return abandon(tx, row, operation, code);
}

/** The points are free again, and the write that takes them back is open; until then the till waits. */
async function openTakeBack(settling: Settling, points: bigint, confirmed: bigint): Promise<TakeBack | Decision> {
  const { deps, tx, page, card, operation, write } = settling;
  sendPosting(tx, page, operation);
  await lockWritingOn(tx, page.account.chainId);
  const inVisit = { ...write, cancels: write.writeId };
  const opened = await insertWrite(tx, page, card, { amount: points, baseline: confirmed }, deps.timeoutMs, inVisit);
  return { outcome: 'takeBack', write: { ...write, writeId: opened.writeId, amount: points } };
}

async function takenBack(settling: Settling): Promise<Decision | Settled> {
  const { tx, page, card, row, write, operation } = settling;
  const [cancel] = await tx.rows<{ cancels: bigint | null }>(CANCELS, [write.writeId]);
  await follow(settling, cancel?.cancels ?? null);
  // One try: what is missing still is written by hand.
  sendNotToCancel(tx, card.cardId);
  if (!row.withdrawing) return { outcome: 'settled' };
  const { settled } = settlementOf(settling, write.amount);
  if (settled.ok) throw new RangeError('a payment that its till accepts is not taken back');
  const { code, allowed, requested } = settled;
  return decline(tx, page, row, operation, { code, allowed, requested }, 0n, true);
}

/**
 * Opens the write that takes a withdrawal back whose sale was undone; null when there is something else to do first.
 * @throws WritingOff while writing is switched off for the chain
 */
export async function openTakingBack(
  deps: Pick<MirrorDeps, 'pool' | 'timeoutMs'>,
  accountId: string,
  write: VisitWrite,
  lines: readonly SeenLine[],
): Promise<VisitWrite | null> {
  return await transaction(deps.pool, async (tx) => {
    const page = await lockPage(tx, accountId);
    const { card } = page;
    if (!card || card.toCancel?.writeId !== write.writeId || card.mirror.open || card.mirror.unexplained !== 0n)
      return null;
    const own = await ownLines(tx, page, write, write.writeId, lines);
    if (own.length > 0 || (await hasOthers(tx, page, write, lines))) {
      // Somebody took it back already, or others have paid with this card in the visit too.
      sendNotToCancel(tx, card.cardId);
      return null;
    }
    await lockWritingOn(tx, page.account.chainId);
    const amounts = { amount: -write.amount, baseline: card.mirror.confirmed };
    const inVisit = { ...write, cancels: write.writeId };
    const opened = await insertWrite(tx, page, card, amounts, deps.timeoutMs, inVisit);
    openCancel(card.mirror, { ...opened, sentAt: page.now.getTime(), visitId: write.visitId });
    tx.send('update altegio_card set version = version + 1 where card_id = $1', [card.cardId]);
    return { ...write, writeId: opened.writeId, amount: amounts.amount };
  });
}

/** A visit that cannot be edited any more: what is missing is written by hand. */
export async function giveUpTakingBack(pool: MirrorDeps['pool'], accountId: string): Promise<void> {
  await transaction(pool, async (tx) => {
    const { card } = await lockPage(tx, accountId);
    if (card) sendNotToCancel(tx, card.cardId);
  });
}
