/**
 * visit · `visit:{location}:{visit}` · a visit of Altegio's was paid, changed or taken back.
 * Started by its events. Gathers them until 10 s are quiet (60 s at most), reads the visit and the card, posts what the
 * visit has come to less what was posted before, and converges. It ends; a later event starts a new run.
 */
import { CancellationScope, condition, defineSignal, setHandler, sleep } from '@temporalio/workflow';
import type { VisitSettled } from '../activities/index.ts';
import { ledger } from './activities.ts';
import { closeBooks, convergeOrIssue } from './close-books.ts';
import { DIRTY_SIGNAL, type VisitInput } from './contract.ts';
import { type Progress, trackProgress } from './progress.ts';
import { readAndAdopt } from './read-and-adopt.ts';
import { untilDone } from './rounds.ts';

/** Altegio tells of one change by many events; an edited payment is deleted first and made again a moment later. */
const QUIET = '10s';
/** After so many events in a row, each within 10 s of the last, the visit is looked at all the same. */
const LONGEST = '60s';

/** A card that keeps moving must not hold up what the visit has come to; what is not named yet is named by a later run. */
const MOST_EXPLANATIONS = 3;

const dirtySignal = defineSignal(DIRTY_SIGNAL);

/** What a finished visit says, decimal texts. */
export interface VisitResult {
  readonly state: string;
  readonly accrued: string;
  readonly redeemed: string;
  readonly target: string;
  readonly altegio: string | null;
}

/** See the file's header. */
export async function visit(input: VisitInput): Promise<VisitResult> {
  const progress = trackProgress(`Visit ${input.visitId}: waiting until nothing more is said of it.`);
  let asked = 0;
  setHandler(
    dirtySignal,
    () => {
      asked += 1;
      progress.wake();
    },
    { description: 'Something else happened to this visit: wait for quiet, then look again.' },
  );
  for (;;) {
    const answered = await gather(() => asked);
    const settled = await settle(progress, input);
    const said = sentence(input, settled);
    progress.enter('converging', `${said}; making Altegio equal.`);
    progress.index([]);
    const end = await closeBooks(progress, input, said);
    const { target, altegio } = end;
    if (asked !== answered) continue;
    const { state, accrued, redeemed } =
      settled.outcome === 'settled' ? settled : { state: 'unread', accrued: '0.00', redeemed: '0.00' };
    return { state, accrued, redeemed, target, altegio };
  }
}

/** Waits for quiet. @returns how many events it has heard of */
async function gather(heard: () => number): Promise<number> {
  const longest = new CancellationScope();
  let over = false;
  longest
    .run(() => sleep(LONGEST))
    .then(
      () => {
        over = true;
      },
      () => undefined,
    );
  for (let seen = heard(); ; seen = heard()) {
    const more = await condition(() => over || heard() !== seen, QUIET);
    if (more && !over) continue;
    longest.cancel();
    return heard();
  }
}

/** Reads visit and balance, then settles; while the card's journal has to explain something, it does so before. */
async function settle(progress: Progress, input: VisitInput): Promise<VisitSettled> {
  progress.enter('reading', `Visit ${input.visitId}: reading it and the customer's balance in Altegio.`);
  const summary = 'Altegio: read the visit, its payments and its bonus';
  await untilDone(progress, input, summary, (activities) => activities.readVisit(input));
  await readAndAdopt(progress, input);
  for (let round = 0; round < MOST_EXPLANATIONS; round += 1) {
    const settled = await ledger.settleVisit(input, false);
    if (settled.outcome !== 'again') return settled;
    progress.enter('explaining', `Visit ${input.visitId}: waiting for the journal to name what moved the card.`);
    await convergeOrIssue(progress, input);
  }
  return await ledger.settleVisit(input, true);
}

function sentence({ visitId }: VisitInput, settled: VisitSettled): string {
  if (settled.outcome !== 'settled') return `Visit ${visitId} does not concern this customer`;
  const { state, sold, bonus, due, accrued, returned, clawedBack, orderViolated } = settled;
  const sums = `sold ${sold}, bonus ${bonus}, due ${due}; earned now ${accrued}`;
  const back = returned === '0.00' && clawedBack === '0.00' ? '' : `, returned ${returned}, taken back ${clawedBack}`;
  return `Visit ${visitId} is ${state}: ${sums}${back}${orderViolated ? '. Money was taken before the bonus' : ''}`;
}
