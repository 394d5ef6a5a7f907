/**
 * From a committed row that says PENDING to its decision: started in Temporal and waited for within the till's time, or
 * given up, so that a 503 is true. The same for a payment and for each further step of it.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { isDatabaseDown } from '../http/database-down.ts';
import type { ApiDeps } from '../http/deps.ts';
import { temporalWithin } from '../http/temporal-wait.ts';
import type { Admission } from './admission.ts';
import type { Decisions } from './decisions.ts';

/** What a door that begins work needs beyond the rest. */
export interface PaymentDeps extends ApiDeps {
  readonly admission: Admission;
  readonly decisions: Decisions;
}

/** A row that waits for its decision. */
export interface Undecided<Row> {
  /** Its id, for the log. */
  readonly id: string;
  /** Lets its workflow begin, or tells the one that runs. @throws when Temporal did not take it within the deadline */
  start(deadlineMs: number): Promise<void>;
  /** The decided row; null when it still is PENDING at `until` (of `performance.now()`) or cannot be read. */
  wait(until: number): Promise<Row | null>;
  /** Gives it up unless it was decided meanwhile. @returns the row as it is then; null while it is PENDING */
  giveUp(): Promise<Row | null>;
}

/**
 * When Temporal has not taken a start in this time, the row is given up in time. Between processes it answers only
 * after the workflow's first task, so this is longer than the till's read of Altegio may take (2.7 s) and its commit.
 */
const START_MS = 3_200;
/** What is let in later than this before its answer is due would hardly be decided in time. */
const DECISION_MS = 1_500;

/** Starts it. False when Temporal did not take it; a workflow that is there already is a start. */
async function started<Row>(deps: ApiDeps, row: Undecided<Row>, left: number): Promise<boolean> {
  const deadlineMs = Math.max(1, Math.min(START_MS, left));
  try {
    // Temporal's client waits between its own tries, past its deadline as well; the till does not.
    await temporalWithin(deadlineMs, row.start(deadlineMs));
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return true;
    deps.logger.warn({ err: error, id: row.id }, 'Temporal did not take a payment or a step of one');
    return false;
  }
}

async function abandoned<Row>(row: Undecided<Row>): Promise<Row | null> {
  try {
    return await row.giveUp();
  } catch (error) {
    // Neither started nor given up for certain: the till is told where to ask, never that nothing will happen.
    if (isDatabaseDown(error)) return null;
    throw error;
  }
}

/**
 * Waits for the decision. When Temporal did not take it the row is given up, so that a 503 is true.
 * @returns the decided row; null when it is still PENDING, or nobody can tell while the database is away.
 */
export async function decideInTime<Row>(deps: PaymentDeps, row: Undecided<Row>, until: number): Promise<Row | null> {
  const leave = await deps.admission.enter(until - DECISION_MS);
  if (!leave) return await abandoned(row);
  try {
    // A repeat starts it again: whoever inserted the row may have died before starting, and a second start is harmless.
    const decision = row.wait(until);
    const failure = started(deps, row, until - performance.now() - 300).then((taken) =>
      taken ? decision : abandoned(row),
    );
    return await Promise.race([decision, failure]);
  } finally {
    leave();
  }
}
