/** When a new lot becomes active and when it expires: midnights of the program's time zone (R7). */
import { Temporal } from 'temporal-polyfill/implementation';

/** Epoch milliseconds; `activatesAt` null is at once, `expiresAt` null is never. */
export interface LotDates {
  readonly activatesAt: number | null;
  readonly expiresAt: number | null;
}

/**
 * Dates of a lot earned at `earnedAt` (epoch milliseconds). Pending points activate at the midnight that starts the
 * day `pendingDays` later; expiry counts whole local days from activation.
 */
export function lotDates(
  earnedAt: number,
  timeZone: string,
  rules: { readonly lifetimeDays: number | null; readonly pendingDays: number },
): LotDates {
  const earnedOn = Temporal.Instant.fromEpochMilliseconds(earnedAt).toZonedDateTimeISO(timeZone).toPlainDate();
  const activeOn = earnedOn.add({ days: rules.pendingDays });
  const midnight = (date: Temporal.PlainDate) => date.toZonedDateTime({ timeZone }).epochMilliseconds;
  return {
    activatesAt: rules.pendingDays > 0 ? midnight(activeOn) : null,
    expiresAt: rules.lifetimeDays === null ? null : midnight(activeOn.add({ days: rules.lifetimeDays })),
  };
}
