/** `POST /api/accounts/{id}/adjustments`: an operator adds or takes points. */
import { randomBytes } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { Router } from 'express';
import { z } from 'zod';
import { type AccountView, findAccount } from '../../activities/ledger/accounts-view.ts';
import { keepAdjustment } from '../../activities/ledger/adjust.ts';
import { operationsOf } from '../../activities/ledger/operations-view.ts';
import { rehearseChange } from '../../activities/ledger/rehearse.ts';
import { routeOf } from '../../activities/ledger/reconciliation-view.ts';
import { adjustmentWorkflowId } from '../../domain/ids.ts';
import { formatAmount } from '../../domain/money.ts';
import { newId } from '../../domain/new-id.ts';
import { planDocument } from '../../domain/plan.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { ownId, signedAmount } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { brief } from '../webhooks/brief.ts';
import { TooLate, temporalWithin } from '../http/temporal-wait.ts';
import { DRY_RUN_ANSWER, dryRunQuery, isDryRun } from './dry-run.ts';
import { once } from './once.ts';
import { accountIdFrom, personText } from './wire.ts';

const adjustment = z.strictObject({
  amount: signedAmount,
  reason: personText(500),
  allowNegative: z.boolean().default(false),
});
const started = z.object({ workflowId: z.string() });

/** The longest wait for Temporal to take the workflow. */
const START_TIMEOUT_MS = 4_000;

route({
  method: 'post',
  path: '/api/accounts/{id}/adjustments',
  summary: 'Add or take points, with a reason',
  description: 'Both books are equal afterwards. A repeat with the same Idempotency-Key is made once.',
  tags: ['Accounts'],
  security: 'operator',
  params: z.object({ id: ownId('acc') }),
  headers: z.object({ 'Idempotency-Key': z.string().max(255).optional() }),
  query: dryRunQuery,
  body: adjustment,
  answers: { 200: DRY_RUN_ANSWER, 202: { description: 'The workflow that does it', schema: started } },
  problems: ['account_not_found', 'insufficient_points'],
});

/** Points that are not there are taken only on purpose: they become debt. */
function refuseOverdraft(account: AccountView, amount: bigint): void {
  const { active, held } = account.balances;
  if (amount >= 0n || -amount <= active - held) return;
  throw new Problem('insufficient_points', {
    detail: 'The account holds fewer points; send allowNegative to make debt of the rest.',
    requested: formatAmount(-amount),
    allowed: formatAmount(active - held),
  });
}

/** Starts the workflow, once; one that is there already is a repeat. @throws Problem when Temporal does not take it. */
export async function startAdjustment(
  deps: ApiDeps,
  input: Parameters<ApiDeps['starter']['adjustment']>[0],
  workflowId: string,
): Promise<void> {
  try {
    await temporalWithin(START_TIMEOUT_MS, deps.starter.adjustment(input));
  } catch (error) {
    // The workflow has run and ended: this is a repeat, made once.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    deps.logger.warn({ ...brief(error), workflowId }, 'an adjustment could not be started');
    const detail =
      error instanceof TooLate
        ? 'Temporal did not answer in time; whether the adjustment runs is told by the workflow id.'
        : 'The adjustment could not be started; nothing has happened.';
    throw new Problem('unavailable', { detail, extra: { workflowId } });
  }
}

/** The adjustment call. */
export function adjustmentsRouter(deps: ApiDeps): Router {
  const router = Router();
  router.post('/accounts/:id/adjustments', async (req, res) => {
    const id = accountIdFrom(req.params.id);
    const { amount, reason, allowNegative } = parse(adjustment, req.body);
    const [account, place] = await Promise.all([findAccount(deps.pool, id), routeOf(deps.pool, id)]);
    if (!account || !place) throw new Problem('account_not_found');
    if (isDryRun(req)) {
      if (!allowNegative) refuseOverdraft(account, amount);
      const workflowId = adjustmentWorkflowId(id, newId('adj', deps.clock.now(), randomBytes));
      const change = { amount, allowNegative, other: null, review: null };
      const asked = { accountId: id, locationId: place.locationId, workflowId, reason };
      res.json(planDocument(await rehearseChange(deps.pool, asked, change)));
      return;
    }
    const scope = { locationId: place.locationId, body: { amount, reason, allowNegative } };
    await once(deps, req, res, scope, async (name) => {
      const adjustmentId = name === null ? newId('adj', deps.clock.now(), randomBytes) : `adj_${name}`;
      const workflowId = adjustmentWorkflowId(id, adjustmentId);
      // A repeat of one that has run, whose answer was lost, is not judged by the balance it left.
      const ran = (await operationsOf(deps.pool, workflowId)).length > 0;
      if (!allowNegative && !ran) refuseOverdraft(account, amount);
      const chainId = String(place.chainId);
      const locationId = String(place.locationId);
      await keepAdjustment(deps.pool, { workflowId, accountId: id, amount, reason, actor: 'operator' });
      const input = { adjustmentId, chainId, accountId: id, locationId, amount: formatAmount(amount), allowNegative };
      await startAdjustment(deps, input, workflowId);
      return { status: 202, body: { workflowId } };
    });
  });
  return router;
}
