/** `/api/reviews`: accruals over a limit, which wait until a person approves or refuses them. */
import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import { keepAdjustment } from '../../activities/ledger/adjust.ts';
import { keepAction, noteNotApplied } from '../../activities/ledger/operator-actions.ts';
import { rehearseChange } from '../../activities/ledger/rehearse.ts';
import { findReview, listReviews, type ReviewView } from '../../activities/ledger/reviews-view.ts';
import { adjustmentWorkflowId } from '../../domain/ids.ts';
import { formatAmount } from '../../domain/money.ts';
import { newId } from '../../domain/new-id.ts';
import { planDocument } from '../../domain/plan.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { reasonBody } from './actions.ts';
import { startAdjustment } from './adjustments.ts';
import { DRY_RUN_ANSWER, dryRunQuery, isDryRun } from './dry-run.ts';
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

const states = z.enum(['open', 'approved', 'refused', 'returned']);
const reviewsQuery = z.strictObject({
  state: states.optional(),
  accountId: ownId('acc').optional(),
  locationId: altegioId.optional(),
  ...pageQuery,
});
const reviewSchema = z
  .object({
    id: ownId('rev'),
    chainId: wireIdSchema,
    locationId: wireIdSchema,
    accountId: ownId('acc'),
    paymentId: ownId('pay').nullable().meta({ description: 'Null for the accrual of a visit' }),
    receipt: z.string().nullable(),
    visitId: wireIdSchema.nullable().meta({ description: 'The visit in Altegio; null for a sale of a till' }),
    operator: z.string().nullable(),
    amount: amountText,
    waiting: amountText.meta({ description: 'Still pending; less than the amount after a refund' }),
    limits: z.array(
      z.object({
        of: z.enum(['card', 'operator']),
        limit: z.enum(['paymentsPerDay', 'pointsPerDay', 'saleAndVisit']),
        allowed: z.string(),
        seen: z.string(),
      }),
    ),
    since: wireTime,
    state: states.meta({ description: 'returned: the sale went back before anybody decided' }),
    decidedAt: wireTime.nullable(),
    decidedBy: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Review' });

const common = { tags: ['Reviews'], security: 'operator' } as const;
const decisions = z.enum(['approve', 'refuse']);
route({
  ...common,
  method: 'get',
  path: '/api/reviews',
  summary: 'Accruals over a limit, newest first',
  description: 'The sale was never held up. Its points wait as pending until a person decides.',
  query: reviewsQuery,
  answers: { 200: { description: 'A page', schema: pageOf(reviewSchema) } },
  problems: [],
});
route({
  ...common,
  method: 'post',
  path: '/api/reviews/{id}/{decision}',
  summary: 'Approve or refuse an accrual under review',
  description:
    'Approved points become active, at once or on the day the program says; refused ones are taken back. Both books are equal afterwards.',
  params: z.object({ id: ownId('rev'), decision: decisions }),
  headers: z.object({ 'Idempotency-Key': z.string().max(255).optional() }),
  query: dryRunQuery,
  body: reasonBody,
  answers: {
    200: DRY_RUN_ANSWER,
    202: {
      description: 'The workflow that does it',
      schema: z.object({ workflowId: z.string(), actionId: ownId('act') }),
    },
  },
  problems: ['not_found', 'review_not_found', 'review_decided'],
});

function toWire(review: ReviewView): z.infer<typeof reviewSchema> {
  const { id, chainId, locationId, accountId, paymentId, receipt, visitId, operator, state, decidedBy, reason } =
    review;
  return {
    id,
    chainId: wireId(chainId),
    locationId: wireId(locationId),
    accountId,
    paymentId,
    receipt,
    visitId: visitId === null ? null : wireId(visitId),
    operator,
    amount: formatAmount(review.amount),
    waiting: formatAmount(review.waiting),
    limits: reviewSchema.shape.limits.parse(review.limits),
    since: review.since.toISOString(),
    state,
    decidedAt: review.decidedAt?.toISOString() ?? null,
    decidedBy,
    reason,
  };
}

async function existing(deps: ApiDeps, text: unknown): Promise<ReviewView> {
  const id = ownId('rev').safeParse(text).data;
  const found = id === undefined ? null : await findReview(deps.pool, id);
  if (!found) throw new Problem('review_not_found');
  return found;
}

interface Decided {
  readonly decision: z.infer<typeof decisions>;
  readonly reason: string;
  /** The same in every repeat of the call. */
  readonly name: string;
}

/** Keeps who decided what and why, then starts the workflow that does it. */
async function decide(deps: ApiDeps, review: ReviewView, { decision, reason, name }: Decided) {
  const { id: reviewId, accountId, chainId, locationId, amount } = review;
  const [actionId, adjustmentId] = [`act_${name}`, `adj_${name}`];
  const workflowId = adjustmentWorkflowId(accountId, adjustmentId);
  const by = { reason, actor: 'operator' };
  await keepAction(deps.pool, { id: actionId, action: decision, subject: reviewId, chainId, accountId, ...by });
  await keepAdjustment(deps.pool, { workflowId, accountId, amount, ...by });
  const input = {
    adjustmentId,
    chainId: String(chainId),
    accountId,
    locationId: String(locationId),
    amount: formatAmount(amount),
    allowNegative: false,
    review: { reviewId, decision, actionId },
  };
  try {
    await startAdjustment(deps, input, workflowId);
  } catch (error) {
    await noteNotApplied(deps.pool, actionId, 'Temporal did not take it');
    throw error;
  }
  return { workflowId, actionId };
}

function refuseDecided({ state, decidedBy }: ReviewView): void {
  if (state !== 'open') throw new Problem('review_decided', { detail: `It was ${state} by ${decidedBy}.` });
}

const newName = ({ clock }: ApiDeps): string => newId('act', clock.now(), randomBytes).slice('act_'.length);

async function planOf(deps: ApiDeps, review: ReviewView, { decision, reason, name }: Decided): Promise<object> {
  const { id: reviewId, accountId, locationId, amount } = review;
  const asked = { accountId, locationId, workflowId: adjustmentWorkflowId(accountId, `adj_${name}`), reason };
  const settled = { reviewId, decision, actionId: `act_${name}` };
  const change = { amount, allowNegative: false, other: null, review: settled };
  return planDocument(await rehearseChange(deps.pool, asked, change));
}

/** The calls about reviews. */
export function reviewsRouter(deps: ApiDeps): Router {
  const router = Router();
  router.get('/reviews', async (req, res) => {
    const query = parse(reviewsQuery, req.query, 'query');
    const { items, next } = await listReviews(deps.pool, {
      state: query.state ?? null,
      accountId: query.accountId ?? null,
      locationId: query.locationId ?? null,
      after: readCursor(query.cursor, placeInTime),
      limit: query.limit ?? PAGE_SIZE,
    });
    res.json({ items: items.map(toWire), next: next && writeCursor(next) });
  });
  router.post('/reviews/:id/:decision', async (req, res) => {
    const decision = decisions.safeParse(req.params.decision);
    if (!decision.success) throw new Problem('not_found');
    const body = parse(reasonBody, req.body);
    const found = await existing(deps, req.params.id);
    if (isDryRun(req)) {
      refuseDecided(found);
      res.json(await planOf(deps, found, { decision: decision.data, reason: body.reason, name: newName(deps) }));
      return;
    }
    await once(deps, req, res, { locationId: found.locationId, body }, async (kept) => {
      const review = await existing(deps, found.id);
      refuseDecided(review);
      const name = kept ?? newName(deps);
      return { status: 202, body: await decide(deps, review, { decision: decision.data, reason: body.reason, name }) };
    });
  });
  return router;
}
