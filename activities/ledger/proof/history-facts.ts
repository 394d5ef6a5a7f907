/**
 * What a workflow's history proves: a digest over all of it, and the ids and amounts of its steps. The same history
 * always has the same digest, so a digest kept earlier can be compared with what Temporal still has.
 */
import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type Event = NonNullable<History['events']>[number];

/** A finished step. Only ids and amounts of its answer are kept. */
export interface HistoryStep {
  readonly step: string;
  readonly scheduledAt: string | null;
  readonly completedAt: string | null;
  readonly result: unknown;
}

/** See the file's header. Times are RFC 3339. */
export interface HistoryFacts {
  /** completed, failed, canceled, terminated, timed_out or continued; null while it runs. */
  readonly closedAs: string | null;
  readonly runId: string | null;
  readonly events: number;
  readonly firstEventAt: string | null;
  readonly lastEventAt: string | null;
  /** Hexadecimal. */
  readonly digest: string;
  readonly input: unknown;
  readonly steps: readonly HistoryStep[];
  readonly result: unknown;
}

/** The keys of inputs and answers that are kept: ids, amounts and outcomes. A reason or a message is none of them. */
const KEPT = new Set(
  [
    'paymentId chainId locationId accountId receipt attempt total adjustmentId amount allowNegative because mayIssue',
    'kind cardId altegio version dirtySeq outcome code redeemed due accrued drift debt target posted free',
    'writes balanceAfter card opening moved held leftMs stepId refund points money clawedBack',
  ]
    .join(' ')
    .split(' '),
);

function kept(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(kept);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => KEPT.has(key))
      .map(([key, item]) => [key, kept(item)]),
  );
}

function decoded(payload: Payload | null | undefined): unknown {
  if (!payload) return null;
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    // A codec of the installation: what cannot be read is still in the digest.
    return null;
  }
}

const keptOf = (payload: Payload | null | undefined): unknown => {
  const value = decoded(payload);
  return typeof value === 'object' && value !== null ? kept(value) : null;
};

interface Time {
  readonly seconds?: { toString(): string } | null;
  readonly nanos?: number | null;
}

const timeOf = (event: Event): Date | null => {
  const time = event.eventTime as Time | null | undefined;
  return time ? new Date(Number(time.seconds ?? 0) * 1_000 + Math.floor((time.nanos ?? 0) / 1e6)) : null;
};
const textOf = (event: Event | undefined): string | null => (event ? (timeOf(event)?.toISOString() ?? null) : null);

/** All payloads below a value, in the order of their field names. */
function* payloadsIn(value: unknown): Generator<Uint8Array> {
  if (value instanceof Uint8Array) {
    yield value;
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [, item] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) yield* payloadsIn(item);
}

/** Ids, kinds, times and payloads of all events; what servers add about themselves is left out. */
function digestOf(events: readonly Event[]): string {
  const hash = createHash('sha256').update('bonus.history.1');
  for (const event of events) {
    const { seconds, nanos } = (event.eventTime ?? {}) as Time;
    hash.update(`\n${String(event.eventId)} ${event.eventType} ${String(seconds ?? 0)}.${nanos ?? 0}`);
    for (const payload of payloadsIn(event)) hash.update(` ${payload.length}:`).update(payload);
  }
  return hash.digest('hex');
}

const CLOSING = {
  workflowExecutionCompletedEventAttributes: 'completed',
  workflowExecutionFailedEventAttributes: 'failed',
  workflowExecutionCanceledEventAttributes: 'canceled',
  workflowExecutionTerminatedEventAttributes: 'terminated',
  workflowExecutionTimedOutEventAttributes: 'timed_out',
  workflowExecutionContinuedAsNewEventAttributes: 'continued',
} as const;

function closedAs(event: Event | undefined): string | null {
  const found = Object.entries(CLOSING).find(([name]) => event?.[name as keyof typeof CLOSING]);
  return found ? found[1] : null;
}

/** What a local activity's marker says of it. */
interface LocalMarker {
  readonly activity_type?: string;
  readonly original_schedule_time?: Time;
}

function stepsOf(events: readonly Event[]): HistoryStep[] {
  const scheduled = new Map<string, { step: string; at: string | null }>();
  const steps: HistoryStep[] = [];
  for (const event of events) {
    const { activityTaskScheduledEventAttributes: start, activityTaskCompletedEventAttributes: end } = event;
    const marker = event.markerRecordedEventAttributes;
    if (start) scheduled.set(String(event.eventId), { step: start.activityType?.name ?? '', at: textOf(event) });
    if (end) {
      const begun = scheduled.get(String(end.scheduledEventId));
      const result = keptOf(end.result?.payloads?.[0]);
      steps.push({ step: begun?.step ?? '', scheduledAt: begun?.at ?? null, completedAt: textOf(event), result });
    }
    if (marker?.markerName === 'core_local_activity') {
      const data = decoded(marker.details?.['data']?.payloads?.[0]) as LocalMarker | null;
      const result = keptOf(marker.details?.['result']?.payloads?.[0]);
      const scheduledAt = localTime(data?.original_schedule_time);
      steps.push({ step: data?.activity_type ?? '', scheduledAt, completedAt: textOf(event), result });
    }
  }
  return steps;
}

function localTime(time: Time | null | undefined): string | null {
  return time?.seconds === undefined || time.seconds === null
    ? null
    : new Date(Number(time.seconds) * 1_000 + Math.floor((time.nanos ?? 0) / 1e6)).toISOString();
}

/** Reads a history. */
export function factsOf(history: History): HistoryFacts {
  const events = history.events ?? [];
  const [first] = events;
  const last = events.at(-1);
  const started = first?.workflowExecutionStartedEventAttributes;
  return {
    closedAs: closedAs(last),
    runId: started?.originalExecutionRunId ?? null,
    events: events.length,
    firstEventAt: textOf(first),
    lastEventAt: textOf(last),
    digest: digestOf(events),
    input: keptOf(started?.input?.payloads?.[0]),
    steps: stepsOf(events),
    result: keptOf(last?.workflowExecutionCompletedEventAttributes?.result?.payloads?.[0]),
  };
}
