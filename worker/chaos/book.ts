/** The tool's own list: what it was told by answers, and what that makes of each customer's points. Minor units. */

/** What one operation came to. */
export type Outcome =
  /** Answered as done. */
  | 'done'
  /** Answered as refused for good: nothing was moved. */
  | 'refused'
  /** Never answered for good while everything broke; asked about at the end. */
  | 'unanswered';

/** Kinds of operations, each of which a run that counts has several of. */
export const KINDS = [
  'payment',
  'payment in a visit',
  'refund',
  'adjustment',
  'staff',
  'native',
  'bonus in a visit',
  'visit paid',
  'visit edited',
  'visit unpaid',
  'expiry',
  'event',
] as const;
export type Kind = (typeof KINDS)[number];

/** A sale that the till was told of, and what may still be given back of it. */
export interface HeardSale {
  readonly id: string;
  readonly location: number;
  left: bigint;
  /** Somebody is at it, or was and never heard what became of it. */
  busy: boolean;
}

/** One operation in the list. */
export interface Entry {
  readonly operation: number;
  readonly kind: Kind;
  readonly customer: number;
  outcome: Outcome;
  /** What it moved, as far as the answer says. */
  moved: bigint;
  /** In a few words. */
  note: string;
  /** How to ask about it at the end. */
  readonly receipt?: { readonly location: number; readonly receipt: string };
  /** Every try was answered with 503: then nothing may have happened. */
  refusedByAll?: boolean;
  readonly adjustment?: { readonly amount: bigint; readonly key: string };
  workflowId?: string;
  sale?: HeardSale;
  readonly refund?: RefundRequest;
  /** Of a visit in Altegio: what it has moved is read from there at the end. */
  readonly visit?: { readonly id: number; isPaid: boolean; busy: boolean };
}

/** A refund as the till asks for it, however often. */
export interface RefundRequest {
  readonly path: string;
  readonly location: number;
  readonly body: object;
  readonly amount: bigint;
  readonly key: string | undefined;
}

/** See the file's header. */
export class OwnBook {
  readonly entries: Entry[] = [];
  readonly #opening = new Map<number, bigint>();
  readonly #ended = new Map<number, bigint>();

  /** What the customer's card held before anything of the run. */
  open(customer: number, balance: bigint): void {
    this.#opening.set(customer, balance);
  }

  add(entry: Entry): Entry {
    this.entries.push(entry);
    return entry;
  }

  opening(customer: number): bigint {
    return this.#opening.get(customer) ?? 0n;
  }

  /** How many of the customer's points have ended. */
  end(customer: number, amount: bigint): void {
    this.#ended.set(customer, amount);
  }

  /** Opening plus everything that was moved, less what has ended. */
  expected(customer: number): bigint {
    const left = this.opening(customer) - (this.#ended.get(customer) ?? 0n);
    return this.of(customer).reduce((sum, { moved }) => sum + moved, left);
  }

  /** How many of each kind were done. */
  done(): Map<Kind, number> {
    const count = (wanted: Kind) =>
      this.entries.filter(({ kind, outcome }) => kind === wanted && outcome === 'done').length;
    return new Map(KINDS.map((kind) => [kind, count(kind)]));
  }

  /** One of the entries that fit, by its share of their number; undefined when none does. */
  pick(which: number, fits: (entry: Entry) => boolean): Entry | undefined {
    const fitting = this.entries.filter(fits);
    return fitting[Math.floor(which * fitting.length)];
  }

  /** Everything about one customer. */
  account(customer: number): object {
    return { opening: this.opening(customer), ended: this.#ended.get(customer), entries: this.of(customer) };
  }

  of(customer: number): Entry[] {
    return this.entries.filter((entry) => entry.customer === customer);
  }
}
