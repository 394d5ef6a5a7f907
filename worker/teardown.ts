import { StartError } from './errors.ts';

/** No part may keep the others from stopping; the longest stop is the worker's, which lets calls under way finish. */
const stopLimitMs = 60_000;

/** What has been started, so that it is stopped in reverse order: once, and completely even when one part fails. */
export class Teardown {
  private readonly stops: { name: string; stop: () => Promise<void> }[] = [];
  private closing: Promise<void> | undefined;

  /** Notes how to stop what was just started. */
  add(name: string, stop: () => Promise<void>): void {
    this.stops.push({ name, stop });
  }

  /** Whether the stop has begun: parts that end from now on end because we asked. */
  get isClosing(): boolean {
    return this.closing !== undefined;
  }

  /** Stops everything; a second call waits for the first. */
  close(): Promise<void> {
    this.closing ??= this.stopAll();
    return this.closing;
  }

  private async stopAll(): Promise<void> {
    const failures: string[] = [];
    for (const { name, stop } of this.stops.toReversed()) {
      await withinLimit(stop()).catch((error: unknown) =>
        failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`),
      );
    }
    if (failures.length > 0) throw new StartError(`Not everything stopped in order: ${failures.join('; ')}.`);
  }
}

async function withinLimit(stop: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`did not stop in ${stopLimitMs / 1000} s`)), stopLimitMs);
  });
  await Promise.race([stop, limit]).finally(() => clearTimeout(timer));
}
