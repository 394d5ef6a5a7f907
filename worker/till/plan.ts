/** What each terminal does and when, computed from the seed alone. Amounts are whole minor units. */
import { createHash } from 'node:crypto';
import { Random } from '../trial/random.ts';

/** What a run is asked for. */
export interface PlanOptions {
  readonly terminals: number;
  readonly minutes: number;
  readonly seed: number;
}

/** What goes wrong with one call, and how the till sends it again. */
export interface Mishap {
  /** The connection is closed so long after the request was sent; null when the answer is heard. */
  readonly hangUpMs: number | null;
  /** The Idempotency-Key of the repeat; null when it is not sent again. A lost call always is. */
  readonly again: 'sameKey' | 'newKey' | null;
}

/** A sale as it is rung up. */
export interface Basket {
  /** Place in the salon's list. */
  readonly customer: number;
  readonly total: number;
  readonly redeem: 'max' | 'none' | number;
  readonly by: 'accountId' | 'phone';
}

/** How a payment in two steps ends. */
export type Ending = 'capture' | 'void' | 'expire';

/** Something a terminal does. */
export type Action = { readonly afterMs: number } & (
  | { readonly kind: 'sale'; readonly basket: Basket; readonly mishap: Mishap }
  | {
      readonly kind: 'twoSteps';
      readonly basket: Basket;
      readonly mishap: Mishap;
      readonly ending: Ending;
      /** Switched off in between; it then knows what its journal says. */
      readonly reboot: boolean;
      /** Percent of the bill that is captured. */
      readonly captured: number;
      readonly lastMishap: Mishap;
    }
  | {
      readonly kind: 'refund';
      readonly basket: Basket;
      readonly mishap: Mishap;
      /** Percents of the bill, one refund each; the last takes the rest when they are 100. */
      readonly parts: readonly { readonly percent: number; readonly mishap: Mishap }[];
    }
  | { readonly kind: 'batch'; readonly baskets: readonly Basket[]; readonly mishap: Mishap }
);

/** The whole run: for each terminal its actions in their order. */
export interface Plan {
  readonly options: PlanOptions;
  /** Points that staff put on each card before anything else; by customer. */
  readonly openings: readonly number[];
  readonly terminals: readonly (readonly Action[])[];
}

/** Customers, all with a card in Altegio. */
export const CUSTOMERS = 24;
/** The first ones come all the time, so that terminals meet at their points. */
const HOT = 4;
const HOT_SHARE = 0.35;
/** The shortest reservation that a program allows. */
export const HOLD_MINUTES = 1;
/** A terminal rings something up about that often. */
const EVERY_MS = 4_000;
/** Terminals begin that far apart at most. */
const SPREAD_MS = 2_000;

/**
 * Twenty actions hold each kind so often; a run that is too short for a reservation to expire lets none expire. Captures
 * lead, so that a busy machine, which plays a part of the schedule, has its reboots too.
 */
const DECK = [
  ...Array<'sale'>(2).fill('sale'),
  ...Array<'capture'>(9).fill('capture'),
  ...Array<'void'>(2).fill('void'),
  ...Array<'expire'>(2).fill('expire'),
  ...Array<'refund'>(3).fill('refund'),
  ...Array<'batch'>(2).fill('batch'),
] as const;
type Card = (typeof DECK)[number];

const LOST = 0.4;
const REPEATED = 0.15;
const REBOOTS = 0.9;
const MIX = 0x9e37_79b9;

/** Computes the plan. The same seed gives a terminal the same actions, however many terminals and minutes there are. */
export function makePlan(options: PlanOptions): Plan {
  const random = new Random(options.seed);
  const openings = Array.from({ length: CUSTOMERS }, () => random.int(50_000, 150_000));
  const actions = Math.max(1, Math.round((options.minutes * 60_000) / EVERY_MS));
  const expiring = options.minutes >= HOLD_MINUTES;
  const terminals = Array.from({ length: options.terminals }, (_, index) => {
    const maker = new ActionMaker(new Random(options.seed ^ Math.imul(index + 1, MIX)), expiring);
    return Array.from({ length: actions }, (_action, place) => maker.next(place));
  });
  return { options, openings, terminals };
}

/** Tells two plans apart: the same seed, terminals and minutes give the same digest. */
export function digestOf(plan: Plan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}

class ActionMaker {
  readonly #random: Random;
  readonly #expiring: boolean;
  #deck: Card[] = [];

  constructor(random: Random, expiring: boolean) {
    this.#random = random;
    this.#expiring = expiring;
  }

  next(place: number): Action {
    const afterMs = place === 0 ? this.#random.int(0, SPREAD_MS) : EVERY_MS;
    return { afterMs, ...this.#action(this.#draw()) };
  }

  #draw(): Card {
    if (this.#deck.length === 0) this.#deck = [...DECK];
    const [card] = this.#deck.splice(this.#random.int(0, this.#deck.length - 1), 1);
    return card ?? 'sale';
  }

  #action(card: Card) {
    const random = this.#random;
    switch (card) {
      case 'sale':
        return { kind: 'sale', basket: this.#basket(), mishap: this.#mishap() } as const;
      case 'refund': {
        const first = random.int(10, 90);
        const whole = random.chance(0.4);
        const percents = whole ? [100] : random.chance(0.6) ? [first, 100 - first] : [first];
        const parts = percents.map((percent) => ({ percent, mishap: this.#mishap() }));
        return { kind: 'refund', basket: this.#basket(), mishap: this.#mishap(), parts } as const;
      }
      case 'batch': {
        const baskets = Array.from({ length: random.int(2, 4) }, () => this.#basket());
        return { kind: 'batch', baskets, mishap: this.#mishap() } as const;
      }
      default: {
        const [reboots, part] = [random.chance(REBOOTS), random.chance(0.3)];
        return {
          kind: 'twoSteps',
          basket: this.#basket(),
          mishap: this.#mishap(),
          ending: card === 'expire' && !this.#expiring ? 'void' : card,
          reboot: card === 'capture' && reboots,
          captured: part ? random.int(50, 99) : 100,
          lastMishap: this.#mishap(),
        } as const;
      }
    }
  }

  #basket(): Basket {
    const random = this.#random;
    const total = random.int(2_000, 20_000);
    const wish = random.weighted({ max: 40, none: 30, amount: 30 });
    return {
      customer: random.chance(HOT_SHARE) ? random.int(0, HOT - 1) : random.int(0, CUSTOMERS - 1),
      total,
      redeem: wish === 'amount' ? random.int(1, Math.floor(total * 0.3)) : wish,
      by: random.chance(0.7) ? 'accountId' : 'phone',
    };
  }

  #mishap(): Mishap {
    const random = this.#random;
    const [dice, ms, key] = [random.next(), random.int(0, 250), random.pick(['sameKey', 'newKey'] as const)];
    if (dice < LOST) return { hangUpMs: ms, again: key };
    return { hangUpMs: null, again: dice < LOST + REPEATED ? key : null };
  }
}
