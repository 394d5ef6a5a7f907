/** How a payment is decided in the ledger: authorized, captured, declined or abandoned; the row is the till's answer. */
import { target } from '../../domain/account.ts';
import { formatAmount } from '../../domain/money.ts';
import { decidedDocument, type DecidedFacts, type Settlement } from '../../domain/payment.ts';
import type { Mirror } from '../../domain/mirror.ts';
import type { Tx } from './database.ts';
import { depositDocument, type PlannedDeposit, sendDeposit } from './deposit-payment.ts';
import { sendHold } from './holds.ts';
import type { Page } from './page.ts';
import { type OperationRef, sendPosting } from './posting.ts';
import { planAccrual, sendReview } from './review.ts';
import { tell } from './step-row.ts';
import type { PaymentSql, StoredBill } from './stored-payment.ts';

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
  /** Points are reserved for so long; what the till does next is a step of its own. */
  | {
      readonly outcome: 'authorized';
      readonly held: bigint;
      readonly due: bigint;
      readonly drift: bigint;
      readonly target?: bigint;
      readonly leftMs: number;
    }
  /** Authorized before, and its points are free again. */
  | { readonly outcome: 'voided' | 'expired' }
  | {
      readonly outcome: 'declined';
      readonly code: string;
      readonly allowed: bigint | null;
      readonly drift: bigint;
      /** Altegio was written to on the way, so both books have to be made equal. */
      readonly goesOn?: boolean;
    }
  | { readonly outcome: 'abandoned'; readonly code: string }
  /** The card changed while it was read; read again. */
  | { readonly outcome: 'readAgain' }
  /** Points can be taken in the visit only when nothing else is pending on the card: converge, then read again. */
  | { readonly outcome: 'unsettled' }
  /** What was taken in the visit is not known yet. */
  | { readonly outcome: 'withdrawing' };

/** What the till's read came to under the lock. */
export interface Judged {
  /** The balance to redeem on, or why there is none. */
  readonly altegio: bigint | 'down' | 'missing' | 'noCard' | 'noSecondBook';
  readonly drift: bigint;
  /** The card after that. */
  readonly mirror?: Mirror;
}

/** Both books at this moment, for the answer. */
export function standingOf(page: Page, altegio: Judged['altegio'] | null = null) {
  const { account, book, card } = page;
  const known = card && { balance: card.mirror.confirmed, seenAt: card.confirmedAt };
  const seen = typeof altegio === 'bigint' ? { balance: altegio, seenAt: page.now } : known;
  return { balances: book.balances, target: target(book.balances), secondBook: account.secondBook, altegio: seen };
}

/** What every answer of a payment says of its row. */
export function factsOf(
  page: Page,
  row: PaymentSql,
  bill: StoredBill,
): Omit<DecidedFacts, 'state' | 'expiresAt' | 'balances' | 'target' | 'secondBook' | 'altegio'> {
  const { id, receipt, attempt, workflow_id: workflowId } = row;
  const { total, lines, as, tip, refusedRedemption, refusedDeposit } = bill;
  const refused = { refusedRedemption, refusedDeposit };
  return { id, receipt, attempt, total, accountId: page.account.id, workflowId, lines, as, tip, ...refused };
}

/** Bonus first, then accrual on the money; the answer is stored as it will be sent. */
export function capturePayment(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  operation: OperationRef,
  bill: StoredBill,
  settled: Settlement,
  judged: Judged,
  deposit: PlannedDeposit | null,
): Decision {
  const { redeemed } = settled;
  const parts = redeemed > 0n ? page.book.redeem(redeemed) : [];
  const captured = sendCaptured(tx, page, row, operation, bill, settled, judged, deposit);
  sendHold(tx, page, row.id, parts, 'at_once');
  if (deposit) sendDeposit(tx, page, row, operation, deposit, bill);
  return captured;
}

