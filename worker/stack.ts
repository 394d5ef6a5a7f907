import { join } from 'node:path';
import { embeddedDatabase, type Config } from './config.ts';
import type { Child } from './embedded/child.ts';
import { startPostgres, stopPostgres } from './embedded/postgres.ts';
import { startSandbox, stopSandbox } from './embedded/sandbox.ts';
import { findTemporal } from './embedded/temporal-binary.ts';
import { startTemporal, stopTemporal } from './embedded/temporal.ts';
import { StartError } from './errors.ts';
import { firstSetUp } from './first-setup.ts';
import { migrate } from './migrate.ts';
import { startApiAndWorker } from './parts.ts';
import { requireFreePorts } from './ports.ts';
import { RunFile } from './run-file.ts';
import { keepSecret } from './secrets.ts';
import type { Report } from './steps.ts';
import { Teardown } from './teardown.ts';

/** The whole set, running. */
export interface Stack {
  readonly config: Config;
  /** The key of the till that the first set-up made; null with an Altegio that is not the embedded sandbox. */
  readonly tillKey: string | null;
  /** Rejects with one sentence when a part ends that was not asked to. */
  readonly failed: Promise<never>;
  /** Stops API, worker, sandbox, Temporal and PostgreSQL, in this order. */
  close(): Promise<void>;
}

/**
 * Starts every part that the configuration leaves to us, then API and worker in this process.
 * @throws StartError with one sentence; everything started before is stopped again.
 */
export async function startStack(config: Config, report: Report, cancelled?: AbortSignal): Promise<Stack> {
  const start = new StackStart(config, report, cancelled);
  try {
    return await start.run();
  } catch (error) {
    // The first reason is the one to tell; a part that then also stops badly is named in its log.
    await start.teardown.close().catch(() => {});
    throw error;
  }
}

class StackStart {
  readonly teardown = new Teardown();
  private readonly config: Config;
  private readonly report: Report;
  private readonly cancelled: AbortSignal | undefined;
  private readonly failure = deferredFailure();

  constructor(config: Config, report: Report, cancelled: AbortSignal | undefined) {
    this.config = config;
    this.report = report;
    this.cancelled = cancelled;
    // A failure may come before anyone waits for it.
    this.failure.promise.catch(() => {});
  }

  async run(): Promise<Stack> {
    const { config } = this;
    const runFile = await RunFile.claim(config.dataDir);
    this.teardown.add('the run file', async () => runFile.release());
    await requireFreePorts(wantedPorts(config));
    if (config.embedded.postgres) await this.step('PostgreSQL', () => this.postgres(runFile));
    await this.step('Database schema', () => migrate(config.databaseUrl));
    if (config.embedded.temporal) await this.step('Temporal', (detail) => this.temporal(runFile, detail));
    if (config.embedded.sandbox) await this.step('Altegio sandbox', () => this.sandbox(runFile));
    const parts = await this.step('API and worker', () => startApiAndWorker(config, this.teardown));
    parts.failed.catch((error: unknown) => this.fail(`The worker has stopped: ${String(error)}.`));
    const tillKey = config.embedded.sandbox ? await this.step('First set-up', () => firstSetUp(config)) : null;
    return { config, tillKey, failed: this.failure.promise, close: () => this.teardown.close() };
  }

  private step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T> {
    this.cancelled?.throwIfAborted();
    return this.report.step(title, work);
  }

  private async postgres(runFile: RunFile): Promise<void> {
    const { dataDir, postgresPort } = this.config;
    const child = await startPostgres({
      folder: join(dataDir, 'postgres'),
      logFile: join(dataDir, 'logs', 'postgres.log'),
      port: postgresPort,
      user: embeddedDatabase.user,
      password: keepSecret(dataDir, 'postgres-password'),
      database: embeddedDatabase.name,
      onStarted: (pid) => runFile.add('PostgreSQL', pid),
    });
    this.watch(child, runFile, stopPostgres);
  }

  private async temporal(runFile: RunFile, detail: (text: string) => void): Promise<void> {
    const { dataDir, temporalCli, temporalPort, temporalUiPort, temporalNamespace } = this.config;
    const binary = await this.unlessCancelled(findTemporal({ given: temporalCli, progress: detail }));
    const child = await startTemporal({
      binary,
      port: temporalPort,
      uiPort: temporalUiPort,
      namespace: temporalNamespace,
      databaseFile: join(dataDir, 'temporal.db'),
      logFile: join(dataDir, 'logs', 'temporal.log'),
      onStarted: (pid) => runFile.add('Temporal', pid),
    });
    this.watch(child, runFile, stopTemporal);
  }

  private async sandbox(runFile: RunFile): Promise<void> {
    const { dataDir, sandboxPort, altegioPartnerToken, altegioUserToken } = this.config;
    const child = await startSandbox({
      port: sandboxPort,
      folder: join(dataDir, 'sandbox'),
      partnerToken: altegioPartnerToken,
      userToken: altegioUserToken,
      logFile: join(dataDir, 'logs', 'sandbox.log'),
      onStarted: (pid) => runFile.add('the Altegio sandbox', pid),
    });
    this.watch(child, runFile, stopSandbox);
  }

  private watch(child: Child, runFile: RunFile, stop: (child: Child) => Promise<void>): void {
    this.teardown.add(child.name, async () => {
      await stop(child);
      runFile.remove(child.pid);
    });
    void child.exited.then((reason) => {
      if (!this.teardown.isClosing) this.fail(reason);
    });
  }

  private fail(reason: string): void {
    this.failure.reject(new StartError(reason));
  }

  /** A download can take minutes; Ctrl-C does not wait for it. */
  private async unlessCancelled<T>(work: Promise<T>): Promise<T> {
    const { cancelled } = this;
    if (!cancelled) return work;
    const aborted = deferredFailure();
    const abort = () => aborted.reject(cancelled.reason);
    cancelled.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([work, aborted.promise]);
    } finally {
      cancelled.removeEventListener('abort', abort);
    }
  }
}

/** A promise that only ever rejects, from outside. */
function deferredFailure(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_resolve, whenRejected) => (reject = whenRejected));
  return { promise, reject };
}

function wantedPorts(config: Config) {
  const { embedded } = config;
  return [
    { port: config.port, variable: 'PORT', part: 'the API', wanted: true },
    { port: config.postgresPort, variable: 'POSTGRES_PORT', part: 'PostgreSQL', wanted: embedded.postgres },
    { port: config.temporalPort, variable: 'TEMPORAL_PORT', part: 'Temporal', wanted: embedded.temporal },
    { port: config.temporalUiPort, variable: 'TEMPORAL_UI_PORT', part: 'the Temporal UI', wanted: embedded.temporal },
    { port: config.sandboxPort, variable: 'SANDBOX_PORT', part: 'the Altegio sandbox', wanted: embedded.sandbox },
  ].filter(({ wanted }) => wanted);
}
