/** One run from an empty folder to its table. */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepDossiers, ledgerFindings, readSums } from '../trial/books.ts';
import type { Place } from '../trial/command.ts';
import { type Connections, unlessStopped, withConnections } from '../trial/connections.ts';
import { Control } from '../trial/doors.ts';
import { readFigures } from '../trial/figures.ts';
import { type QuietEnd, untilQuiet } from '../trial/quiet.ts';
import { makeKey, type Salon, setUpSalon } from '../trial/salon.ts';
import { RAISED_LIMITS, type Stack, startParts, type Tuning } from '../trial/stack.ts';
import type { TillArguments } from './arguments.ts';
import { readLines } from './journal.ts';
import { Memory } from './memory.ts';
import { type Action, CUSTOMERS, digestOf, HOLD_MINUTES, makePlan, type Plan } from './plan.ts';
import { compareReceipts, readReceipts, unanswered } from './receipts.ts';
import { isRight, type RunResult } from './report.ts';
import { illSums, type Standing, standingsOf } from './standings.ts';
import { brokenPromises, isVoid, missing, Tally } from './tally.ts';
import { Terminal, type TerminalSetup } from './terminal.ts';

/** The product's own deadline of a call of Altegio. */
export const TUNING: Tuning = { ...RAISED_LIMITS, altegioTimeoutMs: 3_000 };
/** Where the journals are, in the run's folder. */
export const JOURNALS = 'journals';
const LOCATIONS = 3;
/** The last event that Altegio sends late. */
const LATE_MS = 1_000;

/** See the file's header. */
export async function runTill(args: TillArguments, place: Place): Promise<RunResult> {
  const { stack, dataDir, report, progress, signal } = place;
  const began = performance.now();
  const plan = makePlan(args);
  report.line(`Seed ${args.seed}, ${args.terminals} terminals, ${args.minutes} minutes.`);
  report.line(`Schedule (sha256): ${digestOf(plan)}`);
  const going = unlessStopped(place);
  await going(startParts(stack, report));
  const salon = await going(report.step('Salon', () => setUpSalon(stack, wishOf(plan))));
  const tally = new Tally();
  mkdirSync(join(dataDir, JOURNALS));
  const setups = await going(setUpTerminals(stack, salon, plan, join(dataDir, JOURNALS), tally, signal));
  const from = new Date();
  let played = 0;
  const show = (waits: string) => progress.show(`${played} actions, ${tally.answers.total} answers`, waits);
  const clock = setInterval(() => show(''), 1_000);
  try {
    const until = performance.now() + args.minutes * 60_000;
    const selling = setups.map((setup, index) =>
      playTerminal(setup, plan.terminals[index] ?? [], until, () => (played += 1)),
    );
    await going(Promise.all(selling));
    clearInterval(clock);
    return await withConnections(stack.addresses, async (connections) => {
      const { addresses } = stack;
      const end = await going(
        untilQuiet({
          ...connections,
          signal,
          chainId: salon.chainId,
          locationIds: [],
          addresses,
          lateMs: LATE_MS,
          progress: show,
        }),
      );
      show('for the books');
      const differences = await going(closeDays(setups, from));
      const facts = { args, plan, stack, salon, setups, tally, played, end };
      const result = await resultOf(facts, connections, differences, (performance.now() - began) / 1_000);
      if (!isRight(result) || !end.quiet) await keepDossiers(connections.pool, salon, dataDir, { plan }, () => null);
      return result;
    });
  } finally {
    clearInterval(clock);
    progress.end();
  }
}

const wishOf = ({ openings }: Plan) => ({
  name: 'Till',
  locations: LOCATIONS,
  withCard: CUSTOMERS,
  withoutCard: 0,
  openings,
  holdMinutes: HOLD_MINUTES,
});

