/** A period as a query names it: from and to, as days of the place or as moments. */
import { Temporal } from 'temporal-polyfill/implementation';
import { z } from 'zod';
import type { Period } from '../../activities/ledger/statement/statement.ts';
import { Problem } from '../http/problem.ts';

const MOMENT_ERROR = 'must be a day such as "2026-11-21", or RFC 3339 with offset';
const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/, MOMENT_ERROR)
  .meta({ description: 'A day of the location, or RFC 3339 with offset', example: '2026-11-01' });

/** The fields of a query that names a period. */
export const periodQuery = {
  from: moment.optional(),
  to: moment.optional().meta({ description: 'A day is included whole', example: '2026-11-30' }),
};

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

/** Reads the period, whose days begin at midnight of the zone. @throws Problem naming the field */
export function periodOf(
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
  timeZone: string,
): Period {
  const from = instantOf(query.from, timeZone, 'from');
  const to = instantOf(query.to, timeZone, 'to');
  if (from && to && from >= to) throw badDate('to', 'must not be before from');
  return { from, to };
}
