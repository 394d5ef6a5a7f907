/** The schedules of a stand's chain and location, which the worker sets up within seconds of the connection. */
import type { Client } from '@temporalio/client';
import { until } from './until.ts';

const ANSWER_MS = 2_000;

interface Scheduled {
  readonly chainId: number;
  readonly locationId: number;
  readonly client: Client;
}

const scheduleIds = ({ chainId, locationId }: Scheduled): string[] => [
  `journalTail:${chainId}`,
  `journalTail:${chainId}:week`,
  `sweep:${chainId}`,
  `catchUp:${locationId}`,
];

/** From here on only the test says when the journal is read, clients are asked about and cards are proven. */
export async function pauseSchedules(stand: Scheduled): Promise<void> {
  for (const id of scheduleIds(stand))
    await until(`schedule ${id} is paused`, () =>
      stand.client.schedule
        .getHandle(id)
        .pause()
        .then(
          () => true,
          () => 'not there yet',
        ),
    );
}

/** A schedule outlives its worker: it would start workflows that nobody runs until the whole run ends. */
export async function deleteSchedules(stand: Scheduled): Promise<void> {
  const { schedule } = stand.client;
  const each = scheduleIds(stand).map((id) => () => schedule.getHandle(id).delete());
  // A test may have cut Temporal off, or ended before there were schedules.
  for (const remove of each) await stand.client.withDeadline(Date.now() + ANSWER_MS, remove).catch(() => undefined);
}
