import type { Lane } from './lanes.ts';

/**
 * First come, first served among the callers of one process and lane: only the one in front asks the database for a
 * slot, so a thousand waiting writes cost one query at a time.
 */
export class Turns {
  readonly #tails: Record<Lane, Promise<void>> = {
    till: Promise.resolve(),
    write: Promise.resolve(),
    sweep: Promise.resolve(),
  };

  /**
   * Waits for the turn.
   * @param waitMs longest wait
   * @returns what must be called when the turn is over, or null when time or the signal ended the wait
   */
  async take(lane: Lane, waitMs: number, signal?: AbortSignal): Promise<(() => void) | null> {
    const before = this.#tails[lane];
    let over = (): void => undefined;
    const mine = new Promise<void>((resolve) => {
      over = resolve;
    });
    this.#tails[lane] = before.then(() => mine);
    if (await within(before, waitMs, signal)) return over;
    over();
    return null;
  }
}

/** Waits; false when the signal ended it early. */
export async function pause(ms: number, signal?: AbortSignal): Promise<boolean> {
  return !(await within(new Promise<never>(() => undefined), ms, signal)) && signal?.aborted !== true;
}

/** Whether `done` resolved before the time was over or the signal fired. */
async function within(done: Promise<void>, ms: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted) return false;
  let clear = (): void => undefined;
  const stopped = new Promise<boolean>((resolve) => {
    const stop = (): void => resolve(false);
    // Even a wait of 0 ms lets a turn that is free already come first.
    const timer = setTimeout(stop, ms);
    signal?.addEventListener('abort', stop);
    clear = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    };
  });
  try {
    return await Promise.race([done.then(() => true), stopped]);
  } finally {
    clear();
  }
}
