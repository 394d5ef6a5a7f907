/** Levels, gifts, days and what ends when: the rules of time, without a database. */
import { describe, expect, it } from 'vitest';
import { birthdaysDue, giftTerms } from '../../../domain/gifts.ts';
import { Book } from '../../../domain/book.ts';
import { ledgerAccounts } from '../../../domain/posting-plan.ts';
import { forecast } from '../../../domain/forecast.ts';
import { levelOf } from '../../../domain/levels.ts';
import { localDay, lotDates } from '../../../domain/lot-dates.ts';
import { programSettings } from '../../../domain/program.ts';

const at = (text: string): number => Date.parse(text);

describe('levels', () => {
  const levels = ['0.00', '1000.00', '5000.00', '9000.00'].map((from, place) => ({ from, percent: `${3 + place}` }));

  it('V-37 percent by previous purchases, thresholds upward; Bronze, Silver and Gold where no own name is given', () => {
    const reached = [0n, 99_999n, 100_000n, 499_999n, 500_000n, 900_000n].map((spent) => levelOf(levels, spent));
    expect(reached.map(({ name }) => name)).toEqual(['Bronze', 'Bronze', 'Silver', 'Silver', 'Gold', 'Level 4']);
    expect(reached.map(({ percent }) => percent)).toEqual(['3', '3', '4', '4', '5', '6']);
    const own = [{ from: '0.00', percent: '3', name: 'Friend' }];
    expect(levelOf(own, 10n)).toEqual({ name: 'Friend', percent: '3' });
  });
});

describe('local days', () => {
  it.each([
    ['Asia/Almaty', '2026-11-21T18:59:59Z', '2026-11-21', '2026-11-20T19:00:00Z'],
    ['Asia/Almaty', '2026-11-21T19:00:00Z', '2026-11-22', '2026-11-21T19:00:00Z'],
    // The clock jumps from 00:00 to 01:00: the day begins at one.
    ['Africa/Cairo', '2026-04-24T06:00:00Z', '2026-04-24', '2026-04-23T22:00:00Z'],
    // The hour before midnight comes twice: the day begins after the second.
    ['America/Havana', '2026-11-01T05:30:00Z', '2026-11-01', '2026-11-01T04:00:00Z'],
    ['Australia/Lord_Howe', '2026-10-04T12:00:00Z', '2026-10-04', '2026-10-03T13:30:00Z'],
    ['Asia/Kathmandu', '2026-11-21T18:15:00Z', '2026-11-22', '2026-11-21T18:15:00Z'],
  ])('in %s, %s is on %s, which began at %s', (zone, now, date, began) => {
    expect(localDay(at(now), zone)).toEqual({ date, beganAt: at(began) });
  });

  it('whole local days pass over a change of clocks, so what lives a day ends at the next midnight, 23 or 25 hours on', () => {
    const days = (earned: string) =>
      lotDates(at(earned), 'Europe/Berlin', { lifetimeDays: 1, pendingDays: 1 }) as {
        activatesAt: number;
        expiresAt: number;
      };
    const spring = days('2026-03-28T12:00:00Z');
    expect((spring.expiresAt - spring.activatesAt) / 3_600_000).toBe(23);
    const autumn = days('2026-10-24T12:00:00Z');
    expect((autumn.expiresAt - autumn.activatesAt) / 3_600_000).toBe(25);
  });

  it('points that end together carry how long their customer may be quiet', () => {
    const dates = lotDates(at('2026-11-21T12:00:00Z'), 'UTC', { lifetimeDays: 90, pendingDays: 0, mode: 'quiet' });
    expect(dates).toEqual({ activatesAt: null, expiresAt: at('2027-02-19T00:00:00Z'), quietDays: 90 });
  });
});

