/** Inputs of the workflows, which many activities take as they are. Ids and decimal texts only, never a name or a phone. */

import type { GiftKind } from '../domain/gifts.ts';

/** One payment of a till; the row `paymentId` exists, PENDING, before the workflow starts. */
export interface PaymentInput {
  readonly paymentId: string;
  readonly chainId: string;
  readonly locationId: string;
  readonly accountId: string;
  readonly receipt: string;
  readonly attempt: number;
  /** Decimal text. */
  readonly total: string;
  /** The visit that it is part of: its points are taken there. */
  readonly visit?: { readonly recordId: string; readonly visitId: string };
}

/** One refund of a payment; the row `stepId` exists, PENDING, before the workflow starts. */
export interface RefundInput {
  readonly stepId: string;
  readonly paymentId: string;
  readonly chainId: string;
  readonly locationId: string;
  readonly accountId: string;
  readonly receipt: string;
  /** The caller's name of it. */
  readonly refund: string;
  readonly attempt: number;
}

/** A visit of Altegio's about which something was said. */
export interface VisitInput {
  readonly chainId: string;
  readonly locationId: string;
  readonly visitId: string;
  /** One of its records. */
  readonly recordId: string;
  /** Whom the event named. */
  readonly accountId: string;
}

/** Money for a deposit, or back from it; the row `orderId` exists, PENDING, before the workflow starts. */
export interface DepositInput {
  readonly orderId: string;
  readonly chainId: string;
  readonly locationId: string;
  readonly accountId: string;
  /** The caller's number of it. */
  readonly reference: string;
  readonly attempt: number;
  readonly kind: 'top_up' | 'pay_out';
  /** Decimal text. */
  readonly amount: string;
}

/** Why a customer is looked at. `webhook` is an event that Altegio sent, `catchUp` one that it did not. */
export type Because = 'webhook' | 'catchUp' | 'journal' | 'sweep' | 'operator' | 'payment';

/** Something happened to this customer: read, explain, adopt, converge. */
export interface ReconciliationInput {
  readonly chainId: string;
  readonly accountId: string;
  /** A location through which the chain's calls may go. */
  readonly locationId: string;
  readonly because: Because;
}

/** First contact with an account's altegio card: adopt it, or issue one. */
export interface CardIssueInput {
  readonly chainId: string;
  readonly accountId: string;
  readonly locationId: string;
  /** False at a lookup: then an existing card is adopted and none is issued. */
  readonly mayIssue: boolean;
}

/** A change of balance by an operator; its reason stays in the database. */
export interface AdjustmentInput {
  readonly adjustmentId: string;
  readonly chainId: string;
  readonly accountId: string;
  readonly locationId: string;
  /** Signed decimal text. */
  readonly amount: string;
  readonly allowNegative: boolean;
  /** Instead of an adjustment: the other reading of this break's line is posted; `amount` is the line's. */
  readonly other?: { readonly breakId: string; readonly lineId: string };
  /** Instead of an adjustment: the accrual under review, whose points `amount` are, becomes active or is taken back. */
  readonly review?: { readonly reviewId: string; readonly decision: 'approve' | 'refuse'; readonly actionId: string };
  /** Instead of an adjustment: the workflow whose operation is undone as a whole; `amount` is what that comes to. */
  readonly undoes?: string;
}

/** A gift to post; the row that says it is due exists before. */
export interface GiftInput {
  readonly chainId: string;
  readonly accountId: string;
  readonly locationId: string;
  readonly kind: GiftKind;
  /** The year of a birthday, or the other side of a referral. */
  readonly occasion: string;
}

/** A night of a program: its local day, `YYYY-MM-DD`. */
export interface NightRef {
  readonly programId: string;
  readonly date: string;
}

/** What is done in a night, account by account. */
export type NightStep = 'birthdays' | 'activate' | 'levels' | 'expire' | 'warn';

/** What a night came to; amounts are decimal texts. */
export interface NightTold extends NightRef {
  readonly gifts: number;
  /** Accounts with another level than the night before. */
  readonly levels: number;
  readonly activated: { readonly accounts: number; readonly amount: string };
  readonly expired: { readonly accounts: number; readonly amount: string };
  /** Ends to come that were noted. */
  readonly warnings: number;
}
