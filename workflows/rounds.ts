/**
 * Running a step until it succeeds. Retries are Temporal's; they come in rounds that grow, so that after the first
 * failure, and then from time to time, the workflow says what it waits for. A retry signal ends the waiting at once.
 */
import { CancellationScope, isCancellation, patched, sleep, workflowInfo } from '@temporalio/workflow';
import type { ActionRequest, AltegioActivities } from '../activities/index.ts';
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
  step: (activities: AltegioActivities, attempts: number) => Promise<T>,
): Promise<T> {
  const queue = altegioQueue();
  for (let round = 0; ; round += 1) {
    const attempts = ROUNDS[Math.min(round, ROUNDS.length - 1)] ?? 1;
    try {
      await obey(progress, owner, queue, attempts);
      return await interruptible(progress, () => step(altegioStep(queue, summary, attempts), attempts));
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

/** Cancelling abandons this attempt only; the write protocol makes another one safe beside it. */
async function interruptible<T>(progress: Progress, step: () => Promise<T>): Promise<T> {
  const scope = new CancellationScope();
  const attempt = scope.run(step);
  cancelOnRetry(progress, scope);
  return await attempt;
}

/** Does what operators asked, before the step is tried again. Runs recorded before this was built only tried again. */
async function obey(progress: Progress, owner: StepOwner, queue: string, attempts: number): Promise<void> {
  for (let request = progress.requests.next(); request; request = progress.requests.next()) {
    if (!patched('operator-requests')) return progress.requests.over(request, null);
    progress.takeRetry();
    if (request.action === 'adopt-altegio') await letAltegioDecide(progress, owner, request, queue, attempts);
    else progress.requests.over(request, said(request, await ledger.act(owner, request)));
  }
}

async function letAltegioDecide(
  progress: Progress,
  owner: StepOwner,
  request: ActionRequest,
  queue: string,
  attempts: number,
): Promise<void> {
  const activities = altegioStep(queue, 'Altegio: adopt what it holds', attempts);
  try {
    await interruptible(progress, () => activities.adoptAltegio(owner, request));
    progress.requests.over(request, 'An operator let Altegio decide');
  } catch (error) {
    // Not possible as things stand: the operator who mends it asks again.
    if (causeOf(error).type === 'NeedsOperator') progress.requests.over(request, null);
    throw error;
  }
}

function said({ action }: ActionRequest, did: Readonly<Record<string, string>> | null): string | null {
  if (!did || action === 'retry') return null;
  return action === 'skip'
    ? `An operator skipped it: returned ${did['returned']}, took back ${did['takenBack']}`
    : `An operator let the ledger decide: adjusted by ${did['adjusted']}`;
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
