/** Liveness, readiness by part, metrics and the public status. */
import { Router } from 'express';
import { z } from 'zod';
import { driftTimes } from '../../activities/ledger/drifts-view.ts';
import { countPayments } from '../../activities/ledger/payment-row.ts';
import type { ApiDeps } from './deps.ts';
import { DRIFT_BOUNDS } from './drift-metrics.ts';
import { metricsText } from './metrics.ts';
import { route } from './openapi.ts';

const CHECK_MS = 1_500;

type Part = 'ok' | 'down';

/** A check that never throws and never hangs. */
async function check(work: () => Promise<boolean>): Promise<Part> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_MS);
  });
  const ok = await Promise.race([work().catch(() => false), late]);
  clearTimeout(timer);
  return ok ? 'ok' : 'down';
}

async function checkParts(deps: ApiDeps): Promise<{ database: Part; temporal: Part }> {
  const [database, temporal] = await Promise.all([
    check(async () => (await deps.pool.query('select 1')).rowCount === 1),
    check(() => deps.temporalHealthy()),
  ]);
  return { database, temporal };
}

const part = z.enum(['ok', 'down']);

function describe(): void {
  const COMMON = { method: 'get', tags: ['Operation'], security: 'none' } as const;
  const live = z.object({ status: z.literal('ok') });
  const ready = z.object({ status: part, parts: z.object({ database: part, temporal: part }) });
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
      200: { description: 'All parts answer', schema: ready },
      503: { description: 'A part does not', schema: ready },
    },
  });
  route({ ...COMMON, path: '/metrics', summary: 'Prometheus', answers: { 200: { description: 'Text format' } } });
  const status = z.object({ status: z.enum(['ok', 'degraded', 'down']), parts: z.record(z.string(), z.string()) });
  route({
    ...COMMON,
    path: '/status',
    summary: 'Public status',
    answers: { 200: { description: 'By part', schema: status } },
  });
}

/** Makes the router. */
export function healthRouter(deps: ApiDeps): Router {
  describe();
  const router = Router();
  router.get('/healthz', (_req, res) => {
    res.json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const parts = await checkParts(deps);
    const ok = parts.database === 'ok' && parts.temporal === 'ok';
    res.status(ok ? 200 : 503).json({ status: ok ? 'ok' : 'down', parts });
  });
  router.get('/status', async (_req, res) => {
    const parts = await checkParts(deps);
    // Altegio locked us out of something: earning goes on, redeeming may not.
    const altegio = await check(async () => (await deps.altegio.parked()).length === 0);
    const down = parts.database === 'down' || parts.temporal === 'down';
    const degraded = altegio === 'down';
    res.json({
      status: down ? 'down' : degraded ? 'degraded' : 'ok',
      parts: { ...parts, altegio: degraded ? 'degraded' : 'ok' },
    });
  });
  router.get('/metrics', async (_req, res) => {
    const counts = await countPayments(deps.pool).catch(() => new Map<string, number>());
    const drifts = await driftTimes(deps.pool, DRIFT_BOUNDS).catch(() => null);
    const { type, text } = await metricsText(counts, drifts);
    res.type(type).send(text);
  });
  return router;
}
