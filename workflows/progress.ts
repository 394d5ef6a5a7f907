/** Where a workflow stands, told three ways: current details for the Temporal UI, search attributes, query `state`. */
import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  defineQuery,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import { STATE_QUERY, type WorkflowState } from './contract.ts';
import { type Requests, trackRequests } from './requests.ts';
import { SEARCH } from './search-attributes.ts';

const stateQuery = defineQuery<WorkflowState>(STATE_QUERY);

/** One workflow's progress; see {@link trackProgress}. */
export interface Progress {
  /** Enters a phase and says in one sentence where it stands. */
  enter(phase: string, sentence: string): void;
  /** An attempt failed; the sentence says what the workflow waits for. */
  waits(sentence: string, attempts: number): void;
  /** Both balances as last seen, decimal texts. */
  saw(books: { ledger?: string; altegio?: string }): void;
  /** Search attributes, at most twice a run: once when they are known, once at the end; more are left out. */
  index(pairs: SearchAttributePair[]): void;
  /** Waits for an operator; any further event of the customer is a reason to try again too. */
  park(): Promise<void>;
  /** Ends such a wait, and does nothing at any other time. */
  wake(): void;
  /** True once an operator or an event asked to try again; asking clears it. */
  takeRetry(): boolean;
  /** Waits until somebody asks to try again. */
  retryAsked(): Promise<void>;
  /** What operators asked of this run. */
  readonly requests: Requests;
}

const MOST_UPSERTS = 2;

/** Registers the query and the operators' signals, and returns what tells them; see {@link trackRequests}. */
export function trackProgress(first: string, { changesBooks = true } = {}): Progress {
  let state: WorkflowState = {
    phase: 'started',
    attempts: 0,
    waitsFor: null,
    lastError: null,
    ledger: null,
    altegio: null,
  };
  let retry = false;
  let indexed = 0;
  let parked = false;
  let saidParked = false;
  setCurrentDetails(first);
  setHandler(stateQuery, () => state, {
    description: 'Where this workflow stands: phase, attempts, what it waits for, last error, both balances.',
  });
  const requests = trackRequests(changesBooks, () => {
    retry = true;
  });
  return {
    requests,
    enter(phase, sentence) {
      state = { ...state, phase, waitsFor: null };
      setCurrentDetails(sentence);
    },
    waits(sentence, attempts) {
      state = { ...state, waitsFor: sentence, lastError: sentence, attempts: state.attempts + attempts };
      setCurrentDetails(`Waits: ${sentence}`);
    },
    saw(books) {
      state = { ...state, ledger: books.ledger ?? state.ledger, altegio: books.altegio ?? state.altegio };
    },
    index(pairs) {
      // Each upsert is an event in the history: a run that looks again keeps what it said first.
      if (indexed >= MOST_UPSERTS && !saidParked) return;
      indexed += 1;
      saidParked = false;
      upsertSearchAttributes([...pairs, { key: SEARCH.phase, value: state.phase }]);
    },
    async park() {
      const { phase } = state;
      state = { ...state, phase: 'needs_operator' };
      parked = true;
      // Rare, and what an operator filters by: not counted.
      saidParked = true;
      upsertSearchAttributes([{ key: SEARCH.phase, value: 'needs_operator' }]);
      await condition(() => retry);
      state = { ...state, phase };
      parked = false;
      retry = false;
    },
    wake() {
      if (parked) retry = true;
    },
    takeRetry() {
      const asked = retry;
      retry = false;
      return asked;
    },
    retryAsked: () => condition(() => retry),
  };
}

/** The failure of ours inside an activity's failure. */
export function causeOf(error: unknown): { type: string; sentence: string; delayMs: number } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const sentence = cause instanceof Error ? cause.message : String(cause);
  if (!(cause instanceof ApplicationFailure)) return { type: 'Unknown', sentence, delayMs: 1_000 };
  const { nextRetryDelay, type } = cause;
  return { type: type ?? 'Unknown', sentence, delayMs: typeof nextRetryDelay === 'number' ? nextRetryDelay : 1_000 };
}
