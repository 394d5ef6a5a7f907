/**
 * What becomes of an authorized payment: one transaction that expires its hold when its time is over, or decides the
 * capture or void that waits, or says how long there is still to wait. The database's clock alone counts.
 */
import type { Asked } from '../../domain/deduction.ts';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { decidedDocument, settlePayment, takesNothing } from '../../domain/payment.ts';
import { type Tx, transaction } from './database.ts';
import { depositDocument, planCapture, releaseDeposit, sendCapturedDeposit } from './deposit-payment.ts';
import { endHold } from './holds.ts';
import type { MirrorDeps } from './mirror-actions.ts';
import { lockPage, type Page } from './page.ts';
import { factsOf, standingOf } from './payment-outcome.ts';
import { type OperationRef, sendPosting } from './posting.ts';
import { planAccrual, sendReview } from './review.ts';
import { sendDeclined, sendDone, STEP_TO_DECIDE, type StepToDecide, tell } from './step-row.ts';
import { PAYMENT, type PaymentSql, settingsOf, storedBill, toBill } from './stored-payment.ts';
import { sendToCancel } from './visit-rows.ts';

/** How the hold stands; amounts in minor units. */
export type HoldSettled =
  | { readonly outcome: 'authorized'; readonly leftMs: number }
  | {
      readonly outcome: 'captured';
      readonly redeemed: bigint;
      readonly due: bigint;
      readonly accrued: bigint;
      readonly target: bigint;
    }
  | { readonly outcome: 'voided' | 'expired'; readonly target: bigint };

const WAITING = `${STEP_TO_DECIDE} where s.payment_id = $1 and s.state = 'PENDING' and s.kind <> 'refund' for update of s`;

/** One payment's transaction. */
interface Settling {
  readonly tx: Tx;
  readonly page: Page;
  readonly row: PaymentSql;
  readonly operation: OperationRef;
}

/** Settles what can be settled now; safe to run at any time and again. */
export async function settleHold(
  { pool }: Pick<MirrorDeps, 'pool'>,
  payment: { readonly paymentId: string; readonly accountId: string },
  operation: OperationRef,
): Promise<HoldSettled> {
  return await transaction(pool, async (tx) => {
    const [page, [row], [step]] = await Promise.all([
      lockPage(tx, payment.accountId),
      tx.rows<PaymentSql>(PAYMENT, [payment.paymentId]),
      tx.rows<StepToDecide>(WAITING, [payment.paymentId]),
    ]);
    if (!row) throw new Error(`there is no payment ${payment.paymentId}`);
    const settling = { tx, page, row, operation };
    if (row.state !== 'AUTHORIZED') return settledBefore(settling);
    const leftMs = row.hold_left_ms ?? 0;
    if (leftMs <= 0) {
      if (step) sendDeclined(tx, step.id, { code: 'hold_expired' });
      await release(settling, 'EXPIRED');
      return { outcome: 'expired', target: standingOf(page).target };
    }
    if (!step) return { outcome: 'authorized', leftMs };
    if (step.too_late) {
      sendDeclined(tx, step.id, { code: 'timed_out' });
      return { outcome: 'authorized', leftMs };
    }
    if (step.kind === 'capture') return await capture(settling, step, leftMs);
    sendDone(tx, step.id, await release(settling, 'VOIDED'));
    return { outcome: 'voided', target: standingOf(page).target };
  });
}

function settledBefore({ page, row }: Settling): HoldSettled {
  const { target } = standingOf(page);
  if (row.state === 'VOIDED' || row.state === 'EXPIRED')
    return { outcome: row.state === 'VOIDED' ? 'voided' : 'expired', target };
  return { outcome: 'captured', redeemed: row.redeemed ?? 0n, due: row.due ?? 0n, accrued: row.accrued ?? 0n, target };
}

const RELEASED = `
  update payment set state = $2, redeemed = 0, due = total, accrued = 0, answer = $3, decided_at = now() where id = $1`;

