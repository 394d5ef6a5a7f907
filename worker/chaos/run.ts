/** One run from an empty folder to its table. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import type { Report } from '../steps.ts';
import type { ChaosArguments } from './arguments.ts';
import { type Outcome, OwnBook } from './book.ts';
import { Counters, isVoid, missing } from './counters.ts';
import { Control, SharedGate } from './doors.ts';
import { ledgerFindings, readDossier, readFigures, readSums } from './figures.ts';
import { Monkey } from './monkey.ts';
import { play, type PlayDeps } from './operations.ts';
import { digestOf, makePlan, type Plan } from './plan.ts';
import { PARTS, type PartKind } from './plan-actions.ts';
import type { Progress } from './progress.ts';
import { untilQuiet } from './quiet.ts';
import { isRight, type RunResult } from './report.ts';
import { setUpSalon } from './salon.ts';
import { repeatAdjustments, settle, settleAdjustments } from './settle.ts';
import { type Stack, startParts, TUNING } from './stack.ts';
import type { PartCounts } from './part.ts';

/** What a run is given. */
export interface RunOptions {
  readonly args: ChaosArguments;
  readonly stack: Stack;
  readonly dataDir: string;
  readonly report: Report;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Every row of every customer, kept when a run fails. */
export const DOSSIERS = 'customers.json';
/** Tills, operators and staff at work at the same time. */
const HANDS = 8;

/** See the file's header. */
export async function runChaos({ args, stack, dataDir, report, progress, signal }: RunOptions): Promise<RunResult> {
  const began = performance.now();
  const plan = makePlan(args);
  report.line(`Seed ${args.seed}, ${plan.operations.length} operations.`);
  report.line(`Schedule (sha256): ${digestOf(plan)}`);
  const stopped = aborted(signal);
  const unlessStopped = <T>(work: Promise<T>) => Promise.race([work, stack.failed, stopped]);
  await unlessStopped(startParts(stack, report));
  const salon = await unlessStopped(report.step('Salon', () => setUpSalon(stack.addresses, plan)));
  const counters = new Counters();
  const control = new Control(stack.addresses);
  const staffAtWork = new SharedGate();
  const book = new OwnBook();
  for (const [index, { opening }] of salon.customers.entries()) book.open(index, opening);
  const contradictions: string[] = [];
  const runId = `C${randomBytes(4).toString('hex')}`;
  const deps: PlayDeps = {
    addresses: stack.addresses,
    salon,
    book,
    runId,
    contradictions,
    signal,
    control,
    staffAtWork,
  };
  const monkey = new Monkey({ stack, control, salon, counters, staffAtWork }, plan.actions);
  const show = (waits: string) =>
    progress.show({
      done: book.entries.length,
      operations: plan.operations.length,
      faults: counters.total,
      kills: sumOf(countsOf(stack, 'kills')),
      waits,
    });
  await unlessStopped(Promise.race([playAll(deps, monkey, plan, show), monkey.failed]));

  // Before the wait: what is asked again moves points.
  show('for answers');
  await unlessStopped(repeatAdjustments(deps));
  const pool = new pg.Pool({ connectionString: stack.addresses.databaseUrl, max: 4 });
  pool.on('error', () => {});
  const connection = await Connection.connect({ address: stack.addresses.temporal });
  try {
    const client = new Client({ connection });
    const { addresses } = stack;
    const end = await untilQuiet({ pool, client, signal, chainId: salon.chainId, addresses, progress: show });
    show('for the books');
    await settle(deps);
    await settleAdjustments(client, book.entries);
    contradictions.push(...(await ledgerFindings(addresses.databaseUrl)));
    const result: RunResult = {
      ...factsOf(stack, plan, book, counters),
      ...end,
      digest: digestOf(plan),
      seconds: (performance.now() - began) / 1_000,
      figures: await readFigures(pool, control),
      sums: await readSums(pool, control, salon, book),
      contradictions,
      tuning: TUNING,
    };
    if (!isRight(result) || !end.quiet) await keepDossiers(pool, deps, plan, dataDir);
    return result;
  } finally {
    progress.end();
    await connection.close();
    await pool.end();
  }
}

/** What was counted while the run went on, and whether that makes it count. */
function factsOf(stack: Stack, plan: Plan, book: OwnBook, { faults }: Counters) {
  const count = (wanted: Outcome) => book.entries.filter(({ outcome }) => outcome === wanted).length;
  const { seed, sameAmounts } = plan.options;
  const facts = {
    operations: plan.operations.length,
    succeeded: count('done'),
    kills: countsOf(stack, 'kills'),
    faults,
  };
  return {
    ...facts,
    seed,
    sameAmounts,
    refused: count('refused'),
    unanswered: count('unanswered'),
    endedByItself: countsOf(stack, 'endedByItself'),
    missing: missing(facts),
    isVoid: isVoid(facts),
  };
}

async function keepDossiers(pool: pg.Pool, { salon, book, runId }: PlayDeps, plan: Plan, dataDir: string) {
  const dossiers = await Promise.all(
    salon.customers.map(({ accountId }, index) => readDossier(pool, book, index, accountId)),
  );
  writeFileSync(join(dataDir, DOSSIERS), jsonText({ runId, plan, dossiers }));
}

/** Plays the plan's operations in their order, several at a time, and waits until everything runs again. */
async function playAll(deps: PlayDeps, monkey: Monkey, plan: Plan, show: (waits: string) => void): Promise<void> {
  let next = 0;
  const clock = setInterval(
    () => show(monkey.actionsUnderWay > 0 ? `${monkey.actionsUnderWay} actions under way` : ''),
    500,
  );
  const hand = async (): Promise<void> => {
    while (next < plan.operations.length && !deps.signal.aborted) {
      const index = next;
      next += 1;
      const operation = plan.operations[index];
      if (!operation) return;
      await monkey.at(index);
      await play(deps, index, operation);
      await sleep(operation.pauseMs);
    }
  };
  try {
    await Promise.all(Array.from({ length: HANDS }, hand));
    await monkey.done();
  } finally {
    clearInterval(clock);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  const stopped = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  // It may come while nobody waits for it.
  stopped.catch(() => {});
  return stopped;
}

function countsOf({ parts }: Stack, name: keyof PartCounts): Record<PartKind, number> {
  const entries = PARTS.map((part) => [part, parts[part].reduce((sum, { counts }) => sum + counts[name], 0)] as const);
  return Object.fromEntries(entries) as Record<PartKind, number>;
}

const sumOf = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((sum, n) => sum + n, 0);

function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? String(one) : one), 1);
}
