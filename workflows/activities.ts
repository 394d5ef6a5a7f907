/** The activities as workflows call them: where they run, how long one attempt may take, and how they are retried. */
import { CancellationScope, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { AltegioActivities, LedgerActivities, NightActivities, TillActivities } from '../activities/index.ts';

/** The ledger does not answer now: try soon, and never give up. */
const LEDGER_RETRY = { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '10s' } as const;

/** A step on Altegio's queue beats every 3 s; after this silence its process is taken for dead and the step runs again. */
export const HEARTBEAT_TIMEOUT = '10s';

const tillStep = (summary: string) =>
  proxyLocalActivities<TillActivities>({
    startToCloseTimeout: '12s',
    retry: LEDGER_RETRY,
    localRetryThreshold: '2s',
    summary,
  });

/** The till's path: local, because each hop through a queue costs the cashier. */
export const till = {
  read: proxyLocalActivities<TillActivities>({
    startToCloseTimeout: '5s',
    retry: LEDGER_RETRY,
    localRetryThreshold: '2s',
    summary: "Read the customer's balance in Altegio",
  }).readAltegioForTill,
  commit: tillStep('Ledger: take bonus first, then earn on the money').commitPayment,
  settle: tillStep('Ledger: capture, void, or release what is reserved').settleHold,
  refund: tillStep('Ledger: return points, pay debt, claw back').commitRefund,
  deposit: tillStep("Ledger: move the deposit's money").commitDeposit,
};

const ledgerStep = (summary: string) =>
  proxyLocalActivities<LedgerActivities>({
    startToCloseTimeout: '12s',
    retry: LEDGER_RETRY,
    localRetryThreshold: '10s',
    summary,
  });

/** What may have been posted has to be heard of: cancelling the workflow does not cancel the step. */
const heard =
  <Arguments extends unknown[], Result>(step: (...given: Arguments) => Promise<Result>) =>
  (...given: Arguments): Promise<Result> =>
    CancellationScope.nonCancellable(() => step(...given));

/** Steps on the ledger alone. */
export const ledger = {
  adopt: heard(ledgerStep('Ledger: post what Altegio was moved by others').adoptAltegioBalance),
  adjust: heard(ledgerStep("Ledger: post the operator's change").commitAdjustment),
  settleVisit: heard(ledgerStep('Ledger: name what Altegio withdrew, and settle the visit by difference').settleVisit),
  finish: heard(ledgerStep('Ledger: close the operation').finishOperation),
  resume: heard(ledgerStep('Ledger: the operation runs again').resumeOperation),
  act: heard(ledgerStep('Ledger: do what an operator asked').applyAction),
};

const giftStep = proxyLocalActivities<NightActivities>({
  startToCloseTimeout: '12s',
  retry: LEDGER_RETRY,
  localRetryThreshold: '10s',
  summary: 'Ledger: post the gift',
});

/** Posting a gift. */
export const gifts = { post: heard(giftStep.commitGift) };

/** Steps of a night: on the worker's own queue, for they last longer than a workflow task. */
export function nightStep(summary: string): NightActivities {
  return proxyActivities<NightActivities>({
    summary,
    startToCloseTimeout: '10m',
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry: LEDGER_RETRY,
    allowEagerDispatch: false,
  });
}

/**
 * Steps that call Altegio. `attempts` bounds one round: between rounds the workflow says what it waits for. A failure of
 * the type `toldAtOnce` is not tried again by Temporal, for the workflow has something to do about it.
 */
export function altegioStep(
  taskQueue: string,
  summary: string,
  attempts: number,
  toldAtOnce?: string,
): AltegioActivities {
  const retry = {
    initialInterval: '1s',
    backoffCoefficient: 1.5,
    maximumInterval: '15s',
    maximumAttempts: attempts,
    ...(toldAtOnce !== undefined && { nonRetryableErrorTypes: [toldAtOnce] }),
  } as const;
  return proxyActivities<AltegioActivities>({
    taskQueue,
    summary,
    startToCloseTimeout: '60s',
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    retry,
    allowEagerDispatch: false,
  });
}
