/** How answers look on the wire: the envelope, its older bare form, and PHP's noisy floats. */
import { randomUUID } from 'node:crypto';
import type { Refusal } from '../core/refusal.ts';
import type { Settings } from '../core/settings.ts';
import { THROTTLED, title } from '../core/titles.ts';
import type { Answer } from './call.ts';

// Marks numbers that JSON.stringify must not spell itself; random, so that no stored text can contain it.
const MARK = randomUUID();
const MARKED = new RegExp(`"${MARK}([^"]*)"`, 'g');

/** JSON text; with noise, fractions are spelled with 17 digits, as in `0.66000000000000003`. */
function toJson(value: unknown, noisy: boolean): string {
  if (!noisy) return JSON.stringify(value);
  const marked = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'number' && !Number.isInteger(part) ? `${MARK}${part.toPrecision(17).replace(/0+$/, '')}` : part,
  );
  return marked.replace(MARKED, '$1');
}

/** The body of a successful answer; undefined for an empty one. */
export function successBody(settings: Settings, answer: Answer, bare: boolean): string | undefined {
  if (answer.data === undefined) return undefined;
  const body = bare ? answer.data : { success: true, data: answer.data, meta: answer.meta ?? [] };
  return toJson(body, settings.floatNoise);
}

/** The error envelope of a refusal. */
export function refusalBody(settings: Settings, refusal: Refusal): string {
  const place = refusal.title === 'licence' ? ` ${refusal.errors['location_id']?.[0] ?? ''}` : '';
  const message = `${title(settings, refusal.title)}${place}`.trimEnd();
  const hasErrors = refusal.title === 'invalid' && Object.keys(refusal.errors).length > 0;
  return errorBody(message, hasErrors ? refusal.errors : undefined);
}

/** The 429 text: the seconds in it are always 0 and mean nothing. */
export function throttledBody(): string {
  return errorBody(THROTTLED, undefined);
}

function errorBody(message: string, errors: unknown): string {
  const meta = errors === undefined ? { message } : { message, errors };
  return JSON.stringify({ success: false, data: null, meta });
}
