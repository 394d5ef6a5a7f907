/** Reading a workflow's history: which steps it did, in which order, and what they answered. */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type Event = NonNullable<History['events']>[number];

/** A finished step: a local activity's marker, or a normal activity. */
export interface Step {
  readonly name: string;
  readonly result: unknown;
}

/** The events of a workflow's latest run. */
export async function historyOf(client: Client, workflowId: string, runId?: string): Promise<Event[]> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  return history.events ?? [];
}

const decode = (payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0] | null | undefined): unknown =>
  payload ? defaultPayloadConverter.fromPayload(payload) : undefined;

/** Finished steps in the order of the history. */
export function steps(events: readonly Event[]): Step[] {
  const scheduled = new Map<string, string>();
  const found: Step[] = [];
  for (const event of events) {
    const { activityTaskScheduledEventAttributes: start, activityTaskCompletedEventAttributes: end } = event;
    const marker = event.markerRecordedEventAttributes;
    if (start) scheduled.set(String(event.eventId), start.activityType?.name ?? '');
    if (end) {
      const name = scheduled.get(String(end.scheduledEventId)) ?? '';
      found.push({ name, result: decode(end.result?.payloads?.[0]) });
    }
    if (marker?.markerName === 'core_local_activity') {
      const data = decode(marker.details?.['data']?.payloads?.[0]) as { activity_type: string };
      found.push({ name: data.activity_type, result: decode(marker.details?.['result']?.payloads?.[0]) });
    }
  }
  return found;
}