describe('gifts', () => {
  const settings = (more: object) =>
    programSettings.parse({
      name: 'Bonus',
      currency: 'KZT',
      accrual: { levels: [{ from: '0.00', percent: '5' }] },
      redeem: {},
      lots: { lifetimeDays: 365, mode: 'quiet', pendingDays: 14 },
      ...more,
    });

  it('a gift lives as earned points do unless it has a lifetime of its own, and is never pending', () => {
    const both = settings({ welcome: { amount: '500' }, birthday: { amount: '100', lifetimeDays: 30 } });
    expect(giftTerms(both, 'welcome')).toMatchObject({
      amount: 50_000n,
      lots: { lifetimeDays: 365, mode: 'quiet', pendingDays: 0 },
    });
    expect(giftTerms(both, 'birthday')).toEqual({ amount: 10_000n, lots: { lifetimeDays: 30, pendingDays: 0 } });
    expect(giftTerms(both, 'referrer')).toBeNull();
  });

  it('the two sides of a referral have amounts of their own', () => {
    const one = settings({ referral: { referrer: '300', referred: '200', lifetimeDays: null } });
    expect(giftTerms(one, 'referrer')).toEqual({ amount: 30_000n, lots: { lifetimeDays: null, pendingDays: 0 } });
    expect(giftTerms(one, 'referred')).toEqual({ amount: 20_000n, lots: { lifetimeDays: null, pendingDays: 0 } });
  });

  it.each([
    ['on the day itself', '2026-05-10', 0, 510],
    ['7 days before', '2026-05-03', -7, 510],
    ['3 days after', '2026-05-13', 3, 510],
    ['before, over New Year', '2026-12-28', -5, 102],
    ['29 February of a leap year', '2028-02-29', 0, 229],
    ['29 February of another year, on the 28th', '2026-02-28', 0, 229],
  ])('a birthday gift is due %s', (_, today, days, monthDay) => {
    expect(birthdaysDue(today, days)[0] === monthDay || birthdaysDue(today, days)[1] === monthDay).toBe(true);
  });

  it('on 28 February of a leap year those of the 29th still wait', () => {
    expect(birthdaysDue('2028-02-28', 0)).not.toContain(229);
  });

  it('a day that was missed is made good for six days', () => {
    expect(birthdaysDue('2026-05-16', 0)).toContain(510);
    expect(birthdaysDue('2026-05-17', 0)).not.toContain(510);
  });
});

describe('what ends', () => {
  const accounts = ledgerAccounts('acc_1', 'prg_1', 1n);
  const lot = (id: bigint, free: bigint, expiresAt: number | null) => ({ id, free, expiresAt, createdAt: Number(id) });
  const book = (lots: ReturnType<typeof lot>[], held = 0n) => {
    const active = lots.reduce((sum, { free }) => sum + free, held);
    return new Book({ balances: { active, held, pending: 0n, debt: 0n }, lots, accounts, nextLotId: () => 9n, now: 0 });
  };

  it('7: on the day B ends 200 of 300, and what is reserved stays', () => {
    const page = book([lot(1n, 10_000n, 200), lot(2n, 20_000n, 100), lot(3n, 5_000n, null)], 700n);
    expect(page.expire(100)).toBe(20_000n);
    expect(page.balances).toEqual({ active: 15_700n, held: 700n, pending: 0n, debt: 0n });
    const { transfers, taken } = page.drain();
    expect(transfers).toMatchObject([
      { debit: accounts.customer, credit: accounts.expired, amount: 20_000n, code: 'expiry', lotId: 2n },
    ]);
    expect([...taken]).toEqual([[2n, 20_000n]]);
    expect(page.expire(100)).toBe(0n);
  });

  it('is forecast by date, earliest first, with the pending points that a debt leaves over', () => {
    const pending = { pending: true, activatesAt: 50 };
    const burns = forecast(
      [
        { id: 1n, pending: false, free: 100n, activatesAt: null, expiresAt: 300 },
        { id: 2n, pending: false, free: 40n, activatesAt: null, expiresAt: 100 },
        { id: 3n, pending: false, free: 7n, activatesAt: null, expiresAt: null },
        { id: 4n, ...pending, free: 60n, expiresAt: 100 },
        { id: 5n, pending: true, activatesAt: null, free: 90n, expiresAt: 100 },
      ],
      15n,
    );
    expect(burns).toEqual([
      { at: 100, amount: 85n },
      { at: 300, amount: 100n },
    ]);
  });
});
