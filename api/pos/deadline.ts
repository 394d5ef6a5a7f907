/** A till is answered within four seconds, also when the database stands still. */
import type { RequestHandler, Response } from 'express';
import { Problem, sendProblem } from '../http/problem.ts';

/** Of the till's four seconds the network gets what is left. */
const ANSWER_MS = 3_600;
/** The guard speaks only when the call itself has not. */
const GUARD_MS = 3_750;

const tooLate = (): Problem => new Problem('unavailable', { detail: 'It took too long; nothing has happened.' });

interface Deadline {
  readonly until: number;
  readonly guard: NodeJS.Timeout;
}

/** Starts the clock. Until a payment's row is committed, a call that stands still is answered 503. */
export const startClock: RequestHandler = (req, res, next) => {
  const guard = setTimeout(() => {
    if (!res.headersSent) sendProblem(req, res, tooLate());
  }, GUARD_MS);
  res.on('close', () => clearTimeout(guard));
  res.locals['deadline'] = { until: performance.now() + ANSWER_MS, guard } satisfies Deadline;
  next();
};

/** When the answer is due, of `performance.now()`. */
export function dueAt(res: Response): number {
  return (res.locals['deadline'] as Deadline).until;
}

/** From here on something may happen, so a late answer is no longer 503. @throws Problem when it is too late to begin. */
export function passPointOfNoReturn(res: Response): void {
  const { until, guard } = res.locals['deadline'] as Deadline;
  if (res.headersSent || performance.now() >= until) throw tooLate();
  clearTimeout(guard);
}

/** Waits for work until a moment at most; null when it is not ready by then. It goes on unwatched, its failure unheard. */
export async function within<T>(work: Promise<T>, until: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(0, until - performance.now()));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
