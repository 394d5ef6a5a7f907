import { setTimeout as sleep } from 'node:timers/promises';
import {
  ScheduleAlreadyRunning,
  ScheduleOverlapPolicy,
  type Client,
  type ConnectionLike,
  type ScheduleOptions,
} from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { StartError } from './errors.ts';

/** One schedule that every start makes sure of. */
export interface ScheduleSpec {
  readonly id: string;
  readonly workflowType: string;
  readonly args: readonly unknown[];
  readonly intervalSeconds: number;
  readonly taskQueue: string;
  /** Shown to operators in the Temporal UI. */
  readonly note: string;
}

/** Numbers of temporal.api.enums.v1.IndexedValueType. */
const keyword = 2;
const integer = 3;

/** The search attributes of design.md section 5. */
export const searchAttributes: Readonly<Record<string, number>> = {
  AccountId: keyword,
  CardId: keyword,
  LocationId: keyword,
  Phase: keyword,
  AmountMinor: integer,
  DriftMinor: integer,
};

const retentionMs = 40 * 24 * 60 * 60 * 1000;
const catchUpWindow = '10 minutes';

/**
 * Registers our search attributes and sets 40 days of history; does nothing where both are so already (in Temporal
 * Cloud an administrator sets them up, and a worker may not).
 */
export async function prepareNamespace(connection: ConnectionLike, namespace: string): Promise<void> {
  await registerSearchAttributes(connection, namespace);
  await setRetention(connection, namespace);
}

/** gRPC's NOT_FOUND and FAILED_PRECONDITION: the server has not seen all queues of the version yet. */
const notThereYet = new Set([5, 9]);

/**
 * Makes a running worker's version the current one of its deployment: new workflows start on it and open ones go on with
 * it. Until a version is current, Temporal gives its workers nothing to do.
 * @throws StartError when the server does not take it in 30 s.
 */
export async function makeVersionCurrent(
  connection: ConnectionLike,
  namespace: string,
  version: { readonly deploymentName: string; readonly buildId: string },
): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await connection.workflowService.setWorkerDeploymentCurrentVersion({ namespace, ...version, identity: 'bonus' });
      return;
    } catch (cause) {
      if (!notThereYet.has((cause as { code?: number }).code ?? -1)) throw cause;
      if (tries === 150)
        throw new StartError(`Temporal did not make worker version ${version.buildId} current in 30 s.`, { cause });
      await sleep(200);
    }
  }
}

/** Makes each schedule be as described: created, or changed when an earlier start created it. */
export async function upsertSchedules(client: Client, specs: readonly ScheduleSpec[]): Promise<void> {
  for (const spec of specs) {
    try {
      await client.schedule.create(scheduleOptions(spec));
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      const { spec: times, action, policies } = scheduleOptions(spec);
      // What an operator has set by hand (paused, note) stays.
      await client.schedule.getHandle(spec.id).update(({ state }) => ({ spec: times, action, policies, state }));
    }
  }
}

function scheduleOptions(spec: ScheduleSpec) {
  return {
    scheduleId: spec.id,
    spec: { intervals: [{ every: spec.intervalSeconds * 1000 }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: spec.workflowType,
      workflowId: spec.id,
      args: [...spec.args],
      taskQueue: spec.taskQueue,
      staticSummary: spec.note,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: catchUpWindow },
    state: { note: spec.note },
  } satisfies ScheduleOptions;
}

async function registerSearchAttributes(connection: ConnectionLike, namespace: string): Promise<void> {
  const missing = await missingAttributes(connection, namespace);
  if (Object.keys(missing).length === 0) return;
  try {
    await operator(connection).addSearchAttributes({ namespace, searchAttributes: missing });
  } catch (error) {
    // Another process of ours may have registered them meanwhile: what counts is whether they are there.
    if (!/already exists/i.test(String(error))) throw error;
  }
  for (let tries = 0; Object.keys(await missingAttributes(connection, namespace)).length > 0; tries += 1) {
    if (tries === 150) throw new StartError('Temporal did not take the search attributes in 30 s.');
    await sleep(200);
  }
}

async function missingAttributes(connection: ConnectionLike, namespace: string): Promise<Record<string, number>> {
  const { customAttributes } = await operator(connection).listSearchAttributes({ namespace });
  for (const [name, type] of Object.entries(searchAttributes)) {
    const found = customAttributes?.[name];
    if (found !== undefined && Number(found) !== type) {
      throw new StartError(`Temporal's namespace ${namespace} has a search attribute ${name} of another type.`);
    }
  }
  return Object.fromEntries(
    Object.entries(searchAttributes).filter(([name]) => customAttributes?.[name] === undefined),
  );
}

function operator(connection: ConnectionLike) {
  if (!('operatorService' in connection)) throw new Error('This Temporal connection has no operator service.');
  return (connection as ConnectionLike & Pick<import('@temporalio/client').Connection, 'operatorService'>)
    .operatorService;
}

async function setRetention(connection: ConnectionLike, namespace: string): Promise<void> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const now = config?.workflowExecutionRetentionTtl;
  if (now && tsToMs(now) === retentionMs) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(retentionMs) },
  });
}
