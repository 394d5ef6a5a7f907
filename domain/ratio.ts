/** Exact shares and percents: a decimal text becomes a fraction of integers, so no float touches money. */
import { AmountError, type Minor } from './money.ts';

/** A non-negative exact fraction. */
export interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** How a result between two minor units is rounded. */
export type Rounding = 'floor' | 'half_up';

const DECIMAL = /^(\d{1,6})(?:\.(\d{1,6}))?$/;

/** Reads a share such as `"0.30"`. @throws AmountError when it is no plain decimal. */
export function parseShare(text: string): Ratio {
  const match = DECIMAL.exec(text);
  if (!match) throw new AmountError('must be a decimal number such as "0.30"');
  const [, whole = '', fraction = ''] = match;
  return { numerator: BigInt(whole + fraction), denominator: 10n ** BigInt(fraction.length) };
}

/** Reads a percent such as `"5"` or `"2.5"`. @throws AmountError when it is no plain decimal. */
export function parsePercent(text: string): Ratio {
  const share = parseShare(text);
  return { numerator: share.numerator, denominator: share.denominator * 100n };
}

/** `amount × ratio` in minor units; `amount` is not negative. */
export function applyRatio(amount: Minor, ratio: Ratio, rounding: Rounding): Minor {
  const product = amount * ratio.numerator;
  const whole = product / ratio.denominator;
  const rest = product % ratio.denominator;
  return rounding === 'half_up' && rest * 2n >= ratio.denominator ? whole + 1n : whole;
}
