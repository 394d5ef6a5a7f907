/** The API of one process: every door on one port. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import type { Express } from 'express';
import { operatorRouter } from './console/router.ts';
import { docsRouter } from './docs/router.ts';
import { createApp, doorLogger } from './http/app.ts';
import type { ApiConfig, ApiDeps, ApiServices } from './http/deps.ts';
import { healthRouter } from './http/health.ts';
import { nobodyHere } from './http/nobody-here.ts';
import { problemHandler } from './http/problem.ts';
import { pagesRouter } from './pages/router.ts';
import type { Playground } from './play/playground.ts';
import { playRouter } from './play/router.ts';
import { type Decisions, listenForDecisions } from './pos/decisions.ts';
import { type OfflineSales, startOfflineSales } from './pos/offline-drain.ts';
import { posRouter } from './pos/router.ts';
import { createStarter } from './starts.ts';
import { startRelay } from './webhooks/relay.ts';
import { webhookRouter } from './webhooks/router.ts';

/** A running API. */
export interface RunningApi {
  readonly port: number;
  close(): Promise<void>;
}

const HEALTH_MS = 1_000;
/** A till's answer takes at most four seconds; after five nobody waits for us any more. */
const CLOSE_MS = 5_000;

interface Parts {
  readonly decisions: Decisions;
  readonly offline: OfflineSales;
  readonly kick: () => void;
  readonly playground: Playground | null;
}

/** Mounts every door. */
export function mountDoors(deps: ApiDeps, parts: Parts): Express {
  const app = createApp(deps);
  app.use(healthRouter(deps));
  app.use('/v1', posRouter(deps, parts.decisions, parts.offline));
  app.use('/api', operatorRouter(deps));
  app.use('/webhooks', webhookRouter({ pool: deps.pool, kick: parts.kick }));
  app.use(docsRouter(deps.config.publicUrl));
  app.use(pagesRouter(deps.config));
  app.use('/play', playRouter(deps, parts.playground));
  app.use(nobodyHere);
  app.use(problemHandler(deps.logger, deps.config.supportContact));
  return app;
}

/** @throws an error with the code EADDRINUSE when the port is taken. */
function listen(app: Express, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(app);
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const message = taken ? `Port ${port} is in use by another program; set PORT to a free one.` : error.message;
      reject(Object.assign(new Error(message, { cause: error }), { code: error.code }));
    });
    server.listen(port, () => resolve(server));
  });
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
  await closed;
  clearTimeout(timer);
}

/**
 * Starts the API. The services stay the caller's to close; `playground` opens `/play`.
 * @throws when the port is taken; then nothing keeps running.
 */
export async function startApi(
  config: ApiConfig,
  services: ApiServices,
  temporal: { readonly client: Client; readonly eager: boolean },
  playground: Playground | null = null,
): Promise<RunningApi> {
  const { client, eager } = temporal;
  const deps: ApiDeps = {
    ...services,
    logger: doorLogger(services.logger),
    config,
    clock: { now: Date.now },
    temporal: client,
    starter: createStarter({ client, eager, taskQueuePrefix: config.taskQueuePrefix }),
    async temporalHealthy() {
      await client.withDeadline(Date.now() + HEALTH_MS, () => client.workflowService.getSystemInfo({}));
      return true;
    },
  };
  const decisions = listenForDecisions(deps.pool, deps.logger);
  const offline = startOfflineSales({ ...deps, decisions });
  const relay = startRelay(deps);
  const end = async (): Promise<void> => {
    await Promise.all([offline.close(), relay.close()]);
    await decisions.close();
  };
  try {
    const server = await listen(
      mountDoors(deps, { decisions, offline, kick: () => relay.kick(), playground }),
      config.port,
    );
    const { port } = server.address() as AddressInfo;
    return {
      port,
      async close() {
        await stop(server);
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
