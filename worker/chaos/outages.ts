/**
 * Outages as the product sees them: its breaker is open, or its token is refused. It then asks Altegio little, so faults that
 * wait to strike would strike its probes one by one, and a single outage would take the rest of the run. They rest until it
 * is over, as Altegio's own troubles end, and most tills wait with them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { FaultKeeper } from './fault-keeper.ts';

/** One till in so many goes on meanwhile. */
const GOES_ON_ONE_OF = 8;
const LOOK_EVERY_MS = 250;
/** Longer than the minute between two probes; then the faults go on all the same. */
const LONGEST_MS = 90_000;

const AWAY = `
  select exists (select 1 from altegio_budget where open_since is not null)
      or exists (select 1 from altegio_parking where scope = 'token') as away`;

/** See the file's header. */
export class Outages {
  readonly #pool: pg.Pool;
  readonly #faults: FaultKeeper;
  #underWay: Promise<void> | null = null;

  constructor(pool: pg.Pool, faults: FaultKeeper) {
    this.#pool = pool;
    this.#faults = faults;
  }

  /** Called when an operation begins: returns when it may go on. */
  async at(operation: number): Promise<void> {
    if (!this.#underWay && (await this.#isAway())) this.#underWay ??= this.#begin();
    if (operation % GOES_ON_ONE_OF !== 0) await this.#underWay;
  }

  #begin(): Promise<void> {
    const over = this.#faults.rest(() => this.#untilOver()).finally(() => (this.#underWay = null));
    // Told to the tills that wait for it; perhaps none does.
    over.catch(() => undefined);
    return over;
  }

  async #untilOver(): Promise<void> {
    const until = Date.now() + LONGEST_MS;
    while (Date.now() < until && (await this.#isAway())) await sleep(LOOK_EVERY_MS);
  }

  /** While the database is down nobody knows, and nothing is asked of Altegio either. */
  async #isAway(): Promise<boolean> {
    try {
      const { rows } = await this.#pool.query<{ away: boolean }>(AWAY);
      return rows[0]?.away === true;
    } catch {
      return false;
    }
  }
}
