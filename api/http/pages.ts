/** Pages of lists: their size, their cursor, their form. */
import { z } from 'zod';
import { Problem } from './problem.ts';

/** A page's size and where it starts. */
export const pageQuery = {
  cursor: z.string().min(1).max(512).optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, 'must be 1 to 200')
    .transform(Number)
    .refine((size) => size <= 200, 'must be 1 to 200')
    .optional()
    .meta({ type: 'integer', example: 50 }),
};

/** Items of a page when the caller does not say. */
export const PAGE_SIZE = 50;

/** Writes a cursor; callers hand it back and read nothing from it. */
export function writeCursor(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/**
 * Reads a cursor.
 * @throws Problem naming `cursor` when it is none of ours.
 */
export function readCursor<T>(cursor: string | undefined, schema: z.ZodType<T>): T | null {
  if (cursor === undefined) return null;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    const errors = [{ path: 'cursor', message: 'must be the `next` of an answer' }];
    throw new Problem('invalid_request', { detail: 'Not as documented in the query: cursor.', errors });
  }
}

/** The cursor of a list in the order of time: PostgreSQL's own text of it, and the id. */
export const placeInTime = z.tuple([
  z.string().regex(/^\d{4,6}-\d\d-\d\d [\d:.+-]+$/),
  z.string().regex(/^[^\0]{1,512}$/),
]);

/** The schema of a page. */
export const pageOf = (item: z.ZodType) => z.object({ items: z.array(item), next: z.string().nullable() });
