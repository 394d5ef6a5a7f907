/** `/api/operations`: payments and balance changes with the workflows that made them. */
import { Router } from 'express';
import { z } from 'zod';
import { listOperations, operationsOf, type OperationView } from '../../activities/ledger/operations-view.ts';
import type { ApiConfig, ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import {
  PAGE_SIZE,
  pageOf,
  pageQuery,
  placeInTime,
  readCursor,
  takesNoQuery,
  temporalLink,
  wireId,
  wireIdSchema,
  wireTime,
  writeCursor,
} from './wire.ts';

const states = z.enum(['running', 'done', 'needs_operator']);
const operationsQuery = z.strictObject({ state: states.optional(), accountId: ownId('acc').optional(), ...pageQuery });

const operationSchema = z
  .object({
    id: z.string(),
    workflowId: z.string(),
    runId: z.string(),
    kind: z.string(),
    chainId: wireIdSchema,
    accountId: ownId('acc').nullable(),
    locationId: wireIdSchema.nullable(),
    actor: z.string(),
    reason: z.string().nullable(),
    state: states,
    waitsFor: z.string().nullable(),
    temporalUrl: z.string().nullable(),
    createdAt: wireTime,
    finishedAt: wireTime.nullable(),
  })
  .meta({ id: 'Operation' });

const common = { tags: ['Operations'], security: 'operator' } as const;
route({
  ...common,
  method: 'get',
  path: '/api/operations',
  summary: 'Operations, newest first',
  query: operationsQuery,
  answers: { 200: { description: 'A page', schema: pageOf(operationSchema) } },
  problems: [],
});
route({
  ...common,
  method: 'get',
  path: '/api/operations/{workflowId}',
  summary: 'The newest operation of a workflow, with the runs of the same id before it',
  params: z.object({ workflowId: z.string().meta({ description: 'Percent-encoded' }) }),
  answers: {
    200: { description: 'The operation', schema: operationSchema.extend({ runs: z.array(operationSchema) }) },
  },
  problems: ['operation_not_found'],
});

function toWire(config: ApiConfig, operation: OperationView): z.infer<typeof operationSchema> {
  const { chainId, locationId, workflowId, runId, createdAt, finishedAt } = operation;
  return {
    ...operation,
    chainId: wireId(chainId),
    locationId: locationId === null ? null : wireId(locationId),
    temporalUrl: temporalLink(config, workflowId, runId),
    createdAt: createdAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

/** The reading calls about operations; actions.ts has those that act on one. */
export function operationsRouter({ pool, config }: ApiDeps): Router {
  const router = Router();
  router.get('/operations', async (req, res) => {
    const query = parse(operationsQuery, req.query, 'query');
    const [createdAt, id] = readCursor(query.cursor, placeInTime) ?? [];
    const { items, next } = await listOperations(pool, {
      state: query.state ?? null,
      accountId: query.accountId ?? null,
      after: createdAt !== undefined && id !== undefined ? { createdAt, id } : null,
      limit: query.limit ?? PAGE_SIZE,
    });
    res.json({
      items: items.map((operation) => toWire(config, operation)),
      next: next && writeCursor([next.createdAt, next.id]),
    });
  });
  router.get('/operations/:workflowId', async (req, res) => {
    takesNoQuery(req.query);
    const { workflowId } = req.params;
    const runs = workflowId.includes('\0') ? [] : await operationsOf(pool, workflowId);
    const [newest] = runs;
    if (!newest) throw new Problem('operation_not_found');
    res.json({ ...toWire(config, newest), runs: runs.map((run) => toWire(config, run)) });
  });
  return router;
}
