/** A worker says that it works, so that the status page can tell within seconds that none does. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { beat, endBeat } from '../activities/ledger/worker-beats.ts';
import type { Services } from './services.ts';

const EVERY_MS = 5_000;

/** Beats while `works` says so, until stopped; a failure is logged and the next beat tries again. */
export function keepBeating({ pool, logger }: Pick<Services, 'pool' | 'logger'>, works: () => boolean) {
  const id = randomUUID();
  const stop = new AbortController();
  const tell = (error: unknown) => logger.warn({ err: error }, 'a beat of the worker was not stored');
  const run = async () => {
    while (!stop.signal.aborted) {
      if (works()) await beat(pool, id).catch(tell);
      await delay(EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
    await endBeat(pool, id).catch(tell);
  };
  const running = run();
  return async (): Promise<void> => {
    stop.abort();
    await running;
  };
}