/** Frees what is held; a debt is paid from it first (R11). @returns the payment's document */
export async function release(settling: Settling, state: 'VOIDED' | 'EXPIRED'): Promise<object> {
  const { tx, page, row, operation } = settling;
  const over = state === 'VOIDED' ? 'released' : 'expired';
  await endHold(tx, page, row.id, 0n, over);
  await releaseDeposit(tx, page, row, operation, over);
  sendToCancel(tx, row.id, row.held ?? 0n);
  sendPosting(tx, page, operation);
  const bill = toBill(row);
  const facts = { ...factsOf(page, row, bill), ...standingOf(page), state, expiresAt: null };
  const answer = decidedDocument(facts, takesNothing(row.total));
  tx.send(RELEASED, [row.id, state, JSON.stringify(answer)]);
  tell(tx, row.id);
  return answer;
}

/** The bill that a capture names, and what of the hold it takes: less than all where the smaller bill allows no more. */
function billOf(row: PaymentSql, request: StepToDecide['request']) {
  const named = storedBill.partial().parse(request);
  const { total, redeem } = request as { total?: string; redeem?: string };
  const before = toBill(row);
  const asked: Asked =
    redeem === 'max' || redeem === 'none'
      ? { kind: redeem }
      : { kind: 'amount', amount: redeem === undefined ? (row.held ?? 0n) : parseAmount(redeem) };
  return {
    ...before,
    total: total === undefined ? before.total : parseAmount(total),
    lines: request['lines'] === undefined ? before.lines : (named.lines ?? []),
    money: request['money'] === undefined ? before.money : (named.money ?? []),
    tip: named.tip ?? before.tip,
    asked,
    allowPartial: redeem === undefined,
  };
}

/** Takes what is captured, frees the rest, earns on the money at the rate that was fixed when it was authorized. */
async function capture(settling: Settling, step: StepToDecide, leftMs: number): Promise<HoldSettled> {
  const { tx, page, row, operation } = settling;
  const bill = billOf(row, step.request);
  const held = row.held ?? 0n;
  // What is held was granted before: neither Altegio nor a debt made since limits it.
  const balances = { active: held, held: 0n, pending: 0n, debt: 0n };
  const means = { balances, spent: page.account.spent, altegio: held, percent: row.percent ?? '0' };
  const settled = settlePayment(bill, means, settingsOf(row));
  const refuse = ({ code, requested, allowed }: { code: string; requested: bigint; allowed: bigint }) => {
    sendDeclined(tx, step.id, { code, requested: formatAmount(requested), allowed: formatAmount(allowed) });
    return { outcome: 'authorized', leftMs } as const;
  };
  if (!settled.ok) return refuse(settled);
  const deposit = await planCapture(tx, page, row, bill);
  if (deposit && 'code' in deposit) return refuse(deposit);
  const { redeemed, due, accrued } = settled;
  await endHold(tx, page, row.id, redeemed, redeemed > 0n ? 'captured' : 'released');
  const review = planAccrual(page, row, null, accrued);
  sendPosting(tx, page, operation, { spent: due, sale: true });
  if (review) sendReview(tx, page, row, review);
  if (deposit) sendCapturedDeposit(tx, page, row, operation, deposit);
  const standing = standingOf(page);
  const paid = deposit && deposit.amount > 0n ? depositDocument(deposit) : null;
  const facts = {
    ...factsOf(page, row, bill),
    ...standing,
    deposit: paid,
    state: 'CAPTURED',
    expiresAt: null,
    review,
  } as const;
  const answer = decidedDocument(facts, settled);
  const total = bill.total === row.total ? null : bill.total;
  tx.send(CAPTURED, [row.id, redeemed, due, accrued, JSON.stringify(answer), total, changed(row, step.request)]);
  tell(tx, row.id);
  sendDone(tx, step.id, answer);
  return { outcome: 'captured', redeemed, due, accrued, target: standing.target };
}

const CAPTURED = `
  update payment set state = 'CAPTURED', redeemed = $2, due = $3, accrued = $4, answer = $5, captured_total = $6,
         captured = $7, decided_at = now()
   where id = $1`;

/** Lines, money and tip as captured; null where the capture named none. */
function changed({ request: before }: PaymentSql, request: StepToDecide['request']): string | null {
  const parts = ['lines', 'money', 'tip'] as const;
  if (!parts.some((part) => request[part] !== undefined)) return null;
  const paid = before as StepToDecide['request'];
  return JSON.stringify(Object.fromEntries(parts.map((part) => [part, request[part] ?? paid[part]])));
}