async function setUpTerminals(
  { addresses }: Stack,
  { locations, customers }: Salon,
  { terminals }: Plan,
  folder: string,
  tally: Tally,
  signal: AbortSignal,
): Promise<TerminalSetup[]> {
  const setups: TerminalSetup[] = [];
  for (const index of terminals.keys()) {
    const place = locations[index % locations.length];
    if (!place) throw new Error('no location is connected');
    const name = `T${String(index + 1).padStart(2, '0')}`;
    const token = await makeKey(addresses, place.id, name);
    // Terminals next to each other begin with different processes of the product.
    const [first = '', ...others] = addresses.apis;
    const apis = index % 2 === 0 ? [first, ...others] : [...others, first];
    setups.push({ name, journalFile: join(folder, `${name}.jsonl`), apis, token, customers, tally, signal });
  }
  return setups;
}

/** Plays a terminal's schedule as far as the time allows, switching it off and on where the schedule says so. */
async function playTerminal(
  setup: TerminalSetup,
  actions: readonly Action[],
  until: number,
  played: () => void,
): Promise<void> {
  let till = await Terminal.boot(setup);
  let due = performance.now();
  try {
    for (const action of actions) {
      due += action.afterMs;
      await sleep(Math.max(0, due - performance.now()));
      if (performance.now() >= until || setup.signal.aborted) return;
      await till.play(action);
      if (action.kind === 'twoSteps' && action.ending !== 'expire') {
        if (action.reboot) {
          await till.powerOff();
          till = await Terminal.boot(setup);
        }
        const ended = await till.takeUp(action.mishap, action.lastMishap);
        if (ended && action.reboot) setup.tally.count('reboot');
      }
      played();
    }
  } finally {
    await till.powerOff();
  }
}

/** Every till is switched on once more and compares its journal with what the product tells it. */
async function closeDays(setups: readonly TerminalSetup[], from: Date): Promise<string[]> {
  const differences: string[] = [];
  for (const setup of setups) {
    const till = await Terminal.boot(setup);
    try {
      differences.push(...(await till.closeDay(from)));
    } finally {
      await till.powerOff();
    }
  }
  return differences;
}

interface Facts {
  readonly args: TillArguments;
  readonly plan: Plan;
  readonly stack: Stack;
  readonly salon: Salon;
  readonly setups: readonly TerminalSetup[];
  readonly tally: Tally;
  readonly played: number;
  readonly end: QuietEnd;
}

/** Everything that the books and the journals say, from their files. */
async function resultOf(
  { args, plan, stack, salon, setups, tally, played, end }: Facts,
  { pool }: Connections,
  differences: readonly string[],
  seconds: number,
): Promise<RunResult> {
  const control = new Control(stack.addresses);
  const texts = await Promise.all(setups.map(({ journalFile }) => readFile(journalFile, 'utf8')));
  const memories = texts.map((text) => Memory.of(readLines(text)));
  const standings = memories.flatMap(standingsOf);
  const moved = (customer: number) =>
    standings.filter((standing) => standing.customer === customer).reduce((sum, standing) => sum + standing.moved, 0n);
  tally.count('expiry', standings.filter(({ state }) => state === 'EXPIRED').length);
  const { counts, answers } = tally;
  return {
    ...args,
    ...end,
    digest: digestOf(plan),
    planned: plan.terminals.reduce((sum, actions) => sum + actions.length, 0),
    played,
    seconds,
    counts,
    answers,
    receipts: receiptCounts(standings),
    figures: await readFigures(pool, control),
    sums: await readSums(
      pool,
      control,
      salon,
      (customer) => (salon.customers[customer]?.opening ?? 0n) + moved(customer),
    ),
    contradictions: [
      ...memories.flatMap((memory) => [...memory.contradictions, ...unanswered(memory), ...illSums(memory)]),
      ...compareReceipts(standings, await readReceipts(pool)),
      ...differences,
      ...brokenPromises(answers),
      ...(await ledgerFindings(stack.addresses.databaseUrl)),
    ],
    missing: missing(counts),
    isVoid: isVoid(counts, args.minutes),
    tuning: TUNING,
  };
}

function receiptCounts(standings: readonly Standing[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of standings) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
