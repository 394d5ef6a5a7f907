/**
 * Reserved points never stay reserved because a run was ended by force: an authorized payment whose time is over is begun
 * again, and its run frees the points in both books. In every worker; Temporal keeps one run of a payment.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { findOverdueHolds, type PaymentRow } from '../activities/ledger/payment-row.ts';
import { inputOf } from '../api/pos/payments.ts';
import type { Starter } from '../api/starts.ts';
import type { Services } from './services.ts';

const EVERY_MS = 30_000;
/** Over since then: a run that lives needs a moment of its own. */
const GRACE_SECONDS = 60;
const MOST_A_PASS = 200;
const START_MS = 5_000;

/** What it needs. */
export interface EndHoldsDeps extends Pick<Services, 'pool' | 'logger'> {
  readonly starter: Pick<Starter, 'isOpen' | 'step'>;
}

/** Begins one again unless its run is open. */
async function beginAgain({ logger, starter }: EndHoldsDeps, payment: PaymentRow): Promise<void> {
  const { id: paymentId, workflowId } = payment;
  if (await starter.isOpen(workflowId)) return;
  await starter.step(inputOf(payment), START_MS);
  logger.warn({ paymentId, workflowId }, 'an authorized payment whose run had been ended by force was begun again');
}

/** Begins again what nobody works on. One that cannot be begun holds up no other and is tried again at the next pass. */
export async function endOverdueHolds(deps: EndHoldsDeps): Promise<void> {
  for (const payment of await findOverdueHolds(deps.pool, GRACE_SECONDS, MOST_A_PASS))
    await beginAgain(deps, payment).catch((error: unknown) =>
      deps.logger.warn(
        { err: error, workflowId: payment.workflowId },
        'a payment was not begun again; it is tried again',
      ),
    );
}

/** Starts it; answers how to stop it. */
export function keepEndingHolds(deps: EndHoldsDeps): () => Promise<void> {
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await endOverdueHolds(deps).catch((error: unknown) =>
        deps.logger.warn({ err: error }, 'overdue reservations could not be read; they are read again'),
      );
      await delay(EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return async () => {
    stop.abort();
    await running;
  };
}
