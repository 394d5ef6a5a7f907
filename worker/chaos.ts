/** `npm run chaos`: plays, kills, breaks, and then proves that both books are equal. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ChaosArguments, HELP, readArguments, Refused, refuseForeign } from './chaos/arguments.ts';
import { Progress } from './chaos/progress.ts';
import { exitCodeOf, jsonOf, tableOf, verdictOf } from './chaos/report.ts';
import { DOSSIERS, runChaos } from './chaos/run.ts';
import { planStack } from './chaos/stack.ts';
import { loadEnvFile } from './env-file.ts';
import { StartError } from './errors.ts';
import { screenReport } from './steps.ts';

/** Runs until the end, a signal or a failure, and answers the exit code. */
async function run(): Promise<number> {
  const args = readArguments(process.argv.slice(2));
  if (!args) {
    console.log(HELP);
    return 0;
  }
  loadEnvFile();
  refuseForeign(process.env);
  const signal = stopSignals();
  const dataDir = claimFolder(args);
  const report = screenReport();
  const stack = await planStack(dataDir, process.env['TEMPORAL_CLI']?.trim() || null);
  let exitCode = 1;
  try {
    const result = await runChaos({ args, stack, dataDir, report, progress: new Progress(), signal });
    for (const line of [...tableOf(result), '', ...verdictOf(result)]) report.line(line);
    if (args.json !== null) writeFileSync(args.json, `${JSON.stringify(jsonOf(result), null, 2)}\n`);
    exitCode = exitCodeOf(result);
    return exitCode;
  } catch (error) {
    return tell(error);
  } finally {
    await stack.close();
    if (args.keep || (exitCode !== 0 && !(signal.reason instanceof StartError))) {
      const dossiers = existsSync(join(dataDir, DOSSIERS)) ? `, each customer's rows in ${DOSSIERS}` : '';
      report.line(`Logs and databases are left in ${dataDir}${dossiers}.`);
    } else {
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}

/** @throws Refused unless the folder is there to be filled. */
function claimFolder({ dataDir }: ChaosArguments): string {
  if (dataDir === null) {
    const made = mkdtempSync(join(tmpdir(), 'bonus-chaos-'));
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

const exitCode = await run().catch(tell);
// Temporal's native threads and kept-alive sockets would hold a process whose work is done.
process.exit(exitCode);
