/** `/api/breaks`: what needs a person, and how a person ends it. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { keepAdjustment } from '../../activities/ledger/adjust.ts';
import { type BreakRow, closeBreak, findBreak, listBreaks } from '../../activities/ledger/breaks.ts';
import { keepAction, noteNotApplied } from '../../activities/ledger/operator-actions.ts';
import { operationsOf } from '../../activities/ledger/operations-view.ts';
import { type Reading, readingsOf } from '../../activities/ledger/post-other.ts';
import { routeOf } from '../../activities/ledger/reconciliation-view.ts';
import { adjustmentWorkflowId } from '../../domain/ids.ts';
import { formatAmount } from '../../domain/money.ts';
import { newId } from '../../domain/new-id.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { reasonBody } from './actions.ts';
import { startAdjustment } from './adjustments.ts';
import { once } from './once.ts';
import {
  PAGE_SIZE,
  pageOf,
  pageQuery,
  placeInTime,
  readCursor,
  wireId,
  wireIdSchema,
  wireTime,
  writeCursor,
} from './wire.ts';

const kinds = z.enum(['debt', 'card_missing', 'refused', 'ambiguous', 'parked']);
const breaksQuery = z.strictObject({
  state: z.enum(['open', 'closed']).optional(),
  accountId: ownId('acc').optional(),
  kind: kinds.optional(),
  ...pageQuery,
});
const otherBody = reasonBody.extend({
  lineId: altegioId.optional().meta({ description: 'Which line, where several of the break could be read otherwise' }),
});
const breakSchema = z
  .object({
    id: ownId('brk'),
    kind: kinds,
    state: z.enum(['open', 'closed']),
    chainId: wireIdSchema,
    accountId: ownId('acc'),
    operation: z.string().nullable(),
    workflowId: z.string().nullable(),
    amount: amountText.nullable(),
    readings: z.unknown().optional(),
    since: wireTime,
    closedAt: wireTime.nullable(),
    closedBy: z.string().nullable(),
    closeReason: z.string().nullable(),
    resolvedBy: z.string().nullable().meta({ description: 'The operation that posted the other reading' }),
  })
  .meta({ id: 'Break' });

const common = { tags: ['Breaks'], security: 'operator' } as const;
const params = z.object({ id: ownId('brk') });
const headers = z.object({ 'Idempotency-Key': z.string().max(255).optional() });
route({
  ...common,
  method: 'get',
  path: '/api/breaks',
  summary: 'What needs a person, newest first',
  query: breaksQuery,
  answers: { 200: { description: 'A page', schema: pageOf(breakSchema) } },
  problems: [],
});
route({
  ...common,
  method: 'post',
  path: '/api/breaks/{id}/close',
  summary: 'Close a break that was looked at',
  params,
  headers,
  body: reasonBody,
  answers: { 200: { description: 'The break, closed', schema: breakSchema } },
  problems: ['account_not_found', 'break_not_found', 'break_closed'],
});
route({
  ...common,
  method: 'post',
  path: '/api/breaks/{id}/post-other',
  summary: 'Post the other reading of an ambiguous break',
  description:
    'The line was taken for our write and was somebody else’s: its amount is posted as external, both books follow.',
  params,
  headers,
  body: otherBody,
  answers: {
    202: {
      description: 'The workflow that does it',
      schema: z.object({ workflowId: z.string(), actionId: ownId('act') }),
    },
  },
  problems: ['account_not_found', 'break_not_found', 'break_closed', 'no_other_reading', 'action_not_possible'],
});

function toWire(row: BreakRow): z.infer<typeof breakSchema> {
  const { id, chainId, accountId, operation, workflowId, amount, readings, closedAt } = row;
  return {
    id,
    kind: kinds.parse(row.kind),
    state: closedAt === null ? 'open' : 'closed',
    chainId: wireId(chainId),
    accountId,
    operation,
    workflowId,
    amount: amount === null ? null : formatAmount(amount),
    ...(readings === null ? {} : { readings }),
    since: row.since.toISOString(),
    closedAt: closedAt?.toISOString() ?? null,
    closedBy: row.closedBy,
    closeReason: row.closeReason,
    resolvedBy: row.resolvedBy,
  };
}

/** The break named in the path. @throws Problem */
async function existing(deps: ApiDeps, text: unknown): Promise<BreakRow> {
  const id = ownId('brk').safeParse(text).data;
  const found = id === undefined ? null : await findBreak(deps.pool, id);
  if (!found) throw new Problem('break_not_found');
  return found;
}

function refuseClosed({ closedAt, closedBy }: BreakRow): void {
  if (closedAt)
    throw new Problem('break_closed', { detail: `It was closed by ${closedBy} at ${closedAt.toISOString()}.` });
}

