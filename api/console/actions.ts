/** `/api/operations/{workflowId}/{action}` and `/api/actions`: what operators ask of a running operation, and the audit. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { type ActionSubject, findSubject } from '../../activities/ledger/action-subject.ts';
import { keepAction, listActions, noteNotApplied } from '../../activities/ledger/operator-actions.ts';
import { rehearseAction } from '../../activities/ledger/rehearse.ts';
import { newId } from '../../domain/new-id.ts';
import { planDocument } from '../../domain/plan.ts';
import { ADOPT_ALTEGIO_SIGNAL, ADOPT_LEDGER_SIGNAL, RETRY_SIGNAL, SKIP_SIGNAL } from '../../workflows/contract.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { ownId } from '../http/schemas.ts';
import { TooLate, temporalWithin } from '../http/temporal-wait.ts';
import { parse } from '../http/validate.ts';
import { brief } from '../webhooks/brief.ts';
import { DRY_RUN_ANSWER, dryRunQuery, isDryRun } from './dry-run.ts';
import { once } from './once.ts';
import {
  PAGE_SIZE,
  pageOf,
  pageQuery,
  personText,
  placeInTime,
  readCursor,
  wireId,
  wireIdSchema,
  wireTime,
  writeCursor,
} from './wire.ts';

const SIGNALS = {
  retry: RETRY_SIGNAL,
  skip: SKIP_SIGNAL,
  'adopt-altegio': ADOPT_ALTEGIO_SIGNAL,
  'adopt-ledger': ADOPT_LEDGER_SIGNAL,
} as const;
type Action = keyof typeof SIGNALS;

const actionNames = z.enum(['retry', 'skip', 'adopt-altegio', 'adopt-ledger']);
/** Why an operator acts. */
export const reasonBody = z.strictObject({ reason: personText(500) });
const accepted = z.object({ workflowId: z.string(), action: actionNames, actionId: ownId('act') });
const subject = z.string().min(1).max(512);
const actionsQuery = z.strictObject({
  subject: subject.optional(),
  accountId: ownId('acc').optional(),
  ...pageQuery,
});
const actionSchema = z
  .object({
    id: z.string(),
    action: z.string(),
    subject: z.string().meta({ description: 'What it was done to: a workflow, a break, a chain, the token' }),
    chainId: wireIdSchema.nullable(),
    accountId: z.string().nullable(),
    operation: z.string().nullable(),
    reason: z.string(),
    actor: z.string(),
    askedAt: wireTime,
    appliedAt: wireTime.nullable().meta({ description: 'null: it has not taken effect' }),
    outcome: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'Action' });

route({
  method: 'post',
  path: '/api/operations/{workflowId}/{action}',
  summary: 'Act on an operation that cannot go on by itself',
  description:
    'retry: try again now. skip: undo what it posted. adopt-altegio: take over what Altegio holds. adopt-ledger: take back the drift it adopted and write our balance. Both books are equal afterwards.',
  tags: ['Operations'],
  security: 'operator',
  params: z.object({ workflowId: subject.meta({ description: 'Percent-encoded' }), action: actionNames }),
  headers: z.object({ 'Idempotency-Key': z.string().max(255).optional() }),
  query: dryRunQuery,
  body: reasonBody,
  answers: { 200: DRY_RUN_ANSWER, 202: { description: 'Kept, and told to the workflow', schema: accepted } },
  problems: ['not_found', 'operation_not_found', 'operation_done', 'action_not_possible'],
});
route({
  method: 'get',
  path: '/api/actions',
  summary: 'What operators asked for, newest first',
  tags: ['Operations'],
  security: 'operator',
  query: actionsQuery,
  answers: { 200: { description: 'A page', schema: pageOf(actionSchema) } },
  problems: [],
});

/** The longest wait for Temporal to take the signal. */
const SIGNAL_TIMEOUT_MS = 4_000;

/** Why an action makes no sense for this operation; null when it does. */
function impossible(action: Action, workflowId: string, { operation, card, undoes }: ActionSubject): string | null {
  if (action === 'retry') return null;
  const [kind] = workflowId.split(':');
  if (kind === 'cardIssue') return 'First contact posts only what it finds; it can be retried.';
  if (action === 'skip') {
    if (kind === 'reconciliation')
      return 'A reconciliation posts only what others moved in Altegio, which is a fact; adopt one of the books instead.';
    if (undoes) return 'It undoes another operation, which cannot be half undone; retry it.';
    return kind === 'payment' && !operation ? 'Nothing is posted yet.' : null;
  }
  if (!operation && kind !== 'adjustment') return 'Nothing is posted yet.';
  if (!card) return 'The customer has no altegio card yet.';
  return card === 'missing' && action === 'adopt-altegio'
    ? 'Altegio does not show the card, so it holds nothing to adopt.'
    : null;
}

