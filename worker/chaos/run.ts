/** One run from an empty folder to its table. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepDossiers, ledgerFindings, readSums } from '../trial/books.ts';
import type { Place } from '../trial/command.ts';
import { unlessStopped, withConnections } from '../trial/connections.ts';
import { Control } from '../trial/doors.ts';
import type { PartCounts } from '../trial/part.ts';
import { PARTS, type PartKind } from '../trial/parts.ts';
import { untilQuiet } from '../trial/quiet.ts';
import { setUpSalon } from '../trial/salon.ts';
import { RAISED_LIMITS, type Stack, startParts, type Tuning } from '../trial/stack.ts';
import { total } from '../trial/table.ts';
import type { ChaosArguments } from './arguments.ts';
import { type Outcome, OwnBook } from './book.ts';
import { Counters, isVoid, missing } from './counters.ts';
import { readFigures } from '../trial/figures.ts';
import { Monkey } from './monkey.ts';
import { play } from './operations.ts';
import type { PlayDeps } from './play-deps.ts';
import { CUSTOMERS, digestOf, LOCATIONS, makePlan, type Plan } from './plan.ts';
import { isRight, type RunResult } from './report.ts';
import { repeatUnanswered, settle, settleAdjustments } from './settle.ts';
import { SharedGate } from './shared-gate.ts';

/** The deadline of a call is short, so that doubts end soon. */
export const TUNING: Tuning = { ...RAISED_LIMITS, altegioTimeoutMs: 1_000 };
/** The last write that Altegio may apply late, and the last event that it sends late. */
const LATE_MS = 11_000;
/** Tills, operators and staff at work at the same time. */
const HANDS = 8;

/** See the file's header. */
export async function runChaos(args: ChaosArguments, place: Place): Promise<RunResult> {
  const { stack, report, progress, signal, dataDir } = place;
  const began = performance.now();
  const plan = makePlan(args);
  report.line(`Seed ${args.seed}, ${plan.operations.length} operations.`);
  report.line(`Schedule (sha256): ${digestOf(plan)}`);
  const going = unlessStopped(place);
  await going(startParts(stack, report));
  const wish = {
    name: 'Chaos',
    locations: LOCATIONS,
    ...CUSTOMERS,
    openings: plan.openings,
    accrueBy: 'both',
  } as const;
  const salon = await going(report.step('Salon', () => setUpSalon(stack, wish)));
  const counters = new Counters();
  const control = new Control(stack.addresses);
  const staffAtWork = new SharedGate();
  const book = new OwnBook();
  for (const [index, { opening }] of salon.customers.entries()) book.open(index, opening);
  const { addresses } = stack;
  const runId = `C${randomBytes(4).toString('hex')}`;
  const show = (waits: string) => {
    const done = `${book.entries.length} of ${plan.operations.length} operations`;
    progress.show(`${done}, ${counters.total} faults, ${total(countsOf(stack, 'kills'))} kills`, waits);
  };
  try {
    return await withConnections(addresses, async (eyes) => {
      const monkey = new Monkey({ stack, control, salon, counters, staffAtWork, pool: eyes.pool }, plan.actions);
      const clock = { ...eyes, turn: Promise.resolve() };
      const contradictions: string[] = [];
      const deps: PlayDeps = { addresses, salon, book, runId, contradictions, signal, control, staffAtWork, clock };
      await going(Promise.race([playAll(deps, monkey, plan, show), monkey.failed]));
      // Before the wait: what is asked again moves points.
      show('for answers');
      await going(repeatUnanswered(deps));
      const where = { chainId: salon.chainId, locationIds: salon.locations.map(({ id }) => id) };
      const end = await untilQuiet({ ...eyes, ...where, signal, addresses, lateMs: LATE_MS, progress: show });
      show('for the books');
      await settle(deps);
      await settleAdjustments(eyes.client, book.entries);
      contradictions.push(...(await ledgerFindings(addresses.databaseUrl)));
      const result: RunResult = {
        ...factsOf(stack, plan, book, counters),
        ...end,
        digest: digestOf(plan),
        seconds: (performance.now() - began) / 1_000,
        figures: await readFigures(eyes.pool, control),
        sums: await readSums(eyes.pool, control, salon, (customer) => book.expected(customer)),
        contradictions,
        tuning: TUNING,
      };
      if (!isRight(result) || !end.quiet)
        await keepDossiers(eyes.pool, salon, dataDir, { runId, plan }, (customer) => book.account(customer));
      return result;
    });
  } finally {
    progress.end();
  }
}

/** What was counted while the run went on, and whether that makes it count. */
function factsOf(stack: Stack, plan: Plan, book: OwnBook, { faults }: Counters) {
  const count = (wanted: Outcome) => book.entries.filter(({ outcome }) => outcome === wanted).length;
  const { seed, sameAmounts } = plan.options;
  const facts = {
    operations: plan.operations.length,
    succeeded: count('done'),
    done: book.done(),
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

function countsOf({ parts }: Stack, name: keyof PartCounts): Record<PartKind, number> {
  const entries = PARTS.map((part) => [part, parts[part].reduce((sum, { counts }) => sum + counts[name], 0)] as const);
  return Object.fromEntries(entries) as Record<PartKind, number>;
}
