/** `POST /v1/payments`: taken in, started, and answered from the committed row within the till's four seconds. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Request, Response } from 'express';
import { type IdempotencyKey, keepAnswer } from '../../activities/ledger/idempotency.ts';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import { type Intake, type PaymentRequest, takePaymentIn } from '../../activities/ledger/payment-intake.ts';
import { abandonPayment, findPayment, type PaymentRow } from '../../activities/ledger/payment-row.ts';
import { readStanding } from '../../activities/ledger/payment-view.ts';
import { formatAmount } from '../../domain/money.ts';
import { isDatabaseDown } from '../http/database-down.ts';
import type { ApiDeps } from '../http/deps.ts';
import type { Admission } from './admission.ts';
import { temporalWithin } from '../http/temporal-wait.ts';
import { countPayment } from '../http/metrics.ts';
import { PROBLEMS } from '../http/problem-table.ts';
import type { Problem } from '../http/problem.ts';
import { parse } from '../http/validate.ts';
import { phoneAt } from './auth.ts';
import { checkLines, checkMoney } from './bill.ts';
import { type PaymentBody, paymentBody } from './bodies.ts';
import { dueAt, passPointOfNoReturn, within } from './deadline.ts';
import type { Decisions } from './decisions.ts';
import { paymentDocument } from './documents.ts';
import { keyOfRequest } from './idempotent.ts';
import { redeemKind } from './redeem-kind.ts';
import { declinedProblem, keptProblem, refusalOf } from './refusals.ts';

/** What this door needs beyond the rest. */
export interface PaymentDeps extends ApiDeps {
  readonly admission: Admission;
  readonly decisions: Decisions;
}

/**
 * When Temporal has not taken a start in this time, the payment is given up in time. Between processes it answers only
 * after the workflow's first task, so this is longer than the till's read of Altegio may take (2.7 s) and its commit.
 */
const START_MS = 3_200;
/** A payment that is let in later than this before its answer is due would hardly be decided in time. */
const DECISION_MS = 1_500;
/** A PENDING answer does not wait longer for the balances beside it. */
const STANDING_MS = 150;

/** The amounts of an item as the ledger keeps them, decimal texts. */
const textsOf = (item: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, typeof value === 'bigint' ? formatAmount(value) : value]),
  );

/** The request as the ledger keeps it. @throws Problem for what can be told without looking anything up. */
export function understand(caller: PosCaller, body: PaymentBody): PaymentRequest {
  const { receipt, accountId, cardNumber, phone, total, redeem, as: wanted, capture: _always, ...rest } = body;
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
async function refuse(deps: ApiDeps, caller: PosCaller, key: IdempotencyKey | null, problem: Problem): Promise<never> {
  if (key && problem.code !== 'idempotency_key_reused' && !PROBLEMS[problem.code].retryable) {
    const body = { code: problem.code, ...problem.options };
    await keepAnswer(deps.pool, caller.locationId, key, { status: problem.status, body });
  }
  throw problem;
}

/** Starts the payment's workflow. False when Temporal did not take it; a workflow that is there already is a start. */
async function start(deps: ApiDeps, payment: PaymentRow, left: number): Promise<boolean> {
  const { id, chainId, locationId, accountId, receipt, attempt, total } = payment;
  const deadlineMs = Math.max(1, Math.min(START_MS, left));
  const input = {
    paymentId: id,
    chainId: String(chainId),
    locationId: String(locationId),
    accountId,
    receipt,
    attempt,
    total: formatAmount(total),
  };
  try {
    // Temporal's client waits between its own tries, past its deadline as well; the till does not.
    await temporalWithin(deadlineMs, deps.starter.payment(input, deadlineMs));
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return true;
    deps.logger.warn({ err: error, paymentId: id }, 'Temporal did not take a payment');
    return false;
  }
}

/**
 * Waits for the decision. When Temporal did not take the payment it is given up, so that a 503 is true.
 * @returns the decided row; null when it is still PENDING, or nobody can tell while the database is away.
 */
export async function decide(deps: PaymentDeps, payment: PaymentRow, until: number): Promise<PaymentRow | null> {
  if (payment.state !== 'PENDING') return payment;
  const leave = await deps.admission.enter(until - DECISION_MS);
  if (!leave) return await abandoned(deps, payment);
  try {
    // A repeat starts it again: whoever inserted the row may have died before starting, and a second start is harmless.
    const decision = deps.decisions.wait(payment.id, until);
    const failure = start(deps, payment, until - performance.now() - 300).then((started) =>
      started ? decision : abandoned(deps, payment),
    );
    return await Promise.race([decision, failure]);
  } finally {
    leave();
  }
}

async function abandoned(deps: PaymentDeps, payment: PaymentRow): Promise<PaymentRow | null> {
  try {
    await abandonPayment(deps.pool, payment.id);
    const row = await findPayment(deps.pool, payment.id);
    return row?.state === 'PENDING' ? null : row;
  } catch (error) {
    // Neither started nor given up for certain: the till is told where to ask, never that nothing will happen.
    if (isDatabaseDown(error)) return null;
    throw error;
  }
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
