/**
 * catchUp · by schedule, every `CATCH_UP_SECONDS` a location · asks Altegio what has changed and puts what no webhook
 * has told of into the inbox, from where it goes the way of every event: a lost webhook costs one period at most.
 */
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { AltegioActivities, CaughtUp } from '../activities/index.ts';
import { HEARTBEAT_TIMEOUT } from './activities.ts';
import type { CatchUpInput } from './contract.ts';
import { altegioQueue } from './rounds.ts';

/** See the file's header. */
export async function catchUp(input: CatchUpInput): Promise<CaughtUp> {
  const { catchUpLocation } = proxyActivities<AltegioActivities>({
    taskQueue: altegioQueue(),
    startToCloseTimeout: '5m',
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    // The next run asks for the same time again, so a run that cannot ask now may end.
    retry: { maximumAttempts: 3 },
    summary: `Altegio: what has changed at location ${input.locationId}`,
  });
  setCurrentDetails('Asking Altegio what has changed.');
  const found = await catchUpLocation(input.locationId);
  const said = `${found.changed} changes, ${found.untold} of them told by no webhook.`;
  setCurrentDetails(found.skipped === null ? said : `${said} ${found.skipped}`);
  return found;
}
