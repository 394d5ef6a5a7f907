/** `POST /v1/payments`: taken in, started, and answered from the committed row within the till's four seconds. */
import type { Request, Response } from 'express';
import { type IdempotencyKey, keepAnswer } from '../../activities/ledger/idempotency.ts';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import { type Intake, type PaymentRequest, takePaymentIn } from '../../activities/ledger/payment-intake.ts';
import { abandonPayment, findPayment, type PaymentRow } from '../../activities/ledger/payment-row.ts';
import { readStanding } from '../../activities/ledger/payment-view.ts';
import { formatAmount } from '../../domain/money.ts';
import { isDatabaseDown } from '../http/database-down.ts';
import type { ApiDeps } from '../http/deps.ts';
import { countPayment } from '../http/metrics.ts';
import { PROBLEMS } from '../http/problem-table.ts';
import type { Problem } from '../http/problem.ts';
import { parse } from '../http/validate.ts';
import type { PaymentInput } from '../../workflows/contract.ts';
import { phoneAt } from './auth.ts';
import { checkLines, checkMoney, textsOf } from './bill.ts';
import { type PaymentBody, paymentBody } from './bodies.ts';
import { dueAt, passPointOfNoReturn, within } from './deadline.ts';
import { decideInTime, type PaymentDeps } from './decide.ts';
import { paymentDocument } from './documents.ts';
import { keyOfRequest } from './idempotent.ts';
import { redeemKind } from './redeem-kind.ts';
import { declinedProblem, keptProblem, refusalOf } from './refusals.ts';

/** A PENDING answer does not wait longer for the balances beside it. */
const STANDING_MS = 150;

/** The request as the ledger keeps it. @throws Problem for what can be told without looking anything up. */
export function understand(caller: PosCaller, body: PaymentBody): PaymentRequest {
  const { receipt, accountId, cardNumber, phone, total, redeem, as: wanted, ...rest } = body;
  checkLines(total, rest.lines);
  checkMoney(total, rest.money);
  const customer =
    accountId !== undefined
      ? ({ by: 'accountId', value: accountId } as const)
      : cardNumber !== undefined
        ? ({ by: 'cardNumber', value: cardNumber } as const)
        : ({ by: 'phone', value: phoneAt(caller, phone ?? '') } as const);
  const details = {
    ...rest,
    lines: rest.lines?.map((item) => textsOf(item)),
    money: rest.money?.map((item) => textsOf(item)),
    tip: rest.tip === undefined ? undefined : formatAmount(rest.tip),
  };
  return { receipt, customer, total, redeem, asKind: redeemKind(caller, wanted), details };
}

/** Throws a refusal; one that will stay true is kept under the key, a passing one is not. */
export async function refuse(
  deps: ApiDeps,
  caller: PosCaller,
  key: IdempotencyKey | null,
  problem: Problem,
): Promise<never> {
  if (key && problem.code !== 'idempotency_key_reused' && !PROBLEMS[problem.code].retryable) {
    const body = { code: problem.code, ...problem.options };
    await keepAnswer(deps.pool, caller.locationId, key, { status: problem.status, body });
  }
  throw problem;
}

/** What the workflows of a payment take. */
export function inputOf(payment: PaymentRow): PaymentInput {
  const { id, chainId, locationId, accountId, receipt, attempt, total, visit } = payment;
  return {
    paymentId: id,
    chainId: String(chainId),
    locationId: String(locationId),
    accountId,
    receipt,
    attempt,
    total: formatAmount(total),
    ...(visit && { visit: { recordId: String(visit.recordId), visitId: String(visit.visitId) } }),
  };
}

/** Waits for the decision of a payment; null when it is still PENDING, or nobody can tell. */
export async function decide(deps: PaymentDeps, payment: PaymentRow, until: number): Promise<PaymentRow | null> {
  if (payment.state !== 'PENDING') return payment;
  const { id } = payment;
  const undecided = {
    id,
    start: (deadlineMs: number) => deps.starter.payment(inputOf(payment), deadlineMs),
    wait: (moment: number) => deps.decisions.wait(id, moment),
    async giveUp() {
      await abandonPayment(deps.pool, id);
      const row = await findPayment(deps.pool, id);
      return row?.state === 'PENDING' ? null : row;
    },
  };
  return await decideInTime(deps, undecided, until);
}

async function pendingDocument(deps: ApiDeps, payment: PaymentRow): Promise<Record<string, unknown>> {
  const nothing = { active: 0n, held: 0n, pending: 0n, debt: 0n };
  const unknown = { balances: nothing, mirror: 'syncing', altegio: null } as const;
  const reading = readStanding(deps.pool, payment.accountId).catch((error: unknown) => {
    if (isDatabaseDown(error)) return unknown;
    throw error;
  });
  const standing = (await within(reading, performance.now() + STANDING_MS)) ?? unknown;
  return paymentDocument(payment, standing);
}

/**
 * Takes the payment in while the till still waits. When that comes too late the till has heard 503 already, so a row
 * that was made after all is given up.
 */
async function takeInTime(
  deps: PaymentDeps,
  caller: PosCaller,
  request: PaymentRequest,
  key: IdempotencyKey | null,
  res: Response,
): Promise<Intake> {
  const intake = await takePaymentIn(deps.pool, caller, request, key);
  try {
    passPointOfNoReturn(res);
  } catch (late) {
    if (intake.kind === 'new') await abandonPayment(deps.pool, intake.payment.id);
    throw late;
  }
  return intake;
}

/** Handles the call. */
export async function postPayment(deps: PaymentDeps, caller: PosCaller, req: Request, res: Response): Promise<void> {
  const key = keyOfRequest(req);
  const request = understand(caller, parse(paymentBody, req.body));
  const intake = await takeInTime(deps, caller, request, key, res);
  if (intake.kind === 'kept') {
    res.set('Idempotent-Replayed', 'true');
    throw keptProblem(intake.answer);
  }
  const refusal = refusalOf(intake, request);
  if (refusal) await refuse(deps, caller, key, refusal);
  if (!('payment' in intake)) throw new Error('a payment was neither taken in nor refused');
  const repeat = intake.kind === 'repeat';
  const decided = await decide(deps, intake.payment, dueAt(res));
  countPayment(decided?.state ?? 'PENDING');
  if (!decided) {
    const { payment } = intake;
    res
      .status(202)
      .location(`/v1/payments/${payment.id}`)
      .json(await pendingDocument(deps, payment));
    return;
  }
  // A 503 is never the kept answer of anything, so it is no replay.
  if (repeat && decided.state !== 'ABANDONED') res.set('Idempotent-Replayed', 'true');
  if (!decided.answer) throw declinedProblem(decided);
  res
    .status(201)
    .location(`/v1/payments/${decided.id}`)
    .json({ ...decided.answer, state: decided.state, replayed: repeat });
}
