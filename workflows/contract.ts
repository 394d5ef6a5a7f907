/**
 * The public contract of our workflows: names, inputs, messages. Clients and workers import it; it imports nothing.
 * Inputs carry ids and decimal amounts only, never a name or a phone.
 */

/** Task queues; a prefix (setting `TASK_QUEUE_PREFIX`) keeps several stacks apart on one server. */
export const TASK_QUEUE = { orchestration: 'orchestration', altegio: 'altegio' } as const;

/** Workflow types as registered. */
export const WORKFLOW = {
  payment: 'payment',
  reconciliation: 'reconciliation',
  cardIssue: 'cardIssue',
  adjustment: 'adjustment',
  journalTail: 'journalTail',
} as const;

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

/** Something happened to this customer: read, explain, adopt, converge. */
export interface ReconciliationInput {
  readonly chainId: string;
  readonly accountId: string;
  /** A location through which the chain's calls may go. */
  readonly locationId: string;
  readonly because: 'webhook' | 'operator' | 'journal' | 'payment';
}

/** First contact with an account's altegio card: adopt it, or issue one. */
export interface CardIssueInput {
  readonly chainId: string;
  readonly accountId: string;
  readonly locationId: string;
  /** False at a lookup: then an existing card is adopted and none is issued. */
  readonly mayIssue: boolean;
}

/** A change of balance by an operator. */
export interface AdjustmentInput {
  readonly adjustmentId: string;
  readonly chainId: string;
  readonly accountId: string;
  readonly locationId: string;
  /** Signed decimal text. */
  readonly amount: string;
  readonly reason: string;
  readonly actor: string;
  readonly allowNegative: boolean;
}

/** The chain's journal, yesterday to tomorrow. */
export interface JournalTailInput {
  readonly chainId: string;
  /** How many days before today are read again. */
  readonly daysBack: number;
}

/** What the query `state` answers. */
export interface WorkflowState {
  readonly phase: string;
  readonly attempts: number;
  readonly waitsFor: string | null;
  readonly lastError: string | null;
  /** Both balances as last seen by this run, decimal texts. */
  readonly ledger: string | null;
  readonly altegio: string | null;
}

/** Query names. */
export const STATE_QUERY = 'state';
/** Signal: try again now, whatever the workflow waits for. Argument: the reason, one sentence. */
export const RETRY_SIGNAL = 'retry';
/** Signal: something else happened to this customer; look again before ending. */
export const DIRTY_SIGNAL = 'dirty';
/** Update of a payment: resolves once the ledger has decided. The answer itself is read from the committed row. */
export const DECIDED_UPDATE = 'decided';
