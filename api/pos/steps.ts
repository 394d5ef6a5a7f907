/**
 * The further steps of a payment: `/capture`, `/void`, `/refunds`. Each is a row that says PENDING before anything happens,
 * decided by a workflow, and answered from that row within the till's four seconds.
 */
import type { Request, Response, Router } from 'express';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import { findPayment, findReceipt, type PaymentRow } from '../../activities/ledger/payment-row.ts';
import { readStanding } from '../../activities/ledger/payment-view.ts';
import { type StepIntake, type StepRequest, takeStepIn } from '../../activities/ledger/step-intake.ts';
import { abandonStep, findStep, type StepRow } from '../../activities/ledger/step-row.ts';
import { Problem } from '../http/problem.ts';
import { parse } from '../http/validate.ts';
import { callerOf } from './auth.ts';
import { paymentPath } from './bodies.ts';
import { dueAt, passPointOfNoReturn } from './deadline.ts';
import { decideInTime, type PaymentDeps } from './decide.ts';
import { paymentDocument } from './documents.ts';
import { keyOfRequest } from './idempotent.ts';
import { inputOf, refuse } from './payments.ts';
import { keptProblem } from './refusals.ts';
import { refundBody, refundByReceiptBody, stepPath } from './step-bodies.ts';
import { captureRequest, refundRequest, voidRequest } from './step-requests.ts';
import { declinedStep, stepRefusal } from './step-refusals.ts';

function own(caller: PosCaller, payment: PaymentRow): PaymentRow {
  if (payment.locationId !== caller.locationId)
    throw new Problem('forbidden_location', { detail: 'The payment belongs to another location than this key.' });
  return payment;
}

async function paymentOf(deps: PaymentDeps, req: Request, res: Response): Promise<PaymentRow> {
  const { id } = parse(paymentPath, req.params, 'path');
  const payment = await findPayment(deps.pool, id);
  if (!payment) throw new Problem('payment_not_found');
  return own(callerOf(res), payment);
}

/** Takes the step in while the till still waits; one that was made too late is given up, for the till has heard 503. */
async function takeInTime(deps: PaymentDeps, step: StepRequest, req: Request, res: Response): Promise<StepIntake> {
  const intake = await takeStepIn(deps.pool, step, keyOfRequest(req));
  try {
    passPointOfNoReturn(res);
  } catch (late) {
    if (intake.kind === 'new') await abandonStep(deps.pool, intake.step.id);
    throw late;
  }
  return intake;
}

/** Waits for the decision of a step; null when it is still PENDING, or nobody can tell. */
async function decide(deps: PaymentDeps, payment: PaymentRow, step: StepRow, until: number): Promise<StepRow | null> {
  if (step.state !== 'PENDING') return step;
  const { id, ref, attempt } = step;
  const { total: _bill, attempt: _attempt, ...ids } = inputOf(payment);
  const undecided = {
    id,
    start: (deadlineMs: number) =>
      ref === null
        ? deps.starter.step(inputOf(payment), deadlineMs)
        : deps.starter.refund({ ...ids, stepId: id, refund: ref, attempt }, deadlineMs),
    wait: (moment: number) => deps.decisions.waitForStep(id, moment),
    async giveUp() {
      await abandonStep(deps.pool, id);
      const row = await findStep(deps.pool, id);
      return row?.state === 'PENDING' ? null : row;
    },
  };
  return await decideInTime(deps, undecided, until);
}

/** The answer of a step that is done; a payment voided before it was decided is answered as it stands. */
async function answerOf(deps: PaymentDeps, { answer, paymentId }: StepRow): Promise<Record<string, unknown>> {
  if (answer) return { ...answer };
  const payment = await findPayment(deps.pool, paymentId);
  if (!payment) throw new Error(`payment ${paymentId} vanished`);
  return paymentDocument(payment, await readStanding(deps.pool, payment.accountId));
}

const pendingDocument = ({ id, kind, ref, paymentId }: StepRow) => ({
  id,
  kind,
  state: 'PENDING',
  paymentId,
  ...(ref !== null && { refund: ref }),
});

/** Handles a step's call; `status` is that of a step that is done. */
async function answerStep(
  deps: PaymentDeps,
  step: StepRequest,
  status: 200 | 201,
  req: Request,
  res: Response,
): Promise<void> {
  const intake = await takeInTime(deps, step, req, res);
  if (intake.kind === 'kept') {
    res.set('Idempotent-Replayed', 'true');
    throw keptProblem(intake.answer);
  }
  const refusal = stepRefusal(intake, step);
  if (refusal) await refuse(deps, callerOf(res), keyOfRequest(req), refusal);
  if (!('step' in intake)) throw new Error('a step was neither taken in nor refused');
  const decided = await decide(deps, step.payment, intake.step, dueAt(res));
  if (!decided) {
    res.status(202).location(`/v1/steps/${intake.step.id}`).json(pendingDocument(intake.step));
    return;
  }
  const replayed = intake.kind === 'repeat';
  // A 503 is never the kept answer of anything, so it is no replay.
  if (replayed && decided.state !== 'ABANDONED') res.set('Idempotent-Replayed', 'true');
  if (decided.state !== 'DONE' && decided.state !== 'UNDONE') throw declinedStep(decided);
  res.status(status).json({ ...(await answerOf(deps, decided)), replayed });
}

/** A step that a till was told to ask for: PENDING, its answer, or its problem. */
async function showStep(deps: PaymentDeps, req: Request, res: Response): Promise<void> {
  const { id } = parse(stepPath, req.params, 'path');
  const step = await findStep(deps.pool, id);
  if (!step) throw new Problem('payment_not_found', { detail: 'There is no such step of a payment.' });
  if (step.locationId !== callerOf(res).locationId)
    throw new Problem('forbidden_location', { detail: 'The payment belongs to another location than this key.' });
  if (step.state === 'PENDING') {
    res.status(202).location(`/v1/steps/${step.id}`).json(pendingDocument(step));
    return;
  }
  if (step.state !== 'DONE' && step.state !== 'UNDONE') throw declinedStep(step);
  res.json(await answerOf(deps, step));
}

/** A sale that is not known here may still come, from a till that was offline: nothing is kept, and it may ask again. */
async function saleOf(deps: PaymentDeps, caller: PosCaller, receipt: string): Promise<PaymentRow> {
  const payment = await findReceipt(deps.pool, caller.locationId, receipt);
  if (payment) return payment;
  throw new Problem('payment_not_found', {
    retryable: true,
    detail: `No sale with receipt ${receipt} is known here yet; nothing was kept.`,
  });
}

/** Mounts the calls. */
export function mountSteps(router: Router, deps: PaymentDeps): void {
  router.post('/payments/:id/capture', async (req, res) => {
    await answerStep(deps, captureRequest(await paymentOf(deps, req, res), req.body), 200, req, res);
  });
  router.post('/payments/:id/void', async (req, res) => {
    await answerStep(deps, voidRequest(await paymentOf(deps, req, res), req.body), 200, req, res);
  });
  router.post('/payments/:id/refunds', async (req, res) => {
    const body = parse(refundBody, req.body);
    await answerStep(deps, refundRequest(await paymentOf(deps, req, res), body), 201, req, res);
  });
  router.post('/refunds', async (req, res) => {
    const { receipt, ...body } = parse(refundByReceiptBody, req.body);
    await answerStep(deps, refundRequest(await saleOf(deps, callerOf(res), receipt), body), 201, req, res);
  });
  router.get('/steps/:id', (req, res) => showStep(deps, req, res));
}
