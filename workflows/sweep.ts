/**
 * sweep · by schedule, once a minute a chain · reads the few cards that were proven longest ago. An equal card's proof
 * moves on, a difference starts a reconciliation: what neither event nor journal names is found within `SWEEP_HOURS`.
 */
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { AltegioActivities, Swept } from '../activities/index.ts';
import { HEARTBEAT_TIMEOUT } from './activities.ts';
import type { SweepInput } from './contract.ts';
import { altegioQueue } from './rounds.ts';

/** See the file's header. */
export async function sweep(input: SweepInput): Promise<Swept> {
  const { sweepCards } = proxyActivities<AltegioActivities>({
    taskQueue: altegioQueue(),
    startToCloseTimeout: '5m',
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    // The next minute's run goes on where this one ends.
    retry: { maximumAttempts: 3 },
    summary: `Altegio: read the cards of chain ${input.chainId} that were proven longest ago`,
  });
  setCurrentDetails('Reading the cards that were proven longest ago.');
  const found = await sweepCards(input);
  const said = `${found.equal} cards are equal, ${found.different} were handed to a reconciliation.`;
  setCurrentDetails(found.stopped === null ? said : `${said} ${found.stopped}`);
  return found;
}
