import { describe, expect, it } from 'vitest';
import { programSettings } from '../../../domain/program.ts';

const good = {
  name: 'Bonus',
  currency: 'KZT',
  accrual: { levels: [{ from: '0.00', percent: '5' }] },
  redeem: {},
};

/** The paths of what is wrong, as a door would name them. */
const paths = (change: Record<string, unknown>): string[] => {
  const parsed = programSettings.safeParse({ ...good, ...change });
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
};

describe('program settings', () => {
  it('fills in the defaults of the rules', () => {
    expect(programSettings.parse(good)).toEqual({
      ...good,
      accrual: { levels: [{ from: '0.00', percent: '5' }], base: 'money' },
      redeem: { maxShare: '0.30', minMoney: '0.00', whenAltegioDown: 'refuse' },
      lots: { lifetimeDays: 365, mode: 'each', pendingDays: 0, returned: 'stay_expired', warnDays: [7, 3] },
      rounding: 'floor',
      clawback: 'unlimited',
      holdMinutes: 15,
      accrueBy: 'till',
    });
  });

  it.each([
    ['no name', { name: ' ' }, 'name'],
    ['a currency that is no code', { currency: 'tenge' }, 'currency'],
    ['a time zone that does not exist', { timeZone: 'Mars/Olympus' }, 'timeZone'],
    ['no level', { accrual: { levels: [] } }, 'accrual.levels'],
    ['levels that do not start at zero', { accrual: { levels: [{ from: '1.00', percent: '5' }] } }, 'accrual.levels'],
    [
      'two levels of one name',
      { accrual: { levels: ['0', '100'].map((from) => ({ from, percent: '5', name: 'Friend' })) } },
      'accrual.levels',
    ],
    ['points that end together never', { lots: { mode: 'quiet', lifetimeDays: null } }, 'lots.lifetimeDays'],
    ['a gift of nothing', { welcome: { amount: '0.00' } }, 'welcome.amount'],
    ['a birthday too far away', { birthday: { amount: '100', days: -61 } }, 'birthday.days'],
    ['a referral of one side', { referral: { referrer: '100' } }, 'referral.referred'],
    [
      'levels that do not rise',
      { accrual: { levels: ['0', '100', '100.00'].map((from) => ({ from, percent: '5' })) } },
      'accrual.levels',
    ],
    ['a level from no amount', { accrual: { levels: [{ from: 'abc', percent: '5' }] } }, 'accrual.levels.0.from'],
    ['a negative level', { accrual: { levels: [{ from: '-1.00', percent: '5' }] } }, 'accrual.levels.0.from'],
    ['over 100 percent', { accrual: { levels: [{ from: '0', percent: '100.01' }] } }, 'accrual.levels.0.percent'],
    ['a percent that is a float', { accrual: { levels: [{ from: '0', percent: 5 }] } }, 'accrual.levels.0.percent'],
    ['a share over 1', { redeem: { maxShare: '1.01' } }, 'redeem.maxShare'],
    ['an exponent', { redeem: { minMoney: '1e2' } }, 'redeem.minMoney'],
    ['trust without a cap', { redeem: { whenAltegioDown: 'trustLedger' } }, 'redeem.trustCap'],
    ['a lifetime of no day', { lots: { lifetimeDays: 0 } }, 'lots.lifetimeDays'],
    ['warnings that do not fall', { lots: { warnDays: [3, 7] } }, 'lots.warnDays'],
    ['two warnings on one day', { lots: { warnDays: [7, 7] } }, 'lots.warnDays'],
    ['a warning when it is too late', { lots: { warnDays: [0] } }, 'lots.warnDays.0'],
    ['more than five warnings', { lots: { warnDays: [30, 14, 7, 3, 2, 1] } }, 'lots.warnDays'],
    ['an unknown setting', { redem: {} }, ''],
  ])('refuse %s and name the place', (_, change, path) => {
    expect(paths(change)).toContain(path);
  });

  it.each([
    ['a time zone by its IANA name', { timeZone: 'Asia/Almaty' }],
    ['trust up to a cap', { redeem: { whenAltegioDown: 'trustLedger', trustCap: '100.00' } }],
    ['points that never expire', { lots: { lifetimeDays: null } }],
    ['no warnings', { lots: { warnDays: [] } }],
    [
      'rising levels',
      {
        accrual: {
          levels: [
            { from: '0', percent: '3' },
            { from: '1000.50', percent: '5.5' },
          ],
        },
      },
    ],
  ])('accept %s', (_, change) => {
    expect(paths(change)).toEqual([]);
  });
});
