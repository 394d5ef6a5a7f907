/**
 * A refund's transaction: what it comes to by the rules, points back to their lots, debt, clawback, and the answer, all or
 * nothing. Decided once, while its row is PENDING.
 */
import { type AskedRefund, decideRefund, lineTexts, type Refunded, type Sale } from '../../domain/refund.ts';
import { planRefund } from '../../domain/refund-plan.ts';
import { ledgerAccounts } from '../../domain/posting-plan.ts';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { isEligible } from '../../domain/earning.ts';
import { balanceDocument, mirrorDocument, notEarningMoney } from '../../domain/payment.ts';
import type { OwnLot, OwnTransfer } from '../../domain/reversal.ts';
import { type Tx, transaction } from './database.ts';
import { kindsOf, type KindsReturned, sendKinds } from './deposit-refund.ts';
import type { MirrorDeps } from './mirror-actions.ts';
import { lockPage, type Page } from './page.ts';
import { standingOf } from './payment-outcome.ts';
import { type OperationRef, sendBreak, sendPosting } from './posting.ts';
import { refundedSoFar } from './refunds-so-far.ts';
import { endEmptyReview } from './review.ts';
import { saleLots, saleTransfers } from './sale-transfers.ts';
import { sendDeclined, sendDone, STEP_TO_DECIDE, type StepToDecide } from './step-row.ts';
import { capturedBill, PAYMENT, type PaymentSql, settingsOf } from './stored-payment.ts';
import { sendToCancel } from './visit-rows.ts';

/** How a refund was decided; amounts in minor units. */
export type RefundDecided =
  | {
      readonly outcome: 'refunded';
      readonly points: bigint;
      readonly money: bigint;
      readonly clawedBack: bigint;
      readonly target: bigint;
    }
  | { readonly outcome: 'declined' | 'abandoned'; readonly code: string };

const STEP = `${STEP_TO_DECIDE} where s.id = $1 for update of s`;
const DONE_BEFORE = `select points, money, clawed_back from payment_step where id = $1`;

/** One refund's transaction. */
interface Refunding {
  readonly tx: Tx;
  readonly page: Page;
  readonly row: PaymentSql;
  readonly step: StepToDecide;
  readonly operation: OperationRef;
}

/** Decides a PENDING refund; one decided before is answered from its row. */
export async function decideRefundStep(
  deps: Pick<MirrorDeps, 'pool' | 'newBreakId'>,
  refund: { readonly stepId: string; readonly paymentId: string; readonly accountId: string },
  operation: OperationRef,
): Promise<RefundDecided> {
  return await transaction(deps.pool, async (tx) => {
    const [page, [row], [step]] = await Promise.all([
      lockPage(tx, refund.accountId),
      tx.rows<PaymentSql>(PAYMENT, [refund.paymentId]),
      tx.rows<StepToDecide>(STEP, [refund.stepId]),
    ]);
    if (!row || !step) throw new Error(`there is no refund ${refund.stepId} of ${refund.paymentId}`);
    const refunding = { tx, page, row, step, operation };
    if (step.state !== 'PENDING') return await decidedBefore(refunding);
    if (step.too_late) {
      sendDeclined(tx, step.id, { code: 'timed_out' });
      return { outcome: 'declined', code: 'timed_out' };
    }
    return await decideNow(deps, refunding);
  });
}

async function decidedBefore({ tx, page, step }: Refunding): Promise<RefundDecided> {
  if (step.state === 'DECLINED') return { outcome: 'declined', code: step.declined?.code ?? 'unavailable' };
  if (step.state === 'ABANDONED') return { outcome: 'abandoned', code: 'unavailable' };
  const [done] = await tx.rows<{ points: bigint; money: bigint; clawed_back: bigint }>(DONE_BEFORE, [step.id]);
  if (!done) throw new Error(`refund ${step.id} vanished`);
  const { points, money, clawed_back: clawedBack } = done;
  return { outcome: 'refunded', points, money, clawedBack, target: standingOf(page).target };
}

/** The sale as it was captured. */
function saleOf(row: PaymentSql): Sale {
  const bill = capturedBill(row);
  const settings = settingsOf(row);
  return {
    total: bill.total,
    redeemed: row.redeemed ?? 0n,
    due: row.due ?? 0n,
    accrued: row.accrued ?? 0n,
    percent: row.percent ?? '0',
    rounding: settings.rounding,
    notEarning: notEarningMoney(bill.money),
    lines: bill.lines.map((line) => ({ id: line.id, amount: line.amount, eligible: isEligible(line, settings) })),
  };
}

