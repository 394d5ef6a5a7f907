/** What a run does and when, computed from its seed alone. Amounts are whole minor units. */
import { createHash } from 'node:crypto';
import { planActions, type Action } from './plan-actions.ts';
import { Random } from '../trial/random.ts';
import type {
  Operation,
  PaidVisitOperation,
  PaymentOperation,
  PaymentStyle,
  RefundOperation,
} from './plan-operations.ts';

/** What a run is asked for. */
export interface PlanOptions {
  readonly operations: number;
  readonly seed: number;
  /** Staff change cards by amounts that payments have too: the honest limit is then part of what is measured. */
  readonly sameAmounts: boolean;
}

/** The whole run. */
export interface Plan {
  readonly options: PlanOptions;
  /** Points that staff put on each card before anything else; by customer. */
  readonly openings: readonly number[];
  readonly operations: readonly (Operation & { readonly pauseMs: number })[];
  readonly actions: readonly Action[];
}

/** Customers with a card in Altegio, and customers without: those get one issued. */
export const CUSTOMERS = { withCard: 24, withoutCard: 3 } as const;
/** The first ones, who come all the time, so that their operations meet. */
const HOT = 4;
const HOT_SHARE = 0.45;
export const LOCATIONS = 3;
/**
 * Staff move so much at once that no write of ours, however many sales it nets, can have the same amount: a line of
 * theirs is never taken for ours, which no protocol could tell apart (docs/reliability.md, "The honest limit").
 */
const STAFF_LEAST = 300_000;
const STAFF_MOST = 999_999;
/** Of what staff have given, they take back at most that part, so that the card never lacks what tills have taken. */
const STAFF_TAKES = 0.3;

const WEIGHTS = { plain: 46, lost: 12, repeat: 8, twin: 4, adjustment: 8, staff: 9, event: 8 };
/** Rarer kinds, and how many of 500 operations they are: each of them happens in every run. */
const RARE = {
  native: 10,
  inVisit: 14,
  refund: 30,
  visitBonus: 12,
  visitPaid: 16,
  visitEdited: 12,
  visitUnpaid: 9,
  expiry: 14,
} as const;
type RareKind = keyof typeof RARE;
const RARE_KINDS = Object.keys(RARE) as RareKind[];
/** Some are about what happened before, so they begin when something has; the visits that are paid begin earlier. */
const FROM = { visitPaid: 0.05, others: 0.25 } as const;
/** More than any sale, so that no visit looks like a sale of the same day that names none, which would need a person. */
const VISIT_COST = { least: 30_001, most: 60_000 } as const;

/** Computes the plan. The same options give the same plan. */
export function makePlan(options: PlanOptions): Plan {
  const random = new Random(options.seed);
  const people = CUSTOMERS.withCard + CUSTOMERS.withoutCard;
  const openings = Array.from({ length: people }, (_, customer) =>
    customer < CUSTOMERS.withCard ? random.int(50_000, 150_000) : 0,
  );
  const maker = new OperationMaker(random, options);
  const rare = spreadRare(random, options.operations);
  const operations = Array.from({ length: options.operations }, (_, place) => ({
    ...maker.next(rare.get(place)),
    pauseMs: random.int(20, 250),
  }));
  return { options, openings, operations, actions: planActions(random, options.operations, CUSTOMERS.withCard) };
}

/** Tells two plans apart: the same seed gives the same digest. */
export function digestOf(plan: Plan): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex');
}

/** Which places of the run have a rare kind: each kind evenly, at random places. */
function spreadRare(random: Random, operations: number): Map<number, RareKind> {
  const taken = new Map<number, RareKind>();
  for (const kind of RARE_KINDS) {
    const count = Math.max(1, Math.ceil((RARE[kind] * operations) / 500));
    const from = kind === 'visitPaid' ? FROM.visitPaid : FROM.others;
    const slice = (operations * (1 - from)) / count;
    for (let index = 0; index < count; index += 1) {
      let place = Math.floor(operations * from + slice * (index + random.next()));
      while (taken.has(place)) place += 1;
      if (place < operations) taken.set(place, kind);
    }
  }
  return taken;
}

class OperationMaker {
  readonly #random: Random;
  readonly #options: PlanOptions;
  /** What staff have put on each card and may still take back. */
  readonly #given = new Map<number, number>();

  constructor(random: Random, options: PlanOptions) {
    this.#random = random;
    this.#options = options;
  }

