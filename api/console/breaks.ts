/** `/api/breaks`: what needs a person, and how a person ends it. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { keepAdjustment } from '../../activities/ledger/adjust.ts';
import { type BreakRow, closeBreak, findBreak, listBreaks } from '../../activities/ledger/breaks.ts';
import { keepAction, noteNotApplied } from '../../activities/ledger/operator-actions.ts';
import { operationsOf } from '../../activities/ledger/operations-view.ts';
import { type Reading, readingsOf } from '../../activities/ledger/post-other.ts';
import { planOfNothing, rehearseChange } from '../../activities/ledger/rehearse.ts';
import { routeOf } from '../../activities/ledger/reconciliation-view.ts';
import { adjustmentWorkflowId } from '../../domain/ids.ts';
import { formatAmount } from '../../domain/money.ts';
import { newId } from '../../domain/new-id.ts';
import { planDocument } from '../../domain/plan.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';
import { ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { reasonBody } from './actions.ts';
import { startAdjustment } from './adjustments.ts';
import { breaksQuery, breakToWire, otherBody } from './break-schemas.ts';
import { isDryRun } from './dry-run.ts';
import { once } from './once.ts';
import { PAGE_SIZE, placeInTime, readCursor, writeCursor } from './wire.ts';

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

async function planOfOther(
  deps: ApiDeps,
  { id: breakId, accountId }: BreakRow,
  { other: amount, lineId }: Reading & { other: bigint },
  asked: { readonly locationId: bigint; readonly reason: string },
): Promise<object> {
  const rehearsal = { ...asked, accountId, workflowId: adjustmentWorkflowId(accountId, breakId) };
  const change = { amount, allowNegative: true, other: { breakId, lineId }, review: null };
  return planDocument(await rehearseChange(deps.pool, rehearsal, change));
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
    res.json({ items: items.map(breakToWire), next: next && writeCursor(next) });
  });
  router.post('/breaks/:id/close', async (req, res) => {
    const body = parse(reasonBody, req.body);
    const found = await existing(deps, req.params.id);
    const { id, accountId, chainId } = found;
    if (isDryRun(req)) {
      refuseClosed(found);
      res.json(planDocument(await planOfNothing(deps.pool, accountId)));
      return;
    }
    const { locationId } = await placeOf(deps, accountId);
    await once(deps, req, res, { locationId, body }, async (name) => {
      const asked = { id: idFor(name), action: 'close', subject: id, chainId, accountId, ...body, actor: 'operator' };
      const closed = await closeBreak(deps.pool, id, asked);
      const after = await existing(deps, id);
      if (!closed) refuseClosed(after);
      return { status: 200, body: breakToWire(after) };
    });
  });
  router.post('/breaks/:id/post-other', async (req, res) => {
    const body = parse(otherBody, req.body);
    const before = await existing(deps, req.params.id);
    const { id, accountId } = before;
    const { locationId } = await placeOf(deps, accountId);
    if (isDryRun(req)) {
      refuseClosed(before);
      res.json(await planOfOther(deps, before, lineOf(before, body.lineId), { locationId, reason: body.reason }));
      return;
    }
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
