/** What activities answer, as it stands in a history: ids and decimal texts only. */

/** Whose books an activity works on. */
export interface AccountRef {
  readonly chainId: string;
  readonly accountId: string;
  readonly locationId: string;
}

/** The moment of a question to Altegio, as a history keeps it. */
export const asked = (at: Date | null = null): { readonly askedAt?: string } =>
  at === null ? {} : { askedAt: at.toISOString() };

/** That moment back; runs from before it was kept do not say. */
export const askedAtOf = ({ askedAt }: { readonly askedAt?: string }): Date | null =>
  askedAt === undefined ? null : new Date(askedAt);

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
  readonly outcome:
    | 'authorized'
    | 'captured'
    | 'voided'
    | 'expired'
    | 'declined'
    | 'abandoned'
    | 'readAgain'
    /** Points are taken in a visit only when nothing else is pending on the card. */
    | 'unsettled'
    /** What was taken in the visit is not known yet. */
    | 'withdrawing';
  readonly code?: string;
  /** Nothing was taken in the end, and both books have to be made equal. */
  readonly goesOn?: boolean;
  /** Bonus first: what was redeemed, then the money that is due, then what that money earned. */
  readonly redeemed?: string;
  readonly due?: string;
  readonly accrued?: string;
  /** What Altegio had been moved by others and was adopted before. */
  readonly drift?: string;
  /** The ledger's side: what Altegio should hold now. */
  readonly target?: string;
  /** Of an authorized payment: the points reserved, and milliseconds until they are released. */
  readonly held?: string;
  readonly leftMs?: number;
}

/** How an authorized payment stands, decimal texts. */
export interface HoldSettled {
  readonly outcome: 'authorized' | 'captured' | 'voided' | 'expired';
  readonly redeemed?: string;
  readonly due?: string;
  readonly accrued?: string;
  readonly target?: string;
  readonly leftMs?: number;
}

/** How a refund was decided, decimal texts. */
export interface RefundDecided {
  readonly outcome: 'refunded' | 'declined' | 'abandoned';
  readonly code?: string;
  readonly points?: string;
  readonly money?: string;
  readonly clawedBack?: string;
  readonly target?: string;
}

/** How a visit stands and what was posted for it now, decimal texts. */
export type VisitSettled =
  | {
      readonly outcome: 'settled';
      readonly state: 'open' | 'settled' | 'unpaid' | 'deleted';
      readonly attendance: string;
      readonly sold: string;
      readonly bonus: string;
      readonly due: string;
      readonly redeemed: string;
      readonly returned: string;
      readonly accrued: string;
      readonly clawedBack: string;
      /** Money was taken before the bonus. */
      readonly orderViolated: boolean;
    }
  | { readonly outcome: 'again' | 'unread' };

/** How an order for a deposit was decided; the deposit's balance is a decimal text. */
export interface DepositDecided {
  readonly outcome: 'done' | 'declined' | 'abandoned';
  readonly code?: string;
  readonly balance?: string;
}

/** Both books are equal, decimal texts; card and balance are null where the ledger is the only book. */
export interface BooksEqual {
  readonly cardId: string | null;
  readonly target: string;
  readonly altegio: string | null;
  readonly drift: string;
  readonly writes: readonly { readonly amount: string; readonly balanceAfter: string }[];
}
