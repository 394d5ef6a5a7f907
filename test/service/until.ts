/** Waiting for something to become true, by looking, never by sleeping for a fixed time. */
import { setTimeout as delay } from 'node:timers/promises';

/** Looking is work for everybody: who has waited long looks less often. */
const SLOWER = 1.25;
const SLOWEST_MS = 300;

/**
 * Looks until `look` answers true, first after `everyMs` and then less and less often; at the deadline it fails with what
 * was seen last.
 */
export async function until(
  what: string,
  look: () => Promise<unknown>,
  timeoutMs = 30_000,
  everyMs = 50,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let pauseMs = everyMs; ; pauseMs = Math.max(everyMs, Math.min(SLOWEST_MS, pauseMs * SLOWER))) {
    const seen = await look();
    if (seen === true) return;
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${timeoutMs} ms; last seen ${JSON.stringify(seen)}`);
    await delay(pauseMs);
  }
}
