/** Every way a payment is refused, as the problem the till reads. */
import type { Intake, PaymentRequest } from '../../activities/ledger/payment-intake.ts';
import type { PaymentRow } from '../../activities/ledger/payment-row.ts';
import { isProblemCode, type ProblemCode } from '../http/problem-table.ts';
import { Problem } from '../http/problem.ts';
import { keyReused } from './idempotent.ts';
import { nobodyFound } from './lookups.ts';

/** The problem of a receipt that was not taken in; null when it was. */
export function refusalOf(intake: Intake, request: PaymentRequest): Problem | null {
  switch (intake.kind) {
    case 'new':
    case 'repeat':
    case 'kept':
      return null;
    case 'keyReused':
      return keyReused();
    case 'conflict': {
      const errors = intake.fields.map((path) => ({ path, message: 'differs from the payment that has this receipt' }));
      const old = { path: 'receipt', message: 'was used more than 24 hours ago' };
      return new Problem('receipt_conflict', {
        detail: `Receipt ${request.receipt} is taken by another payment.`,
        errors: errors.length > 0 ? errors : [old],
        extra: { paymentId: intake.payment.id },
      });
    }
    case 'noProgram':
      return nobodyFound({
        programHere: false,
        chainHasPrograms: intake.chainHasPrograms,
        elsewhere: false,
        replaced: false,
      });
    case 'noAccount':
      return nobodyFound({
        programHere: true,
        chainHasPrograms: true,
        elsewhere: intake.elsewhere,
        replaced: intake.replaced,
      });
    case 'severalAccounts':
      return new Problem('card_choice_required', {
        detail: 'Send the accountId of one of them.',
        extra: { accounts: intake.accountIds.map((id) => ({ id })) },
      });
    case 'accountState':
      return new Problem(intake.state === 'inactive' ? 'customer_inactive' : 'account_frozen');
  }
}

/** A kept refusal, as the problem it was. */
export function keptProblem(answer: unknown): Problem {
  const { code, ...options } = answer as { code: ProblemCode } & ConstructorParameters<typeof Problem>[1];
  return new Problem(code, options);
}

/** The problem of a payment that took nothing. */
export function declinedProblem(payment: PaymentRow): Problem {
  const { code = 'unavailable', allowed, requested } = payment.declined ?? {};
  const asked = requested ?? (/^\d/.test(payment.redeem) ? payment.redeem : undefined);
  const known = isProblemCode(code) ? code : 'internal';
  if (payment.state === 'VOIDED') return new Problem('already_voided', { extra: { paymentId: payment.id } });
  if (payment.state === 'ABANDONED') return new Problem(known === 'altegio_unavailable' ? known : 'unavailable');
  return new Problem(known, {
    ...(asked === undefined ? {} : { requested: asked }),
    ...(allowed === undefined ? {} : { allowed }),
    extra: { paymentId: payment.id },
  });
}
