/**
 * payment · `payment:{location}:{receipt}` (`:{attempt}` from the second) · one sale of a till.
 * Started by `POST /v1/payments` after the row was inserted PENDING. Reads Altegio's balance, commits bonus first and
 * then the money's accrual in the ledger (that row is the till's answer), then converges until both books are equal.
 */
import { allHandlersFinished, CancellationScope, condition, defineUpdate, setHandler } from '@temporalio/workflow';
import type { PaymentDecided } from '../activities/index.ts';
import { parseAmount } from '../domain/money.ts';
import { till } from './activities.ts';
import { type BookEnd, closeBooks } from './close-books.ts';
import { DECIDED_UPDATE, type PaymentInput } from './contract.ts';
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
  const result = await settle(progress, input, decided);
  await condition(allHandlersFinished);
  return result;
}

/** Altegio's balance first, then the ledger; again while the card moves under the reader. */
async function decide(progress: Progress, input: PaymentInput): Promise<PaymentDecided> {
  for (;;) {
    const seen = await till.read(input);
    if (seen.kind === 'balance') progress.saw({ altegio: seen.altegio });
    const decided = await till.commit(input, seen);
    if (decided.outcome !== 'readAgain') return decided;
  }
}

async function settle(progress: Progress, input: PaymentInput, decided: PaymentDecided): Promise<PaymentResult> {
  const { outcome, code, redeemed, due, accrued, drift = '0.00', target } = decided;
  if (target !== undefined) progress.saw({ ledger: target });
  if (outcome !== 'captured' && drift === '0.00') {
    progress.enter(outcome, `Receipt ${input.receipt}: nothing was taken (${code ?? outcome}).`);
    progress.index([]);
    return { outcome };
  }
  const sale =
    outcome === 'captured' ? `bonus ${redeemed}, money ${due}, earned ${accrued}` : `nothing taken (${code})`;
  progress.enter('converging', `Receipt ${input.receipt}: ${sale}; making Altegio equal.`);
  progress.index([{ key: SEARCH.driftMinor, value: Number(parseAmount(drift)) }]);
  const end = await closeBooks(progress, input, `Receipt ${input.receipt}: ${sale}`);
  const books = { target: end.target, altegio: end.altegio };
  return { outcome, ...(outcome === 'captured' && { redeemed, due, accrued }), ...books };
}
