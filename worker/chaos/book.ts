/** The tool's own list: what it was told by answers, and what that makes of each customer's points. Minor units. */

/** What one operation came to. */
export type Outcome =
  /** Answered as done. */
  | 'done'
  /** Answered as refused for good: nothing was moved. */
  | 'refused'
  /** Never answered for good while everything broke; asked about at the end. */
  | 'unanswered';

/** One operation in the list. */
export interface Entry {
  readonly operation: number;
  readonly kind: string;
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
  readonly visitId?: number;
}

/** See the file's header. */
export class OwnBook {
  readonly entries: Entry[] = [];
  readonly #opening = new Map<number, bigint>();

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

  /** Opening plus everything that was moved. */
  expected(customer: number): bigint {
    return this.of(customer).reduce((sum, { moved }) => sum + moved, this.opening(customer));
  }

  of(customer: number): Entry[] {
    return this.entries.filter((entry) => entry.customer === customer);
  }
}
