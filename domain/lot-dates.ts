/** When a new lot becomes active and when it expires: midnights of the program's time zone (R7). */
import { Temporal } from 'temporal-polyfill/implementation';

/** Epoch milliseconds; `activatesAt` null is at once, `expiresAt` null is never. */
export interface LotDates {
  readonly activatesAt: number | null;
  readonly expiresAt: number | null;
  /** Each purchase moves the expiry to so many days after it; absent where a lot keeps its own date. */
  readonly quietDays?: number;
}

/** Dates of a lot that is active at once and for ever. */
export const NEVER_EXPIRES: LotDates = { activatesAt: null, expiresAt: null };

/** What the dates of a lot are made of; `each` where no `mode` is named. */
export interface LotRules {
  readonly lifetimeDays: number | null;
  readonly pendingDays: number;
  readonly mode?: 'each' | 'quiet';
}

const midnight = (date: Temporal.PlainDate, timeZone: string): number =>
  date.toZonedDateTime({ timeZone }).epochMilliseconds;

const dateAt = (epoch: number, timeZone: string): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(epoch).toZonedDateTimeISO(timeZone).toPlainDate();

/**
 * Dates of a lot earned at `earnedAt` (epoch milliseconds). Pending points activate at the midnight that starts the
 * day `pendingDays` later; expiry counts whole local days from activation.
 */
export function lotDates(earnedAt: number, timeZone: string, rules: LotRules): LotDates {
  const activeOn = dateAt(earnedAt, timeZone).add({ days: rules.pendingDays });
  const { lifetimeDays } = rules;
  return {
    activatesAt: rules.pendingDays > 0 ? midnight(activeOn, timeZone) : null,
    expiresAt: lifetimeDays === null ? null : midnight(activeOn.add({ days: lifetimeDays }), timeZone),
    ...(rules.mode === 'quiet' && lifetimeDays !== null && { quietDays: lifetimeDays }),
  };
}

/** The moment a local day, `YYYY-MM-DD`, begins, epoch milliseconds. */
export const dayBegins = (date: string, timeZone: string): number => midnight(Temporal.PlainDate.from(date), timeZone);

/** The local day that `now` (epoch milliseconds) is in, `YYYY-MM-DD`, and the moment it began. */
export function localDay(now: number, timeZone: string): { readonly date: string; readonly beganAt: number } {
  const date = dateAt(now, timeZone);
  return { date: date.toString(), beganAt: midnight(date, timeZone) };
}
