/**
 * payment · `payment:{location}:{receipt}` (`:{attempt}` from the second) · one sale of a till.
 * Started by `POST /v1/payments` after the row was inserted PENDING. Reads Altegio's balance, commits bonus first and
 * then the money's accrual in the ledger (that row is the till's answer), then converges until both books are equal. A
 * payment in two steps only reserves points first, and waits for its capture, its void or the end of its time (hold.ts).
 * One that names a visit takes its points there, as soon as nothing else is pending on the card.
 */
import { allHandlersFinished, CancellationScope, condition, defineUpdate, setHandler } from '@temporalio/workflow';
import type { PaymentDecided } from '../activities/index.ts';
import { parseAmount } from '../domain/money.ts';
import { till } from './activities.ts';
import { type BookEnd, closeBooks, convergeOrIssue } from './close-books.ts';
import { DECIDED_UPDATE, type PaymentInput } from './contract.ts';
import { keepHold, trackSteps } from './hold.ts';
import { type Progress, trackProgress } from './progress.ts';
import { SEARCH } from './search-attributes.ts';

const decidedUpdate = defineUpdate<PaymentDecided>(DECIDED_UPDATE);

/** What a finished payment says. */
export interface PaymentResult extends Partial<Pick<BookEnd, 'target' | 'altegio'>> {
  readonly outcome: PaymentDecided['outcome'];
  readonly redeemed?: string;
  readonly due?: string;
  readonly accrued?: string;
}

/** See the file's header. Cancelling it does nothing: the till waits for its answer, and then both books must be equal. */
export function payment(input: PaymentInput): Promise<PaymentResult> {
  return CancellationScope.nonCancellable(() => pay(input));
}

async function pay(input: PaymentInput): Promise<PaymentResult> {
  const progress = trackProgress(`Receipt ${input.receipt}: reading the customer's balance in Altegio.`);
  const steps = trackSteps();
  let decided: PaymentDecided | undefined;
  setHandler(
    decidedUpdate,
    async (): Promise<PaymentDecided> => {
      await condition(() => decided !== undefined);
      return decided ?? { outcome: 'abandoned' };
    },
    { description: 'Waits until the ledger has decided this payment.' },
  );
  decided = await decide(progress, input);
  if (decided.outcome === 'authorized') sayReserved(progress, input, decided);
  const settled = decided.outcome === 'authorized' ? await keepHold(progress, input, steps, decided) : decided;
  const result = await settle(progress, input, settled, decided.outcome === 'authorized');
  await condition(allHandlersFinished);
  return result;
}

/** Altegio's balance first, then the ledger; again while the card moves under the reader. */
async function decide(progress: Progress, input: PaymentInput): Promise<PaymentDecided> {
  let seen = await look(progress, input);
  for (;;) {
    const decided = await till.commit(input, seen);
    const { outcome } = decided;
    if (outcome !== 'readAgain' && outcome !== 'unsettled' && outcome !== 'withdrawing') return decided;
    if (outcome !== 'readAgain') {
      progress.enter(outcome, `Receipt ${input.receipt}: ${WAITS_IN_VISIT[outcome]}.`);
      await convergeOrIssue(progress, input);
    }
    // What was taken in the visit is decided by now, whatever the card holds.
    if (outcome !== 'withdrawing') seen = await look(progress, input);
  }
}

const WAITS_IN_VISIT = {
  unsettled: 'points are taken in the visit when both books are equal',
  withdrawing: 'the visit is asked how many points were taken in it',
} as const;

async function look(progress: Progress, input: PaymentInput) {
  const seen = await till.read(input);
  if (seen.kind === 'balance') progress.saw({ altegio: seen.altegio });
  return seen;
}

function sayReserved(progress: Progress, input: PaymentInput, { held, due, drift = '0.00', target }: PaymentDecided) {
  if (target !== undefined) progress.saw({ ledger: target });
  progress.enter('authorized', `Receipt ${input.receipt}: points ${held} are reserved, money ${due}.`);
  progress.index([{ key: SEARCH.driftMinor, value: Number(parseAmount(drift)) }]);
}

/** How the sale ended, in words. */
function said({ outcome, code, redeemed, due, accrued }: PaymentDecided): string {
  if (outcome === 'captured') return `bonus ${redeemed}, money ${due}, earned ${accrued}`;
  if (outcome === 'voided' || outcome === 'expired') return `${outcome}, the reserved points are free again`;
  return `nothing taken (${code})`;
}

async function settle(
  progress: Progress,
  input: PaymentInput,
  decided: PaymentDecided,
  indexed: boolean,
): Promise<PaymentResult> {
  const { outcome, code, redeemed, due, accrued, drift = '0.00', target } = decided;
  if (target !== undefined) progress.saw({ ledger: target });
  // A visit that gave too few points has them back.
  const untouched = drift === '0.00' && decided.goesOn !== true;
  if ((outcome === 'declined' || outcome === 'abandoned') && untouched) {
    progress.enter(outcome, `Receipt ${input.receipt}: nothing was taken (${code ?? outcome}).`);
    progress.index([]);
    return { outcome };
  }
  const sale = said(decided);
  progress.enter('converging', `Receipt ${input.receipt}: ${sale}; making Altegio equal.`);
  if (!indexed) progress.index([{ key: SEARCH.driftMinor, value: Number(parseAmount(drift)) }]);
  const end = await closeBooks(progress, input, `Receipt ${input.receipt}: ${sale}`);
  const books = { target: end.target, altegio: end.altegio };
  return { outcome, ...(outcome === 'captured' && { redeemed, due, accrued }), ...books };
}
