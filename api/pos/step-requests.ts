/** Bodies of further steps as the ledger keeps them: amounts as texts, checked against the payment they belong to. */
import type { PaymentRow } from '../../activities/ledger/payment-row.ts';
import type { StepRequest } from '../../activities/ledger/step-intake.ts';
import { storedBill } from '../../activities/ledger/stored-payment.ts';
import { formatAmount } from '../../domain/money.ts';
import { Problem } from '../http/problem.ts';
import { parse } from '../http/validate.ts';
import { checkLines, checkMoney, textsOf } from './bill.ts';
import { captureBody, type RefundBody, voidBody } from './step-bodies.ts';

/** Lines of the bill as they stand now. */
const linesOf = ({ captured, request }: PaymentRow) => storedBill.parse(captured ?? request).lines;

/** @throws Problem for what can be told from the payment alone */
export function captureRequest(payment: PaymentRow, body: unknown): StepRequest {
  const { total, lines, redeem, money, tip } = parse(captureBody, body ?? {});
  if (total !== undefined && total > payment.total)
    throw new Problem('invalid_request', {
      detail: `A capture may only be smaller: ${formatAmount(payment.total)} is authorized.`,
      errors: [{ path: 'total', message: `must not be more than ${formatAmount(payment.total)}` }],
      requested: formatAmount(total),
      allowed: formatAmount(payment.total),
    });
  const bill = total ?? payment.total;
  const before = linesOf(payment);
  checkLines(bill, lines ?? (before.length > 0 ? before : undefined));
  checkMoney(bill, money);
  const request = {
    ...(total !== undefined && { total: formatAmount(total) }),
    ...(redeem !== undefined && { redeem }),
    ...(lines && { lines: lines.map(textsOf) }),
    ...(money && { money: money.map(textsOf) }),
    ...(tip !== undefined && { tip: formatAmount(tip) }),
  };
  return { payment, kind: 'capture', ref: null, request };
}

/** The request to void. */
export function voidRequest(payment: PaymentRow, body: unknown): StepRequest {
  return { payment, kind: 'void', ref: null, request: parse(voidBody, body ?? {}) };
}

/** @throws Problem for a line that the bill does not have */
export function refundRequest(payment: PaymentRow, { refund, amount, lines }: RefundBody): StepRequest {
  const known = new Set(linesOf(payment).map(({ id }) => id));
  const errors = (lines ?? []).flatMap(({ id }, index) =>
    known.has(id) ? [] : [{ path: `lines.${index}.id`, message: 'is no line of this payment' }],
  );
  if (errors.length > 0) throw new Problem('invalid_request', { detail: 'The payment has no such line.', errors });
  const asked = lines?.map((line) => ({
    id: line.id,
    ...(line.amount !== undefined && { amount: formatAmount(line.amount) }),
  }));
  const request = {
    refund,
    ...(amount !== undefined && { amount: formatAmount(amount) }),
    ...(asked && { lines: asked }),
  };
  return { payment, kind: 'refund', ref: refund, request };
}
