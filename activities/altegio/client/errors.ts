/**
 * What can go wrong with a call to Altegio: one class for each decision the caller has to take. Messages carry no phone,
 * name, token or address of a call; Altegio's own sentence is quoted with long numbers blotted out.
 */

interface Details {
  /** HTTP status of Altegio's answer; absent when there was none. */
  status?: number | undefined;
  /** Milliseconds after which another try makes sense, where that is known. */
  retryAfterMs?: number | undefined;
  /** Whether a request may have left this process. */
  sent: boolean;
  cause?: unknown;
}

/** Base of all errors of the Altegio client. Errors of PostgreSQL pass through as they are, before anything is sent. */
export abstract class AltegioError extends Error {
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly sent: boolean;

  constructor(message: string, details: Details) {
    super(message, { cause: details.cause });
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.sent = details.sent;
  }
}

/**
 * Altegio understood the call and refused it (400, 409, 422 and other 4xx without a class of their own). Certainly not
 * applied; the same call would be refused again. It does not mean that the card or the money is wrong: read, recompute.
 */
export class AltegioRefused extends AltegioError {
  override readonly name = 'AltegioRefused';
}

/**
 * Altegio's limit (429), or our own budget had no slot in time. Certainly not applied; try later. It does not mean that
 * anything is wrong with the call or that Altegio is down.
 */
export class AltegioThrottled extends AltegioError {
  override readonly name = 'AltegioThrottled';
}

/**
 * Token, licence or right is missing (401, 402, 403), or the scope is parked because it was a moment ago (then nothing
 * was sent). Certainly not applied. It does not mean that the card is gone; a person has to give us access.
 */
export class AltegioUnauthorised extends AltegioError {
  override readonly name = 'AltegioUnauthorised';
}

/**
 * Altegio knows no such thing (404). Certainly not applied. For a card it does not mean that its balance is 0, nor that
 * it was deleted: a card of another chain answers the same.
 */
export class AltegioNotFound extends AltegioError {
  override readonly name = 'AltegioNotFound';
}

/**
 * The request certainly never left: connection refused, name not found, connecting took too long, or the breaker is
 * open. Not applied; try later. It does not mean that Altegio is down for others.
 */
export class AltegioUnreachable extends AltegioError {
  override readonly name = 'AltegioUnreachable';
}

/**
 * Everything else: no answer in time, the connection broke after sending, 5xx, an answer nobody can read. A write may or
 * may not have been applied, or may still be. It does not mean "failed": never send a write again because of it.
 */
export class AltegioUnknownOutcome extends AltegioError {
  override readonly name = 'AltegioUnknownOutcome';
}

/** Altegio's own sentence, fit for a log: one line, at most 200 characters, without what may be a phone, mail or token. */
export function blot(text: string): string {
  return text
    .replace(/\b(?=[\w-]*\d)[\w-]{16,}\b/g, '…')
    .replace(/\+?\d(?:[\s().-]*\d){7,}/g, '…')
    .replace(/\S+@\S+/g, '…')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
}
