/** The country a location's people write phones in, told by its time zone. */
import { getCountries } from 'libphonenumber-js/max';

interface ZonedLocale extends Intl.Locale {
  getTimeZones?(): string[] | undefined;
  readonly timeZones?: string[] | undefined;
}

let byZone: Map<string, string> | undefined;

function canonical(timeZone: string): string {
  return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
}

function table(): Map<string, string> {
  const zones = new Map<string, string>();
  for (const region of getCountries()) {
    const locale: ZonedLocale = new Intl.Locale(`und-${region}`);
    for (const zone of locale.getTimeZones?.() ?? locale.timeZones ?? []) if (!zones.has(zone)) zones.set(zone, region);
  }
  return zones;
}

/** ISO 3166 code of the country that uses the zone; undefined for a zone of none, such as `UTC`. */
export function countryOf(timeZone: string): string | undefined {
  byZone ??= table();
  const found = byZone.get(timeZone);
  if (found !== undefined) return found;
  try {
    return byZone.get(canonical(timeZone));
  } catch {
    return undefined;
  }
}
