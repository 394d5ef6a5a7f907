/** Moments as people of a time zone read them. */
import { Temporal } from 'temporal-polyfill/implementation';

const zoned = (at: Date, timeZone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone);

/** RFC 3339 with the zone's offset. */
export const offsetTime = (at: Date, timeZone: string): string =>
  zoned(at, timeZone).toString({ timeZoneName: 'never', smallestUnit: 'millisecond' });

/** Date and time of day in the zone, as people and spreadsheets read them. */
export const localTime = (at: Date, timeZone: string): string =>
  zoned(at, timeZone).toPlainDateTime().toString({ smallestUnit: 'second' }).replace('T', ' ');
