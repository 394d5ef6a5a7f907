/** An event's text as the inbox keeps it: canonical, storable, with the moment of its change. */
import { createHash } from 'node:crypto';

/** Deeper bodies are no event of Altegio's; without a bound one of them could exhaust the stack. */
const DEPTH_LIMIT = 64;

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
export const storable = (value: string): string => value.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd');

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/**
 * Writes canonical JSON. `exact` keeps integers that a double would round, `plain` the amounts with binary noise that
 * `exact` refuses; both are the same text parsed twice.
 */
export function canonical(exact: unknown, plain: unknown, depth = 0): string {
  if (depth > DEPTH_LIMIT) throw new RangeError('nested too deeply');
  if (typeof exact === 'bigint') return String(exact);
  if (typeof exact === 'number') return JSON.stringify(Number.isNaN(exact) ? plain : exact);
  if (typeof exact === 'string') return JSON.stringify(storable(exact));
  if (Array.isArray(exact)) {
    const twin: unknown[] = Array.isArray(plain) ? plain : [];
    return `[${exact.map((item, index) => canonical(item, twin[index], depth + 1)).join(',')}]`;
  }
  if (!isObject(exact)) return JSON.stringify(exact ?? null);
  const twin = isObject(plain) ? plain : {};
  const fields = Object.keys(exact)
    .sort()
    .map((key) => `${JSON.stringify(storable(key))}:${canonical(exact[key], twin[key], depth + 1)}`);
  return `{${fields.join(',')}}`;
}

/** SHA-256 of an event's canonical text, hex. */
export function hashOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

/** `2026-04-20T14:22:50+0500`, or with a colon, a blank for the T, or Z. Without an offset it names no instant. */
const STAMP = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})$/;

/** The `last_change_date` of an event's data, or null. */
export function changedAtOf(data: unknown): Date | null {
  const text = isObject(data) ? data['last_change_date'] : undefined;
  const [, day, time, zone] = (typeof text === 'string' && STAMP.exec(text)) || [];
  if (zone === undefined) return null;
  const at = new Date(`${day}T${time}${zone.replace(/^(.\d{2})(\d{2})$/, '$1:$2')}`);
  return Number.isNaN(at.getTime()) ? null : at;
}
