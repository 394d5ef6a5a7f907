/** What has changed at a location since a moment, all pages (docs/altegio.md, "Changes since"). */
import { z } from 'zod';
import { id, readAs, rows } from './body.ts';
import type { Caller } from './caller.ts';
import type { CallOptions } from './options.ts';
import { isLast } from './journal.ts';

/** Appointments and clients: the lists that can be asked by the time of change. */
export type ChangedList = 'records' | 'clients';

/** Which list of which location; `since` in Altegio's own spelling (domain/altegio-time.ts). */
export interface ChangesQuery {
  readonly locationId: bigint;
  readonly list: ChangedList;
  readonly since: string;
}

/** A thing that changed, as Altegio shows it; only its id is checked. */
export type ChangedRow = { readonly id: bigint } & Readonly<Record<string, unknown>>;

/** Everything seen. Not `complete`: the list kept moving, and a row may have slipped through. */
export interface Changes {
  readonly rows: ChangedRow[];
  readonly complete: boolean;
}

const PAGE = 200;
const MAX_PAGES = 500;
/** Readings of a list of several pages; the last one has to show nothing new. */
const MAX_READINGS = 4;

const changedPage: z.ZodType<ChangedRow[]> = rows(z.looseObject({ id }));

/**
 * Reads the list. Pages are counted from the list's start, so a row that moves while they are read pushes others over
 * the edge of a page that was read before: a list of several pages is read until a reading shows nothing new.
 */
export async function readChanges(caller: Caller, query: ChangesQuery, options: CallOptions): Promise<Changes> {
  const seen = new Map<bigint, ChangedRow>();
  for (let reading = 1; reading <= MAX_READINGS; reading += 1) {
    const { pages, fresh } = await readAllPages(caller, query, options, seen);
    if (pages === 1 || (reading > 1 && fresh === 0)) return { rows: [...seen.values()], complete: true };
  }
  return { rows: [...seen.values()], complete: false };
}

async function readAllPages(
  caller: Caller,
  { locationId, list, since }: ChangesQuery,
  options: CallOptions,
  seen: Map<bigint, ChangedRow>,
): Promise<{ pages: number; fresh: number }> {
  const now = new Set<bigint>();
  let fresh = 0;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const search = new URLSearchParams({ changed_after: since, page: String(page), count: String(PAGE) });
    if (list === 'records') search.set('with_deleted', '1');
    const path = `/${list}/${locationId}?${search.toString()}`;
    const found = await caller.call({ method: 'GET', path }, options, (body) => ({
      rows: readAs(changedPage, body.data),
      total: Number(body.meta['total_count'] ?? Number.NaN),
    }));
    for (const row of found.rows) {
      const known = seen.get(row.id);
      if (!known || known['last_change_date'] !== row['last_change_date']) fresh += 1;
      seen.set(row.id, row);
      now.add(row.id);
    }
    const all = Number.isFinite(found.total)
      ? now.size >= found.total
      : isLast(found.rows.length, now.size, found.total);
    if (found.rows.length === 0 || all) return { pages: page, fresh };
  }
  throw new RangeError('more has changed than can be read');
}
