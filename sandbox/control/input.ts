/** Reading what `/control` is sent, and refusing it in one sentence. */
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { parseAmount } from '../core/money.ts';
import { Refusal } from '../core/refusal.ts';

/** A body, path or query that cannot be used. */
export class ControlError extends Error {
  readonly status: number;
  readonly path: string;

  constructor(status: number, path: string, message: string) {
    super(message);
    this.status = status;
    this.path = path;
  }
}

/** An amount with at most two decimals, as decimal string or number; minor units after parsing. */
export const amountSchema = z.union([z.string(), z.number()]).transform((value, context) => {
  const amount = parseAmount(value);
  if (amount?.exact) return amount.minor;
  context.addIssue({ code: 'custom', message: 'must be an amount with at most two decimals, such as "50.00"' });
  return z.NEVER;
});

/** A positive amount. */
export const positiveAmountSchema = amountSchema.refine((minor) => minor > 0, 'must be more than zero');

export const idSchema = z.int().min(1);

/** The body, checked; an absent body is an empty object. */
export function readInput<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const unknownKeys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const path = [...(issue?.path ?? []), ...unknownKeys.slice(0, 1)].join('.');
  const reason = unknownKeys.length > 0 ? 'is not known here' : (issue?.message ?? 'is wrong');
  throw new ControlError(400, path, `${path === '' ? 'The body' : `The field ${path}`}: ${reason}.`);
}

/** Runs a handler and answers its result as JSON, or its refusal as `{error: {path, message}}`. */
export function answer(run: (request: Request) => unknown, status = 200): RequestHandler {
  return async (request, response) => {
    try {
      const result = await run(request);
      response.status(status).json(result ?? {});
    } catch (error) {
      refuse(response, error);
    }
  };
}

function refuse(response: Response, error: unknown): void {
  if (error instanceof ControlError) {
    response.status(error.status).json({ error: { path: error.path, message: error.message } });
  } else if (error instanceof Refusal) {
    const path = Object.keys(error.errors)[0] ?? '';
    const message = error.status === 404 ? 'There is no such thing in the sandbox.' : `Refused: ${error.message}.`;
    response.status(error.status).json({ error: { path, message } });
  } else {
    throw error;
  }
}
