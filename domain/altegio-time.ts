/** Moments as Altegio's queries take them. */
import { Temporal } from 'temporal-polyfill/implementation';

/**
 * An instant (epoch milliseconds) by the location's clock with its offset, such as `2026-04-20T14:22:50+05:00`: whether
 * the reader minds the offset or takes the text for local time, it is the same moment.
 */
export function altegioTime(at: number, timeZone: string): string {
  const instant = Temporal.Instant.fromEpochMilliseconds(at);
  const zoned = (zone: string) =>
    instant.toZonedDateTimeISO(zone).toString({ smallestUnit: 'second', timeZoneName: 'never' });
  try {
    return zoned(timeZone);
  } catch (error) {
    // A zone that Altegio names and nobody knows.
    if (!(error instanceof RangeError)) throw error;
    return zoned('UTC');
  }
}
