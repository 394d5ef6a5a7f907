/** Periods that callers name by days of a location or by moments. */
import { Temporal } from 'temporal-polyfill/implementation';
import { z } from 'zod';
import { Problem } from './problem.ts';

const MOMENT_ERROR = 'must be a day such as "2026-11-21", or RFC 3339 with offset';
/** One end of a period. */
export const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/, MOMENT_ERROR)
  .meta({ description: 'A day of the location, or RFC 3339 with offset', example: '2026-11-01' });

/** @throws Problem naming the field of a day that does not exist */
function instantOf(text: string | undefined, timeZone: string, field: 'from' | 'to'): Date | null {
  if (text === undefined) return null;
  try {
    if (text.includes('T')) return new Date(Temporal.Instant.from(text).epochMilliseconds);
    const day = Temporal.PlainDate.from(text, { overflow: 'reject' });
    const start = field === 'to' ? day.add({ days: 1 }) : day;
    return new Date(start.toZonedDateTime({ timeZone }).epochMilliseconds);
  } catch {
    throw badDate(field, MOMENT_ERROR);
  }
}

const badDate = (path: string, message: string) =>
  new Problem('invalid_request', { detail: `Not as documented in the query: ${path}.`, errors: [{ path, message }] });

/** Both ends as instants; a day at the end is included whole. @throws Problem naming the field */
export function periodOf(
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
  timeZone: string,
): { readonly from: Date | null; readonly to: Date | null } {
  const from = instantOf(query.from, timeZone, 'from');
  const to = instantOf(query.to, timeZone, 'to');
  if (from && to && from >= to) throw badDate('to', 'must not be before from');
  return { from, to };
}
