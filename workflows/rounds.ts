/**
 * Running a step until it succeeds. Retries are Temporal's; they come in rounds that grow, so that after the first
 * failure, and then from time to time, the workflow says what it waits for. A retry signal ends the waiting at once.
 */
import { CancellationScope, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import type { AltegioActivities } from '../activities/index.ts';
import { altegioStep, ledger } from './activities.ts';
import { TASK_QUEUE } from './contract.ts';
import { causeOf, type Progress } from './progress.ts';

/** Attempts of each round; the last size repeats. */
const ROUNDS = [1, 4, 15, 60, 240];

/** Whose operation waits when a step needs an operator. */
export interface StepOwner {
  readonly chainId: string;
  readonly accountId: string;
  readonly locationId: string;
}

/** The queue of Altegio calls that belongs to this workflow's own queue. */
export function altegioQueue(): string {
  return workflowInfo().taskQueue.replace(new RegExp(`${TASK_QUEUE.orchestration}$`), TASK_QUEUE.altegio);
}

/** Runs `step` on Altegio's queue until it succeeds, however long that takes. */
export async function untilDone<T>(
  progress: Progress,
  owner: StepOwner,
  summary: string,
  step: (activities: AltegioActivities) => Promise<T>,
): Promise<T> {
  const queue = altegioQueue();
  for (let round = 0; ; round += 1) {
    const attempts = ROUNDS[Math.min(round, ROUNDS.length - 1)] ?? 1;
    const scope = new CancellationScope();
    const attempt = scope.run(() => step(altegioStep(queue, summary, attempts)));
    // Cancelling abandons this attempt only; the write protocol makes another one safe beside it.
    cancelOnRetry(progress, scope);
    try {
      return await attempt;
    } catch (error) {
      if (CancellationScope.current().consideredCancelled) throw error;
      if (isCancellation(error)) {
        progress.takeRetry();
        continue;
      }
      const { type, sentence, delayMs } = causeOf(error);
      progress.waits(sentence, attempts);
      if (type === 'NeedsOperator') await waitForOperator(progress, owner);
      else await waitFor(progress, delayMs);
    }
  }
}

/** When the workflow itself is cancelled, so is the scope; the wait that ends with it must not end as a failed task. */
function cancelOnRetry(progress: Progress, scope: CancellationScope): void {
  progress.retryAsked().then(
    () => scope.cancel(),
    () => undefined,
  );
}

async function waitForOperator(progress: Progress, owner: StepOwner): Promise<void> {
  await progress.park();
  await ledger.resume(owner);
}

/** Waits between two rounds; a retry signal ends it. Timers below a second cost about one. */
async function waitFor(progress: Progress, delayMs: number): Promise<void> {
  const scope = new CancellationScope();
  const pause = scope.run(() => sleep(Math.max(1, Math.ceil(delayMs))));
  cancelOnRetry(progress, scope);
  try {
    await pause;
  } catch (error) {
    if (CancellationScope.current().consideredCancelled || !isCancellation(error)) throw error;
    progress.takeRetry();
  }
}
