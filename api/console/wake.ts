/** Telling workflows that what they wait for may be over, longest waiting first. */
import { setTimeout as delay } from 'node:timers/promises';
import { isHeldUp } from '../../activities/ledger/waiting.ts';
import { RETRY_SIGNAL } from '../../workflows/contract.ts';
import type { ApiDeps } from '../http/deps.ts';
import { temporalWithin } from '../http/temporal-wait.ts';
import { brief } from '../webhooks/brief.ts';

type Deps = Pick<ApiDeps, 'starter' | 'logger' | 'altegio' | 'pool'>;

const TELL_TIMEOUT_MS = 4_000;
/** The longest wait for one workflow's write to be made before the next is told; and after one that was not made. */
const PATIENCE_MS = { first: 10_000, afterOneInVain: 1_000 };
const LOOK_MS = 50;

/**
 * Signals `retry` to each in the background, one after the other: the next is told when the write of the one before was
 * made, and no faster than Altegio takes calls. Told at once they would only crowd each other out of their order.
 * Whoever is not reached goes on by its own retries.
 */
export function wake(deps: Deps, workflowIds: readonly string[]): void {
  void run(deps, workflowIds).catch((error: unknown) => {
    deps.logger.warn({ ...brief(error) }, 'waiting workflows could not all be woken; they go on by themselves');
  });
}

async function run(deps: Deps, workflowIds: readonly string[]): Promise<void> {
  const { starter, altegio, logger, pool } = deps;
  const { rows } = await pool.query<{ now: Date }>('select clock_timestamp() as now');
  const since = rows[0]?.now ?? new Date(0);
  const { perSecond, perMinute } = altegio.limits;
  const pauseMs = Math.max(1_000 / perSecond, 60_000 / perMinute);
  let woken = 0;
  let patienceMs = PATIENCE_MS.first;
  for (const workflowId of workflowIds) {
    const began = performance.now();
    const told = starter.tell(workflowId, RETRY_SIGNAL);
    // Many of the ids have no open run: those cost no pause.
    if (!(await temporalWithin(TELL_TIMEOUT_MS, told))) continue;
    woken += 1;
    const made = await isWritten(pool, workflowId, since, began + patienceMs);
    patienceMs = made ? PATIENCE_MS.first : PATIENCE_MS.afterOneInVain;
    await rest(pauseMs - (performance.now() - began));
  }
  if (woken > 0) logger.info({ woken }, 'waiting workflows were woken');
}

async function isWritten(pool: Deps['pool'], workflowId: string, since: Date, until: number): Promise<boolean> {
  while (await isHeldUp(pool, workflowId, since)) {
    if (performance.now() > until) return false;
    await rest(LOOK_MS);
  }
  return true;
}

/** A process that ends does not wait for it. */
async function rest(ms: number): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { ref: false });
}
