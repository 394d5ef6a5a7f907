/** Steps of the till's path: short, idempotent, run as local activities. */
import { formatAmount, parseAmount } from '../domain/money.ts';
import { readForTill } from './altegio/till-read.ts';
import { decideForTill } from './altegio/visit-writes.ts';
import type { FindingDeps } from './finding.ts';
import { createDepositActivities } from './deposit.ts';
import type { PaymentInput, RefundInput } from './inputs.ts';
import type { Decision } from './ledger/payment-outcome.ts';
import { decideRefundStep } from './ledger/refund-decision.ts';
import { settleHold } from './ledger/settle-hold.ts';
import { operationOf } from './operation-of.ts';
import {
  asked,
  askedAtOf,
  type BalanceSeen,
  type HoldSettled,
  type PaymentDecided,
  type RefundDecided,
} from './texts.ts';

/** Amounts as texts. */
function texts<Key extends string>(amounts: Readonly<Partial<Record<Key, bigint>>>): Partial<Record<Key, string>> {
  const entries = Object.entries<bigint | undefined>(amounts).filter(([, amount]) => amount !== undefined);
  return Object.fromEntries(entries.map(([name, amount]) => [name, formatAmount(amount ?? 0n)])) as Partial<
    Record<Key, string>
  >;
}

function toDecided(decided: Decision): PaymentDecided {
  switch (decided.outcome) {
    case 'readAgain':
    case 'unsettled':
    case 'withdrawing':
    case 'voided':
    case 'expired':
      return { outcome: decided.outcome };
    case 'abandoned':
      return { outcome: 'abandoned', code: decided.code };
    case 'declined':
      return {
        outcome: 'declined',
        code: decided.code,
        drift: formatAmount(decided.drift),
        ...(decided.goesOn && { goesOn: true }),
      };
    case 'authorized': {
      const { outcome, leftMs, ...amounts } = decided;
      return { outcome, ...texts(amounts), leftMs };
    }
    case 'captured': {
      const { outcome, ...amounts } = decided;
      return { outcome, ...texts(amounts) };
    }
  }
}

/** See the file's header. */
export function createTillActivities(deps: FindingDeps) {
  return {
    ...createDepositActivities(deps),

    /** Reads Altegio's balance before any deduction; says `down` rather than failing. */
    async readAltegioForTill(payment: PaymentInput): Promise<BalanceSeen> {
      const { paymentId, accountId } = payment;
      const request = { paymentId, accountId, locationId: BigInt(payment.locationId) };
      const seen = await readForTill(deps, request, operationOf(payment));
      if (seen.kind !== 'balance') return seen.kind === 'down' ? seen : { kind: seen.kind };
      const { cardId, balance, version, askedAt } = seen;
      const altegio = formatAmount(balance);
      return { kind: 'balance', cardId: String(cardId), altegio, version: String(version), ...asked(askedAt) };
    },

    /** One transaction: adopts drift, takes bonus first, earns (or reserves), stores the answer. */
    async commitPayment(payment: PaymentInput, seen: BalanceSeen): Promise<PaymentDecided> {
      const read =
        seen.kind === 'balance'
          ? {
              kind: seen.kind,
              cardId: BigInt(seen.cardId),
              balance: parseAmount(seen.altegio),
              version: BigInt(seen.version),
              askedAt: askedAtOf(seen),
            }
          : seen;
      const operation = operationOf(payment, 'till');
      const { paymentId, accountId } = payment;
      const request = { paymentId, accountId, locationId: BigInt(payment.locationId) };
      return toDecided(await decideForTill(deps, request, read, operation, payment.visit !== undefined));
    },

    /** One transaction: decides the capture or void that waits, or releases a hold whose time is over. */
    async settleHold(payment: PaymentInput): Promise<HoldSettled> {
      const settled = await settleHold(deps, payment, operationOf(payment, 'till'));
      if (settled.outcome === 'authorized') return settled;
      const { outcome, ...amounts } = settled;
      return { outcome, ...texts<'redeemed' | 'due' | 'accrued' | 'target'>(amounts) };
    },

    /** One transaction: points return, debt is paid, accrual is clawed back, the answer is stored. */
    async commitRefund(refund: RefundInput): Promise<RefundDecided> {
      const decided = await decideRefundStep(deps, refund, operationOf(refund, 'till'));
      if (decided.outcome !== 'refunded') return decided;
      const { outcome, ...amounts } = decided;
      return { outcome, ...texts(amounts) };
    },
  };
}
