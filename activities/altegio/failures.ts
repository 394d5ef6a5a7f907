/** The closed list of failures that workflows see; the message is the sentence an operator reads in the Temporal UI. */
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import {
  AltegioNotFound,
  AltegioRefused,
  AltegioThrottled,
  AltegioUnauthorised,
  AltegioUnknownOutcome,
  AltegioUnreachable,
} from './client/index.ts';
import { WritingOff } from '../ledger/chain-writing.ts';

/** Every type a failure of ours can have. `NeedsOperator` ends the retries; all others are tried again. */
export type FailureType =
  | 'AltegioThrottled'
  | 'AltegioUnreachable'
  | 'AltegioUnauthorised'
  | 'AltegioNotFound'
  | 'AltegioRefused'
  | 'AltegioUnknownOutcome'
  | 'WriteOpen'
  | 'WriteInDoubt'
  | 'Explaining'
  | 'NoCardYet'
  | 'Contended'
  | 'WritingOff'
  | 'NeedsOperator';

/**
 * A failure that Temporal tries again after `delayMs` (milliseconds), or after its own delays that grow from one to 15
 * seconds; expected waiting, which no log needs to warn of.
 */
export function tryAgain(type: FailureType, sentence: string, delayMs: number | 'growing'): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: sentence,
    nonRetryable: false,
    category: ApplicationFailureCategory.BENIGN,
    ...(delayMs !== 'growing' && { nextRetryDelay: Math.max(1, Math.round(delayMs)) }),
  });
}

/** A failure that only a person can end; the workflow waits for the operator. */
export function needsOperator(sentence: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'NeedsOperator', message: sentence, nonRetryable: true });
}

/** Whether this is a failure of ours that is tried again. */
export function isTryAgain(failure: unknown): failure is ApplicationFailure {
  return failure instanceof ApplicationFailure && !failure.nonRetryable;
}

/** Whether a person is needed. */
export function isNeedsOperator(failure: unknown): failure is ApplicationFailure {
  return failure instanceof ApplicationFailure && failure.nonRetryable === true;
}

const DEFAULT_DELAY_MS = 2_000;
/** A parked scope is probed once a minute. */
const PARKED_DELAY_MS = 15_000;
/** Who switches writing on wakes the workflows in their order; a run that was not reached tries by itself, rarely. */
const WRITING_OFF_DELAY_MS = 300_000;

/** Turns an error of the Altegio client into a failure that says what the workflow waits for. Others pass through. */
export function toFailure(error: unknown): unknown {
  const delay = (fallback: number) => jitter(retryAfter(error) ?? fallback);
  if (error instanceof WritingOff) return tryAgain('WritingOff', error.message, jitter(WRITING_OFF_DELAY_MS));
  if (error instanceof AltegioThrottled)
    return tryAgain('AltegioThrottled', `Altegio's call limit is used up: ${error.message}`, delay(DEFAULT_DELAY_MS));
  if (error instanceof AltegioUnreachable)
    return tryAgain('AltegioUnreachable', `Altegio cannot be reached: ${error.message}`, delay(DEFAULT_DELAY_MS));
  if (error instanceof AltegioUnauthorised)
    return tryAgain('AltegioUnauthorised', `Altegio refuses our access: ${error.message}`, delay(PARKED_DELAY_MS));
  if (error instanceof AltegioUnknownOutcome)
    return tryAgain('AltegioUnknownOutcome', `Altegio gave no clear answer: ${error.message}`, delay(DEFAULT_DELAY_MS));
  if (error instanceof AltegioNotFound)
    return tryAgain('AltegioNotFound', `Altegio does not know what was asked for: ${error.message}`, delay(5_000));
  if (error instanceof AltegioRefused)
    return tryAgain('AltegioRefused', `Altegio refused the call: ${error.message}`, delay(5_000));
  return error;
}

function retryAfter(error: unknown): number | undefined {
  return error instanceof Error && 'retryAfterMs' in error && typeof error.retryAfterMs === 'number'
    ? error.retryAfterMs
    : undefined;
}

/** Spreads retries of many workflows that wait for the same thing, up to a quarter later. */
function jitter(delayMs: number): number {
  return delayMs * (1 + Math.random() / 4);
}
