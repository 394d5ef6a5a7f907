/** The country a location's people write phones in, told by its time zone. */
import { getCountries } from 'libphonenumber-js/max';

interface ZonedLocale extends Intl.Locale {
  getTimeZones?(): string[] | undefined;
  readonly timeZones?: string[] | undefined;
}

/** The runtime's name of a zone, which may be an older one (`Europe/Kiev`); undefined when it knows none. */
function canonical(timeZone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

const known = new Map<string, string | undefined>();

/** ISO 3166 code of the country that uses the zone; undefined for a zone of none, such as `UTC`. */
export function countryOf(timeZone: string): string | undefined {
  if (known.has(timeZone)) return known.get(timeZone);
  const zone = canonical(timeZone);
  const country = getCountries().find((code) => {
    const locale: ZonedLocale = new Intl.Locale(`und-${code}`);
    const zones = locale.getTimeZones?.() ?? locale.timeZones ?? [];
    return zones.includes(timeZone) || (zone !== undefined && zones.includes(zone));
  });
  known.set(timeZone, country);
  return country;
}
