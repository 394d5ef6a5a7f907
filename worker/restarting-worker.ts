import { setTimeout as sleep } from 'node:timers/promises';
import type { RestingWorker } from '../api/play/playground.ts';
import type { RunningWorker } from './worker.ts';

/** A worker that can be stopped for a while and comes back by itself, in the same process. */
export class RestartingWorker implements RunningWorker, RestingWorker {
  readonly failed: Promise<never>;
  private readonly start: () => Promise<RunningWorker>;
  private readonly ended = new AbortController();
  private running: RunningWorker | null = null;
  private backAt: number | null = null;
  private rested: Promise<void> = Promise.resolve();
  private fail: (reason: unknown) => void = () => {};

  private constructor(start: () => Promise<RunningWorker>) {
    this.start = start;
    this.failed = new Promise<never>((_resolve, reject) => (this.fail = reject));
  }

  /** Starts the first one. */
  static async start(start: () => Promise<RunningWorker>): Promise<RestartingWorker> {
    const worker = new RestartingWorker(start);
    await worker.begin();
    return worker;
  }

  rest(ms: number): void {
    if (this.backAt !== null || this.ended.signal.aborted) return;
    this.backAt = performance.now() + ms;
    this.rested = this.away(ms).catch((error: unknown) => {
      if (!this.ended.signal.aborted) this.fail(error);
    });
  }

  backInMs(): number | null {
    return this.backAt === null ? null : Math.max(0, Math.ceil(this.backAt - performance.now()));
  }

  async shutdown(): Promise<void> {
    this.ended.abort();
    await this.rested;
    await this.running?.shutdown();
  }

  private async begin(): Promise<void> {
    this.running = await this.start();
    // Whoever waits for `failed` hears of any of them.
    this.running.failed.catch(this.fail);
  }

  private async away(ms: number): Promise<void> {
    const { running } = this;
    this.running = null;
    // What it does now may end first, a call to Altegio for instance; the rest counts from there.
    await running?.shutdown();
    this.backAt = performance.now() + ms;
    await sleep(ms, undefined, { signal: this.ended.signal });
    await this.begin();
    this.backAt = null;
  }
}