/** The line whose other reading is to be posted. @throws Problem when there is none, or it is not said which. */
function lineOf({ kind, readings }: BreakRow, lineId: bigint | undefined): Reading & { other: bigint } {
  const all = kind === 'ambiguous' ? readingsOf(readings) : [];
  const possible = all.flatMap((line) =>
    line.other !== null && (lineId === undefined || line.lineId === lineId) ? [{ ...line, other: line.other }] : [],
  );
  const [line, ...others] = possible;
  if (!line)
    throw new Problem('no_other_reading', {
      detail:
        kind === 'ambiguous'
          ? 'Read the other way this line changes places with one of the same amount, and both books stay as they are: close the break.'
          : 'Only an ambiguous break has another reading.',
    });
  if (others.length > 0) {
    const message = `must be one of ${possible.map(({ lineId: id }) => id).join(', ')}`;
    throw new Problem('invalid_request', {
      detail: 'Several lines could be read otherwise.',
      errors: [{ path: 'lineId', message }],
    });
  }
  return line;
}

/** The location under which a break's idempotency keys are kept, and its workflows call. */
async function placeOf(deps: ApiDeps, accountId: string) {
  const place = await routeOf(deps.pool, accountId);
  if (!place) throw new Problem('account_not_found');
  return place;
}

async function postOther(
  deps: ApiDeps,
  found: BreakRow,
  line: Reading & { other: bigint },
  asked: Asked,
): Promise<string> {
  const { id: breakId, accountId, chainId } = found;
  const workflowId = adjustmentWorkflowId(accountId, breakId);
  const [before] = await operationsOf(deps.pool, workflowId);
  if (before?.state === 'done')
    throw new Problem('action_not_possible', {
      detail: 'Posting the other reading was skipped before; make an adjustment, then close the break.',
    });
  const { locationId } = await placeOf(deps, accountId);
  const { actionId, reason } = asked;
  const by = { reason, actor: 'operator' };
  await keepAction(deps.pool, { id: actionId, action: 'post-other', subject: breakId, chainId, accountId, ...by });
  await keepAdjustment(deps.pool, { workflowId, accountId, amount: line.other, ...by });
  const input = {
    adjustmentId: breakId,
    chainId: String(chainId),
    accountId,
    locationId: String(locationId),
    amount: formatAmount(line.other),
    allowNegative: true,
    other: { breakId, lineId: String(line.lineId) },
  };
  try {
    await startAdjustment(deps, input, workflowId);
  } catch (error) {
    await noteNotApplied(deps.pool, actionId, 'Temporal did not take it');
    throw error;
  }
  return workflowId;
}

interface Asked {
  readonly actionId: string;
  readonly reason: string;
}

/** The calls about breaks. */
export function breaksRouter(deps: ApiDeps): Router {
  const router = Router();
  const idFor = (name: string | null) => (name === null ? newId('act', deps.clock.now(), randomBytes) : `act_${name}`);
  router.get('/breaks', async (req, res) => {
    const query = parse(breaksQuery, req.query, 'query');
    const { items, next } = await listBreaks(deps.pool, {
      open: query.state === undefined ? null : query.state === 'open',
      accountId: query.accountId ?? null,
      kind: query.kind ?? null,
      after: readCursor(query.cursor, placeInTime),
      limit: query.limit ?? PAGE_SIZE,
    });
    res.json({ items: items.map(toWire), next: next && writeCursor(next) });
  });
  router.post('/breaks/:id/close', async (req, res) => {
    const body = parse(reasonBody, req.body);
    const { id, accountId, chainId } = await existing(deps, req.params.id);
    const { locationId } = await placeOf(deps, accountId);
    await once(deps, req, res, { locationId, body }, async (name) => {
      const asked = { id: idFor(name), action: 'close', subject: id, chainId, accountId, ...body, actor: 'operator' };
      const closed = await closeBreak(deps.pool, id, asked);
      const after = await existing(deps, id);
      if (!closed) refuseClosed(after);
      return { status: 200, body: toWire(after) };
    });
  });
  router.post('/breaks/:id/post-other', async (req, res) => {
    const body = parse(otherBody, req.body);
    const { id, accountId } = await existing(deps, req.params.id);
    const { locationId } = await placeOf(deps, accountId);
    await once(deps, req, res, { locationId, body }, async (name) => {
      const found = await existing(deps, id);
      refuseClosed(found);
      const asked = { actionId: idFor(name), reason: body.reason };
      const workflowId = await postOther(deps, found, lineOf(found, body.lineId), asked);
      return { status: 202, body: { workflowId, actionId: asked.actionId } };
    });
  });
  return router;
}
