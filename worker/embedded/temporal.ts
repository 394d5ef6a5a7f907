import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { StartError } from '../errors.ts';
import { startChild, unlessExited, type Child } from './child.ts';

/** How the embedded Temporal dev server is to run. */
export interface TemporalOptions {
  readonly binary: string;
  readonly port: number;
  /** Null runs it without the web UI. */
  readonly uiPort: number | null;
  readonly namespace: string;
  /** Where histories are kept; null keeps them in memory. */
  readonly databaseFile: string | null;
  readonly logFile: string;
  /** Called with the process id as soon as the server runs. */
  readonly onStarted?: (pid: number) => Promise<void>;
}

const dynamicConfig = [
  // One shard reads its queues at most 20 times a second as shipped: every hop would wait for a 50 ms tick.
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  // A search attribute registered a moment ago is known at once.
  'system.forceSearchAttributesCacheRefreshOnRead=true',
];

/** The dev server may end by itself while it starts; so many tries, a second apart. */
const START_TRIES = 3;

/**
 * Starts the server and waits until its namespace answers. After a crash or on a busy machine the dev server may panic
 * while it starts (in its internal worker, seen with 1.32.0): then it is started again.
 */
export async function startTemporal(options: TemporalOptions): Promise<Child> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (!(error instanceof StartError) || attempt === START_TRIES) throw error;
      await sleep(1_000);
    }
  }
}

async function startOnce(options: TemporalOptions): Promise<Child> {
  const child = await startChild({
    name: 'Temporal',
    command: options.binary,
    args: serverArguments(options),
    logFile: options.logFile,
  });
  try {
    await options.onStarted?.(child.pid);
    await unlessExited(child, waitUntilReady(options));
  } catch (error) {
    await stopTemporal(child);
    throw error;
  }
  return child;
}

/** Ordinary stop of the server. */
export function stopTemporal(child: Child): Promise<void> {
  return child.stop('SIGTERM', 10_000);
}

function serverArguments(options: TemporalOptions): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(options.port)],
    ...(options.uiPort === null ? ['--headless'] : ['--ui-port', String(options.uiPort)]),
    ...['--namespace', options.namespace, '--log-level', 'warn', '--log-format', 'json'],
    ...(options.databaseFile === null ? [] : ['--db-filename', options.databaseFile]),
    ...dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]),
  ];
}

async function waitUntilReady(options: TemporalOptions): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await describeNamespace(`127.0.0.1:${options.port}`, options.namespace);
      return;
    } catch (cause) {
      if (Date.now() > deadline) throw new StartError('The Temporal dev server did not answer in 60 s.', { cause });
      await sleep(100);
    }
  }
}

async function describeNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    await connection.withDeadline(Date.now() + 1_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } finally {
    await connection.close();
  }
}
