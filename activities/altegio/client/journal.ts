/** The chain's loyalty journal, all pages (docs/altegio.md, "Journal"). */
import { readAs, UnreadableBody } from './body.ts';
import type { Caller } from './caller.ts';
import type { CallOptions } from './options.ts';
import { journalPage, type JournalLine } from './shapes.ts';

export interface JournalQuery {
  chainId: bigint;
  /** Y-m-d, inclusive as far as is known. */
  from: string;
  to: string;
  types: number[];
}

/** Rows asked for; what Altegio allows at most is not known. */
const PAGE = 200;
const MAX_PAGES = 500;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Reads all pages and leaves out lines that move no card. Pages may shift under the reader: a line met twice counts
 * once, and one that slipped through is found by the next reading.
 */
export async function readJournal(caller: Caller, query: JournalQuery, options: CallOptions): Promise<JournalLine[]> {
  if (!DATE.test(query.from) || !DATE.test(query.to)) throw new RangeError('journal dates are written Y-m-d');
  const seen = new Map<bigint, JournalLine>();
  const { permit, ...later } = options;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const search = new URLSearchParams({ created_after: query.from, created_before: query.to });
    for (const type of query.types) search.append('types[]', String(type));
    search.set('page', String(page));
    search.set('count', String(PAGE));
    const request = {
      method: 'GET',
      path: `/chain/${query.chainId}/loyalty/transactions?${search.toString()}`,
    } as const;
    const known = seen.size;
    const { rows, total } = await caller.call(request, page === 1 ? { ...later, permit } : later, (body) => {
      const lines = readAs(journalPage, body.data);
      for (const line of lines) {
        if (line.amount !== 0n && line.cardId === 0n) throw new UnreadableBody('a line moves a card and names none');
        seen.set(line.id, line);
      }
      return { rows: lines.length, total: Number(body.meta['count'] ?? body.meta['total_count'] ?? Number.NaN) };
    });
    if (seen.size === known || isLast(rows, seen.size, total)) break;
    if (page === MAX_PAGES) throw new RangeError('the journal of these days is too long to be read');
  }
  return [...seen.values()].filter((line) => line.amount !== 0n);
}

/**
 * Whether nothing follows. It is not known whether `meta.count` counts the page or everything, nor whether `count` is
 * capped: so a short page is the last unless more is announced, or its length is round, as a cap would be.
 */
export function isLast(rows: number, seen: number, total: number): boolean {
  if (rows === 0) return true;
  if (rows >= PAGE) return false;
  if (Number.isFinite(total) && total > seen) return false;
  return rows % 10 !== 0 && rows % 25 !== 0;
}
