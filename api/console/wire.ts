/** What the operator door's calls have in common: ids, texts, pages, links. */
import { z } from 'zod';
import type { ApiConfig } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';

/** An id of Altegio's as an answer writes it: a number, or its digits when a JSON number would lose some. */
export function wireId(id: bigint): number | string {
  return id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : String(id);
}

/** The schema of {@link wireId}. */
export const wireIdSchema = z.union([z.int(), z.string()]).meta({ description: 'An id of Altegio’s', example: 101 });

/** A moment in an answer. */
export const wireTime = z.string().meta({ format: 'date-time', example: '2026-11-21T12:00:00.000Z' });

/** Text of a person, trimmed. */
export const personText = (longest: number) => z.string().trim().min(1).max(longest);

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

/** No query parameters: one that is sent is named, rather than silently without effect. */
export const noQuery = z.strictObject({});

/** The account named in the path. */
export function accountIdFrom(text: unknown): string {
  const parsed = ownId('acc').safeParse(text);
  if (!parsed.success) throw new Problem('account_not_found');
  return parsed.data;
}

/** The Altegio id named in the path; what cannot be one is answered as `notFound`. */
export function altegioIdFrom(text: unknown, notFound: () => Problem): bigint {
  const parsed = altegioId.safeParse(text);
  if (!parsed.success) throw notFound();
  return parsed.data;
}

/** Checks the query of a call that takes none. */
export function takesNoQuery(query: unknown): void {
  parse(noQuery, query, 'query');
}

/** Where a person sees a run in the Temporal UI; null when there is no UI. */
export function temporalLink(config: ApiConfig, workflowId: string, runId: string): string | null {
  if (config.temporalUiUrl === null) return null;
  const base = config.temporalUiUrl.replace(/\/+$/, '');
  const place = `namespaces/${encodeURIComponent(config.temporalNamespace)}/workflows`;
  return `${base}/${place}/${encodeURIComponent(workflowId)}/${encodeURIComponent(runId)}/history`;
}