/** The capture of points that the page's book has taken: accrual on the money, and the answer. */
export function sendCaptured(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  operation: OperationRef,
  bill: StoredBill,
  settled: Settlement,
  judged: Judged,
  deposit: PlannedDeposit | null,
): Decision {
  const { redeemed, due, accrued, percent } = settled;
  const review = planAccrual(page, row, bill.occurredAt, accrued);
  sendPosting(tx, page, operation, { spent: due, sale: true, happenedAt: bill.occurredAt });
  if (review) sendReview(tx, page, row, review);
  const standing = standingOf(page, judged.altegio);
  const own = { ...factsOf(page, row, bill), deposit: deposit && depositDocument(deposit) };
  const facts = { ...own, ...standing, state: 'CAPTURED', expiresAt: null, review } as const;
  const answer = decidedDocument(facts, settled);
  tx.send(CAPTURED, [row.id, redeemed, due, accrued, percent, JSON.stringify(answer)]);
  tell(tx, row.id);
  return { outcome: 'captured', redeemed, due, accrued, drift: judged.drift, target: standing.target };
}

const CAPTURED = `
  update payment set state = 'CAPTURED', redeemed = $2, due = $3, accrued = $4, percent = $5, answer = $6, decided_at = now(),
         withdrawing = false
   where id = $1`;

const MINUTE_MS = 60_000;

/** Reserves the points and fixes the rate; what is earned is earned by the capture. */
export function authorizePayment(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  operation: OperationRef,
  bill: StoredBill,
  settled: Settlement,
  judged: Judged,
  deposit: PlannedDeposit | null,
): Decision {
  const { redeemed } = settled;
  const parts = redeemed > 0n ? page.book.hold(redeemed) : [];
  sendPosting(tx, page, operation);
  sendHold(tx, page, row.id, parts, 'open');
  if (deposit) sendDeposit(tx, page, row, operation, deposit, bill);
  return sendAuthorized(tx, page, row, bill, settled, judged, deposit);
}

/** The answer to a till whose points are reserved. */
export function sendAuthorized(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  bill: StoredBill,
  settled: Settlement,
  judged: Judged,
  deposit: PlannedDeposit | null,
): Decision {
  const { redeemed, due, percent } = settled;
  const leftMs = page.account.settings.holdMinutes * MINUTE_MS;
  const expiresAt = new Date(page.now.getTime() + leftMs);
  const standing = standingOf(page, judged.altegio);
  const own = { ...factsOf(page, row, bill), deposit: deposit && depositDocument(deposit) };
  const facts = { ...own, ...standing, state: 'AUTHORIZED', expiresAt } as const;
  const answer = decidedDocument(facts, { ...settled, accrued: 0n });
  tx.send(AUTHORIZED, [row.id, percent, JSON.stringify(answer), expiresAt]);
  tell(tx, row.id);
  return { outcome: 'authorized', held: redeemed, due, drift: judged.drift, target: standing.target, leftMs };
}

const AUTHORIZED = `
  update payment set state = 'AUTHORIZED', percent = $2, answer = $3, expires_at = $4, decided_at = now(),
         withdrawing = false
   where id = $1`;

/** Ends the operation of a payment that took nothing, where it has one. */
export function sendOperationOver(tx: Tx, operation: OperationRef): void {
  tx.send(`update operation set state = 'done', finished_at = now() where id = $1`, [operation.id]);
}

const NOT_TAKEN = `
  update payment set state = $2, declined = $3, redeemed = 0, due = total, accrued = 0, decided_at = now(),
         withdrawing = false
   where id = $1`;

/** Takes nothing and leaves the whole bill due; drift that was adopted on the way stays posted, and its workflow `goesOn`. */
export function decline(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  operation: OperationRef,
  why: { readonly code: string; readonly allowed?: bigint; readonly requested?: bigint },
  drift: bigint,
  goesOn = drift !== 0n,
): Decision {
  const { code, allowed, requested } = why;
  const declined = {
    code,
    ...(requested !== undefined && { requested: formatAmount(requested) }),
    ...(allowed !== undefined && { allowed: formatAmount(allowed) }),
  };
  sendPosting(tx, page, operation);
  tx.send(NOT_TAKEN, [row.id, 'DECLINED', JSON.stringify(declined)]);
  // Then it converges and closes the operation itself.
  if (!goesOn) sendOperationOver(tx, operation);
  tell(tx, row.id);
  return { outcome: 'declined', code, allowed: allowed ?? null, drift, ...(goesOn && { goesOn }) };
}

/** Nothing has happened and nothing will. */
export function abandon(tx: Tx, row: PaymentSql, operation: OperationRef, code: string): Decision {
  sendOperationOver(tx, operation);
  tx.send(NOT_TAKEN, [row.id, 'ABANDONED', JSON.stringify({ code })]);
  tell(tx, row.id);
  return { outcome: 'abandoned', code };
}
