import { loadConfig, type Config } from './config.ts';
import { loadEnvFile } from './env-file.ts';
import { StartError } from './errors.ts';
import { requireMigrated } from './migrate.ts';
import { startApiAlone, startWorkerAlone } from './parts.ts';
import { startStack } from './stack.ts';
import { screenReport, type Report } from './steps.ts';
import { summaryOf } from './summary.ts';
import { Teardown } from './teardown.ts';

interface Running {
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/** Runs until a signal or a failure, and answers the exit code. */
async function run(report: Report): Promise<number> {
  const asked = stopSignals(report);
  const fault = faults();
  loadEnvFile();
  const config = loadConfig(process.env);
  const running = await (config.role === 'all' ? startAll(config, report, asked.signal) : startRole(config, report));
  try {
    await Promise.race([asked.received, running.failed, fault]);
    return 0;
  } catch (error) {
    return tell(error);
  } finally {
    await running.close();
  }
}

async function startAll(config: Config, report: Report, cancelled: AbortSignal): Promise<Running> {
  const started = performance.now();
  const stack = await startStack(config, report, cancelled);
  for (const line of await summaryOf(config, stack.tillKey)) report.line(line);
  report.line(`Started in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  return stack;
}

async function startRole(config: Config, report: Report): Promise<Running> {
  const teardown = new Teardown();
  try {
    await requireMigrated(config.databaseUrl);
    const start = config.role === 'api' ? startApiAlone : startWorkerAlone;
    const { failed } = await start(config, teardown);
    report.line(config.role === 'api' ? `API ready on port ${config.port}.` : 'Worker ready.');
    return { failed, close: () => teardown.close() };
  } catch (error) {
    await teardown.close().catch(() => {});
    throw error;
  }
}

/** The first signal asks for a stop; the following ones, which npm and terminals send too, change nothing. */
function stopSignals(report: Report) {
  const controller = new AbortController();
  const received = new Promise<void>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        if (controller.signal.aborted) return;
        report.line('\nStopping …');
        controller.abort(new StartError('Stopped before everything had started.'));
        resolve();
      });
    }
  });
  return { signal: controller.signal, received };
}

/** A fault of ours that nobody caught still stops every part that we started. */
function faults(): Promise<never> {
  const fault = new Promise<never>((_resolve, reject) => {
    process.on('uncaughtException', reject);
    process.on('unhandledRejection', reject);
  });
  // It may come while the parts still start; then it is met right after.
  fault.catch(() => {});
  return fault;
}

/** What the operator can mend is one sentence; anything else is a fault of ours and keeps its stack. */
function tell(error: unknown): number {
  console.error(error instanceof StartError ? error.message : error);
  return 1;
}

const exitCode = await run(screenReport()).catch(tell);
// Temporal's native threads and kept-alive sockets would hold a process whose work is done.
process.exit(exitCode);