  next(rare: RareKind | undefined): Operation {
    const random = this.#random;
    const kind = rare ?? random.weighted(WEIGHTS);
    switch (kind) {
      case 'adjustment':
        return { kind, customer: this.#withCard(), amount: this.#signed(random.int(1, 2_000)) };
      case 'staff':
        return this.#staff(this.#withCard());
      case 'native':
        return this.#native(this.#withCard());
      case 'event': {
        const style = random.pick(['twice', 'reordered', 'forged', 'stranger'] as const);
        return { kind, customer: this.#withCard(), style };
      }
      case 'refund':
        return this.#refund();
      case 'visitBonus':
        return { kind, customer: this.#withCard(), location: this.#location(), amount: random.int(100, 3_000) };
      case 'visitPaid':
        return this.#visitPaid();
      case 'visitEdited':
        return { kind, which: random.next(), cost: random.int(VISIT_COST.least, VISIT_COST.most) };
      case 'visitUnpaid':
        return { kind, which: random.next() };
      case 'expiry':
        return { kind, which: random.next(), lots: random.int(1, 3) };
      default:
        return this.#payment(kind);
    }
  }

  #refund(): RefundOperation {
    const random = this.#random;
    return {
      kind: 'refund',
      which: random.next(),
      percent: random.chance(0.4) ? 100 : random.int(10, 90),
      byReceipt: random.chance(0.5),
      key: random.chance(0.6),
      repeat: random.pick(['no', 'sameKey', 'newKey'] as const),
    };
  }

  #visitPaid(): PaidVisitOperation {
    const random = this.#random;
    return {
      kind: 'visitPaid',
      customer: this.#withCard(),
      location: this.#location(),
      cost: random.int(VISIT_COST.least, VISIT_COST.most),
      bonus: random.chance(0.5) ? random.int(100, 3_000) : 0,
      cash: random.chance(0.5),
    };
  }

  #payment(style: PaymentStyle): PaymentOperation {
    const random = this.#random;
    const total = random.int(2_000, 20_000);
    const wish = random.weighted({ max: 45, none: 25, amount: 30 });
    return {
      kind: 'payment',
      style,
      // A visit takes points from a card, so there has to be one.
      customer: style === 'inVisit' ? this.#withCard() : this.#anybody(),
      location: this.#location(),
      total,
      redeem: wish === 'amount' ? random.int(1, Math.floor(total * 0.3)) : wish,
      by: random.chance(0.7) ? 'accountId' : 'phone',
      key: random.chance(0.6),
      hangUpMs: random.int(1, 250),
      newKey: random.chance(0.5),
    };
  }

  #staff(customer: number): Operation {
    const random = this.#random;
    if (this.#options.sameAmounts) {
      const amount = random.pick([-2_650, 350, 500, -3_000]);
      return { kind: 'staff', customer, amount };
    }
    const given = this.#given.get(customer) ?? 0;
    const most = Math.floor(given * STAFF_TAKES);
    const takes = most >= STAFF_LEAST && random.chance(0.5);
    const amount = takes ? -random.int(STAFF_LEAST, Math.min(most, STAFF_MOST)) : random.int(STAFF_LEAST, STAFF_MOST);
    this.#given.set(customer, takes ? 0 : given + amount);
    return { kind: 'staff', customer, amount };
  }

  /** Accrual and referral of Altegio's own, and expiry; as large as staff's changes, and for the same reason. */
  #native(customer: number): Operation {
    const random = this.#random;
    const type =
      (this.#given.get(customer) ?? 0) > STAFF_MOST ? random.pick([2, 4, 7] as const) : random.pick([2, 4] as const);
    const amount = random.int(STAFF_LEAST, type === 7 ? STAFF_LEAST + 20_000 : STAFF_MOST);
    if (type === 7) this.#given.set(customer, 0);
    return { kind: 'native', customer, amount, type };
  }

  #anybody(): number {
    if (this.#random.chance(HOT_SHARE)) return this.#random.int(0, HOT - 1);
    return this.#random.int(0, CUSTOMERS.withCard + CUSTOMERS.withoutCard - 1);
  }

  #withCard(): number {
    if (this.#random.chance(HOT_SHARE)) return this.#random.int(0, HOT - 1);
    return this.#random.int(0, CUSTOMERS.withCard - 1);
  }

  #location(): number {
    return this.#random.int(0, LOCATIONS - 1);
  }

  #signed(amount: number): number {
    return this.#random.chance(0.5) ? amount : -amount;
  }
}
