/** One process of the stack: started, killed with SIGKILL, started again, and again when it ends by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../embedded/child.ts';
import { StartError } from '../errors.ts';

/** How one process is started and how it ends in order. */
export interface PartRecipe {
  readonly name: string;
  /** Starts it and waits until it works. */
  readonly start: () => Promise<Child>;
  readonly stop: (child: Child) => Promise<void>;
}

/** How often a part was killed, and how often it ended although nobody had asked. */
export interface PartCounts {
  kills: number;
  endedByItself: number;
}

const RETRY_MS = 500;
/** A part that does not come up in that time (its database may be down too) fails the run. */
const START_LIMIT_MS = 90_000;

/** See the file's header. */
export class Part {
  readonly name: string;
  readonly counts: PartCounts = { kills: 0, endedByItself: 0 };
  readonly #recipe: PartRecipe;
  readonly #failed: (error: Error) => void;
  #child: Child | null = null;
  #closing = false;
  /** Starts and kills of one part never overlap. */
  #turn: Promise<void> = Promise.resolve();

  constructor(recipe: PartRecipe, failed: (error: Error) => void) {
    this.name = recipe.name;
    this.#recipe = recipe;
    this.#failed = failed;
  }

  /** Starts it for the first time. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#startNow());
  }

  /** Kills it, leaves it dead for `downMs`, and waits until it works again. */
  killAndRestart(downMs: number): Promise<void> {
    return this.#inTurn(async () => {
      const child = this.#child;
      if (!child || this.#closing) return;
      // Whoever watches it must see that this end was asked for.
      this.#child = null;
      this.counts.kills += 1;
      await child.stop('SIGKILL', 5_000);
      await sleep(downMs);
      await this.#startNow();
    });
  }

  /** Ends it in order. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#turn.catch(() => {});
    const child = this.#child;
    this.#child = null;
    if (child) await this.#recipe.stop(child);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #startNow(): Promise<void> {
    const until = Date.now() + START_LIMIT_MS;
    while (!this.#closing) {
      try {
        const child = await this.#recipe.start();
        this.#child = child;
        void child.exited.then((reason) => this.#ended(child, reason));
        return;
      } catch (error) {
        if (!(error instanceof StartError) || Date.now() > until) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  #ended(child: Child, reason: string): void {
    if (this.#closing || this.#child !== child) return;
    this.#child = null;
    this.counts.endedByItself += 1;
    this.#inTurn(() => this.#startNow()).catch((cause: unknown) =>
      this.#failed(new StartError(`${this.name} could not be started again. ${reason}`, { cause })),
    );
  }
}
