/** `npm run demo`: plays the main job against the running stack, or against one of its own, and proves it in both books. */
import { Client, Connection } from '@temporalio/client';
import { Doors } from './demo/doors.ts';
import { DemoFailure } from './demo/errors.ts';
import { findPlace, type Place } from './demo/place.ts';
import { play } from './demo/play.ts';
import { Trace } from './demo/trace.ts';
import { loadEnvFile } from './env-file.ts';
import { StartError } from './errors.ts';
import { screenReport } from './steps.ts';

/** Plays until the end, a signal or a failure, and answers the exit code. */
async function run(): Promise<number> {
  const { signal, cancelled } = stopSignals();
  loadEnvFile();
  const report = screenReport();
  const place = await findPlace(process.env, report, signal);
  try {
    const trace = new Trace();
    trace.line(`The main job, played at http://localhost:${place.config.port}.\n`);
    await Promise.race([playAt(place, trace, signal), place.failed, cancelled]);
    return 0;
  } catch (error) {
    return tell(error);
  } finally {
    await place.close();
  }
}

async function playAt(place: Place, trace: Trace, signal: AbortSignal): Promise<void> {
  const { config, uiUrl } = place;
  const connection = await connect(config.temporalAddress);
  try {
    const namespace = config.temporalNamespace;
    const temporal = new Client({ connection, namespace });
    await play({ ask: new Doors(place, signal), trace, temporal, namespace, uiUrl });
  } finally {
    await connection.close();
  }
}

async function connect(address: string): Promise<Connection> {
  try {
    return await Connection.connect({ address });
  } catch (cause) {
    throw new DemoFailure(`Temporal does not answer at ${address}.`, { cause });
  }
}

function stopSignals(): { signal: AbortSignal; cancelled: Promise<never> } {
  const controller = new AbortController();
  const cancelled = new Promise<never>((_resolve, reject) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        controller.abort(new StartError('Stopped before the demo had ended.'));
        reject(controller.signal.reason);
      });
    }
  });
  // It may come before the play begins; then the start is told by the signal.
  cancelled.catch(() => {});
  return { signal: controller.signal, cancelled };
}

/** What did not happen is one sentence; a fault of ours keeps its stack. */
function tell(error: unknown): number {
  console.error(error instanceof StartError ? error.message : error);
  return 1;
}

const exitCode = await run().catch(tell);
// Temporal's native threads and kept-alive sockets would hold a process whose work is done.
process.exit(exitCode);
