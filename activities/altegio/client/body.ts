/**
 * Altegio's answers vary: with an envelope or bare, numbers as strings, `[]` for an empty relation, binary noise in
 * amounts (docs/altegio.md, "Envelope", "Numbers"). Everything here reads what it needs and ignores the rest.
 */
import { z } from 'zod';
import { parseForeignAmount } from '../../../domain/money.ts';
import { PhoneError, toE164 } from '../../../domain/phone.ts';

/** Thrown for a body that cannot be understood; the message names fields, never values. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
}

/** An id: an integer or its digits. A JSON number beyond 2^53 has already lost digits and is refused. */
export const id = z.union([
  z
    .number()
    .int()
    .refine(Number.isSafeInteger)
    .transform((n) => BigInt(n)),
  z
    .string()
    .regex(/^-?\d{1,18}$/)
    .transform((digits) => BigInt(digits)),
]);

/** An id that may be absent; null, `[]`, `""` and 0 mean none. */
export const optionalId = z
  .unknown()
  .optional()
  .transform((raw) => id.safeParse(raw).data)
  .transform((value) => (value === undefined || value === 0n ? null : value));

/** A small integer such as a type id. */
export const integer = z.union([
  z.number().int(),
  z
    .string()
    .regex(/^-?\d{1,9}$/)
    .transform(Number),
]);

/** An amount in minor units (1/100), from a number or a string, rounded half away from zero. */
export const amount = z.union([z.number(), z.string()]).transform((raw, context) => {
  // A number below 1e-6 is written with an exponent; it is noise around zero.
  if (/^-?\d+(\.\d+)?e-\d+$/i.test(String(raw)) && Math.abs(Number(raw)) < 0.001) return 0n;
  try {
    return parseForeignAmount(raw);
  } catch {
    context.addIssue({ code: 'custom', message: 'no amount' });
    return z.NEVER;
  }
});

/** Text; a safe integer is taken for its digits (card numbers may come so). Null, absent and `[]` are `""`. */
export const text = z
  .unknown()
  .optional()
  .transform((raw, context) => {
    if (typeof raw === 'string') return raw;
    if (Number.isSafeInteger(raw)) return String(raw);
    if (raw === null || raw === undefined || (Array.isArray(raw) && raw.length === 0)) return '';
    context.addIssue({ code: 'custom', message: 'no text' });
    return z.NEVER;
  });

/** A related object; `null`, `[]`, `""`, `0`, `false` and absence all mean there is none. */
export function relation<T extends z.ZodType>(schema: T): z.ZodType<z.output<T> | null> {
  return z.preprocess(
    (raw) => (raw && typeof raw === 'object' && !(Array.isArray(raw) && raw.length === 0) ? raw : null),
    schema.nullable(),
  ) as z.ZodType<z.output<T> | null>;
}

/** A list; PHP writes an empty or keyed one as an object, and none as null. */
export function list<T extends z.ZodType>(schema: T): z.ZodType<z.output<T>[]> {
  return z.preprocess(
    (raw) => (raw && typeof raw === 'object' && !Array.isArray(raw) ? Object.values(raw) : (raw ?? [])),
    z.array(schema),
  ) as z.ZodType<z.output<T>[]>;
}

/** As {@link list} for a whole payload: null or absent is no answer, never "none". */
export function rows<T extends z.ZodType>(schema: T): z.ZodType<z.output<T>[]> {
  return z.preprocess((raw, context) => {
    if (typeof raw === 'object' && raw !== null) return raw;
    context.addIssue({ code: 'custom', message: 'no list' });
    return z.NEVER;
  }, list(schema)) as z.ZodType<z.output<T>[]>;
}

/** A body as read: the payload, and `meta` where there was an object of that name. */
export interface Body {
  data: unknown;
  meta: Record<string, unknown>;
}

/**
 * Parses a successful body and takes the envelope off, if there is one. An empty body has no payload (`undefined`).
 * @throws UnreadableBody when it is no JSON, or says `success: false`
 */
export function openEnvelope(raw: string): Body {
  const parsed = raw.trim() === '' ? undefined : parseJson(raw);
  if (!isRecord(parsed) || !('success' in parsed || ('data' in parsed && 'meta' in parsed))) {
    return { data: parsed, meta: {} };
  }
  if (parsed['success'] === false) throw new UnreadableBody('it says success: false in spite of its status');
  return { data: parsed['data'], meta: isRecord(parsed['meta']) ? parsed['meta'] : {} };
}

/**
 * Reads a payload by its schema.
 * @throws UnreadableBody naming the fields that do not fit
 */
export function readAs<T extends z.ZodType>(schema: T, data: unknown): z.output<T> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const fields = [...new Set(result.error.issues.map((issue) => issue.path.join('.') || 'the body'))];
  throw new UnreadableBody(`not as expected: ${fields.slice(0, 5).join(', ')}`);
}

/** Altegio's sentence and the fields it complains about, from an error body of any shape. Never throws. */
export function readComplaint(raw: string): { sentence: string; fields: string[] } {
  let parsed: unknown;
  try {
    parsed = parseJson(raw);
  } catch {
    return { sentence: '', fields: [] };
  }
  const meta = isRecord(parsed) && isRecord(parsed['meta']) ? parsed['meta'] : isRecord(parsed) ? parsed : {};
  const errors = isRecord(meta['errors']) ? Object.keys(meta['errors']) : [];
  return {
    sentence: typeof meta['message'] === 'string' ? meta['message'] : '',
    fields: errors.filter((key) => /^[\w.[\]-]{1,60}$/.test(key)),
  };
}

/**
 * A phone as any of Altegio's objects spells it: with plus, without, or as a number.
 * @returns E.164 text, or null when there is none (`""`, `[]`, masked, too short)
 */
export function phoneFromAltegio(raw: unknown): string | null {
  if (typeof raw !== 'string' && typeof raw !== 'number') return null;
  const digits = String(raw).replace(/[\s().-]/g, '');
  if (!/^\+?[1-9]\d{6,14}$/.test(digits)) return null;
  try {
    return toE164(digits.startsWith('+') ? digits : `+${digits}`);
  } catch (error) {
    if (error instanceof PhoneError) return null;
    throw error;
  }
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw) as unknown;
  } catch {
    // The parser's message quotes the text, which may hold a name.
    throw new UnreadableBody('it is no JSON');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
