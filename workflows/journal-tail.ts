/**
 * journalTail · by schedule, once a minute a chain · reads the chain's journal and starts a reconciliation for every
 * card that somebody else moved: the changes no event announces.
 */
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { AltegioActivities } from '../activities/index.ts';
import { HEARTBEAT_TIMEOUT } from './activities.ts';
import type { JournalTailInput } from './contract.ts';
import { altegioQueue } from './rounds.ts';

/** See the file's header. */
export async function journalTail(input: JournalTailInput): Promise<{ moved: number }> {
  const { followJournal } = proxyActivities<AltegioActivities>({
    taskQueue: altegioQueue(),
    startToCloseTimeout: '5m',
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    // The next minute's run reads the same days again, so a run that cannot read them now may end.
    retry: { maximumAttempts: 3 },
    summary: `Altegio: read the journal of chain ${input.chainId}`,
  });
  setCurrentDetails('Reading the journal of the chain.');
  const found = await followJournal(input.chainId, input.daysBack);
  setCurrentDetails(`Cards that others moved: ${found.moved}.`);
  return found;
}
