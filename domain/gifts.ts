/** Gifts of points: what a program gives on which occasion, and when a birthday is one. */
import { Temporal } from 'temporal-polyfill/implementation';
import type { LotRules } from './lot-dates.ts';
import { type Minor, parseAmount } from './money.ts';
import type { ProgramSettings } from './program.ts';

/** Why points are given: first contact, birthday, and the two sides of a referral. */
export const GIFT_KINDS = ['welcome', 'birthday', 'referrer', 'referred'] as const;
export type GiftKind = (typeof GIFT_KINDS)[number];

/** What is given, in minor units, and how long it lives. */
export interface GiftTerms {
  readonly amount: Minor;
  readonly lots: LotRules;
}

/** What a program gives on an occasion; null where it gives nothing. */
export function giftTerms(settings: ProgramSettings, kind: GiftKind): GiftTerms | null {
  const { referral, lots } = settings;
  const side = kind === 'referrer' || kind === 'referred' ? kind : null;
  const gift = side ? referral && { ...referral, amount: referral[side] } : settings[kind as 'welcome' | 'birthday'];
  if (!gift) return null;
  const { lifetimeDays = null } = gift;
  const own = gift.lifetimeDays === undefined ? lots : { lifetimeDays };
  return { amount: parseAmount(gift.amount), lots: { ...own, pendingDays: 0 } };
}

/** A gift whose day was missed, because nothing of ours ran, is still given so many days later. */
const LATE_DAYS = 6;

/** Two birthday gifts of one customer are at least so many days apart, whatever becomes of the date. */
export const BIRTHDAY_GAP_DAYS = 300;

/**
 * The birthdays, each as month × 100 + day, whose gift is due on the local day `today` (`YYYY-MM-DD`) or was missed in
 * the days before. `days` counts from the birthday; who was born on 29 February has it on the 28th in other years.
 */
export function birthdaysDue(today: string, days: number): number[] {
  const last = Temporal.PlainDate.from(today).subtract({ days });
  return Array.from({ length: LATE_DAYS + 1 }, (_, late) => last.subtract({ days: late })).flatMap((date) => {
    const monthDay = date.month * 100 + date.day;
    return monthDay === 228 && !date.inLeapYear ? [monthDay, 229] : [monthDay];
  });
}
