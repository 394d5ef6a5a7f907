/** Whom a night warns of what: ends that are as many days away as the program's `lots.warnDays` say. */
import { Temporal } from 'temporal-polyfill/implementation';
import type { Burn } from './forecast.ts';
import { dayBegins } from './lot-dates.ts';
import type { Minor } from './money.ts';

/** A local day, `YYYY-MM-DD`, in whose night points will end, and which of the program's warnings is due for it. */
export interface WarnedDay {
  readonly endsOn: string;
  readonly daysBefore: number;
  /** Epoch milliseconds: what ends after the one and no later than the other ends in the night of that day. */
  readonly after: number;
  readonly until: number;
}

/** What of an account will end in the night of a day. */
export interface Warning {
  readonly endsOn: string;
  readonly daysBefore: number;
  readonly amount: Minor;
}

/** A night, and the last one before it that was done; null for a program's first. */
export interface WarningNight {
  readonly date: string;
  readonly lastDone: string | null;
  readonly timeZone: string;
}

const isAfter = (a: Temporal.PlainDate, b: Temporal.PlainDate): boolean => Temporal.PlainDate.compare(a, b) > 0;

/**
 * The days whose warnings are due in a night, soonest first. Warnings of nights that were missed are made up for, of one
 * day only the one closest to it, and none of a day that has come.
 */
export function warnedDays({ date, lastDone, timeZone }: WarningNight, warnDays: readonly number[]): WarnedDay[] {
  const today = Temporal.PlainDate.from(date);
  const first = lastDone === null ? today : Temporal.PlainDate.from(lastDone).add({ days: 1 });
  const closest = new Map<string, number>();
  for (const daysBefore of warnDays.toSorted((a, b) => b - a))
    for (let night = first; !isAfter(night, today); night = night.add({ days: 1 })) {
      const endsOn = night.add({ days: daysBefore });
      if (isAfter(endsOn, today)) closest.set(endsOn.toString(), daysBefore);
    }
  return [...closest]
    .map(([endsOn, daysBefore]) => ({
      endsOn,
      daysBefore,
      after: dayBegins(Temporal.PlainDate.from(endsOn).subtract({ days: 1 }).toString(), timeZone),
      until: dayBegins(endsOn, timeZone),
    }))
    .sort((a, b) => a.until - b.until);
}

/** What customers are warned of on these days: each day's burns of their forecast. */
export function warningsOf(burns: readonly Burn[], days: readonly WarnedDay[]): Warning[] {
  return days
    .map(({ endsOn, daysBefore, after, until }) => ({
      endsOn,
      daysBefore,
      amount: burns.filter(({ at }) => at > after && at <= until).reduce((sum, { amount }) => sum + amount, 0n),
    }))
    .filter(({ amount }) => amount > 0n);
}
