/**
 * cardIssue · `cardIssue:{account}` · first contact with an account's altegio card.
 * Started by a lookup (adopts only) or as the child of a payment or reconciliation that met an account without a card.
 * Adopts the card Altegio has, with its balance as `opening`, or issues one. Whoever moved points converges.
 */
import type { CardIssueInput } from './contract.ts';
import { ledger } from './activities.ts';
import { trackProgress } from './progress.ts';
import { untilDone } from './rounds.ts';

/** See the file's header. `opening` is a decimal text. */
export async function cardIssue(input: CardIssueInput): Promise<{ card: 'linked' | 'none'; opening?: string }> {
  const progress = trackProgress('Looking for the card of this customer in Altegio.', { changesBooks: false });
  const summary = input.mayIssue ? 'Altegio: adopt the card, or issue one' : 'Altegio: adopt the card';
  const established = await untilDone(progress, input, summary, (activities) => activities.establishCard(input));
  await ledger.finish(input);
  const { card, opening } = established;
  const found = card === 'none' ? 'The customer has no card of this type' : 'The card is linked';
  progress.enter(card, opening === undefined ? `${found}.` : `${found}; its balance was ${opening}.`);
  progress.index([]);
  return established;
}
