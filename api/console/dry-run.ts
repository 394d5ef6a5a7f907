/**
 * `?dryRun=true` on a change of points: the same body, judged and made by the same code, and the answer is its plan.
 * Nothing is written, no workflow starts, no key is taken. A call that has no dry run refuses it rather than act.
 */
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { planAnswer } from '../http/plan.ts';
import { Problem } from '../http/problem.ts';
import { parse } from '../http/validate.ts';

/** The query of calls that have a dry run. */
export const dryRunQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'true: answers the plan of the change and writes nothing' }),
});

/** The answer of a dry run in the OpenAPI document. */
export const DRY_RUN_ANSWER = { description: 'With dryRun: what would happen; nothing has', schema: planAnswer };

/** Whether only the plan is asked for. */
export const isDryRun = (req: Request): boolean => parse(dryRunQuery, req.query, 'query').dryRun === 'true';

const REHEARSED = [
  /^\/accounts\/[^/]+\/adjustments$/,
  /^\/operations\/[^/]+\/(retry|skip|adopt-altegio|adopt-ledger|undo)$/,
  /^\/breaks\/[^/]+\/(close|post-other)$/,
  /^\/reviews\/[^/]+\/(approve|refuse)$/,
];

/** Lets nobody change something who asked for a dry run that there is not. */
export const refuseUnknownDryRun: RequestHandler = (req, _res, next) => {
  const asks = 'dryRun' in req.query && req.method !== 'GET';
  if (asks && !REHEARSED.some((path) => path.test(req.path)))
    throw new Problem('invalid_request', {
      detail: 'This call moves no points and has no dry run; nothing has happened.',
      errors: [{ path: 'dryRun', message: 'is not known to this call' }],
    });
  next();
};
