/**
 * deposit · `deposit:{location}:{reference}` (`:{attempt}` from the second) · money put into a deposit, or handed back.
 * Started by the till's or the operator's door after its row was inserted PENDING. Moves the money in our own book; Altegio
 * has no call that takes money from a deposit, so nothing is written there and there is no second book to make equal.
 */
import { CancellationScope } from '@temporalio/workflow';
import type { DepositDecided } from '../activities/index.ts';
import { till } from './activities.ts';
import type { DepositInput } from './contract.ts';
import { trackProgress } from './progress.ts';

/** What a finished run says; the balance is a decimal text. */
export type DepositResult = Pick<DepositDecided, 'outcome' | 'balance'>;

/** See the file's header. Cancelling it does nothing: the till waits for its answer. */
export function deposit(input: DepositInput): Promise<DepositResult> {
  return CancellationScope.nonCancellable(() => move(input));
}

async function move(input: DepositInput): Promise<DepositResult> {
  const what = `Deposit ${input.reference}: ${input.kind === 'top_up' ? 'money in' : 'money out'} ${input.amount}`;
  const progress = trackProgress(`${what}; being decided.`, { changesBooks: false });
  const { outcome, code, balance } = await till.deposit(input);
  if (balance === undefined) progress.enter(outcome, `${what}: nothing was moved (${code ?? outcome}).`);
  else progress.enter(outcome, `${what}. The deposit holds ${balance}. Altegio is not told: it has no call for it.`);
  progress.index([]);
  return { outcome, ...(balance !== undefined && { balance }) };
}
