/** Running single steps of the workflows by hand, with the parts of a stand: for what happens between two of them. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { type Altegio, createAltegio } from '../../activities/altegio/client/index.ts';
import type { ActivityDeps } from '../../activities/index.ts';
import { cardNumber, newBreakId } from '../../worker/services.ts';
import { type Stand, TOKENS } from './stand.ts';

/** The deadline of one call. */
export const STEP_TIMEOUT_MS = 500;

/** A client of the stand's sandbox; close it. */
export function altegioOf(stand: Stand): Altegio {
  return createAltegio({
    baseUrl: stand.sandbox.url,
    ...TOKENS,
    timeoutMs: STEP_TIMEOUT_MS,
    requestsPerMinute: 6_000,
    requestsPerSecond: 200,
    pool: stand.pool,
  });
}

/** What activities need, with parts of the test's own. */
export function depsOf(stand: Stand, altegio: Altegio, parts: Partial<ActivityDeps> = {}): ActivityDeps {
  return {
    pool: stand.pool,
    altegio,
    timeoutMs: STEP_TIMEOUT_MS,
    newBreakId,
    newCardNumber: cardNumber,
    startReconciliation: async () => undefined,
    startVisit: async () => undefined,
    alert: () => undefined,
    ...parts,
  };
}

/** Runs a step as a run of this workflow would. */
export function inside<T>(workflowType: string, workflowId: string, step: () => Promise<T>): Promise<T> {
  const workflowExecution = { workflowId, runId: 'run-1' };
  return new MockActivityEnvironment({ workflowType, workflowExecution }).run(step);
}
