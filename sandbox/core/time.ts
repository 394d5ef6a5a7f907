/** Altegio mixes three spellings of one instant; each function here makes or reads one of them. */

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  let found = formatters.get(timeZone);
  if (!found) {
    found = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
    formatters.set(timeZone, found);
  }
  return found;
}

/** `2026-04-20 18:30:00`, local to the location, no zone. */
export function localTime(at: string, timeZone: string): string {
  return formatter(timeZone).format(new Date(at));
}

function offsetMinutes(instantMs: number, timeZone: string): number {
  const wallClock = Date.parse(`${formatter(timeZone).format(instantMs).replace(' ', 'T')}Z`);
  return Math.round((wallClock - Math.floor(instantMs / 1000) * 1000) / 60_000);
}

function offsetText(at: string, timeZone: string, separator: string): string {
  const minutes = offsetMinutes(Date.parse(at), timeZone);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}${separator}${pad(size % 60)}`;
}

/** `2026-04-20T18:30:00+05:00`. */
export function zonedTime(at: string, timeZone: string): string {
  return `${localTime(at, timeZone).replace(' ', 'T')}${offsetText(at, timeZone, ':')}`;
}

/** `2026-04-20T14:22:50+0500`, the spelling of change stamps. */
export function stampTime(at: string, timeZone: string): string {
  return `${localTime(at, timeZone).replace(' ', 'T')}${offsetText(at, timeZone, '')}`;
}

/** The instant at which a wall clock in the zone shows this local time (`T` or blank between date and time). */
function localToInstant(local: string, timeZone: string): number {
  const asUtc = Date.parse(`${local.replace(' ', 'T')}Z`);
  const firstGuess = asUtc - offsetMinutes(asUtc, timeZone) * 60_000;
  // Around a clock change the offset at the first guess can differ; the second pass settles it.
  return asUtc - offsetMinutes(firstGuess, timeZone) * 60_000;
}

/** First and one-past-last instant of a run of local days, both ends inclusive as dates. */
export function dayRange(firstDay: string, lastDay: string, timeZone: string): { from: number; until: number } {
  const dayAfter = new Date(Date.parse(`${lastDay}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return {
    from: localToInstant(`${firstDay}T00:00:00`, timeZone),
    until: localToInstant(`${dayAfter}T00:00:00`, timeZone),
  };
}

/** True for a real calendar day written `Y-m-d`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const parsed = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
}

/** Reads a date, a local date-time or a date-time with offset (`+05:00`, `+0500`, `Z`); undefined when none of them. */
export function parseWhen(text: string, timeZone: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(Z|[+ -]\d{2}:?\d{2})?)?$/.exec(text);
  if (!match || !isDay(match[1] ?? '')) return undefined;
  const clock = match[2] === undefined ? '00:00:00' : match[2].length === 5 ? `${match[2]}:00` : match[2];
  const local = `${match[1]}T${clock}`;
  const zone = match[3];
  if (zone === undefined) {
    const instant = localToInstant(local, timeZone);
    return Number.isNaN(instant) ? undefined : instant;
  }
  // An unescaped "+" in a query string arrives as a blank.
  const offset = zone === 'Z' ? 'Z' : zone.replace(' ', '+').replace(/^(.\d{2}):?(\d{2})$/, '$1:$2');
  const instant = Date.parse(`${local}${offset}`);
  return Number.isNaN(instant) ? undefined : instant;
}
