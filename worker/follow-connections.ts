/** Keeps each connected chain's schedules: a chain connected while the worker runs is followed within seconds. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Services } from './services.ts';
import { type ScheduleSpec, upsertSchedules } from './temporal-setup.ts';

const EVERY_MS = 5_000;

/** Watches the connected chains until stopped; a failure is logged and tried again. */
export function followConnections(
  services: Services,
  client: Client,
  schedulesOf: (chainId: string) => ScheduleSpec[],
): () => Promise<void> {
  const stop = new AbortController();
  const known = new Set<string>();
  const look = async () => {
    const { rows } = await services.pool.query<{ id: bigint }>('select id from chain');
    for (const { id } of rows) {
      const chainId = String(id);
      if (known.has(chainId)) continue;
      await upsertSchedules(client, schedulesOf(chainId));
      known.add(chainId);
    }
  };
  const run = async () => {
    while (!stop.signal.aborted) {
      await look().catch((error: unknown) => services.logger.warn({ err: error }, 'schedules could not be set up'));
      await delay(EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return async () => {
    stop.abort();
    await running;
  };
}
