/** What runs by schedule to find the changes that no event announces: for each chain, and for each location of it. */
import { cardsAMinute } from '../activities/ledger/mirror-wait.ts';
import {
  type CatchUpInput,
  type JournalTailInput,
  type NightlyInput,
  type SweepInput,
  WORKFLOW,
} from '../workflows/contract.ts';
import type { Config } from './config.ts';
import type { ScheduleSpec } from './temporal-setup.ts';

/** What the schedules are made of. */
export type ScheduleConfig = Pick<Config, 'altegioRequestsPerMinute' | 'catchUpSeconds' | 'sweepHours'> & {
  readonly taskQueue: string;
};

/** The journal is read that often: a card that somebody else moved is named within it, and the time of one reading. */
const JOURNAL_SECONDS = 60;
const WEEK_SECONDS = 3_600;
const SWEEP_SECONDS = 60;
const NIGHT_SECONDS = 900;
/** The part of the call budget that a chain's sweep may take: slow, because everything else is more urgent. */
const SWEEP_SHARE = 0.1;

/** A chain's journal every minute, its last eight days again every hour, and the rolling sweep. */
export function chainSchedules(chainId: string, config: ScheduleConfig): ScheduleSpec[] {
  const { taskQueue, altegioRequestsPerMinute, sweepHours } = config;
  const tail = (id: string, daysBack: number, intervalSeconds: number, note: string): ScheduleSpec => {
    const input: JournalTailInput = { chainId, daysBack };
    return { id, workflowType: WORKFLOW.journalTail, args: [input], intervalSeconds, taskQueue, note };
  };
  const cards = Math.max(1, Math.floor((altegioRequestsPerMinute * SWEEP_SHARE * SWEEP_SECONDS) / 60));
  const sweep: SweepInput = { chainId, hours: sweepHours, cards, waiting: cardsAMinute(altegioRequestsPerMinute) };
  return [
    tail(
      `journalTail:${chainId}`,
      1,
      JOURNAL_SECONDS,
      `Chain ${chainId}: changes that no event announces, since yesterday`,
    ),
    tail(`journalTail:${chainId}:week`, 8, WEEK_SECONDS, `Chain ${chainId}: the journal of the last eight days again`),
    {
      id: `sweep:${chainId}`,
      workflowType: WORKFLOW.sweep,
      args: [sweep],
      intervalSeconds: SWEEP_SECONDS,
      taskQueue,
      note: `Chain ${chainId}: cards that nobody has proven for ${sweepHours} h`,
    },
  ];
}

/**
 * The nights of a chain's programs, each in its own time zone. Looked for four times an hour, because local days begin at
 * full, half and quarter hours; a day that has been done is not done again.
 */
export function nightSchedules(chainId: string, { taskQueue }: Pick<ScheduleConfig, 'taskQueue'>): ScheduleSpec[] {
  const input: NightlyInput = { chainId };
  return [
    {
      id: `nightly:${chainId}`,
      workflowType: WORKFLOW.nightly,
      args: [input],
      intervalSeconds: NIGHT_SECONDS,
      taskQueue,
      note: `Chain ${chainId}: points become active and end, levels and birthdays, once a local day`,
    },
  ];
}

/** A location's catch-up. */
export function locationSchedules(locationId: string, config: ScheduleConfig): ScheduleSpec[] {
  const input: CatchUpInput = { locationId };
  return [
    {
      id: `catchUp:${locationId}`,
      workflowType: WORKFLOW.catchUp,
      args: [input],
      intervalSeconds: config.catchUpSeconds,
      taskQueue: config.taskQueue,
      note: `Location ${locationId}: changes that no webhook told of`,
    },
  ];
}
