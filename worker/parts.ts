import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { Playground } from '../api/play/playground.ts';
import { startApi } from '../api/server.ts';
import type { Config } from './config.ts';
import { createPlayground } from './playground.ts';
import { StartError } from './errors.ts';
import { RestartingWorker } from './restarting-worker.ts';
import { installRuntime } from './runtime.ts';
import type { Teardown } from './teardown.ts';
import { prepareNamespace } from './temporal-setup.ts';
import { createServices, startWorker, type Services } from './worker.ts';

const never = new Promise<never>(() => {});

/** A running process: what it listens on, how it fails and how it ends. */
export interface RunningParts {
  /** Rejects when the worker can no longer work. */
  readonly failed: Promise<never>;
}

/**
 * API and worker in one process, on one connection to Temporal: only then a payment's workflow starts eagerly in the
 * process that was asked.
 */
export async function startApiAndWorker(config: Config, teardown: Teardown): Promise<RunningParts> {
  const { connection, services } = await openWorkerParts(config, teardown);
  const worker = await runWorker(config, services, connection, teardown);
  const client = new Client({ connection, namespace: config.temporalNamespace });
  await listen(config, services, { client, eager: true }, teardown, createPlayground(config, worker));
  return { failed: worker.failed };
}

/** The HTTP doors alone. */
export async function startApiAlone(config: Config, teardown: Teardown): Promise<RunningParts> {
  const connection = await reachTemporal(config, () => Connection.connect({ address: config.temporalAddress }));
  teardown.add('the connection to Temporal', () => connection.close());
  const services = await openServices(config, teardown);
  const client = new Client({ connection, namespace: config.temporalNamespace });
  await listen(config, services, { client, eager: false }, teardown);
  return { failed: never };
}

/** The worker alone. */
export async function startWorkerAlone(config: Config, teardown: Teardown): Promise<RunningParts> {
  const { connection, services } = await openWorkerParts(config, teardown);
  const worker = await runWorker(config, services, connection, teardown);
  return { failed: worker.failed };
}

async function runWorker(config: Config, services: Services, connection: NativeConnection, teardown: Teardown) {
  const worker = await RestartingWorker.start(() => startWorker(config, services, connection));
  teardown.add('the worker', () => worker.shutdown());
  // It may fail while the rest still starts, before anyone waits for it.
  worker.failed.catch(() => {});
  return worker;
}

async function openWorkerParts(config: Config, teardown: Teardown) {
  installRuntime(config.logLevel);
  const connection = await reachTemporal(config, () => NativeConnection.connect({ address: config.temporalAddress }));
  teardown.add('the connection to Temporal', () => connection.close());
  await prepareNamespace(connection, config.temporalNamespace);
  return { connection, services: await openServices(config, teardown) };
}

async function openServices(config: Config, teardown: Teardown): Promise<Services> {
  const services = await createServices(config);
  teardown.add('the services', () => services.close());
  return services;
}

async function listen(
  config: Config,
  services: Services,
  temporal: Parameters<typeof startApi>[2],
  teardown: Teardown,
  playground: Playground | null = null,
): Promise<void> {
  try {
    const api = await startApi(config, services, temporal, playground);
    teardown.add('the API', () => api.close());
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new StartError(`Port ${config.port} for the API is in use by another program: set PORT to a free port.`, {
      cause,
    });
  }
}

/** On a machine where everything starts at the same time a first connection may not come about; so many are tried. */
const CONNECT_TRIES = 3;

async function reachTemporal<T>(config: Config, connect: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await connect();
    } catch (cause) {
      if (tries < CONNECT_TRIES) continue;
      const sentence = `Temporal does not answer at ${config.temporalAddress}: start it or correct TEMPORAL_ADDRESS.`;
      throw new StartError(sentence, { cause });
    }
  }
}
