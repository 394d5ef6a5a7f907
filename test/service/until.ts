/** Waiting for something to become true, by looking, never by sleeping for a fixed time. */
import { setTimeout as delay } from 'node:timers/promises';

/** Looks, `everyMs`, until `look` answers true; at the deadline it fails with what was seen last. */
export async function until(
  what: string,
  look: () => Promise<unknown>,
  timeoutMs = 30_000,
  everyMs = 50,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen === true) return;
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${timeoutMs} ms; last seen ${JSON.stringify(seen)}`);
    await delay(everyMs);
  }
}
