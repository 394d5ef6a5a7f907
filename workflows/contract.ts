/**
 * The public contract of our workflows: names, inputs, messages. Clients and workers import it.
 * Inputs carry ids and decimal amounts only, never a name or a phone.
 */
export type {
  AdjustmentInput,
  Because,
  CardIssueInput,
  DepositInput,
  GiftInput,
  PaymentInput,
  ReconciliationInput,
  RefundInput,
  VisitInput,
} from '../activities/inputs.ts';

import type { NightRef } from '../activities/inputs.ts';

/** Task queues; a prefix (setting `TASK_QUEUE_PREFIX`) keeps several stacks apart on one server. */
export const TASK_QUEUE = { orchestration: 'orchestration', altegio: 'altegio' } as const;

/** Workflow types as registered. */
export const WORKFLOW = {
  payment: 'payment',
  refund: 'refund',
  visit: 'visit',
  reconciliation: 'reconciliation',
  cardIssue: 'cardIssue',
  adjustment: 'adjustment',
  deposit: 'deposit',
  journalTail: 'journalTail',
  catchUp: 'catchUp',
  sweep: 'sweep',
  nightly: 'nightly',
  gift: 'gift',
} as const;

/** The chain's journal, yesterday to tomorrow. */
export interface JournalTailInput {
  readonly chainId: string;
  /** How many days before today are read again. */
  readonly daysBack: number;
}

/** What changed at a location and no webhook told of. */
export interface CatchUpInput {
  readonly locationId: string;
}

/** The cards of a chain that were proven longest ago. */
export interface SweepInput {
  readonly chainId: string;
  /** A card is read again when its last proof is older. */
  readonly hours: number;
  /** At most so many cards a run: what the sweep may take of the call budget. */
  readonly cards: number;
  /** At most so many cards a run that wait for what a night moved. */
  readonly waiting?: number;
}

/** The nights of a chain's programs that have begun; the rest is how far a run got that went on as another. */
export interface NightlyInput {
  readonly chainId: string;
  readonly goesOn?: { readonly nights: readonly NightRef[]; readonly step: number; readonly after: string };
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
/**
 * Signals of operators. Argument: the reason as plain text, or `{actionId}` of a request that is kept in the ledger: what a
 * person wrote does not enter Temporal by our door.
 */
export const RETRY_SIGNAL = 'retry';
/** To `cardIssue`, from a workflow that has points to write: where the customer has no card, issue one. */
export const MAY_ISSUE_SIGNAL = 'mayIssue';
/** Undo what the operation posted. */
export const SKIP_SIGNAL = 'skip';
/** The ledger gives way to what Altegio holds. */
export const ADOPT_ALTEGIO_SIGNAL = 'adoptAltegio';
/** Altegio gives way to the ledger. */
export const ADOPT_LEDGER_SIGNAL = 'adoptLedger';
/** Signal, of a visit too: something else happened to this customer; look again before ending. Argument: why, one of `Because`. */
export const DIRTY_SIGNAL = 'dirty';
/** Update of a payment: resolves once the ledger has decided. The answer itself is read from the committed row. */
export const DECIDED_UPDATE = 'decided';
/** Signal of a payment: a capture or a void waits in the ledger. The answer itself is read from its committed row. */
export const STEP_SIGNAL = 'step';
