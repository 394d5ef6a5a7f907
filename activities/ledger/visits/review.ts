/**
 * Accruals of a visit that wait for a person. Where tills and visits both earn, a till sale that names no visit may have
 * been paid for the same visit: then the visit's points are pending until somebody has looked (R4).
 */
import { randomBytes } from 'node:crypto';
import { lotDates } from '../../../domain/lot-dates.ts';
import { formatAmount, type Minor } from '../../../domain/money.ts';
import { newId } from '../../../domain/new-id.ts';
import type { ProgramSettings } from '../../../domain/program.ts';
import type { Tx } from '../database.ts';
import type { Page } from '../page.ts';
import type { OperationRef } from '../posting.ts';
import type { PlannedReview } from '../review.ts';
import type { VisitRef } from './seen.ts';

/** The visit as a sale: its bill after discounts, minor units. */
export interface VisitSale {
  readonly ref: VisitRef;
  readonly timeZone: string;
  readonly bill: Minor;
}

// The same account, location, local day and amount, and no visit named.
const TWIN = `
  select payment.id from payment
    join visit on visit.location_id = $1 and visit.visit_id = $2 and visit.account_id = $3
   where payment.account_id = $3 and payment.location_id = $1 and payment.visit_id is null
     and payment.state in ('CAPTURED', 'PARTIALLY_REFUNDED')
     and coalesce(payment.captured_total, payment.total) = $4
     and (payment.happened_at at time zone $5)::date = (coalesce(visit.happened_at, now()) at time zone $5)::date
   limit 1`;

/** Plans the accrual in the page's book. @returns the review that it waits for, or null */
export async function planVisitAccrual(
  tx: Tx,
  page: Page,
  { ref, timeZone, bill }: VisitSale,
  settings: ProgramSettings,
  amount: Minor,
): Promise<PlannedReview | null> {
  const { book, account, now } = page;
  const dates = lotDates(now.getTime(), account.settings.timeZone ?? timeZone, settings.lots);
  const twins =
    settings.accrueBy === 'both'
      ? await tx.rows<{ id: string }>(TWIN, [ref.locationId, ref.visitId, account.id, bill, timeZone])
      : [];
  if (twins.length === 0) {
    book.accrue(amount, dates);
    return null;
  }
  const lotId = book.accruePending(amount, { ...dates, activatesAt: null });
  const limits = [{ of: 'card', limit: 'saleAndVisit', allowed: formatAmount(0n), seen: formatAmount(bill) }] as const;
  return { id: newId('rev', Date.now(), randomBytes), lotId, amount, limits, activatesAt: dates.activatesAt };
}

const OPEN = `
  insert into review (id, chain_id, location_id, account_id, visit_id, lot_id, amount, limits, activates_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** Opens the review; its lot is posted before. */
export function sendVisitReview(tx: Tx, { account }: Page, { ref }: VisitSale, review: PlannedReview): void {
  const { id, lotId, amount, limits, activatesAt } = review;
  const at = activatesAt === null ? null : new Date(activatesAt);
  const where = [id, ref.chainId, ref.locationId, account.id, ref.visitId];
  tx.send(OPEN, [...where, lotId, amount, JSON.stringify(limits), at]);
}

const RETURNED = `
  update review set state = 'returned', decided_at = now(), decided_by = $4, operation = $5
    from lot where lot.id = review.lot_id and review.location_id = $1 and review.visit_id = $2
                   and review.account_id = $3 and review.state = 'open' and lot.remaining = 0`;

/** Ends reviews of the visit whose points have all been taken back; the posting that took them is sent before. */
export function endEmptyVisitReviews(tx: Tx, { account }: Page, ref: VisitRef, by: OperationRef): void {
  tx.send(RETURNED, [ref.locationId, ref.visitId, account.id, by.actor, by.id]);
}
