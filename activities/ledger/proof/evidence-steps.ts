/** What is stored about payments in two steps and about refunds, as a proof reads it. */

/** Points reserved (less than 0) or freed: a movement of what Altegio should hold, numbered with the transfers. */
export interface HoldMove {
  readonly id: bigint;
  readonly operation: string;
  readonly amount: bigint;
  readonly at: Date;
}

/** A refund of the payment; amounts in minor units, null until it is done. */
export interface RefundRow {
  readonly ref: string;
  readonly workflow_id: string;
  readonly state: string;
  readonly points: bigint | null;
  readonly clawed_back: bigint | null;
}

/** Every {@link HoldMove} of an account. */
export const HOLDS = `select id, operation, amount, at from hold_move where account_id = $1 order by id`;

/** The refunds of a payment, or the one of a workflow. */
export const REFUNDS = `
  select ref, workflow_id, state, points, clawed_back from payment_step
   where kind = 'refund' and (payment_id = $1 or workflow_id = $2) order by created_at, id`;
