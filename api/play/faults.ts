/** The fault switches of the page: what befalls Altegio or the worker, and for how long. */
import type { Playground } from './playground.ts';
import type { Salon, SalonFault } from './salon.ts';

const OUTAGE_MS = 10_000;
const REST_MS = 8_000;

const isDrop = ({ fault, match, times = Infinity, hits }: SalonFault, cardId: number): boolean =>
  fault === 'drop_after' && match?.cardId === cardId && hits < times;

/** The switches of one process. */
export interface Switches {
  /** The answer to the next write of this card is lost after Altegio has applied it; or, off, it is not. */
  dropAnswer(cardId: number, on: boolean): Promise<void>;
  /** Altegio takes no connection for ten seconds. */
  beginOutage(): Promise<void>;
  /** The worker stops for eight seconds. */
  restWorker(): void;
  /** How they stand; times in milliseconds, null while all is well. */
  now(cardId: number | null): Promise<{ answerDropped: boolean; outageMs: number | null; workerMs: number | null }>;
}

/** Makes the switches. */
export function createSwitches(salon: Salon, { worker }: Playground): Switches {
  let outageUntil = 0;
  const leftOf = (until: number): number | null => {
    const left = Math.ceil(until - performance.now());
    return left > 0 ? left : null;
  };
  return {
    async dropAnswer(cardId, on) {
      const set = (await salon.faults()).filter((fault) => isDrop(fault, cardId));
      if (on && set.length === 0)
        await salon.addFault({ call: 'write', fault: 'drop_after', match: { cardId }, times: 1 });
      if (!on) await Promise.all(set.map(({ id }) => salon.clearFault(id)));
    },
    async beginOutage() {
      if (leftOf(outageUntil) !== null) return;
      outageUntil = performance.now() + OUTAGE_MS;
      const id = await salon.addFault({ call: 'any', fault: 'drop_before' });
      // A sandbox that is gone meanwhile has forgotten its faults.
      setTimeout(() => void salon.clearFault(id).catch(() => undefined), OUTAGE_MS).unref();
    },
    restWorker: () => worker.rest(REST_MS),
    async now(cardId) {
      const faults = cardId === null ? [] : await salon.faults();
      const answerDropped = cardId !== null && faults.some((fault) => isDrop(fault, cardId));
      return { answerDropped, outageMs: leftOf(outageUntil), workerMs: worker.backInMs() };
    },
  };
}
