/** `POST /api/operations/{workflowId}/undo`: everything that an operation posted, the other way, by new transfers. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { keepAdjustment } from '../../activities/ledger/adjust.ts';
import { keepAction, noteNotApplied } from '../../activities/ledger/operator-actions.ts';
import { rehearseChange } from '../../activities/ledger/rehearse.ts';
import { findUndoable, type Undoable, undoRefusal } from '../../activities/ledger/undoable.ts';
import type { Balances } from '../../domain/account.ts';
import { adjustmentWorkflowId } from '../../domain/ids.ts';
import { formatAmount } from '../../domain/money.ts';
import { newId } from '../../domain/new-id.ts';
import { planDocument, type PlanFacts } from '../../domain/plan.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { reasonBody } from './actions.ts';
import { startAdjustment } from './adjustments.ts';
import { DRY_RUN_ANSWER, dryRunQuery, isDryRun } from './dry-run.ts';
import { once } from './once.ts';

const started = z.object({ workflowId: z.string(), actionId: ownId('act') });

route({
  method: 'post',
  path: '/api/operations/{workflowId}/undo',
  summary: 'Undo an operation that is over, as a whole',
  description:
    'What it posted is answered by new transfers of an operation of its own: points return to their lots, what was earned is taken back, and what is not free any more becomes debt. Both books are equal afterwards. With `dryRun` the answer shows both books now and after.',
  tags: ['Operations'],
  security: 'operator',
  params: z.object({ workflowId: z.string().min(1).max(512).meta({ description: 'Percent-encoded' }) }),
  headers: z.object({ 'Idempotency-Key': z.string().max(255).optional() }),
  query: dryRunQuery,
  body: reasonBody,
  answers: { 200: DRY_RUN_ANSWER, 202: { description: 'The workflow that does it', schema: started } },
  problems: ['operation_not_found', 'action_not_possible'],
});

async function undoable({ pool }: ApiDeps, workflowId: string): Promise<Undoable> {
  const found = workflowId.includes('\0') ? null : await findUndoable(pool, workflowId);
  if (!found) throw new Problem('operation_not_found');
  return found;
}

function refuseImpossible(found: Undoable): void {
  const detail = undoRefusal(found);
  if (detail !== null) throw new Problem('action_not_possible', { detail });
}

const owned = ({ active, pending, debt }: Balances): bigint => active + pending - debt;

/** The plan, made by the code that does it. @throws Problem when nothing of the operation is left to undo */
async function planOf(deps: ApiDeps, found: Undoable, workflowId: string, reason: string): Promise<PlanFacts> {
  const { accountId, locationId, workflowId: undoes } = found;
  // The link between both is kept with the request, which a dry run does not make.
  const change = { amount: 0n, allowNegative: true, other: null, review: null, undoes };
  const plan = await rehearseChange(deps.pool, { accountId, locationId, workflowId, reason }, change);
  if (plan.transfers.length === 0)
    throw new Problem('action_not_possible', { detail: 'Nothing that it posted is left to undo.' });
  return plan;
}

const newName = ({ clock }: ApiDeps): string => newId('act', clock.now(), randomBytes).slice('act_'.length);

async function undo(deps: ApiDeps, found: Undoable, name: string, reason: string) {
  const { accountId, chainId, locationId, workflowId: undoes } = found;
  const [actionId, adjustmentId] = [`act_${name}`, `adj_${name}`];
  const workflowId = adjustmentWorkflowId(accountId, adjustmentId);
  const { before, after } = await planOf(deps, found, workflowId, reason);
  const amount = owned(after) - owned(before);
  const by = { reason, actor: 'operator' };
  await keepAction(deps.pool, { id: actionId, action: 'undo', subject: undoes, chainId, accountId, ...by });
  await keepAdjustment(deps.pool, { workflowId, accountId, amount, undoes, ...by });
  const place = { chainId: String(chainId), accountId, locationId: String(locationId) };
  const input = { adjustmentId, ...place, amount: formatAmount(amount), allowNegative: true, undoes };
  try {
    await startAdjustment(deps, input, workflowId);
  } catch (error) {
    await noteNotApplied(deps.pool, actionId, 'Temporal did not take it');
    throw error;
  }
  return { workflowId, actionId };
}

/** The call that undoes. */
export function undoRouter(deps: ApiDeps): Router {
  const router = Router();
  router.post('/operations/:workflowId/undo', async (req, res) => {
    const { reason } = parse(reasonBody, req.body);
    const found = await undoable(deps, req.params.workflowId);
    if (isDryRun(req)) {
      refuseImpossible(found);
      const workflowId = adjustmentWorkflowId(found.accountId, `adj_${newName(deps)}`);
      res.json(planDocument(await planOf(deps, found, workflowId, reason)));
      return;
    }
    await once(deps, req, res, { locationId: found.locationId, body: { reason } }, async (name) => {
      const again = await undoable(deps, found.workflowId);
      // A repeat of the very call that undid it, whose answer was lost.
      const mine = name !== null && again.undoneBy === adjustmentWorkflowId(again.accountId, `adj_${name}`);
      if (mine) return { status: 202, body: { workflowId: again.undoneBy, actionId: `act_${name}` } };
      refuseImpossible(again);
      return { status: 202, body: await undo(deps, again, name ?? newName(deps), reason) };
    });
  });
  return router;
}
