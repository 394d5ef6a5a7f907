/** Checking what came in: a zod schema or a problem that names the field. */
import type { z } from 'zod';
import { type FieldError, fieldErrors } from './field-errors.ts';
import { Problem } from './problem.ts';

/**
 * Reads a value by its schema.
 * @throws Problem `invalid_request` naming every bad field.
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown, where: 'body' | 'query' | 'path' = 'body'): T {
  const unstorable = unstorableTexts(value);
  const parsed = schema.safeParse(value);
  if (parsed.success && unstorable.length === 0) return parsed.data;
  const errors = parsed.success ? unstorable : fieldErrors(parsed.error);
  const names = errors.map(({ path }) => path || where).join(', ');
  throw new Problem('invalid_request', { detail: `Not as documented in the ${where}: ${names}.`, errors });
}

/** NUL and half a surrogate pair are legal in JSON, but PostgreSQL can store neither. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

function unstorableTexts(value: unknown, path: readonly string[] = []): FieldError[] {
  if (typeof value === 'string')
    return UNSTORABLE.test(value) ? [{ path: path.join('.'), message: 'holds a character that cannot be stored' }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    UNSTORABLE.test(key)
      ? [{ path: path.join('.'), message: 'has a field whose name cannot be stored' }]
      : unstorableTexts(part, [...path, key]),
  );
}
