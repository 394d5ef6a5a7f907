/**
 * journalTail · by schedule, once a minute a chain · reads the chain's journal and starts a reconciliation for every
 * card that somebody else moved: the changes no event announces.
 */
import { proxyActivities, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { AltegioActivities } from '../activities/index.ts';
import { HEARTBEAT_TIMEOUT } from './activities.ts';
import { type JournalTailInput, TASK_QUEUE } from './contract.ts';

/** See the file's header. */
export async function journalTail(input: JournalTailInput): Promise<{ moved: number }> {
  const taskQueue = workflowInfo().taskQueue.replace(new RegExp(`${TASK_QUEUE.orchestration}$`), TASK_QUEUE.altegio);
  const { followJournal } = proxyActivities<AltegioActivities>({
    taskQueue,
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
