/** Which ends a night warns of, how many days before, and what of the forecast that comes to. */
import { describe, expect, it } from 'vitest';
import { dayBegins } from '../../../domain/lot-dates.ts';
import { type WarnedDay, warnedDays, warningsOf } from '../../../domain/warnings.ts';

const ZONE = 'Asia/Almaty';
const night = (date: string, lastDone: string | null) => ({ date, lastDone, timeZone: ZONE });
const told = (days: readonly WarnedDay[]) => days.map(({ endsOn, daysBefore }) => `${endsOn} ${daysBefore}`);

describe('the days that a night warns of', () => {
  it('are those exactly as many days ahead as the program says, soonest first', () => {
    expect(told(warnedDays(night('2026-11-22', '2026-11-21'), [7, 3]))).toEqual(['2026-11-25 3', '2026-11-29 7']);
    expect(warnedDays(night('2026-11-22', '2026-11-21'), [])).toEqual([]);
  });

  it('are the same in the first night of all, which makes up for none', () => {
    expect(told(warnedDays(night('2026-11-22', null), [7, 3]))).toEqual(['2026-11-25 3', '2026-11-29 7']);
  });

  it('include those of missed nights, each day once by its closest warning, and no day that has come', () => {
    expect(told(warnedDays(night('2026-11-22', '2026-11-17'), [7, 3]))).toEqual([
      '2026-11-23 3',
      '2026-11-24 3',
      '2026-11-25 3',
      '2026-11-26 7',
      '2026-11-27 7',
      '2026-11-28 7',
      '2026-11-29 7',
    ]);
  });

  it('reach from one midnight to the next, also where the clock changes', () => {
    const [day] = warnedDays({ date: '2026-10-23', lastDone: null, timeZone: 'Europe/Berlin' }, [3]);
    expect([day?.after, day?.until]).toEqual([Date.parse('2026-10-24T22:00Z'), Date.parse('2026-10-25T23:00Z')]);
  });
});

describe('what a night warns of', () => {
  const at = (date: string) => dayBegins(date, ZONE);
  const days = warnedDays(night('2026-11-22', '2026-11-21'), [7, 3]);

  it('is what the forecast names for those days, and nothing of other days', () => {
    const burns = [
      { at: at('2026-11-24'), amount: 1n },
      { at: at('2026-11-25'), amount: 20n },
      { at: at('2026-11-29'), amount: 300n },
      { at: at('2026-11-30'), amount: 4000n },
    ];
    expect(warningsOf(burns, days)).toEqual([
      { endsOn: '2026-11-25', daysBefore: 3, amount: 20n },
      { endsOn: '2026-11-29', daysBefore: 7, amount: 300n },
    ]);
    expect(warningsOf([], days)).toEqual([]);
  });

  it('counts what ends between two midnights to the night that ends it', () => {
    const noon = { at: at('2026-11-24') + 43_200_000, amount: 5n };
    expect(warningsOf([noon, { at: at('2026-11-25'), amount: 20n }], days)).toEqual([
      { endsOn: '2026-11-25', daysBefore: 3, amount: 25n },
    ]);
  });
});
