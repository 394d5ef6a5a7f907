/** Every door mounted as in a process, for those who only look at what there is: nothing stands behind it. */
import type { Client } from '@temporalio/client';
import type { Express } from 'express';
import pg from 'pg';
import { pino } from 'pino';
import type { Altegio } from '../activities/altegio/client/index.ts';
import type { ApiDeps } from '../api/http/deps.ts';
import type { Decisions } from '../api/pos/decisions.ts';
import type { OfflineSales } from '../api/pos/offline-drain.ts';
import { mountDoors } from '../api/server.ts';
import type { Starter } from '../api/starts.ts';

/** Mounts them; their calls are then in the OpenAPI document too. */
export function mountedDoors(): Express {
  const deps: ApiDeps = {
    // Connects at the first query, which never comes.
    pool: new pg.Pool(),
    logger: pino({ level: 'silent' }),
    clock: { now: Date.now },
    altegio: {} as Altegio,
    starter: {} as Starter,
    temporal: {} as Client,
    temporalHealthy: () => Promise.resolve(true),
    config: {
      port: 0,
      publicUrl: 'http://localhost:3000',
      adminToken: 'x'.repeat(16),
      temporalUiUrl: null,
      temporalNamespace: 'default',
      altegioTimeoutMs: 1_000,
      serviceEmail: 'support@example.com',
      supportContact: 'support@example.com',
      keyRequestsPerMinute: 6_000,
      taskQueuePrefix: '',
      role: 'all',
    },
  };
  const offline: OfflineSales = { kick: () => undefined, close: () => Promise.resolve() };
  return mountDoors(deps, { decisions: {} as Decisions, offline, kick: () => undefined, playground: null });
}

interface Layer {
  readonly rawPath: string;
  readonly route?: { readonly path: string; readonly stack: readonly { readonly method: string }[] };
  readonly handle: { readonly stack?: readonly Layer[] };
}

const documented = (path: string): string => path.replace(/:(\w+)/g, '{$1}').replace(/(.)\/$/, '$1');

/** Every call of an app as the OpenAPI document names it: `post /v1/payments/{id}/void`. */
export function callsOf(app: Express): string[] {
  const walk = (layers: readonly Layer[], prefix: string): string[] =>
    layers.flatMap(({ route, handle, rawPath }) => {
      if (route) return route.stack.map(({ method }) => `${method} ${documented(prefix + route.path)}`);
      return handle.stack ? walk(handle.stack, prefix + (rawPath === '/' ? '' : rawPath)) : [];
    });
  return [...new Set(walk(app.router.stack as unknown as Layer[], ''))];
}
