/** Keeps the schedules of each connected chain and location: one connected while the worker runs is followed in seconds. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { chainSchedules, locationSchedules, nightSchedules, type ScheduleConfig } from './schedules.ts';
import type { Services } from './services.ts';
import { type ScheduleSpec, upsertSchedules } from './temporal-setup.ts';

const EVERY_MS = 5_000;

/** Watches the connections until stopped; a failure is logged and tried again. */
export function followConnections(services: Services, client: Client, config: ScheduleConfig): () => Promise<void> {
  const stop = new AbortController();
  const known = new Set<string>();
  const follow = async (what: string, schedules: readonly ScheduleSpec[]) => {
    if (known.has(what)) return;
    await upsertSchedules(client, schedules);
    known.add(what);
  };
  const look = async () => {
    const chains = await services.pool.query<{ id: bigint }>(
      "select distinct chain_id as id from location where provider = 'altegio'",
    );
    for (const { id } of chains.rows) await follow(`chain ${id}`, chainSchedules(`${id}`, config));
    const programs = await services.pool.query<{ id: bigint }>('select distinct chain_id as id from program');
    for (const { id } of programs.rows) await follow(`nights ${id}`, nightSchedules(`${id}`, config));
    const locations = await services.pool.query<{ id: bigint }>("select id from location where provider = 'altegio'");
    for (const { id } of locations.rows) await follow(`location ${id}`, locationSchedules(`${id}`, config));
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