function askedOf(request: StepToDecide['request']): AskedRefund {
  const { amount, lines } = request as { amount?: string; lines?: { id: string; amount?: string }[] };
  if (amount !== undefined) return { kind: 'amount', amount: parseAmount(amount) };
  const asked = lines?.map((line) => ({
    id: line.id,
    amount: line.amount === undefined ? null : parseAmount(line.amount),
  }));
  return { kind: 'lines', lines: asked ?? [] };
}

async function decideNow(deps: Pick<MirrorDeps, 'newBreakId'>, refunding: Refunding): Promise<RefundDecided> {
  const { tx, page, row, step, operation } = refunding;
  const [soFar, own, lots] = await Promise.all([
    refundedSoFar(tx, row.id),
    saleTransfers(tx, page.account.id, row),
    saleLots(tx, page.account.id, row),
  ]);
  const refund = decideRefund(saleOf(row), soFar, askedOf(step.request));
  if (!refund.ok) {
    const { code, requested, allowed } = refund;
    sendDeclined(tx, step.id, { code, requested: formatAmount(requested), allowed: formatAmount(allowed) });
    return { outcome: 'declined', code };
  }
  const kinds = await kindsOf(tx, page, row, operation, capturedBill(row), refund.money);
  const { takenBack, expired } = post(refunding, refund, own, lots);
  sendPosting(tx, page, operation, { spent: -refund.money });
  endEmptyReview(tx, row.id, operation);
  sendToCancel(tx, row.id, refund.points);
  if (takenBack.indebted > 0n)
    sendBreak(tx, page, operation.id, { id: deps.newBreakId(), kind: 'debt', amount: takenBack.indebted });
  const clawedBack = takenBack.takenBack;
  const refunded = row.refunded + refund.amount;
  const state = refunded === (row.captured_total ?? row.total) ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
  tx.send('update payment set state = $2, refunded = $3 where id = $1', [row.id, state, refunded]);
  tx.send(AMOUNTS, [
    step.id,
    refund.amount,
    refund.points,
    refund.money,
    refund.earningMoney,
    refund.clawback,
    clawedBack,
    JSON.stringify(lineTexts(refund.byLine)),
  ]);
  sendKinds(tx, step.id, kinds);
  const standing = standingOf(page);
  sendDone(tx, step.id, {
    refund: step.request['refund'],
    moneyToReturn: formatAmount(refund.money - kinds.toDeposit),
    depositReturned: formatAmount(kinds.toDeposit),
    tenders: tendersOf(refund, kinds),
    pointsReturned: formatAmount(refund.points),
    pointsExpired: formatAmount(expired),
    accrualClawedBack: formatAmount(clawedBack),
    accrualLeft: formatAmount(refund.clawback - clawedBack),
    debt: formatAmount(standing.balances.debt),
    payment: {
      ...row.answer,
      state,
      refunded: formatAmount(refunded),
      account: { id: page.account.id, balance: balanceDocument(standing.balances) },
      mirror: mirrorDocument(standing),
    },
    replayed: false,
  });
  const { points, money } = refund;
  return { outcome: 'refunded', points, money, clawedBack, target: standing.target };
}

/** What goes back to the customer, each in its own kind (R9): points first. */
const tendersOf = ({ points }: Refunded, { kinds }: KindsReturned) =>
  [...(points > 0n ? [{ type: 'bonus', amount: points }] : []), ...kinds].map(({ type, amount }) => ({
    type,
    amount: formatAmount(amount),
  }));

/** Posts it on the page. */
function post(
  { page, row }: Refunding,
  { points, clawback }: Refunded,
  own: readonly OwnTransfer[],
  lots: readonly OwnLot[],
) {
  const { account, book, now } = page;
  const settings = settingsOf(row);
  const accounts = ledgerAccounts(account.id, account.programId, account.chainId);
  const at = { now: now.getTime(), timeZone: account.settings.timeZone ?? row.time_zone };
  const planned = planRefund({ own, lots, accounts }, { points, clawback }, settings, at);
  return { takenBack: book.refund(planned), expired: planned.expired.reduce((sum, { amount }) => sum + amount, 0n) };
}

const AMOUNTS = `
  update payment_step set amount = $2, points = $3, money = $4, earning_money = $5, clawback = $6, clawed_back = $7,
         by_line = $8
   where id = $1`;
