/** A program's settings: what the operator door stores as a version and every posting is made under. */
import { z } from 'zod';
import { parseAmount } from './money.ts';
import { defaultLevelName } from './levels.ts';
import { parsePercent, parseShare } from './ratio.ts';

const readable = (read: (text: string) => unknown, example: string) =>
  z
    .string()
    .refine(
      (text) => {
        try {
          read(text);
          return true;
        } catch {
          return false;
        }
      },
      { message: `must be a decimal text such as "${example}"` },
    )
    .meta({ example });

const amount = readable((text) => {
  if (parseAmount(text) < 0n) throw new RangeError('negative');
}, '0.00');
const percent = readable((text) => {
  const { numerator, denominator } = parsePercent(text);
  if (numerator > denominator) throw new RangeError('over 100 %');
}, '5');
const share = readable((text) => {
  const { numerator, denominator } = parseShare(text);
  if (numerator > denominator) throw new RangeError('over 1');
}, '0.30');

/** Whether the calendar knows this IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Minor units, or `null` for a text that is no amount: the rules between fields run even when a field is wrong. */
function amountOrNull(text: string): bigint | null {
  try {
    return parseAmount(text);
  } catch {
    return null;
  }
}

const level = z.strictObject({ from: amount, percent, name: z.string().trim().min(1).max(64).optional() });

/** Whole days that points live; `null` never expires. */
const lifetimeDays = z.number().int().positive().nullable();

const FARTHEST_WARNING = 365;

const warnDays = z
  .array(z.number().int().positive().max(FARTHEST_WARNING))
  .max(5)
  .refine((days) => days.every((day, place) => place === 0 || day < (days[place - 1] ?? 0)), {
    message: 'must fall from day to day, none twice',
  })
  .default([7, 3])
  .meta({ description: 'So many days before points end the night notes a warning; none for an empty list' });

const positive = amount
  .refine((text) => (amountOrNull(text) ?? 1n) > 0n, { message: 'must be more than 0' })
  .meta({ example: '100.00' });

/** A gift of points; without `lifetimeDays` they live as earned ones do. */
const gift = { amount: positive, lifetimeDays: lifetimeDays.optional() };

/** A day of the program's time zone; over a limit points wait for a person. */
const dayLimits = { paymentsPerDay: z.number().int().positive().optional(), pointsPerDay: amount.optional() };

/** Settings of a program; amounts are decimal texts, `maxShare` a share of the bill, percents of money paid. */
export const programSettings = z
  .strictObject({
    name: z.string().trim().min(1).max(255).meta({ example: 'Bonus' }),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as "KZT"')
      .meta({ example: 'KZT' }),
    timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone such as "Asia/Almaty"').optional(),
    locations: z.array(z.number().int().positive()).optional(),
    accrual: z.strictObject({ levels: z.array(level).min(1), base: z.literal('money').default('money') }),
    redeem: z.strictObject({
      maxShare: share.default('0.30'),
      minMoney: amount.default('0.00'),
      whenAltegioDown: z.enum(['refuse', 'trustLedger']).default('refuse'),
      trustCap: amount.optional(),
    }),
    lots: z
      .strictObject({
        lifetimeDays: lifetimeDays.default(365),
        mode: z.enum(['each', 'quiet']).default('each').meta({
          description:
            '`each`: every accrual lives `lifetimeDays` by itself. `quiet`: all of a customer’s points expire together when nothing was bought for `lifetimeDays`.',
        }),
        pendingDays: z.number().int().min(0).default(0),
        returned: z.enum(['stay_expired', 'grace']).default('stay_expired'),
        graceDays: z.number().int().positive().optional(),
        warnDays,
      })
      .prefault({}),
    excludedCategories: z.array(z.string().min(1)).optional(),
    excludedItems: z.array(z.string().min(1)).optional(),
    excludedLocations: z.array(z.number().int().positive()).optional(),
    excludedCustomerTypes: z.array(z.string().min(1)).optional(),
    limits: z.strictObject({ ...dayLimits, perOperator: z.strictObject(dayLimits).optional() }).optional(),
    rounding: z.enum(['floor', 'half_up']).default('floor'),
    clawback: z.enum(['unlimited', 'within_balance', 'only_pending']).default('unlimited'),
    holdMinutes: z.number().int().min(1).max(1440).default(15),
    accrueBy: z.enum(['till', 'altegio', 'both']).default('till'),
    welcome: z.strictObject(gift).optional().meta({ description: 'Once, when a customer is met for the first time' }),
    birthday: z
      .strictObject({
        ...gift,
        days: z.number().int().min(-60).max(60).default(0).meta({
          description: 'Days after the birthday; before it when less than 0',
        }),
      })
      .optional()
      .meta({ description: 'Once a year' }),
    referral: z
      .strictObject({ referrer: positive, referred: positive, lifetimeDays: lifetimeDays.optional() })
      .optional()
      .meta({ description: 'Both sides, after the first paid sale of the one who was referred' }),
  })
  .superRefine((settings, context) => {
    const froms = settings.accrual.levels.map(({ from }) => amountOrNull(from)).filter((from) => from !== null);
    const amountsOnly = froms.length === settings.accrual.levels.length;
    if (amountsOnly && (froms[0] !== 0n || froms.some((from, index) => index > 0 && from <= (froms[index - 1] ?? 0n))))
      context.addIssue({
        code: 'custom',
        path: ['accrual', 'levels'],
        message: 'must start from "0.00" and rise from level to level',
      });
    const names = settings.accrual.levels.map(({ name }, index) => name ?? defaultLevelName(index));
    if (new Set(names).size < names.length)
      context.addIssue({ code: 'custom', path: ['accrual', 'levels'], message: 'must have different names' });
    if (settings.lots.mode === 'quiet' && settings.lots.lifetimeDays === null)
      context.addIssue({
        code: 'custom',
        path: ['lots', 'lifetimeDays'],
        message: 'is needed when mode is "quiet"',
      });
    if (settings.redeem.whenAltegioDown === 'trustLedger' && settings.redeem.trustCap === undefined)
      context.addIssue({
        code: 'custom',
        path: ['redeem', 'trustCap'],
        message: 'is needed when whenAltegioDown is "trustLedger"',
      });
  });

/** The settings as stored. */
export type ProgramSettings = z.infer<typeof programSettings>;
