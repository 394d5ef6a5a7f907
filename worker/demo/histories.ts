/** The proof in Temporal: which steps a workflow has done, in which order, and that its page in the UI opens. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { z } from 'zod';
import { DemoFailure } from './errors.ts';

/** One step that a history shows as done. */
export interface DoneStep {
  readonly eventId: number;
  /** The activity's name. */
  readonly name: string;
  readonly result: unknown;
}

/** A step that must be there, after the one before it. `tell` answers what was seen, or null when it is another step. */
export interface Expected {
  readonly what: string;
  readonly tell: (step: DoneStep) => string | null;
}

/** A run of a workflow. */
export interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

type Client_ = Pick<Client, 'workflow'>;
type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type Payloads = Parameters<typeof defaultPayloadConverter.fromPayload>[0][] | null | undefined;

const COMPLETED_MS = 60_000;
const UI_MS = 5_000;
const localActivity = z.object({ activity_type: z.string() });

/** Steps done, in order: local activities are markers, the others are completed activity tasks. */
export function doneSteps(history: History): DoneStep[] {
  const names = new Map<string, string>();
  const steps: DoneStep[] = [];
  for (const event of history.events ?? []) {
    const eventId = Number(event.eventId);
    const marker = event.markerRecordedEventAttributes;
    if (marker?.markerName === 'core_local_activity' && !marker.failure) {
      const { activity_type: name } = localActivity.parse(decode(marker.details?.['data']?.payloads));
      steps.push({ eventId, name, result: decode(marker.details?.['result']?.payloads) });
    }
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (name) names.set(String(event.eventId), name);
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) {
      const scheduled = names.get(String(completed.scheduledEventId)) ?? '';
      steps.push({ eventId, name: scheduled, result: decode(completed.result?.payloads) });
    }
  }
  return steps;
}

/**
 * Finds the expected steps one after another.
 * @returns what each has told
 * @throws DemoFailure naming the first that is not there
 */
export function inOrder(workflowId: string, steps: readonly DoneStep[], expected: readonly Expected[]): string[] {
  let from = 0;
  return expected.map(({ what, tell }, position) => {
    for (; from < steps.length; from += 1) {
      const step = steps[from];
      const told = step ? tell(step) : null;
      if (told === null) continue;
      from += 1;
      return told;
    }
    const after = position === 0 ? '' : ` after "${expected[position - 1]?.what}"`;
    throw new DemoFailure(`The history of ${workflowId} does not hold "${what}"${after}.`);
  });
}

/** Waits for the end of a run and answers its steps. @throws DemoFailure when it does not complete. */
export async function completedSteps(client: Client_, { workflowId, runId }: Run): Promise<DoneStep[]> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const deadline = Date.now() + COMPLETED_MS;
  for (;;) {
    const { name } = (await handle.describe()).status;
    if (name === 'COMPLETED') return doneSteps(await handle.fetchHistory());
    if (name !== 'RUNNING' || Date.now() > deadline) {
      throw new DemoFailure(`The workflow ${workflowId} should be completed and is ${name}.`);
    }
    await sleep(100);
  }
}

/** The page of a run in the Temporal UI. @throws DemoFailure when the UI does not answer, or does not know the run. */
export async function openedPage(uiUrl: string, namespace: string, { workflowId, runId }: Run): Promise<string> {
  const workflow = `namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
  const page = `${uiUrl}/${workflow}/${runId}`;
  // Every address of the page's host answers with the same page: what it shows comes from the second call.
  for (const url of [page, `${uiUrl}/api/v1/${workflow}?execution.runId=${runId}`]) {
    const status = await statusOf(url);
    if (status !== 200) throw new DemoFailure(`The Temporal UI answered ${status} to ${url}.`);
  }
  return page;
}

async function statusOf(url: string): Promise<number> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(UI_MS) });
    await answer.body?.cancel();
    return answer.status;
  } catch (cause) {
    throw new DemoFailure(`The Temporal UI does not answer at ${url}.`, { cause });
  }
}

function decode(payloads: Payloads): unknown {
  const payload = payloads?.[0];
  return payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
}
