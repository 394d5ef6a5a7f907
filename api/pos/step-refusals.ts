/** Every way a further step of a payment is refused, as the problem the till reads. */
import type { PaymentRow } from '../../activities/ledger/payment-row.ts';
import type { StepIntake, StepRequest } from '../../activities/ledger/step-intake.ts';
import type { StepKind, StepRow } from '../../activities/ledger/step-row.ts';
import type { PaymentState } from '../../activities/ledger/payment-row.ts';
import { isProblemCode, type ProblemCode } from '../http/problem-table.ts';
import { Problem } from '../http/problem.ts';
import { keyReused } from './idempotent.ts';

type Refusals = Readonly<Record<PaymentState, ProblemCode>>;

/** Steps before the capture: what a payment that is not authorized answers. */
const BEFORE_CAPTURE: Refusals = {
  PENDING: 'operation_in_progress',
  AUTHORIZED: 'operation_in_progress',
  CAPTURED: 'already_captured',
  PARTIALLY_REFUNDED: 'already_captured',
  REFUNDED: 'already_captured',
  VOIDED: 'already_voided',
  EXPIRED: 'hold_expired',
  DECLINED: 'not_captured',
  ABANDONED: 'not_captured',
};

/** The same of a refund, which needs a sale. */
const AFTER_CAPTURE: Refusals = {
  ...BEFORE_CAPTURE,
  PENDING: 'not_captured',
  AUTHORIZED: 'not_captured',
  CAPTURED: 'operation_in_progress',
  PARTIALLY_REFUNDED: 'operation_in_progress',
  REFUNDED: 'already_refunded',
  EXPIRED: 'not_captured',
};

const REFUSALS: Readonly<Record<StepKind, Refusals>> = {
  capture: BEFORE_CAPTURE,
  void: BEFORE_CAPTURE,
  refund: AFTER_CAPTURE,
};

const notNow = ({ id, state }: PaymentRow, kind: StepKind): Problem =>
  new Problem(REFUSALS[kind][state], { detail: `The payment is ${state}.`, extra: { paymentId: id } });

/** What a refund's two requests differ in. */
function differences({ request: before }: StepRow, { request }: StepRequest): string[] {
  return ['amount', 'lines'].filter((field) => JSON.stringify(before[field]) !== JSON.stringify(request[field]));
}

/** The problem of a step that was not taken in; null when it was, or when its refusal was kept. */
export function stepRefusal(intake: StepIntake, asked: StepRequest): Problem | null {
  switch (intake.kind) {
    case 'new':
    case 'repeat':
    case 'kept':
      return null;
    case 'keyReused':
      return keyReused();
    case 'conflict':
      return new Problem('receipt_conflict', {
        detail: `Refund ${asked.ref} of this payment was made with another amount or other lines.`,
        errors: differences(intake.step, asked).map((path) => ({
          path,
          message: 'differs from the refund of this name',
        })),
        extra: { paymentId: asked.payment.id },
      });
    case 'busy':
      return new Problem('operation_in_progress', { detail: 'A capture or a void of this payment is being decided.' });
    case 'notNow':
      return notNow(intake.payment, asked.kind);
  }
}

/** The problem of a step that was decided against, or given up. */
export function declinedStep(step: StepRow): Problem {
  const { code = 'unavailable', allowed, requested } = step.declined ?? {};
  if (step.state === 'ABANDONED')
    return new Problem('unavailable', { detail: 'It was not begun; nothing has happened.' });
  return new Problem(isProblemCode(code) ? code : 'internal', {
    ...(requested === undefined ? {} : { requested }),
    ...(allowed === undefined ? {} : { allowed }),
    extra: { paymentId: step.paymentId },
  });
}
