/** Telling workflows that what they wait for may be over, longest waiting first. */
import { RETRY_SIGNAL } from '../../workflows/contract.ts';
import type { ApiDeps } from '../http/deps.ts';
import { temporalWithin } from '../http/temporal-wait.ts';
import { brief } from '../webhooks/brief.ts';

const TELL_TIMEOUT_MS = 4_000;

/**
 * Signals `retry` to each in the background, no faster than Altegio takes calls: woken sooner, they would only crowd
 * each other out of their order. Whoever is not reached goes on by its own retries.
 */
export function wake(deps: Pick<ApiDeps, 'starter' | 'logger' | 'altegio'>, workflowIds: readonly string[]): void {
  void run(deps, workflowIds).catch((error: unknown) => {
    deps.logger.warn({ ...brief(error) }, 'waiting workflows could not all be woken; they go on by themselves');
  });
}

async function run(
  { starter, altegio, logger }: Pick<ApiDeps, 'starter' | 'logger' | 'altegio'>,
  workflowIds: readonly string[],
): Promise<void> {
  const pauseMs = pauseOf(altegio.limits);
  let woken = 0;
  for (const workflowId of workflowIds) {
    const began = performance.now();
    // Many of the ids have no open run: those cost no pause.
    if (!(await temporalWithin(TELL_TIMEOUT_MS, starter.tell(workflowId, RETRY_SIGNAL, 'Altegio may be asked again'))))
      continue;
    woken += 1;
    await rest(pauseMs - (performance.now() - began));
  }
  logger.info({ woken }, 'waiting workflows were woken');
}

/** Milliseconds between two wakings: the pace of the narrower limit. */
function pauseOf({ perSecond, perMinute }: { readonly perSecond: number; readonly perMinute: number }): number {
  return Math.max(1_000 / perSecond, 60_000 / perMinute);
}

function rest(ms: number): Promise<void> {
  // A process that ends does not wait for it.
  return new Promise((resolve) => void setTimeout(resolve, Math.max(0, ms)).unref());
}
