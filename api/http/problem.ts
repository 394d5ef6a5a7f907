/** Error answers of every door: `application/problem+json` (RFC 9457), never a stack. */
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from 'pino';
import { ZodError } from 'zod';
import { isDatabaseDown } from './database-down.ts';
import { fieldErrors, type FieldError } from './field-errors.ts';
import { PROBLEMS, type ProblemCode, type ProblemRow } from './problem-table.ts';

export type { ProblemCode } from './problem-table.ts';

/** What a problem says beyond its row of the table. */
export interface ProblemOptions {
  /** One sentence about this very occurrence. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** A business limit: decimal texts of what was asked and what is possible. */
  readonly requested?: string;
  readonly allowed?: string;
  readonly retryAfterSeconds?: number;
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Instead of the table's, where the same code may pass in one call and not in another. */
  readonly retryable?: boolean;
  /** Instead of the table's, where HTTP has a more exact one for the same code (415 for a body that is not JSON). */
  readonly status?: number;
}

/** Thrown anywhere below a door; the problem handler answers it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code].title);
    this.code = code;
    this.options = options;
  }

  get status(): number {
    return this.options.status ?? PROBLEMS[this.code].status;
  }
}

/** A 503 without Retry-After leaves every till to its own temper; two seconds let a restart finish. */
const RETRY_AFTER_SECONDS: Partial<Record<ProblemCode, number>> = {
  unavailable: 2,
  altegio_unavailable: 5,
  rate_limited: 1,
};

/** A problem as its document, in the language that the caller asks for. */
export function problemDocument(req: Request, res: Response, problem: Problem): object {
  const { code, options } = problem;
  const { title, retryable, posAction, cashierMessage }: ProblemRow = PROBLEMS[code];
  const language = req.acceptsLanguages('en', 'ru') === 'ru' ? 'ru' : 'en';
  return {
    type: `urn:problem:${code}`,
    title,
    status: problem.status,
    ...(options.detail === undefined ? {} : { detail: options.detail }),
    code,
    retryable: options.retryable ?? retryable,
    posAction,
    cashierMessage: cashierMessage[language],
    requestId: res.locals['requestId'] as unknown,
    ...(options.errors === undefined ? {} : { errors: options.errors }),
    ...(options.requested === undefined ? {} : { requested: options.requested }),
    ...(options.allowed === undefined ? {} : { allowed: options.allowed }),
    ...options.extra,
  };
}

/** Answers a problem. Doors throw instead; this is for the few places that must answer after other work. */
export function sendProblem(req: Request, res: Response, problem: Problem): void {
  const { code, options } = problem;
  const retryAfter = options.retryAfterSeconds ?? RETRY_AFTER_SECONDS[code];
  if (retryAfter !== undefined) res.set('Retry-After', String(retryAfter));
  if (problem.status === 401) res.set('WWW-Authenticate', 'Bearer');
  res.status(problem.status).type('application/problem+json');
  res.send(JSON.stringify(problemDocument(req, res, problem)));
}

/** Errors that express and its body parsers raise carry a status of their own. */
function fromHttpError(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status === 413) return new Problem('payload_too_large', { detail: 'The body may be at most 1 MiB.' });
  if (error.status === 415) return new Problem('invalid_request', { status: 415, detail: error.message });
  if (error.status < 400 || error.status > 499) return undefined;
  return new Problem('invalid_request', { detail: 'The request could not be read.' });
}

/** Which problem an error is. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ZodError) return new Problem('invalid_request', { errors: fieldErrors(error) });
  if (isDatabaseDown(error))
    return new Problem('unavailable', { detail: 'The database does not answer; nothing has happened.' });
  return fromHttpError(error) ?? new Problem('internal');
}

/** The last handler of the app. Only faults of ours are logged as errors; bodies, phones and names never are. */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) {
      // An answer that was given meanwhile stands; one that broke off in the middle is cut.
      if (!res.writableEnded) next(error);
      return;
    }
    const problem = toProblem(error);
    res.locals['problem'] = problem.code;
    const requestId: unknown = res.locals['requestId'];
    if (problem.code === 'internal') logger.error({ err: error, requestId }, 'a request failed');
    else if (problem.code === 'unavailable' && !(error instanceof Problem))
      logger.warn({ err: error, requestId }, 'the database does not answer');
    sendProblem(req, res, problem);
  };
}
