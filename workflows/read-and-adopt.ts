/** The common beginning of a balance change that no till waits for: what others moved in Altegio is posted first. */
import { ledger } from './activities.ts';
import { issueCard } from './close-books.ts';
import type { Progress } from './progress.ts';
import { type StepOwner, untilDone } from './rounds.ts';

/**
 * Reads until the ledger took the balance: a write of ours may be under way. A customer without a card gets one.
 * @returns what was adopted, decimal text, and what had happened to the customer before the read
 */
export async function readAndAdopt(progress: Progress, owner: StepOwner): Promise<{ drift: string; dirtySeq: string }> {
  for (;;) {
    const summary = "Altegio: read the customer's balance";
    const seen = await untilDone(progress, owner, summary, (activities) => activities.readAltegio(owner));
    if (seen.kind === 'noSecondBook') return { drift: '0.00', dirtySeq: seen.dirtySeq };
    if (seen.kind === 'noCard') {
      await issueCard(owner);
      return { drift: '0.00', dirtySeq: seen.dirtySeq };
    }
    progress.saw({ altegio: seen.altegio });
    const adopted = await ledger.adopt(owner, seen);
    if (adopted) return { drift: adopted.drift, dirtySeq: seen.dirtySeq };
    // The card moved under the reader: let the open write end before reading again.
    await untilDone(progress, owner, 'Altegio: finish the write under way', (activities) => activities.converge(owner));
  }
}
