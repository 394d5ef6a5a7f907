/** Liveness, readiness by part, metrics and the public status. */
import { Router } from 'express';
import { z } from 'zod';
import { driftTimes } from '../../activities/ledger/drifts-view.ts';
import { countPayments } from '../../activities/ledger/payment-row.ts';
import { altegioHealth, isDegraded } from './altegio-health.ts';
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

type Status = 'ok' | 'degraded' | 'down';

interface Checked {
  readonly status: Status;
  readonly parts: { readonly database: Part; readonly temporal: Part; readonly altegio: Status };
}

/** A part that is down stops us; an Altegio that locked us out, is away or may not be written to does not. */
async function checkParts(deps: ApiDeps): Promise<Checked> {
  const [database, temporal, accessible] = await Promise.all([
    check(async () => (await deps.pool.query('select 1')).rowCount === 1),
    check(() => deps.temporalHealthy()),
    check(async () => !isDegraded(await altegioHealth(deps))),
  ]);
  const altegio = accessible === 'ok' ? 'ok' : 'degraded';
  const down = database === 'down' || temporal === 'down';
  return { status: down ? 'down' : altegio, parts: { database, temporal, altegio } };
}

const part = z.enum(['ok', 'down']);
const degradable = z.enum(['ok', 'degraded', 'down']);

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
  const status = z.object({ status: degradable, parts: z.record(z.string(), z.string()) });
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
    const checked = await checkParts(deps);
    res.status(checked.status === 'down' ? 503 : 200).json(checked);
  });
  router.get('/status', async (_req, res) => {
    res.json(await checkParts(deps));
  });
  router.get('/metrics', async (_req, res) => {
    const counts = await countPayments(deps.pool).catch(() => new Map<string, number>());
    const altegio = await altegioHealth(deps).catch(() => null);
    const drifts = await driftTimes(deps.pool, DRIFT_BOUNDS).catch(() => null);
    const { type, text } = await metricsText(counts, altegio, drifts);
    res.type(type).send(text);
  });
  return router;
}
