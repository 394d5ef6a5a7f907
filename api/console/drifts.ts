/** `/api/drifts`: what others changed in Altegio, why, how it was found and how long that took. */
import { Router } from 'express';
import { z } from 'zod';
import { type DriftView, listDrifts } from '../../activities/ledger/drifts-view.ts';
import { JOURNAL_TYPE_NAMES } from '../../domain/journal.ts';
import { formatAmount } from '../../domain/money.ts';
import type { ApiConfig, ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { altegioId, amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import {
  PAGE_SIZE,
  pageOf,
  pageQuery,
  readCursor,
  temporalLink,
  wireId,
  wireIdSchema,
  wireTime,
  writeCursor,
} from './wire.ts';

const ways = z.enum(['event', 'journal', 'catch_up', 'sweep', 'till', 'operator', 'write']);
const driftsQuery = z.strictObject({
  accountId: ownId('acc').optional(),
  chainId: altegioId.optional(),
  way: ways.optional(),
  ...pageQuery,
});

const driftSchema = z
  .object({
    id: z.string(),
    accountId: ownId('acc'),
    chainId: wireIdSchema,
    amount: amountText.meta({ description: 'Signed: what Altegio had been moved by' }),
    way: ways.nullable().meta({ description: 'What made us look' }),
    state: z.enum(['waiting', 'explained', 'unknown']),
    causes: z.array(
      z.object({
        cause: z.string(),
        amount: amountText,
        lineId: wireIdSchema.nullable(),
        type: z.int().nullable(),
        typeName: z.string().nullable(),
      }),
    ),
    foundAt: wireTime,
    notBefore: wireTime.nullable().meta({ description: 'The last moment that proves it was not there yet' }),
    detectSeconds: z.number().nullable().meta({ description: 'At most so long from the change until it was found' }),
    equalAt: wireTime.nullable().meta({ description: 'When both books were equal again' }),
    equalSeconds: z.number().nullable().meta({ description: 'From found until equal' }),
    evidence: z.object({
      cardId: wireIdSchema,
      expected: amountText.nullable().meta({ description: 'What Altegio should have held' }),
      balance: amountText.nullable().meta({ description: 'What it held' }),
      workflowId: z.string(),
      temporalUrl: z.string().nullable(),
    }),
  })
  .meta({ id: 'Drift' });

route({
  tags: ['Drifts'],
  security: 'operator',
  method: 'get',
  path: '/api/drifts',
  summary: 'What others changed in Altegio, newest first',
  query: driftsQuery,
  answers: { 200: { description: 'A page', schema: pageOf(driftSchema) } },
  problems: [],
});

const amountOrNull = (amount: bigint | null): string | null => (amount === null ? null : formatAmount(amount));
const rounded = (seconds: number | null): number | null =>
  seconds === null ? null : Math.round(seconds * 1000) / 1000;

function toWire(config: ApiConfig, drift: DriftView): z.infer<typeof driftSchema> {
  const { workflowId, runId } = drift;
  return {
    id: String(drift.id),
    accountId: drift.accountId,
    chainId: wireId(drift.chainId),
    amount: formatAmount(drift.amount),
    way: drift.way === null ? null : ways.parse(drift.way),
    state: drift.state,
    causes: drift.parts.map(({ cause, amount, lineId, type }) => ({
      cause,
      amount: formatAmount(amount),
      lineId: lineId === null ? null : wireId(lineId),
      type,
      typeName: type === null ? null : (JOURNAL_TYPE_NAMES[type] ?? `type ${type}`),
    })),
    foundAt: drift.foundAt.toISOString(),
    notBefore: drift.notBefore?.toISOString() ?? null,
    detectSeconds: rounded(drift.detectSeconds),
    equalAt: drift.equalAt?.toISOString() ?? null,
    equalSeconds: rounded(drift.equalSeconds),
    evidence: {
      cardId: wireId(drift.cardId),
      expected: amountOrNull(drift.expected),
      balance: amountOrNull(drift.balance),
      workflowId,
      temporalUrl: temporalLink(config, workflowId, runId),
    },
  };
}

/** The drifts' reading call. */
export function driftsRouter({ pool, config }: ApiDeps): Router {
  const router = Router();
  router.get('/drifts', async (req, res) => {
    const query = parse(driftsQuery, req.query, 'query');
    const [before = null] = readCursor(query.cursor, z.tuple([altegioId])) ?? [];
    const { items, next } = await listDrifts(pool, {
      accountId: query.accountId ?? null,
      chainId: query.chainId ?? null,
      way: query.way ?? null,
      before,
      limit: query.limit ?? PAGE_SIZE,
    });
    res.json({
      items: items.map((drift) => toWire(config, drift)),
      next: next === null ? null : writeCursor([String(next)]),
    });
  });
  return router;
}