/** What is acted on. @throws Problem when there is no such operation, it is over, or the action makes no sense. */
async function actable(deps: ApiDeps, workflowId: string, action: Action): Promise<ActionSubject> {
  const found = workflowId.includes('\0') ? null : await findSubject(deps.pool, workflowId);
  if (!found) throw new Problem('operation_not_found');
  const open = found.operation !== null && found.operation.state !== 'done';
  // An operation has no row before it posts anything; its workflow may run all the same.
  if (!open && !(await toTemporal(deps, workflowId, deps.starter.isOpen(workflowId))))
    throw new Problem(found.operation ? 'operation_done' : 'operation_not_found');
  const current = open ? found : { ...found, operation: null };
  const detail = impossible(action, workflowId, current);
  if (detail !== null) throw new Problem('action_not_possible', { detail });
  return current;
}

async function toTemporal<T>(deps: ApiDeps, workflowId: string, work: Promise<T>): Promise<T> {
  try {
    return await temporalWithin(SIGNAL_TIMEOUT_MS, work);
  } catch (error) {
    deps.logger.warn({ ...brief(error), workflowId }, 'Temporal did not take what an operator asked');
    const detail =
      error instanceof TooLate
        ? 'Temporal did not answer in time; GET /api/actions tells whether it took effect.'
        : 'Temporal does not answer; nothing has happened.';
    throw new Problem('unavailable', { detail });
  }
}

async function act(deps: ApiDeps, workflowId: string, action: Action, actionId: string): Promise<void> {
  let told: boolean;
  try {
    told = await toTemporal(deps, workflowId, deps.starter.tell(workflowId, SIGNALS[action], { actionId }));
  } catch (error) {
    await noteNotApplied(deps.pool, actionId, 'Temporal did not take it');
    throw error;
  }
  if (told) return;
  await noteNotApplied(deps.pool, actionId, 'the workflow was over');
  throw new Problem('operation_done', { detail: 'Its workflow does not run any more; start a reconciliation.' });
}

/** The calls that act on operations, and the audit. */
export function actionsRouter(deps: ApiDeps): Router {
  const router = Router();
  router.post('/operations/:workflowId/:action', async (req, res, next) => {
    const action = actionNames.safeParse(req.params.action).data;
    if (!action) return next();
    const { workflowId } = req.params;
    const { reason } = parse(reasonBody, req.body);
    const known = workflowId.includes('\0') ? null : await findSubject(deps.pool, workflowId);
    if (!known) throw new Problem('operation_not_found');
    if (isDryRun(req)) {
      const { accountId, locationId, operation } = await actable(deps, workflowId, action);
      const asked = { accountId, locationId, workflowId, operationId: operation?.id ?? null, reason };
      res.json(planDocument(await rehearseAction(deps.pool, asked, action)));
      return;
    }
    await once(deps, req, res, { locationId: known.locationId, body: { reason } }, async (name) => {
      const { accountId, chainId, operation } = await actable(deps, workflowId, action);
      const actionId = name === null ? newId('act', deps.clock.now(), randomBytes) : `act_${name}`;
      const about = { subject: workflowId, chainId, accountId, operation: operation?.id ?? null };
      await keepAction(deps.pool, { id: actionId, action, ...about, reason, actor: 'operator' });
      await act(deps, workflowId, action, actionId);
      return { status: 202, body: { workflowId, action, actionId } };
    });
  });
  router.get('/actions', async (req, res) => {
    const query = parse(actionsQuery, req.query, 'query');
    const { items, next } = await listActions(deps.pool, {
      subject: query.subject ?? null,
      accountId: query.accountId ?? null,
      after: readCursor(query.cursor, placeInTime),
      limit: query.limit ?? PAGE_SIZE,
    });
    res.json({
      items: items.map(({ chainId, askedAt, appliedAt, ...item }): z.infer<typeof actionSchema> => ({
        ...item,
        chainId: chainId === null ? null : wireId(chainId),
        askedAt: askedAt.toISOString(),
        appliedAt: appliedAt?.toISOString() ?? null,
      })),
      next: next && writeCursor(next),
    });
  });
  return router;
}
