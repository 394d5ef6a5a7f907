/** How a payment ends in the ledger: captured, declined or abandoned; the row is the till's answer. */
import { target } from '../../domain/account.ts';
import { lotDates } from '../../domain/lot-dates.ts';
import { formatAmount } from '../../domain/money.ts';
import { capturedDocument, type Settlement } from '../../domain/payment.ts';
import type { Tx } from './database.ts';
import type { Page } from './page.ts';
import { type OperationRef, sendPosting } from './posting.ts';
import type { PaymentSql, toBill } from './stored-payment.ts';

/** How the payment was decided; amounts in minor units. `drift` is what was adopted on the way. */
export type Decision =
  | {
      readonly outcome: 'captured';
      readonly redeemed: bigint;
      readonly due: bigint;
      readonly accrued: bigint;
      readonly drift: bigint;
      /** What Altegio should hold now; absent where the decision was stored before. */
      readonly target?: bigint;
    }
  | { readonly outcome: 'declined'; readonly code: string; readonly allowed: bigint | null; readonly drift: bigint }
  | { readonly outcome: 'abandoned'; readonly code: string }
  /** The card changed while it was read; read again. */
  | { readonly outcome: 'readAgain' };

/** What the till's read came to under the lock. */
export interface Judged {
  /** The balance to redeem on, or why there is none. */
  readonly altegio: bigint | 'down' | 'missing' | 'noCard' | 'noSecondBook';
  readonly drift: bigint;
}

/** Bonus first, then accrual on the money; the answer is stored as it will be sent. */
export function capturePayment(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  operation: OperationRef,
  bill: ReturnType<typeof toBill>,
  settled: Settlement,
  judged: Judged,
): Decision {
  const { book, account, card } = page;
  const seen =
    typeof judged.altegio === 'bigint'
      ? { balance: judged.altegio, seenAt: page.now }
      : card && { balance: card.mirror.confirmed, seenAt: card.confirmedAt };
  const parts = settled.redeemed > 0n ? book.redeem(settled.redeemed) : [];
  if (settled.accrued > 0n) {
    const zone = account.settings.timeZone ?? row.time_zone;
    book.accrue(settled.accrued, lotDates((bill.occurredAt ?? page.now).getTime(), zone, account.settings.lots));
  }
  sendPosting(tx, page, operation, { spent: settled.due, happenedAt: bill.occurredAt });
  if (parts.length > 0)
    tx.send(HOLD, [account.id, row.id, settled.redeemed, parts.map(({ lotId }) => lotId), parts.map((p) => p.amount)]);
  const answer = capturedDocument(
    {
      id: row.id,
      receipt: row.receipt,
      attempt: row.attempt,
      total: row.total,
      accountId: account.id,
      workflowId: row.workflow_id,
      balances: book.balances,
      target: target(book.balances),
      secondBook: account.secondBook,
      altegio: seen,
      lines: bill.lines,
      as: bill.as,
    },
    settled,
  );
  tx.send(CAPTURED, [row.id, settled.redeemed, settled.due, settled.accrued, settled.percent, JSON.stringify(answer)]);
  tell(tx, row.id);
  const { redeemed, due, accrued } = settled;
  return { outcome: 'captured', redeemed, due, accrued, drift: judged.drift, target: target(book.balances) };
}

const HOLD = `
  with hold as (
    insert into hold (account_id, payment_id, amount, state, closed_at) values ($1, $2, $3, 'captured', now()) returning id)
  insert into hold_lot (hold_id, lot_id, amount)
  select hold.id, part.lot_id, part.amount from hold, unnest($4::bigint[], $5::bigint[]) as part (lot_id, amount)`;

const CAPTURED = `
  update payment set state = 'CAPTURED', redeemed = $2, due = $3, accrued = $4, percent = $5, answer = $6, decided_at = now()
   where id = $1`;

/** Ends the operation of a payment that took nothing, where it has one. */
export function sendOperationOver(tx: Tx, operation: OperationRef): void {
  tx.send(`update operation set state = 'done', finished_at = now() where id = $1`, [operation.id]);
}

const NOT_TAKEN = `
  update payment set state = $2, declined = $3, redeemed = 0, due = total, accrued = 0, decided_at = now() where id = $1`;

/** Takes nothing and leaves the whole bill due; drift that was adopted on the way stays posted. */
export function decline(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  operation: OperationRef,
  why: { readonly code: string; readonly allowed?: bigint; readonly requested?: bigint },
  drift: bigint,
): Decision {
  const { code, allowed, requested } = why;
  const declined = {
    code,
    ...(requested !== undefined && { requested: formatAmount(requested) }),
    ...(allowed !== undefined && { allowed: formatAmount(allowed) }),
  };
  sendPosting(tx, page, operation);
  tx.send(NOT_TAKEN, [row.id, 'DECLINED', JSON.stringify(declined)]);
  // With drift the workflow goes on to converge and closes the operation itself.
  if (drift === 0n) sendOperationOver(tx, operation);
  tell(tx, row.id);
  return { outcome: 'declined', code, allowed: allowed ?? null, drift };
}

/** Nothing has happened and nothing will. */
export function abandon(tx: Tx, row: PaymentSql, operation: OperationRef, code: string): Decision {
  sendOperationOver(tx, operation);
  tx.send(NOT_TAKEN, [row.id, 'ABANDONED', JSON.stringify({ code })]);
  tell(tx, row.id);
  return { outcome: 'abandoned', code };
}

/** Wakes whoever waits for the answer; the answer itself is read from the row. */
function tell(tx: Tx, paymentId: string): void {
  tx.send(`select pg_notify('payment_decided', $1)`, [paymentId]);
}
