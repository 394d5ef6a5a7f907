/** Chains for the matrix: a stand on which faults do not tell on the next cell, and people nobody has used yet. */
import { pauseSchedules } from '../../service/schedules.ts';
import { startStand, type Stand } from '../../service/stand.ts';
import type { StepCall } from './calls.ts';
import { TIMEOUT_MS } from './faults.ts';

/** Enough for every cell that may fall to one place. */
const PEOPLE = 400;
/** Enough for a sale with points and an adjustment. */
const RICH = 100;

/** A stand with many people. */
export class Place {
  readonly stand: Stand;
  private readonly rich: number[];
  private readonly cardless: number[];

  private constructor(stand: Stand) {
    this.stand = stand;
    const places = stand.clients.map((_client, index) => index + 1);
    this.rich = places.filter((place) => Number(stand.person(place).card?.balance) >= RICH);
    this.cardless = places.filter((place) => stand.person(place).card === null);
  }

  static async open(name: string, people: number): Promise<Place> {
    const program = { accrueBy: 'both' };
    const limits = { timeoutMs: TIMEOUT_MS, perSecond: 2_000, perMinute: 100_000 };
    const stand = await startStand(name, { people, program, ...limits });
    // Each cell is the first trouble for a while; what many failures and many 429 do has tests of its own.
    await stand.pool.query(`
      create function fresh() returns trigger language plpgsql as $$
        begin new.failures := '{}'; new.strikes := 0; return new; end $$;
      create trigger fresh before update on altegio_budget for each row execute function fresh()`);
    // The journal is read when a cell reads it, and clients are asked about when a cell makes us ask: not by the clock.
    await pauseSchedules(stand);
    return new Place(stand);
  }

  /** The next person of the kind a call needs. */
  someone(customer: StepCall['customer']): ReturnType<Stand['person']> {
    const place = (customer === 'cardless' ? this.cardless : this.rich).shift();
    if (place === undefined) throw new Error(`nobody is left who is ${customer}`);
    return this.stand.person(place);
  }
}

/** Several places of which each serves so many cells at a time; a place is opened when a cell finds all others taken. */
export class Lanes {
  private readonly name: string;
  private readonly places: number;
  private readonly cellsEach: number;
  private readonly opened: Promise<Place>[] = [];
  private readonly free: Place[] = [];
  private readonly waiting: ((place: Place) => void)[] = [];

  constructor(name: string, { places, cellsEach = 1 }: { readonly places: number; readonly cellsEach?: number }) {
    this.name = name;
    this.places = places;
    this.cellsEach = cellsEach;
  }

  /** Runs a cell on the first place that is free. */
  async use(run: (place: Place) => Promise<void>): Promise<void> {
    const place = this.free.shift() ?? (await this.another());
    try {
      await run(place);
    } finally {
      this.giveBack(place);
    }
  }

  async close(): Promise<void> {
    for (const place of await Promise.all(this.opened)) await place.stand.close();
  }

  private async another(): Promise<Place> {
    if (this.opened.length >= this.places) return await new Promise<Place>((resolve) => this.waiting.push(resolve));
    // One after another: a new stand is much work at once.
    const before = this.opened.at(-1) ?? Promise.resolve();
    const open = () => Place.open(this.name, PEOPLE);
    // On a busy machine Altegio's short deadline may pass while a location is connected; that is no cell's business.
    const opening = before.then(open).catch(open);
    this.opened.push(opening);
    const place = await opening;
    for (let more = 1; more < this.cellsEach; more += 1) this.giveBack(place);
    return place;
  }

  private giveBack(place: Place): void {
    const next = this.waiting.shift();
    if (next) next(place);
    else this.free.push(place);
  }
}
