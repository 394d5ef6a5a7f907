/**
 * The till's transaction: adopt what Altegio says, take bonus first, earn, store the answer, all or nothing.
 * The answer to the till is this committed row.
 */
import * as protocol from '../../domain/mirror.ts';
import { parseAmount } from '../../domain/money.ts';
import { settlePayment } from '../../domain/payment.ts';
import { type Tx, transaction } from './database.ts';
import { type MirrorDeps, sendAdoption, type SeenBalance } from './mirror-actions.ts';
import { lockPage, type Page } from './page.ts';
import {
  abandon,
  authorizePayment,
  capturePayment,
  decline,
  type Decision,
  type Judged,
  sendOperationOver,
} from './payment-outcome.ts';
import type { OperationRef } from './posting.ts';
import { decideInShadow } from './shadow.ts';
import { PAYMENT, type PaymentSql, toBill } from './stored-payment.ts';
import { reserveInVisit, type Withdraw } from './visit-reserve.ts';

/** What the till's read of Altegio came to. */
export type TillRead =
  | ({ readonly kind: 'balance' } & SeenBalance)
  /** No altegio card is linked yet. */
  | { readonly kind: 'noCard' }
  /** The ledger is the only book. */
  | { readonly kind: 'noSecondBook' }
  /** Altegio does not know the card any more. */
  | { readonly kind: 'missing' }
  /** Altegio could not be asked in time. */
  | { readonly kind: 'down'; readonly reason: string };

/** Below this much of the till's time a changed card is not read again; once it is over, nobody waits. */
const LAST_READ_MS = 1_000;

const ADOPTED = `
  select coalesce(sum(amount), 0)::bigint as drift from drift where account_id = $1 and operation = $2`;

/** The run whose history says how the payment was decided: this one, when the one before was ended by force. */
const TAKEN_OVER = `update operation set run_id = $2 where id = $1 and run_id <> $2`;

/** What was decided before, here by a run whose answer was lost, or at the door that gave the payment up. */
async function storedDecision(tx: Tx, page: Page, row: PaymentSql, operation: OperationRef): Promise<Decision> {
  if (row.state === 'ABANDONED') {
    // A first contact may have opened the operation meanwhile.
    sendOperationOver(tx, operation);
    return { outcome: 'abandoned', code: row.declined?.code ?? 'unavailable' };
  }
  if (row.state === 'VOIDED' && row.expires_at === null) {
    sendOperationOver(tx, operation);
    return { outcome: 'abandoned', code: 'already_voided' };
  }
  tx.send(TAKEN_OVER, [operation.id, operation.runId]);
  if (row.state === 'VOIDED' || row.state === 'EXPIRED')
    return { outcome: row.state === 'VOIDED' ? 'voided' : 'expired' };
  const [adopted] = await tx.rows<{ drift: bigint }>(ADOPTED, [page.account.id, operation.id]);
  const drift = adopted?.drift ?? 0n;
  if (row.declined) {
    const { code, allowed } = row.declined;
    const goesOn = row.visit_id === null ? {} : { goesOn: true };
    return {
      outcome: 'declined',
      code,
      allowed: allowed === undefined ? null : parseAmount(allowed),
      drift,
      ...goesOn,
    };
  }
  if (row.state === 'AUTHORIZED') {
    const held = row.held ?? 0n;
    return { outcome: 'authorized', held, due: row.total - held, drift, leftMs: row.hold_left_ms ?? 0 };
  }
  const { redeemed, due, accrued } = row;
  return { outcome: 'captured', redeemed: redeemed ?? 0n, due: due ?? 0n, accrued: accrued ?? 0n, drift };
}

/**
 * Decides a PENDING payment; a payment decided before is answered from its row. One that takes points in a visit is only
 * prepared: `withdraw` must be sent now, and what Altegio answers decides it.
 */
