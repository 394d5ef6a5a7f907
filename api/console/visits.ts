/** `/api/visits`: what visits in Altegio have come to, what was posted for them, and where money came before bonus. */
import { Router } from 'express';
import { z } from 'zod';
import { listVisits, sumVisits, type VisitSums, type VisitView } from '../../activities/ledger/visits/view.ts';
import { visitWorkflowId } from '../../domain/ids.ts';
import { formatAmount } from '../../domain/money.ts';
import { PAID_BY } from '../../domain/visit.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { altegioId, amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
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

const states = z.enum(['open', 'settled', 'unpaid', 'deleted']);
const attendances = z.enum(['confirmed', 'arrived', 'waiting', 'no_show']);
const visitsQuery = z.strictObject({
  accountId: ownId('acc').optional(),
  locationId: altegioId.optional(),
  visitId: altegioId.optional(),
  state: states.optional(),
  orderViolation: z.enum(['true', 'false']).optional(),
  ...pageQuery,
});

const methods = z.object(
  Object.fromEntries(PAID_BY.map((by) => [by, amountText])) as Record<(typeof PAID_BY)[number], typeof amountText>,
);
const visitSchema = z
  .object({
    chainId: wireIdSchema,
    locationId: wireIdSchema,
    visitId: wireIdSchema,
    accountId: ownId('acc'),
    state: states.meta({ description: 'settled: attended and paid in full; unpaid: its money went back' }),
    attendance: attendances.nullable().meta({ description: 'Null before the visit was read' }),
    paidInFull: z.boolean().meta({ description: 'As Altegio says it, whatever the attendance' }),
    orderViolation: z.boolean().meta({ description: 'Money was taken before the bonus' }),
    sold: amountText.meta({ description: 'Services and products received, before any discount' }),
    discount: amountText,
    bonus: amountText.meta({ description: 'Withdrawn from loyalty cards in the visit' }),
    paid: z.object({
      total: amountText,
      by: methods.meta({ description: 'other: what Altegio calls paid and shows no payment of' }),
      bonusCounts: z.string().meta({ description: 'How the bonus counts in this number, in words' }),
    }),
    due: amountText.meta({ description: 'sold − discount − bonus − paid; below zero was paid too much' }),
    posted: z.object({
      redeemed: amountText,
      accrued: amountText.meta({ description: 'By rule; what till payments of the visit have earned is not in it' }),
      uncollected: amountText.meta({ description: 'What a clawback should have taken and did not' }),
      percent: z.string().nullable(),
    }),
    workflowId: z.string(),
    firstSeenAt: wireTime,
    readAt: wireTime.nullable(),
    settledAt: wireTime.nullable(),
  })
  .meta({ id: 'Visit' });

const totalsSchema = z
  .object({
    visits: z.int(),
    sold: amountText.meta({ description: 'Services and products received, before any discount' }),
    discount: amountText,
    bonus: amountText,
    paid: amountText.meta({ description: 'In money' }),
    bonusCounts: z.string().meta({ description: 'How the bonus counts in what was paid, in words' }),
    due: amountText,
  })
  .nullable()
  .meta({
    description: 'All visits of the account that the filters leave, not this page alone; null without accountId',
  });

route({
  tags: ['Visits'],
  security: 'operator',
  method: 'get',
  path: '/api/visits',
  summary: 'Visits in Altegio and what they have come to, newest first',
  description: 'One entry for each account that a visit concerns: the client’s, and whosever card paid in it.',
  query: visitsQuery,
  answers: { 200: { description: 'A page', schema: pageOf(visitSchema).extend({ totals: totalsSchema }) } },
  problems: [],
});

/** The bonus is no money: it lowers what is due, and stands in no method. */
function bonusCounts({ bonus, paid }: VisitSums | VisitView): string {
  if (bonus === 0n) return `${formatAmount(paid)} was paid in money; no bonus was used.`;
  return `${formatAmount(paid)} was paid in money; the bonus of ${formatAmount(bonus)} is not in it.`;
}

function toWire(visit: VisitView): z.infer<typeof visitSchema> {
  const { state, attendance, paidInFull, orderViolation, accountId, percent } = visit;
  return {
    chainId: wireId(visit.chainId),
    locationId: wireId(visit.locationId),
    visitId: wireId(visit.visitId),
    accountId,
    state,
    attendance,
    paidInFull,
    orderViolation,
    sold: formatAmount(visit.sold),
    discount: formatAmount(visit.discount),
    bonus: formatAmount(visit.bonus),
    paid: {
      total: formatAmount(visit.paid),
      by: methods.parse({ ...NOTHING_PAID, ...visit.paidBy }),
      bonusCounts: bonusCounts(visit),
    },
    due: formatAmount(visit.due),
    posted: {
      redeemed: formatAmount(visit.redeemed),
      accrued: formatAmount(visit.accrued),
      uncollected: formatAmount(visit.uncollected),
      percent,
    },
    workflowId: visitWorkflowId(visit.locationId, visit.visitId),
    firstSeenAt: visit.firstSeenAt.toISOString(),
    readAt: visit.readAt?.toISOString() ?? null,
    settledAt: visit.settledAt?.toISOString() ?? null,
  };
}

function totalsToWire(sums: VisitSums): z.infer<typeof totalsSchema> {
  const { visits, sold, discount, bonus, paid, due } = sums;
  return {
    visits,
    sold: formatAmount(sold),
    discount: formatAmount(discount),
    bonus: formatAmount(bonus),
    paid: formatAmount(paid),
    bonusCounts: bonusCounts(sums),
    due: formatAmount(due),
  };
}

const NOTHING_PAID = Object.fromEntries(PAID_BY.map((by) => [by, '0.00']));
const place = z.tuple([placeInTime.def.items[0], altegioId, altegioId, ownId('acc')]);

/** The visits' reading call. */
export function visitsRouter({ pool }: ApiDeps): Router {
  const router = Router();
  router.get('/visits', async (req, res) => {
    const query = parse(visitsQuery, req.query, 'query');
    const [firstSeenAt, locationId, visitId, accountId] = readCursor(query.cursor, place) ?? [];
    const started = firstSeenAt !== undefined && locationId !== undefined && visitId !== undefined;
    const filter = {
      accountId: query.accountId ?? null,
      locationId: query.locationId ?? null,
      visitId: query.visitId ?? null,
      state: query.state ?? null,
      orderViolation: query.orderViolation === undefined ? null : query.orderViolation === 'true',
      after: started && accountId !== undefined ? { firstSeenAt, locationId, visitId, accountId } : null,
      limit: query.limit ?? PAGE_SIZE,
    };
    const [{ items, next }, sums] = await Promise.all([
      listVisits(pool, filter),
      filter.accountId === null ? null : sumVisits(pool, filter),
    ]);
    res.json({
      items: items.map(toWire),
      totals: sums && totalsToWire(sums),
      next: next && writeCursor([next.firstSeenAt, String(next.locationId), String(next.visitId), next.accountId]),
    });
  });
  return router;
}
