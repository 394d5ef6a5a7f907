/** Inputs of the workflows, which many activities take as they are. Ids and decimal texts only, never a name or a phone. */

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
}
