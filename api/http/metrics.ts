/** Prometheus: the one file that knows the metrics library. */
import type { RequestHandler } from 'express';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { countNative } from '../../activities/ledger/promotions.ts';
import type { AltegioHealth } from './altegio-health.ts';
import { type DriftNumbers, registerDriftMetrics } from './drift-metrics.ts';

const registry = new Registry();

const requests = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Duration of requests by door, route and status.',
  labelNames: ['method', 'route', 'status'] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4],
  registers: [registry],
});

const answered = new Counter({
  name: 'pos_payments_answered_total',
  help: 'Payments answered to tills by this process, by state.',
  labelNames: ['state'] as const,
  registers: [registry],
});

const stored = new Gauge({
  name: 'payments',
  help: 'Payments in the ledger, by state.',
  labelNames: ['state'] as const,
  registers: [registry],
});

const parkedScopes = new Gauge({
  name: 'altegio_parked',
  help: 'Scopes that Altegio has locked us out of, by scope and HTTP status; alert on any.',
  labelNames: ['scope', 'status'] as const,
  registers: [registry],
});

const breakerOpen = new Gauge({
  name: 'altegio_breaker_open',
  help: '1 while only probes are sent, because Altegio does not answer.',
  registers: [registry],
});

const writingOff = new Gauge({
  name: 'altegio_writing_off',
  help: '1 for a chain whose writing to Altegio an operator has switched off.',
  labelNames: ['chain'] as const,
  registers: [registry],
});

const callsLastMinute = new Gauge({
  name: 'altegio_calls_last_minute',
  help: 'Calls to Altegio of all processes within the last minute.',
  registers: [registry],
});

const ownPromotions = new Gauge({
  name: 'altegio_promotions_attached',
  help: 'Cashback promotions of Altegio’s own on card types of ours, by chain; alert on any.',
  labelNames: ['chain'] as const,
  registers: [registry],
});

const nativeLines = new Gauge({
  name: 'altegio_native_lines',
  help: 'Journal lines by which Altegio has itself accrued or burnt points on our cards, by chain; alert on growth.',
  labelNames: ['chain', 'kind'] as const,
  registers: [registry],
});

/** Sets what Altegio's own promotions do beside us. */
export function setNative(found: Awaited<ReturnType<typeof countNative>>): void {
  for (const { chainId, promotions, accruals, expiries } of found) {
    const chain = String(chainId);
    ownPromotions.set({ chain }, promotions);
    nativeLines.set({ chain, kind: 'accrual' }, accruals);
    nativeLines.set({ chain, kind: 'expiry' }, expiries);
  }
}

const tokenUnreadable = new Gauge({
  name: 'altegio_token_unreadable',
  help: '1 while the stored user token cannot be read with this SECRETS_KEY.',
  registers: [registry],
});

function setAltegio({ access, chains }: AltegioHealth): void {
  parkedScopes.reset();
  for (const { scope, status } of access.parked) parkedScopes.set({ scope, status: String(status) }, 1);
  breakerOpen.set(access.breakerOpenSince === null ? 0 : 1);
  for (const { chainId, offSince } of chains) writingOff.set({ chain: String(chainId) }, offSince === null ? 0 : 1);
  callsLastMinute.set(access.calls.perMinute);
  tokenUnreadable.set(access.token.problem === null ? 0 : 1);
}
const setDrifts = registerDriftMetrics(
  registry,
  new Gauge({
    name: 'drifts',
    help: 'Changes of others that were found, by way and cause.',
    labelNames: ['way', 'cause'] as const,
    registers: [registry],
  }),
);

/** Times every request. The route's pattern is the label, never the path: ids would make a series each. */
export const timeRequests: RequestHandler = (req, res, next) => {
  const stop = requests.startTimer();
  res.on('finish', () => {
    const pattern: unknown = (req.route as { path?: unknown } | undefined)?.path;
    const route = typeof pattern === 'string' ? `${req.baseUrl}${pattern}` : 'none';
    // The webhook's token is a secret; its mount path is not part of a label.
    stop({
      method: req.method,
      route: route.replace(/(\/webhooks\/altegio\/)[^/]+/, '$1:token'),
      status: String(res.statusCode),
    });
  });
  next();
};

/** Counts one answer to a till. */
export function countPayment(state: string): void {
  answered.inc({ state });
}

/** The text of `/metrics`, with what the ledger and our access to Altegio say when they could be read. */
export async function metricsText(
  paymentsByState: ReadonlyMap<string, number>,
  altegio: AltegioHealth | null,
  drifts: DriftNumbers | null,
): Promise<{ type: string; text: string }> {
  stored.reset();
  for (const [state, count] of paymentsByState) stored.set({ state }, count);
  if (altegio) setAltegio(altegio);
  setDrifts(drifts);
  return { type: registry.contentType, text: await registry.metrics() };
}
