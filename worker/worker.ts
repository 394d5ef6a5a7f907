/** The worker: both task queues, their activities, and the schedules. */
import { Client } from '@temporalio/client';
import {
  type ActivityInterceptorsFactory,
  type NativeConnection,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import {
  type ActivityDeps,
  createAltegioActivities,
  createLedgerActivities,
  createNightActivities,
  createTillActivities,
} from '../activities/index.ts';
import { createStarter } from '../api/starts.ts';
import { TASK_QUEUE } from '../workflows/contract.ts';
import { workflowBundle } from './bundle.ts';
import type { Config } from './config.ts';
import { keepEndingHolds } from './end-holds.ts';
import { followConnections } from './follow-connections.ts';
import { keepGiving } from './keep-giving.ts';
import { keepProof } from './keep-proof.ts';
import { keepBeating } from './keep-beating.ts';
import { cardNumber, newBreakId, type Services } from './services.ts';
import { makeVersionCurrent } from './temporal-setup.ts';

export { createServices, type Services } from './services.ts';

/** A running worker. */
export interface RunningWorker {
  shutdown(): Promise<void>;
  /** Rejects when a worker can no longer work. */
  readonly failed: Promise<never>;
}

/** Longest step with a side effect, and a little more: a shutdown lets it end. */
const SHUTDOWN_GRACE = '15s';

/** The settings the worker reads. */
export type WorkerConfig = Pick<
  Config,
  | 'temporalNamespace'
  | 'taskQueuePrefix'
  | 'altegioTimeoutMs'
  | 'workerBuildId'
  | 'altegioRequestsPerMinute'
  | 'catchUpSeconds'
  | 'sweepHours'
> & {
  /** Workflows kept in memory; tests set 0 to replay after every task. */
  readonly maxCachedWorkflows?: number;
  /** The workflows of another build; tests of an upgrade set it. */
  readonly workflowBundle?: { readonly code: string };
};

/** Starts workers on both queues. */
export async function startWorker(
  config: WorkerConfig,
  services: Services,
  connection: NativeConnection,
): Promise<RunningWorker> {
  const client = new Client({ connection, namespace: config.temporalNamespace });
  const prefix = config.taskQueuePrefix;
  const starter = createStarter({ client, eager: false, taskQueuePrefix: prefix });
  const deps: ActivityDeps = {
    pool: services.pool,
    altegio: services.altegio,
    timeoutMs: config.altegioTimeoutMs,
    newBreakId,
    newCardNumber: cardNumber,
    alert: (facts, sentence) => services.logger.error(facts, sentence),
    startReconciliation: (input) => starter.reconciliation(input),
    startVisit: (input) => starter.visit(input),
  };
  const workers = await createWorkers(config, connection, deps);
  const stopFollowing = followConnections(services, client, {
    ...config,
    taskQueue: `${prefix}${TASK_QUEUE.orchestration}`,
  });
  const stopKeeping = keepProof({ pool: services.pool, logger: services.logger, client });
  const stopEnding = keepEndingHolds({ ...services, starter });
  const stopGiving = keepGiving({ ...services, starter });
  const runs = workers.map((worker) => worker.run());
  const failed = Promise.all(runs).then(() => new Promise<never>(() => undefined));
  const stopBeating = keepBeating(services, () => workers.every((worker) => worker.getState() === 'RUNNING'));
  const version = versionOf(config);
  if (version) await makeVersionCurrent(connection, config.temporalNamespace, version);
  return {
    failed,
    async shutdown() {
      await Promise.all([stopFollowing(), stopKeeping(), stopEnding(), stopGiving(), stopBeating()]);
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(runs);
    },
  };
}

/** The version that this worker is, by its build id; without one Temporal's worker versioning stays off. */
function versionOf({ workerBuildId, taskQueuePrefix }: WorkerConfig): WorkerDeploymentVersion | null {
  if (workerBuildId === null) return null;
  return { deploymentName: `${taskQueuePrefix.replaceAll('.', '-')}bonus`, buildId: workerBuildId };
}

/** How often a step says that its process lives; the workflows' proxies give it up after 10 s of silence. */
const HEARTBEAT_MS = 3_000;

/** Beats while a step runs, so that the step of a killed process is tried again in seconds, not after its time limit. */
const heartbeats: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    async execute(input, next) {
      const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
      try {
        return await next(input);
      } finally {
        clearInterval(beat);
      }
    },
  },
});

async function createWorkers(
  config: WorkerConfig,
  connection: NativeConnection,
  deps: ActivityDeps,
): Promise<Worker[]> {
  const version = versionOf(config);
  const common = {
    connection,
    namespace: config.temporalNamespace,
    shutdownGraceTime: SHUTDOWN_GRACE,
    ...(version && {
      workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' },
    }),
  } satisfies Partial<WorkerOptions>;
  const orchestration = await Worker.create({
    ...common,
    taskQueue: `${config.taskQueuePrefix}${TASK_QUEUE.orchestration}`,
    workflowBundle: config.workflowBundle ?? (await workflowBundle()),
    activities: { ...createTillActivities(deps), ...createLedgerActivities(deps), ...createNightActivities(deps) },
    ...(config.maxCachedWorkflows !== undefined && { maxCachedWorkflows: config.maxCachedWorkflows }),
  });
  const altegio = await Worker.create({
    ...common,
    taskQueue: `${config.taskQueuePrefix}${TASK_QUEUE.altegio}`,
    activities: createAltegioActivities(deps),
    interceptors: { activity: [heartbeats] },
    // Activities wait for the call budget while they hold a slot; more slots than calls a second would only wait.
    maxConcurrentActivityTaskExecutions: 40,
  });
  return [orchestration, altegio];
}
