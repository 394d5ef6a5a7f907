/** What the operator door's calls have in common: ids, texts, pages, links. */
import { z } from 'zod';
import type { ApiConfig } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';

export { PAGE_SIZE, pageOf, pageQuery, placeInTime, readCursor, writeCursor } from '../http/pages.ts';

/** An id of Altegio's as an answer writes it: a number, or its digits when a JSON number would lose some. */
export function wireId(id: bigint): number | string {
  return id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : String(id);
}

/** The schema of {@link wireId}. */
export const wireIdSchema = z.union([z.int(), z.string()]).meta({ description: 'An id of Altegio’s', example: 101 });

/** A moment in an answer. */
export const wireTime = z.string().meta({ format: 'date-time', example: '2026-11-21T12:00:00.000Z' });

/** A local day in an answer. */
export const localDate = z.string().meta({ format: 'date', example: '2026-11-22' });

/** Text of a person, trimmed. */
export const personText = (longest: number) => z.string().trim().min(1).max(longest);

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
