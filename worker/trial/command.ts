/** What every trial does as a command: a folder of its own, its stack, a table at the end, and no process left behind. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadEnvFile } from '../env-file.ts';
import { StartError } from '../errors.ts';
import { type Report, screenReport } from '../steps.ts';
import { Refused, refuseForeign, type TrialArguments } from './arguments.ts';
import { Progress } from './progress.ts';
import { planStack, type Stack, type Tuning } from './stack.ts';

/** Where a run takes place. */
export interface Place {
  readonly stack: Stack;
  /** Everything that the run writes is below it. */
  readonly dataDir: string;
  readonly report: Report;
  readonly progress: Progress;
  /** Aborted when the run is stopped; the reason says why. */
  readonly signal: AbortSignal;
}

/** A trial: how it is asked for, what it does, and how its result is told. */
export interface Trial<A extends TrialArguments, R> {
  /** As in `npm run chaos`. */
  readonly name: string;
  readonly help: string;
  readonly tuning: Tuning;
  readonly readArguments: (args: readonly string[]) => A | null;
  readonly run: (args: A, place: Place) => Promise<R>;
  /** The lines to print at the end. */
  readonly linesOf: (result: R) => readonly string[];
  readonly jsonOf: (result: R) => object;
  readonly exitCodeOf: (result: R) => number;
  /** Files below the folder that help after a failure, with a few words each: `customers.json` → what it holds. */
  readonly keeps: Readonly<Record<string, string>>;
}

/** Runs the trial until its end, a signal or a failure, and ends the process with its exit code. */
export async function runTrial<A extends TrialArguments, R>(trial: Trial<A, R>): Promise<never> {
  const exitCode = await run(trial).catch(tell);
  // Temporal's native threads and kept-alive sockets would hold a process whose work is done.
  process.exit(exitCode);
}

async function run<A extends TrialArguments, R>(trial: Trial<A, R>): Promise<number> {
  const args = trial.readArguments(process.argv.slice(2));
  if (!args) {
    console.log(trial.help);
    return 0;
  }
  loadEnvFile();
  refuseForeign(process.env);
  const signal = stopSignals();
  const dataDir = claimFolder(trial.name, args);
  const report = screenReport();
  const stack = await planStack(dataDir, process.env['TEMPORAL_CLI']?.trim() || null, trial.tuning);
  let exitCode = 1;
  try {
    const result = await trial.run(args, { stack, dataDir, report, progress: new Progress(), signal });
    for (const line of trial.linesOf(result)) report.line(line);
    if (args.json !== null) writeFileSync(args.json, `${JSON.stringify(trial.jsonOf(result), null, 2)}\n`);
    exitCode = trial.exitCodeOf(result);
    return exitCode;
  } catch (error) {
    return tell(error);
  } finally {
    await stack.close();
    if (args.keep || (exitCode !== 0 && !(signal.reason instanceof StartError))) {
      report.line(`Logs and databases are left in ${dataDir}${keptIn(dataDir, trial.keeps)}.`);
    } else {
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}

function keptIn(dataDir: string, keeps: Readonly<Record<string, string>>): string {
  return Object.entries(keeps)
    .filter(([name]) => existsSync(join(dataDir, name)))
    .map(([name, what]) => `, ${what} in ${name}`)
    .join('');
}

/** @throws Refused unless the folder is there to be filled. */
function claimFolder(name: string, { dataDir }: TrialArguments): string {
  if (dataDir === null) {
    const made = mkdtempSync(join(tmpdir(), `bonus-${name}-`));
    // PostgreSQL may run as another user, who has to get through.
    chmodSync(made, 0o711);
    return made;
  }
  const folder = resolve(dataDir);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Refused(`--data-dir ${folder} is not empty.`);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  return folder;
}

/** A signal, nobody left to print to, or a fault of ours that nobody caught: whatever it is, no process stays behind. */
function stopSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => controller.abort(new StartError('Stopped before the run had ended.')));
  }
  process.on('uncaughtException', (error) => controller.abort(error));
  process.on('unhandledRejection', (error) => controller.abort(error));
  return controller.signal;
}

/** What the person can mend is one sentence; a fault of ours keeps its stack. */
function tell(error: unknown): number {
  console.error(error instanceof StartError ? error.message : error);
  return error instanceof Refused ? 2 : 1;
}
