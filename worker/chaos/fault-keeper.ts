/** Altegio's faults: the sandbox forgets them when it is killed, so they are remembered here and put back. */
import { z } from 'zod';
import type { Control } from '../trial/doors.ts';
import type { Counters } from './counters.ts';
import type { FaultKind } from './plan-actions.ts';

/** As the sandbox takes it. */
export interface FaultOrder {
  readonly fault: FaultKind;
  readonly call: 'read' | 'write' | 'any';
  readonly times: number;
  readonly ms: number;
  readonly share: number;
}

interface Held extends FaultOrder {
  id: number;
  /** Strikes before the sandbox's last death. */
  hitsBefore: number;
  hits: number;
}

const madeAnswer = z.object({ id: z.number() });
const listAnswer = z.array(z.object({ id: z.number(), hits: z.number() }));

/** See the file's header. */
export class FaultKeeper {
  readonly #control: Control;
  readonly #counters: Counters;
  #held: Held[] = [];
  #isResting = false;
  /** Adding, reading and putting back do not overlap: an id belongs to one life of the sandbox. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(control: Control, counters: Counters) {
    this.#control = control;
    this.#counters = counters;
  }

  add(order: FaultOrder): Promise<void> {
    return this.#inTurn(async () => {
      const { id } = await this.#make(order);
      this.#held.push({ ...order, id, hitsBefore: 0, hits: 0 });
    });
  }

  /** Strikes of a kind as last read. */
  hits(kind: FaultKind): number {
    return this.#counters.faults.get(kind) ?? 0;
  }

  /** Strikes of a kind, read now; while all rest, none is added to those that were read before. */
  async hitsNow(kind: FaultKind): Promise<number> {
    if (!this.#isResting) await this.#inTurn(() => this.#read());
    return this.hits(kind);
  }

  /** Lets the sandbox die and come back: what had not struck yet is ordered again. */
  across(death: () => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      await this.#read();
      await death();
      for (const held of this.#held) {
        held.hitsBefore = held.hits;
        held.id = (await this.#make({ ...held, times: held.times - held.hits })).id;
      }
    });
  }

  /** Nothing strikes until `untilOver` returns; then what had not struck yet is ordered again. */
  async rest(untilOver: () => Promise<void>): Promise<void> {
    this.#isResting = true;
    try {
      await this.across(async () => {
        await this.#forget();
        await untilOver();
      });
    } finally {
      this.#isResting = false;
    }
  }

  /** The end of all faults. */
  async clear(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#read();
      await this.#forget();
      this.#held = [];
    });
  }

  async #read(): Promise<void> {
    const list = await this.#control.ask(listAnswer, '/faults');
    for (const held of this.#held) {
      const hits = held.hitsBefore + (list.find(({ id }) => id === held.id)?.hits ?? 0);
      this.#counters.fault(held.fault, hits - held.hits);
      held.hits = hits;
    }
    this.#held = this.#held.filter(({ hits, times }) => hits < times);
  }

  async #forget(): Promise<void> {
    await this.#control.ask(z.unknown(), '/faults', undefined, 'DELETE');
  }

  #make({ fault, call, times, ms, share }: FaultOrder) {
    const wait = ms > 0 ? { ms } : {};
    return this.#control.ask(madeAnswer, '/faults', { fault, call, times, share, ...wait });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}
