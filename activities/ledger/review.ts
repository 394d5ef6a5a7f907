/**
 * Accruals under review (R16). Over a limit the points are earned all the same, as a pending lot without a date: they
 * count in every sum and are nobody's to spend until a person decides.
 */
import { randomBytes } from 'node:crypto';
import { type LimitPassed, limitsPassed } from '../../domain/limits.ts';
import { lotDates } from '../../domain/lot-dates.ts';
import { formatAmount } from '../../domain/money.ts';
import { newId } from '../../domain/new-id.ts';
import type { OwnLot } from '../../domain/reversal.ts';
import type { Tx } from './database.ts';
import type { Page } from './page.ts';
import { type OperationRef, sendPosting } from './posting.ts';
import { type PaymentSql, seenToday } from './stored-payment.ts';

/** A limit as it is kept and shown: counts as they are, points as decimal texts. */
interface LimitShown {
  readonly of: LimitPassed['of'];
  /** `saleAndVisit`: a till sale of the same day and amount may have earned for the same visit. */
  readonly limit: LimitPassed['limit'] | 'saleAndVisit';
  readonly allowed: string;
  readonly seen: string;
}

/** `returned`: the sale went back before anybody decided. */
export type ReviewState = 'open' | 'approved' | 'refused' | 'returned';

/** An accrual that waits for a person. */
export interface PlannedReview {
  readonly id: string;
  readonly lotId: bigint;
  readonly amount: bigint;
  readonly limits: readonly LimitShown[];
  /** Epoch milliseconds; null is at once. */
  readonly activatesAt: number | null;
}

function shown({ of, limit, allowed, seen }: LimitPassed): LimitShown {
  const text = limit === 'pointsPerDay' ? formatAmount : String;
  return { of, limit, allowed: text(allowed), seen: text(seen) };
}

/**
 * Plans the accrual of a payment in the page's book.
 * @returns the review it waits for, null when it is within the program's limits
 */
export function planAccrual(
  page: Page,
  row: PaymentSql,
  occurredAt: Date | null,
  amount: bigint,
): PlannedReview | null {
  if (amount === 0n) return null;
  const { book, account, now } = page;
  const zone = account.settings.timeZone ?? row.time_zone;
  const dates = lotDates((occurredAt ?? now).getTime(), zone, account.settings.lots);
  const limits = limitsPassed(account.settings.limits, seenToday(row), amount);
  if (limits.length === 0) {
    book.accrue(amount, dates);
    return null;
  }
  const lotId = book.accruePending(amount, { ...dates, activatesAt: null });
  const id = newId('rev', Date.now(), randomBytes);
  return { id, lotId, amount, limits: limits.map(shown), activatesAt: dates.activatesAt };
}

const OPEN = `
  insert into review (id, chain_id, location_id, account_id, payment_id, operator, lot_id, amount, limits, activates_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

/** Opens the review; its lot is posted before. */
export function sendReview(tx: Tx, page: Page, row: PaymentSql, review: PlannedReview): void {
  const { id, lotId, amount, limits, activatesAt } = review;
  const { chainId, id: accountId } = page.account;
  const at = activatesAt === null ? null : new Date(activatesAt);
  const where = [id, chainId, row.location_id, accountId, row.id, row.operator];
  tx.send(OPEN, [...where, lotId, amount, JSON.stringify(limits), at]);
}

const RETURNED = `
  update review set state = 'returned', decided_at = now(), decided_by = $2, operation = $3
    from lot where lot.id = review.lot_id and payment_id = $1 and review.state = 'open' and lot.remaining = 0`;

/** Ends a payment's review whose points have all been taken back; the posting that took them is sent before. */
export function endEmptyReview(tx: Tx, paymentId: string, by: OperationRef): void {
  tx.send(RETURNED, [paymentId, by.actor, by.id]);
}

/** What a person decided. */
export interface ReviewDecision {
  readonly reviewId: string;
  readonly decision: 'approve' | 'refuse';
  /** The kept request that this obeys. */
  readonly actionId: string;
}

interface ReviewSql {
  state: ReviewState;
  operation: string | null;
  due: boolean;
  activates_at: Date | null;
  id: bigint;
  pending: boolean;
  remaining: bigint;
  expires_at: Date | null;
  created_at: Date;
}

const REVIEW = `
  select review.state, review.operation, review.activates_at, coalesce(review.activates_at <= now(), true) as due,
         lot.id, lot.state = 'pending' as pending, lot.remaining, lot.expires_at, lot.created_at
    from review join lot on lot.id = review.lot_id where review.id = $1 for update of review`;

const toLot = (row: ReviewSql): OwnLot => ({
  id: row.id,
  pending: row.pending,
  remaining: row.remaining,
  expiresAt: row.expires_at?.getTime() ?? null,
  createdAt: row.created_at.getTime(),
});

/**
 * Lets the points become active, or takes them back; what a refund took meanwhile is gone already.
 * @returns false when somebody else had decided before
 */
export async function settleReview(
  tx: Tx,
  page: Page,
  { reviewId, decision, actionId }: ReviewDecision,
  by: OperationRef & { readonly reason: string },
): Promise<boolean> {
  const [row] = await tx.rows<ReviewSql>(REVIEW, [reviewId]);
  if (row?.operation === by.id) return true;
  if (row?.state !== 'open') return false;
  const approved = decision === 'approve';
  const lot = toLot(row);
  const now = approved && row.due;
  if (lot.pending && lot.remaining > 0n) {
    if (now) page.book.activate(lot, by.reason);
    else if (!approved) page.book.refusePending(lot, by.reason);
  }
  sendPosting(tx, page, by);
  if (approved)
    tx.send(`update lot set state = $2, activates_at = coalesce($3, now()) where id = $1 and state = 'pending'`, [
      row.id,
      now ? 'active' : 'pending',
      row.activates_at,
    ]);
  tx.send(
    `update review set state = $2, decided_at = now(), decided_by = $3, reason = $4, operation = $5 where id = $1`,
    [reviewId, approved ? 'approved' : 'refused', by.actor, by.reason, by.id],
  );
  tx.send(`update operator_action set applied_at = now(), operation = $2, outcome = $3 where id = $1`, [
    actionId,
    by.id,
    JSON.stringify({ [approved ? 'approved' : 'refused']: formatAmount(lot.remaining) }),
  ]);
  return true;
}
