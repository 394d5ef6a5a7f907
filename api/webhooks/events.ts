/** Reading a delivery of Altegio's into events, tolerantly: only the envelope has to be as documented. */
import { z } from 'zod';
import { canonical, changedAtOf, hashOf, storable } from '../../activities/ledger/event-text.ts';
import { fieldErrors } from '../http/field-errors.ts';
import { parseJson } from '../http/json.ts';
import { Problem } from '../http/problem.ts';
import { altegioId } from '../http/schemas.ts';

const text = (longest: number) => z.string().min(1).max(longest);

/** The envelope; `data` varies by resource and is read when the event is worked on. */
export const eventSchema = z
  .looseObject({
    company_id: altegioId,
    resource: text(64).meta({ example: 'record' }),
    resource_id: z
      .union([z.string().max(64), z.number(), z.bigint()])
      .transform(String)
      .meta({ type: ['integer', 'string'], example: 5001 }),
    status: text(32).meta({ example: 'update' }),
    data: z.unknown().optional(),
  })
  .meta({ description: 'An event of Altegio’s; further fields are kept and not minded' });

/** One event of a delivery. */
export interface IncomingEvent {
  readonly companyId: bigint;
  readonly resource: string;
  readonly resourceId: string;
  readonly status: string;
  /** Canonical JSON of the whole event: the same event gives the same text whatever the order of its fields. */
  readonly body: string;
  /** SHA-256 of `body`, hex. */
  readonly hash: string;
  /** Its `last_change_date`; null when it carries none that names an instant. */
  readonly changedAt: Date | null;
}

function unreadable(message: string): Problem {
  return new Problem('invalid_request', { detail: `The body ${message}.`, errors: [{ path: '', message }] });
}

function readOne(exact: unknown, plain: unknown): IncomingEvent | z.ZodError {
  const parsed = eventSchema.safeParse(exact);
  if (!parsed.success) return parsed.error;
  const { company_id: companyId, resource, resource_id: resourceId, status } = parsed.data;
  const body = canonical(exact, plain);
  return {
    companyId,
    resource: storable(resource),
    resourceId: storable(resourceId),
    status: storable(status),
    body,
    hash: hashOf(body),
    changedAt: changedAtOf(parsed.data.data),
  };
}

/**
 * Reads a body: one event or an array of them. Of an array the readable events are kept, for Altegio delivers once and
 * one broken element must not cost the others.
 * @throws Problem `invalid_request` when there is nothing to keep.
 */
export function readEvents(body: unknown): IncomingEvent[] {
  if (typeof body !== 'string' || body === '') throw unreadable('is empty');
  let exact: unknown;
  let plain: unknown;
  try {
    plain = JSON.parse(body);
    exact = parseJson(body);
  } catch {
    // The parser's own message quotes the text, which may hold a name.
    throw unreadable('is not JSON');
  }
  const [items, twins]: [unknown[], unknown[]] =
    Array.isArray(exact) && Array.isArray(plain) ? [exact, plain] : [[exact], [plain]];
  const errors: z.ZodError[] = [];
  const events: IncomingEvent[] = [];
  try {
    for (const [index, item] of items.entries()) {
      const event = readOne(item, twins[index]);
      if (event instanceof z.ZodError) errors.push(event);
      else events.push(event);
    }
  } catch (error) {
    if (error instanceof RangeError) throw unreadable('is nested too deeply');
    throw error;
  }
  const [first] = errors;
  if (events.length === 0 && first)
    throw new Problem('invalid_request', { detail: 'The body is no event.', errors: fieldErrors(first) });
  return events;
}
