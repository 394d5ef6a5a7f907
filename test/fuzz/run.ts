// `npm run fuzz`: schemathesis sends thousands of right and wrong requests to every call of a stack of its own.
import { rmSync } from 'node:fs';
import { StartError } from '../../worker/errors.ts';
import { screenReport, type Report } from '../../worker/steps.ts';
import { type FuzzArguments, HELP, readArguments } from './arguments.ts';
import { fuzz } from './fuzz.ts';
import { type Place, startPlace } from './place.ts';
import { findSchemathesis } from './schemathesis.ts';
import { BUDGET } from './seeds.ts';

/** Runs until the end or a failure, and answers the exit code. */
async function run(): Promise<number> {
  const args = readArguments(process.argv.slice(2), process.env);
  if (!args) {
    console.log(HELP);
    return 0;
  }
  const stopped = stopSignals();
  const report = screenReport();
  const program = await report.step('schemathesis', findSchemathesis);
  const place = await startPlace(report, stopped.signal);
  let right = false;
  try {
    right = await Promise.race([
      play(args, program, place, report, stopped.signal),
      place.stack.failed,
      stopped.promise,
    ]);
    return right ? 0 : 1;
  } finally {
    await place.stack.close();
    if (right && !args.keep) rmSync(place.folder, { recursive: true, force: true });
    else report.line(`Requests, answers and logs are left in ${place.folder}.`);
  }
}

/** Whatever ends the run early, no process stays behind. */
function stopSignals(): { readonly signal: AbortSignal; readonly promise: Promise<never> } {
  const controller = new AbortController();
  const promise = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason as Error));
  });
  // It may come before anyone waits for it.
  promise.catch(() => {});
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => controller.abort(new StartError('Stopped before the run had ended.')));
  return { signal: controller.signal, promise };
}

async function play(
  args: FuzzArguments,
  program: string,
  place: Place,
  report: Report,
  signal: AbortSignal,
): Promise<boolean> {
  report.line(
    `Seed ${args.seed}. The run is about the contract, not about Altegio's call budget: it is raised to ` +
      `${BUDGET.perSecond} a second and ${BUDGET.perMinute} a minute on both sides.`,
  );
  const result = await fuzz(args, program, place, report, signal);
  for (const line of result.lines) report.line(line);
  return result.right;
}

function tell(error: unknown): number {
  console.error(error instanceof StartError ? error.message : error);
  return 1;
}

const exitCode = await run().catch(tell);
// Temporal's native threads and kept-alive sockets would hold a process whose work is done.
process.exit(exitCode);
