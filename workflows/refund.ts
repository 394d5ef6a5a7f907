/**
 * refund · `refund:{location}:{receipt}:{refund}` (`:{attempt}` from the second) · one refund of a sale, or of a part of it.
 * Started by the till's door after the row was inserted PENDING. Returns points and claws accrual back in the ledger (that
 * row is the till's answer), then converges until both books are equal.
 */
import { CancellationScope } from '@temporalio/workflow';
import type { RefundDecided } from '../activities/index.ts';
import { till } from './activities.ts';
import { type BookEnd, closeBooks } from './close-books.ts';
import type { RefundInput } from './contract.ts';
import { trackProgress } from './progress.ts';

/** What a finished refund says, decimal texts. */
export interface RefundResult extends Partial<Pick<BookEnd, 'target' | 'altegio'>> {
  readonly outcome: RefundDecided['outcome'];
}

/** See the file's header. Cancelling it does nothing: the till waits for its answer, and then both books must be equal. */
export function refund(input: RefundInput): Promise<RefundResult> {
  return CancellationScope.nonCancellable(() => giveBack(input));
}

async function giveBack(input: RefundInput): Promise<RefundResult> {
  const { receipt, refund: name } = input;
  const progress = trackProgress(`Receipt ${receipt}: refund ${name} is being decided.`);
  const { outcome, code, points, money, clawedBack, target } = await till.refund(input);
  if (outcome !== 'refunded') {
    progress.enter(outcome, `Receipt ${receipt}: nothing was refunded (${code ?? outcome}).`);
    progress.index([]);
    return { outcome };
  }
  if (target !== undefined) progress.saw({ ledger: target });
  const said = `Receipt ${receipt}, refund ${name}: points ${points}, money ${money}, taken back ${clawedBack}`;
  progress.enter('converging', `${said}; making Altegio equal.`);
  progress.index([]);
  const end = await closeBooks(progress, input, said);
  return { outcome, target: end.target, altegio: end.altegio };
}
