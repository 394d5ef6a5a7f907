/** Liveness, readiness by part, metrics and the public status. */
import { Router } from 'express';
import { z } from 'zod';
import { driftTimes } from '../../activities/ledger/drifts-view.ts';
import { countNative } from '../../activities/ledger/promotions.ts';
import { countPayments } from '../../activities/ledger/payment-row.ts';
import { statusPage } from '../pages/status-page.ts';
import { altegioHealth } from './altegio-health.ts';
import type { ApiDeps } from './deps.ts';
import { DRIFT_BOUNDS } from './drift-metrics.ts';
import { metricsText, setNative } from './metrics.ts';
import { route } from './openapi.ts';
import { createStatus, statusAnswer, type StatusNow } from './status.ts';

const part = z.enum(['ok', 'down']);
const degradable = z.enum(['ok', 'degraded', 'down']);

/** What this process needs to answer tills: the worker may be another process. A part that is down stops us. */
function readiness({ parts: { database, temporal, altegio } }: StatusNow) {
  const down = database === 'down' || temporal === 'down';
  return { status: down ? 'down' : altegio, parts: { database, temporal, altegio } } as const;
}

function describe(): void {
  const COMMON = { method: 'get', tags: ['Health'], security: 'none', problems: [] } as const;
  const live = z.object({ status: z.literal('ok') });
  const ready = z.object({
    status: degradable,
    parts: z.object({ database: part, temporal: part, altegio: degradable }),
  });
  route({
    ...COMMON,
    path: '/healthz',
    summary: 'The process lives',
    answers: { 200: { description: 'It does', schema: live } },
  });
  route({
    ...COMMON,
    path: '/readyz',
    summary: 'It can work, by part',
    answers: {
      200: { description: 'All parts that it needs answer; `degraded` when Altegio holds something up', schema: ready },
      503: { description: 'A part does not', schema: ready },
    },
  });
  route({
    ...COMMON,
    path: '/metrics',
    summary: 'Prometheus',
    answers: { 200: { description: 'Text format', also: ['text/plain'] } },
  });
  route({
    ...COMMON,
    path: '/status',
    summary: 'Public status; a page for browsers',
    answers: { 200: { description: 'By part', schema: statusAnswer } },
  });
}

/** Makes the router. */
export function healthRouter(deps: ApiDeps): Router {
  describe();
  const status = createStatus(deps);
  const router = Router();
  router.get('/healthz', (_req, res) => {
    res.json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const ready = readiness(await status());
    res.status(ready.status === 'down' ? 503 : 200).json(ready);
  });
  router.get('/status', async (req, res) => {
    const now = await status();
    res.set('Cache-Control', 'no-store').vary('Accept');
    if (req.accepts(['json', 'html']) === 'html') res.type('html').send(statusPage(now, deps.config.supportContact));
    else res.json(now);
  });
  router.get('/metrics', async (_req, res) => {
    const counts = await countPayments(deps.pool).catch(() => new Map<string, number>());
    const altegio = await altegioHealth(deps).catch(() => null);
    await countNative(deps.pool).then(setNative, () => undefined);
    const drifts = await driftTimes(deps.pool, DRIFT_BOUNDS).catch(() => null);
    const { type, text } = await metricsText(counts, altegio, drifts);
    res.type(type).send(text);
  });
  return router;
}
