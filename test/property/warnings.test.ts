/** Warnings over many nights, some of them missed. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Temporal } from 'temporal-polyfill/implementation';
import { warnedDays } from '../../domain/warnings.ts';
import { check } from './check.ts';

const drawn = fc.record({
  warnDays: fc
    .uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 5 })
    .map((days) => days.toSorted((a, b) => b - a)),
  // How many days each night comes after the one before; more than 1 where nights were missed.
  gaps: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }),
});

/** What a program that had every night would say, by the day of that night. */
function planned(warnDays: readonly number[], days: number): { night: number; endsOn: number; daysBefore: number }[] {
  return Array.from({ length: days }, (_, night) => night).flatMap((night) =>
    warnDays.map((daysBefore) => ({ night, endsOn: night + daysBefore, daysBefore })),
  );
}

it('each warning is said in its night or, where that was missed, in the next, unless the day or a closer warning has come by then', () => {
  const start = Temporal.PlainDate.from('2026-03-01');
  const dayOf = (text: string): number => start.until(text).days;
  check(
    'warnings over missed nights',
    drawn,
    ({ warnDays, gaps }) => {
      const nights = gaps.reduce((done, gap) => [...done, (done.at(-1) ?? 0) + gap], [0]);
      const said = nights.flatMap((night, place) => {
        const last = nights[place - 1];
        const lastDone = last === undefined ? null : start.add({ days: last }).toString();
        const due = warnedDays({ date: start.add({ days: night }).toString(), lastDone, timeZone: 'UTC' }, warnDays);
        return due.map(({ endsOn, daysBefore }) => `${night}: ${dayOf(endsOn)} by ${daysBefore}`);
      });
      const expected = planned(warnDays, (nights.at(-1) ?? 0) + 1).flatMap(({ night, endsOn, daysBefore }) => {
        const saidIn = nights.find((each) => each >= night) ?? night;
        const isLate = saidIn >= endsOn;
        const isOvertaken = warnDays.some((closer) => closer < daysBefore && endsOn - closer <= saidIn);
        return isLate || isOvertaken ? [] : [`${saidIn}: ${endsOn} by ${daysBefore}`];
      });
      expect(said.toSorted()).toEqual(expected.toSorted());
    },
    500,
  );
});
