/** Starts a workflow for every gift that is due, in every worker; a row's lock makes several of them share it. */
import { setTimeout as delay } from 'node:timers/promises';
import { takeDueGifts } from '../activities/ledger/gifts.ts';
import type { Starter } from '../api/starts.ts';
import type { Services } from './services.ts';

const EVERY_MS = 2_000;
/** Gifts of one pass: after a night of many birthdays tills need the workers more. */
const MOST_A_PASS = 50;

/** What it needs. */
export interface GivingDeps extends Pick<Services, 'pool' | 'logger'> {
  readonly starter: Pick<Starter, 'gift'>;
}

/** Starts what is due now. One that cannot be started is started again later. */
export async function giveDue({ pool, logger, starter }: GivingDeps): Promise<void> {
  for (const { accountId, chainId, locationId, kind, occasion } of await takeDueGifts(pool, MOST_A_PASS))
    await starter
      .gift({ accountId, chainId: String(chainId), locationId: String(locationId), kind, occasion })
      .catch((error: unknown) =>
        logger.warn({ err: error, accountId, kind }, 'a gift was not started; it is tried again'),
      );
}

/** Starts it; answers how to stop it. */
export function keepGiving(deps: GivingDeps): () => Promise<void> {
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await giveDue(deps).catch((error: unknown) =>
        deps.logger.warn({ err: error }, 'due gifts could not be read; they are read again'),
      );
      await delay(EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return async () => {
    stop.abort();
    await running;
  };
}
