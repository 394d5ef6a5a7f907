/** The POS door `/v1`. */
import { Router } from 'express';
import { createKeyRing } from '../../activities/ledger/key-ring.ts';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import { findPayment, findReceipt, type PaymentRow } from '../../activities/ledger/payment-row.ts';
import { readStanding } from '../../activities/ledger/payment-view.ts';
import type { ApiDeps } from '../http/deps.ts';
import { jsonBody } from '../http/json.ts';
import { Problem } from '../http/problem.ts';
import { parse } from '../http/validate.ts';
import { callerOf, posAuth } from './auth.ts';
import { paymentPath, paymentsQuery } from './bodies.ts';
import { startClock } from './deadline.ts';
import { createAdmission } from './admission.ts';
import type { Decisions } from './decisions.ts';
import { describePosDoor } from './describe.ts';
import { paymentDocument } from './documents.ts';
import { postBatch } from './batches.ts';
import { mountDeposits } from './deposits.ts';
import { enrolCustomer } from './enrolment.ts';
import { answerOnce } from './idempotent.ts';
import { listed } from './listed.ts';
import { lookUp } from './lookups.ts';
import type { OfflineSales } from './offline-drain.ts';
import { limitRate } from './rate-limit.ts';
import { tillRouter } from './till.ts';
import { postPayment } from './payments.ts';
import { quote } from './quotes.ts';
import { getReceipt } from './receipt/receipt.ts';
import { mountSteps } from './steps.ts';

async function show(deps: ApiDeps, caller: PosCaller, payment: PaymentRow | null): Promise<object> {
  if (!payment) throw new Problem('payment_not_found');
  if (payment.locationId !== caller.locationId) {
    throw new Problem('forbidden_location', { detail: 'The payment belongs to another location than this key.' });
  }
  return paymentDocument(payment, await readStanding(deps.pool, payment.accountId));
}

/** Payments under way in one process: what two cores decide in about a second, so that whoever is let in is answered in time. */
const PLACES = 16;

/** Makes the door. `decisions` and `offline` are shared by all its requests and closed by the server. */
export function posRouter(deps: ApiDeps, decisions: Decisions, offline: OfflineSales): Router {
  const admission = createAdmission(PLACES);
  describePosDoor();
  const router = Router();
  const ring = createKeyRing(deps.pool, (error) => deps.logger.warn({ err: error }, 'the use of a key was not noted'));
  router.use(startClock, posAuth(ring), limitRate(deps.config.keyRequestsPerMinute), jsonBody());

  router.use(tillRouter(deps));
  router.post('/lookups', async (req, res) => {
    const caller = callerOf(res);
    await answerOnce(deps, caller, req, res, () => lookUp(deps, caller, req.body));
  });
  router.post('/accounts', async (req, res) => {
    const caller = callerOf(res);
    await answerOnce(deps, caller, req, res, () => enrolCustomer(deps, caller, req, res));
  });
  router.post('/quotes', async (req, res) => {
    const caller = callerOf(res);
    await answerOnce(deps, caller, req, res, () => quote(deps, caller, req.body));
  });
  router.post('/payments', (req, res) => postPayment({ ...deps, decisions, admission }, callerOf(res), req, res));
  router.post('/batches', (req, res) => postBatch(deps, callerOf(res), offline, req, res));
  mountSteps(router, { ...deps, decisions, admission });
  mountDeposits(router, { ...deps, decisions, admission });
  router.get('/payments', async (req, res) => {
    const caller = callerOf(res);
    const { receipt, ...selection } = parse(paymentsQuery, req.query, 'query');
    if (receipt === undefined) res.json(await listed(deps, caller, selection));
    else res.json(await show(deps, caller, await findReceipt(deps.pool, caller.locationId, receipt)));
  });
  router.get('/payments/:id', async (req, res) => {
    const { id } = parse(paymentPath, req.params, 'path');
    res.json(await show(deps, callerOf(res), await findPayment(deps.pool, id)));
  });
  router.get('/payments/:id/receipt', (req, res) => getReceipt(deps, callerOf(res), req, res));
  return router;
}