export async function decidePayment(
  deps: MirrorDeps,
  payment: { readonly paymentId: string; readonly accountId: string },
  read: TillRead,
  operation: OperationRef,
): Promise<Decision | Withdraw> {
  return await transaction(deps.pool, async (tx) => {
    const [page, [row]] = await Promise.all([
      lockPage(tx, payment.accountId),
      tx.rows<PaymentSql>(PAYMENT, [payment.paymentId]),
    ]);
    if (!row) throw new Error(`there is no payment ${payment.paymentId}`);
    if (row.state !== 'PENDING') return await storedDecision(tx, page, row, operation);
    if (row.withdrawing) return { outcome: 'withdrawing' };
    if (row.too_late) return decline(tx, page, row, operation, { code: 'timed_out' }, 0n);
    if (page.account.shadow) return decideInShadow(tx, page, row, operation);
    return await decideNow(deps, tx, page, row, read, operation);
  });
}

async function decideNow(
  deps: MirrorDeps,
  tx: Tx,
  page: Page,
  row: PaymentSql,
  read: TillRead,
  operation: OperationRef,
): Promise<Decision | Withdraw> {
  const judged = judge(deps, tx, page, row, read, operation);
  if (judged === 'readAgain') return { outcome: 'readAgain' };
  const bill = toBill(row);
  const { settings, spent } = page.account;
  const wantsPoints =
    bill.asked.kind === 'amount' ? bill.asked.amount > 0n : bill.asked.kind === 'max' && page.book.free > 0n;
  if (judged.altegio === 'missing' && wantsPoints)
    return decline(tx, page, row, operation, { code: 'account_frozen' }, judged.drift);
  if (judged.altegio === 'down' && wantsPoints && settings.redeem.whenAltegioDown === 'refuse')
    return abandon(tx, row, operation, 'altegio_unavailable');
  const settled = settlePayment(
    bill,
    { balances: page.book.balances, spent, altegio: otherBook(judged, page) },
    settings,
  );
  if (!settled.ok) {
    const { code, allowed, requested } = settled;
    return decline(tx, page, row, operation, { code, allowed, requested }, judged.drift);
  }
  if (row.visit_id !== null && settled.redeemed > 0n && page.account.secondBook)
    return await reserveInVisit(deps, tx, page, row, operation, settled, judged);
  const take = bill.capture ? capturePayment : authorizePayment;
  return take(tx, page, row, operation, bill, settled, judged);
}

/** What the other book lets a till take; null leaves it to the program's trust in the ledger. */
function otherBook({ altegio }: Judged, { book }: Page): bigint | null {
  if (typeof altegio === 'bigint') return altegio;
  if (altegio === 'noSecondBook') return book.balances.active;
  return altegio === 'down' ? null : 0n;
}

/** Judges the till's read under the lock and adopts its drift. */
function judge(
  deps: MirrorDeps,
  tx: Tx,
  page: Page,
  row: PaymentSql,
  read: TillRead,
  operation: OperationRef,
): Judged | 'readAgain' {
  if (!page.account.secondBook) return { altegio: 'noSecondBook', drift: 0n };
  if (page.card?.state === 'missing' || read.kind === 'missing') return { altegio: 'missing', drift: 0n };
  const mayReadAgain = row.left_ms > LAST_READ_MS || row.left_ms < 0;
  const again = mayReadAgain ? 'readAgain' : ({ altegio: 'down', drift: 0n } as const);
  if (read.kind === 'noCard') return page.card ? again : { altegio: 'noCard', drift: 0n };
  if (read.kind === 'noSecondBook') return again;
  if (read.kind === 'down') return { altegio: 'down', drift: 0n };
  if (page.card?.cardId !== read.cardId) return again;
  const verdict = protocol.judgeRead(page.card.mirror, read.balance, page.card.version === read.version);
  if (verdict.verdict === 'readAgain') return again;
  if (verdict.verdict === 'goodEnough') return { altegio: read.balance, drift: 0n, mirror: page.card.mirror };
  const { adoption } = verdict;
  const { drift } = sendAdoption(deps, tx, page, page.card, adoption, operation, {
    proven: read.askedAt ?? page.now,
  });
  return { altegio: read.balance, drift, mirror: adoption.mirror };
}
