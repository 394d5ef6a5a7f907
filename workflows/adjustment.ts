/**
 * adjustment · `adjustment:{account}:{id}` · an operator changes a balance.
 * Started by the operator door. Reads Altegio first, so that the change is made on what is really there; posts it; converges.
 * With `other` the change is the other reading of an ambiguous claim, `adjustment:{account}:{break}`; with `undoes` it is
 * everything that another operation posted, the other way.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import { ledger } from './activities.ts';
import { closeBooks } from './close-books.ts';
import type { AdjustmentInput } from './contract.ts';
import { trackProgress } from './progress.ts';
import { readAndAdopt } from './read-and-adopt.ts';

/** See the file's header. Balances are decimal texts. */
export async function adjustment(input: AdjustmentInput): Promise<{ target: string; altegio: string | null }> {
  const progress = trackProgress(`Adjustment ${input.amount}: reading the customer's balance in Altegio.`);
  await readAndAdopt(progress, input);
  const adjusted = await ledger.adjust(input);
  if (!adjusted.posted && adjusted.free === undefined) {
    const end = await closeBooks(progress, input, `Adjustment ${input.amount} is not posted, and never will be`);
    return { target: end.target, altegio: end.altegio };
  }
  if (!adjusted.posted) {
    await closeBooks(progress, input, `Adjustment ${input.amount} refused: only ${adjusted.free} is free`);
    throw ApplicationFailure.create({
      type: 'BelowZero',
      message: `Only ${adjusted.free} can be taken; going below zero needs allowNegative.`,
      nonRetryable: true,
    });
  }
  progress.enter('converging', `Adjustment ${input.amount} is posted; making Altegio equal.`);
  const end = await closeBooks(progress, input, `Adjustment ${input.amount} is posted`);
  return { target: end.target, altegio: end.altegio };
}
