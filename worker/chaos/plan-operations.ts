/** What a plan's operations are. Amounts are whole minor units; customers and locations are places in their lists. */

/** How a till goes about a payment. */
export type PaymentStyle = 'plain' | 'lost' | 'repeat' | 'twin' | 'inVisit';

/** A sale at a till. */
export interface PaymentOperation {
  readonly kind: 'payment';
  readonly customer: number;
  /** Place among the connected locations. */
  readonly location: number;
  readonly style: PaymentStyle;
  readonly total: number;
  readonly redeem: 'max' | 'none' | number;
  readonly by: 'accountId' | 'phone';
  readonly key: boolean;
  /** For `lost`: when the till hangs up, and whether its repeat has another Idempotency-Key. */
  readonly hangUpMs: number;
  readonly newKey: boolean;
}

/** A till gives money and points back for a sale that it was told of. */
export interface RefundOperation {
  readonly kind: 'refund';
  readonly which: Which;
  /** Of what is left to refund, in percent. */
  readonly percent: number;
  readonly byReceipt: boolean;
  readonly key: boolean;
  /** Whether it is sent once more after its answer, and how. */
  readonly repeat: 'no' | 'sameKey' | 'newKey';
}

/** A visit whose customer comes, and which is paid for in Altegio; some of it perhaps in points. */
export interface PaidVisitOperation {
  readonly kind: 'visitPaid';
  readonly customer: number;
  readonly location: number;
  readonly cost: number;
  readonly bonus: number;
  readonly cash: boolean;
}

/** So many lots of a customer end, the oldest. */
export interface ExpiryOperation {
  readonly kind: 'expiry';
  readonly which: Which;
  readonly lots: number;
}

/** Which of several that only the run knows, as a share of their number from 0 to below 1. */
export type Which = number;

/** Whatever moves points, or says that something has. */
export type Operation =
  | PaymentOperation
  | RefundOperation
  | PaidVisitOperation
  | { readonly kind: 'adjustment' | 'staff'; readonly customer: number; readonly amount: number }
  | { readonly kind: 'native'; readonly customer: number; readonly amount: number; readonly type: 2 | 4 | 7 }
  | { readonly kind: 'visitBonus'; readonly customer: number; readonly location: number; readonly amount: number }
  | { readonly kind: 'visitEdited'; readonly which: Which; readonly cost: number }
  | { readonly kind: 'visitUnpaid'; readonly which: Which }
  | ExpiryOperation
  | { readonly kind: 'event'; readonly customer: number; readonly style: EventStyle };

/** Events that the tool itself sends to the product, as a stranger or as a confused Altegio would. */
export type EventStyle = 'twice' | 'reordered' | 'forged' | 'stranger';
