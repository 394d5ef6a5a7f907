/** `/api/signals`: what looks like fraud, with the evidence. Nothing is blocked by it. */
import { Router } from 'express';
import { z } from 'zod';
import { anyTimeZone } from '../../activities/ledger/connections.ts';
import { findSignals, type Signal, SIGNAL_KINDS } from '../../activities/ledger/signals.ts';
import { formatAmount } from '../../domain/money.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { moment, periodOf } from '../http/period.ts';
import { altegioId, amountText } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { pageOf, wireId, wireIdSchema, wireTime } from './wire.ts';

const DAYS = 30;
const DAY_MS = 86_400_000;

const kinds = z.enum(SIGNAL_KINDS);
const signalsQuery = z.strictObject({
  kind: kinds.optional(),
  locationId: altegioId.optional(),
  from: moment.optional().meta({ description: `Default: ${DAYS} days ago`, example: '2026-11-01' }),
  to: moment.optional().meta({ description: 'A day is included whole', example: '2026-11-30' }),
});
const signalSchema = z
  .object({
    kind: kinds,
    because: z.enum(['same_name', 'same_phone', 'same_card', 'only_this_operator', 'night', 'many']),
    sentence: z.string(),
    locationId: wireIdSchema.nullable(),
    accountId: z.string().nullable(),
    operator: z.string().nullable(),
    count: z.int(),
    points: amountText,
    first: wireTime,
    last: wireTime,
    evidence: z
      .array(z.object({ id: z.string(), at: wireTime, amount: amountText, reason: z.string().nullable() }))
      .meta({ description: 'The latest 20: ids of payments, or operations of adjustments' }),
  })
  .meta({ id: 'Signal' });

route({
  tags: ['Reviews'],
  security: 'operator',
  method: 'get',
  path: '/api/signals',
  summary: 'What looks like fraud, with the evidence; latest first',
  description:
    'own_card: the operator’s name, phone or card is the customer’s, or at least 5 payments of a card are all of one operator while others sell too. ' +
    'night_accruals: points earned between 23:00 and 6:00 of the location. many_adjustments: at least 3 of one account.',
  query: signalsQuery,
  answers: { 200: { description: 'All of the period', schema: pageOf(signalSchema) } },
  problems: [],
});

function sentenceOf({ because, count }: Signal): string {
  switch (because) {
    case 'same_name':
      return `The cashier has the customer's name; ${count} payments earned points.`;
    case 'same_phone':
      return `The cashier has the customer's phone; ${count} payments earned points.`;
    case 'same_card':
      return `The cashier has the customer's card; ${count} payments earned points.`;
    case 'only_this_operator':
      return `All ${count} payments of the card were taken by one cashier.`;
    case 'night':
      return `${count} payments earned points in one night.`;
    case 'many':
      return `${count} adjustments of one account.`;
  }
}

function toWire(signal: Signal): z.infer<typeof signalSchema> {
  const { kind, because, locationId, accountId, operator, count } = signal;
  return {
    kind,
    because,
    sentence: sentenceOf(signal),
    locationId: locationId === null ? null : wireId(locationId),
    accountId,
    operator,
    count,
    points: formatAmount(signal.points),
    first: signal.first.toISOString(),
    last: signal.last.toISOString(),
    evidence: signal.evidence.map(({ id, at, amount, reason }) => ({
      id,
      at: at.toISOString(),
      amount: formatAmount(amount),
      reason,
    })),
  };
}

/** The signals' reading call. */
export function signalsRouter({ pool, clock }: ApiDeps): Router {
  const router = Router();
  router.get('/signals', async (req, res) => {
    const query = parse(signalsQuery, req.query, 'query');
    const locationId = query.locationId ?? null;
    const period = periodOf(query, await anyTimeZone(pool, locationId));
    const to = period.to ?? new Date(clock.now());
    const scope = { from: period.from ?? new Date(to.getTime() - DAYS * DAY_MS), to, locationId };
    const found = await findSignals(pool, query.kind ? [query.kind] : SIGNAL_KINDS, scope);
    res.json({ items: found.map(toWire), next: null });
  });
  return router;
}
