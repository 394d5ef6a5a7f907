import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

/** How long before its next run the journal tail is waited for, and how long a run may take (milliseconds). */
const AHEAD_MS = 6_000;
const RUN_MS = 2_000;

/**
 * The journal tail would also find what staff have done, once a minute, and the trace would then tell of it instead of
 * the webhook. So a change is not made right before a run.
 */
export async function avoidJournalTail(client: Client): Promise<void> {
  const now = Date.now();
  const soon: number[] = [];
  for await (const { scheduleId, info } of client.schedule.list()) {
    if (!scheduleId.startsWith('journalTail:')) continue;
    soon.push(...info.nextActionTimes.map((time) => time.getTime()).filter((time) => Math.abs(time - now) < AHEAD_MS));
  }
  const last = Math.max(...soon, 0);
  if (last > 0) await sleep(Math.max(0, last + RUN_MS - now));
}
