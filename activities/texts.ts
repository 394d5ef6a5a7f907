/** What activities answer, as it stands in a history: ids and decimal texts only. */

/** Whose books an activity works on. */
export interface AccountRef {
  readonly chainId: string;
  readonly accountId: string;
  readonly locationId: string;
}

/** A balance in Altegio as it stands in a history: texts only. */
export type BalanceSeen =
  | {
      readonly kind: 'balance';
      readonly cardId: string;
      readonly altegio: string;
      readonly version: string;
      /** When Altegio was asked; runs from before this was kept do not say. */
      readonly askedAt?: string;
    }
  | { readonly kind: 'noCard' }
  /** The ledger is the only book. */
  | { readonly kind: 'noSecondBook' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'down'; readonly reason: string };

/** A read that has the time to succeed: the balance, no card linked yet, or no second book at all. */
export type CardSeen =
  | (Extract<BalanceSeen, { kind: 'balance' }> & { readonly dirtySeq: string })
  | { readonly kind: 'noCard'; readonly dirtySeq: string }
  | { readonly kind: 'noSecondBook'; readonly dirtySeq: string };

/** How a payment was decided, decimal texts. */
export interface PaymentDecided {
  readonly outcome: 'captured' | 'declined' | 'abandoned' | 'readAgain';
  readonly code?: string;
  /** Bonus first: what was redeemed, then the money that is due, then what that money earned. */
  readonly redeemed?: string;
  readonly due?: string;
  readonly accrued?: string;
  /** What Altegio had been moved by others and was adopted before. */
  readonly drift?: string;
  /** The ledger's side: what Altegio should hold now. */
  readonly target?: string;
}

/** Both books are equal, decimal texts; card and balance are null where the ledger is the only book. */
export interface BooksEqual {
  readonly cardId: string | null;
  readonly target: string;
  readonly altegio: string | null;
  readonly drift: string;
  readonly writes: readonly { readonly amount: string; readonly balanceAfter: string }[];
}
