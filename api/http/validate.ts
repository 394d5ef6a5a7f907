/** Checking what came in: a zod schema or a problem that names the field. */
import type { z } from 'zod';
import { fieldErrors } from './field-errors.ts';
import { Problem } from './problem.ts';

/**
 * Reads a value by its schema.
 * @throws Problem `invalid_request` naming every bad field.
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown, where: 'body' | 'query' | 'path' = 'body'): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error);
  const names = errors.map(({ path }) => path || where).join(', ');
  throw new Problem('invalid_request', { detail: `Not as documented in the ${where}: ${names}.`, errors });
}
