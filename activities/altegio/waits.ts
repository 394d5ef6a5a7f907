/** What a card that cannot be written now waits for. */
import type { CardRow } from '../ledger/page.ts';
import { tryAgain } from './failures.ts';

/** A write is open: its sender may still be answered, or its window has not passed. */
export function waiting(card: CardRow) {
  return card.senderBusy
    ? tryAgain('WriteOpen', 'Another write to this card is waiting for its answer.', 300)
    : tryAgain(
        'WriteInDoubt',
        `The result of the last write is not known${card.doubt ? ` (${card.doubt})` : ''}; the journal will tell after its window.`,
        card.windowLeftMs + 50,
      );
}

/** First contact is under way. */
export function noCardYet() {
  return tryAgain('NoCardYet', 'The customer has no altegio card yet; it is being issued.', 'growing');
}

/** The location was switched to another provider while its card was worked on: the next look sees how it is now. */
export function switched() {
  return tryAgain('Contended', 'The location was switched to another provider meanwhile; looking again.', 300);
}
