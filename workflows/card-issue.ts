/**
 * cardIssue · `cardIssue:{account}` · first contact with an account's altegio card.
 * Started by a lookup (adopts only) or as the child of a payment or reconciliation that met an account without a card.
 * Adopts the card Altegio has, with its balance as `opening`, or issues one. Whoever moved points converges.
 */
import { defineSignal, setHandler } from '@temporalio/workflow';
import { ledger } from './activities.ts';
import { type CardIssueInput, MAY_ISSUE_SIGNAL } from './contract.ts';
import { type Progress, trackProgress } from './progress.ts';
import { untilDone } from './rounds.ts';

const mayIssueSignal = defineSignal(MAY_ISSUE_SIGNAL);

/** See the file's header. `opening` is a decimal text. */
export async function cardIssue(input: CardIssueInput): Promise<{ card: 'linked' | 'none'; opening?: string }> {
  const progress = trackProgress('Looking for the card of this customer in Altegio.', { changesBooks: false });
  let { mayIssue } = input;
  setHandler(
    mayIssueSignal,
    () => {
      mayIssue = true;
      progress.wake();
    },
    { description: 'Issue a card where there is none: somebody has points to write.' },
  );
  let established: Awaited<ReturnType<typeof establish>>;
  let issuing: boolean;
  do {
    issuing = mayIssue;
    established = await establish(progress, { ...input, mayIssue: issuing });
    await ledger.finish(input);
    // Told meanwhile that it may: whoever told it waits for the card.
  } while (established.card === 'none' && mayIssue !== issuing);
  const { card, opening } = established;
  const found = card === 'none' ? 'The customer has no card of this type' : 'The card is linked';
  progress.enter(card, opening === undefined ? `${found}.` : `${found}; its balance was ${opening}.`);
  progress.index([]);
  return established;
}

async function establish(progress: Progress, input: CardIssueInput) {
  const summary = input.mayIssue ? 'Altegio: adopt the card, or issue one' : 'Altegio: adopt the card';
  return await untilDone(progress, input, summary, (activities) => activities.establishCard(input));
}
