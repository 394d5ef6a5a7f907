/**
 * The Altegio stand-in: the API below `/api/v1`, `/control` to play the salon and to misbehave, a page at `/`.
 * It knows nothing of the product, and the product knows nothing of `/control`.
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { ErrorRequestHandler, Express } from 'express';
import { apiDoor } from './api/door.ts';
import { FaultBook } from './api/faults.ts';
import { Limiter } from './api/limiter.ts';
import { machineRouter } from './control/machine.ts';
import { staffRouter } from './control/staff.ts';
import type { SeedOptions } from './core/model.ts';
import { Store } from './core/store.ts';
import { Timers } from './core/timers.ts';
import { World } from './core/world.ts';
import { pageHtml } from './page.ts';
import { WebhookSender } from './webhooks.ts';

export { seedClients } from './core/seed.ts';
export type { SeedOptions } from './core/model.ts';

export interface SandboxOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Where the state lives; the same folder continues with it. */
  readonly dataDir: string;
  readonly seed?: Partial<SeedOptions>;
  readonly webhookDelayMs?: number;
  readonly partnerToken: string;
  readonly userToken: string;
}

export interface Sandbox {
  /** Base of the API, ends in `/api/v1`. */
  readonly url: string;
  readonly controlUrl: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the sandbox; rejects when the port is taken or the folder holds another chain. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1' } = options;
  const app = express();
  const server = createServer(app);
  // The socket comes first: a second sandbox on the same port must not touch the folder of the first.
  await listen(server, port, host);
  try {
    const parts = openParts(options);
    mount(app, parts, options.partnerToken);
    const address = server.address() as AddressInfo;
    const origin = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
    const close = async (): Promise<void> => {
      parts.sender.close();
      parts.timers.close();
      await closeServer(server);
      parts.world.store.close();
    };
    return { url: `${origin}/api/v1`, controlUrl: `${origin}/control`, port: address.port, close };
  } catch (error) {
    await closeServer(server);
    throw error;
  }
}

interface Parts {
  readonly world: World;
  readonly limiter: Limiter;
  readonly faults: FaultBook;
  readonly sender: WebhookSender;
  readonly timers: Timers;
}

function openParts({ dataDir, seed, webhookDelayMs, userToken }: SandboxOptions): Parts {
  const timers = new Timers();
  const world = new World({ store: new Store(dataDir), seed, webhookDelayMs, userToken });
  const limiter = new Limiter(() => world.meta.limits);
  return { world, limiter, faults: new FaultBook(), sender: new WebhookSender(world, timers), timers };
}

function mount(app: Express, parts: Parts, partnerToken: string): void {
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/api/v1', express.text({ type: () => true, limit: '1mb' }), apiDoor({ ...parts, partnerToken }));
  app.use('/control', express.json({ limit: '1mb' }), staffRouter(parts.world), machineRouter(parts));
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/', (_request, response) => void response.type('html').send(pageHtml));
  app.use((_request, response) => {
    response.status(404).json({ error: { path: '', message: 'There is nothing at this address.' } });
  });
  app.use(lastResort);
}

/** Bodies that cannot be read, and mistakes of ours: both must reach whoever is testing, not hang. */
const lastResort: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 500;
  const message = error instanceof Error ? error.message : 'unknown';
  response.status(status).json({ error: { path: '', message: `The sandbox could not handle this: ${message}.` } });
};

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
