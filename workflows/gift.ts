/**
 * gift · `gift:{account}:{kind}:{occasion}` · points given: a welcome, a birthday, a side of a referral.
 * Started by the worker for every gift that is due. Posts it once, then converges until both books are equal.
 */
import { gifts } from './activities.ts';
import { closeBooks } from './close-books.ts';
import type { GiftInput } from './contract.ts';
import { trackProgress } from './progress.ts';

/** What a finished gift says, decimal texts; `amount` is null where the program gives none. */
export interface GiftResult {
  readonly amount: string | null;
  readonly target: string;
  readonly altegio: string | null;
}

/** See the file's header. */
export async function gift(input: GiftInput): Promise<GiftResult> {
  const progress = trackProgress(`Posting the gift ${input.kind} ${input.occasion}.`);
  const amount = await gifts.post(input);
  const said =
    amount === null ? `The program gives nothing for ${input.kind}` : `Gift ${input.kind} ${amount} is posted`;
  progress.enter('converging', `${said}; making Altegio equal.`);
  const { target, altegio } = await closeBooks(progress, input, said);
  return { amount, target, altegio };
}
