/**
 * Amounts. Inside they are integers in minor units (1/100 of a point or of the currency unit) as bigint;
 * outside they are decimal strings. No float ever holds money.
 */

/** An amount in minor units. */
export type Minor = bigint;

/** Thrown for a text that is no amount; `message` is a sentence for the caller. */
export class AmountError extends Error {
  override readonly name = 'AmountError';
}

const DECIMAL = /^(-?)(\d{1,13})(?:\.(\d{1,2}))?$/;

/**
 * Reads a decimal amount as our own doors accept it: `"30"`, `"30.5"`, `"30.00"`, or a JSON number with at most
 * two decimals. At most 13 digits before the point.
 * @throws AmountError for anything else (exponents, NaN, more decimals, spaces).
 */
export function parseAmount(value: string | number): Minor {
  const match = DECIMAL.exec(String(value));
  if (!match) throw new AmountError('must be a decimal number with at most two decimals, such as "30.00"');
  const [, sign, whole = '', fraction = ''] = match;
  const minor = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
  return sign === '-' ? -minor : minor;
}

/** Writes an amount with exactly two decimals: `-5n` → `"-0.05"`. */
export function formatAmount(minor: Minor): string {
  const absolute = minor < 0n ? -minor : minor;
  const fraction = String(absolute % 100n).padStart(2, '0');
  return `${minor < 0n ? '-' : ''}${absolute / 100n}.${fraction}`;
}

/** As {@link formatAmount} with the sign always shown and a typographic minus, for titles that staff read. */
export function formatSigned(minor: Minor): string {
  return minor < 0n ? `−${formatAmount(-minor)}` : `+${formatAmount(minor)}`;
}

const FOREIGN_DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * Reads an amount of Altegio's, which may be a JSON number with binary noise (`0.66000000000000003`), an integer, or
 * a string with any count of decimals. Rounded half away from zero to two decimals, on the decimal text.
 * @throws AmountError when it is no plain decimal number.
 */
export function parseForeignAmount(value: string | number): Minor {
  const match = FOREIGN_DECIMAL.exec(String(value).trim());
  if (!match) throw new AmountError(`"${String(value)}" is no amount`);
  const [, sign, whole = '', fraction = ''] = match;
  const kept = BigInt(whole) * 100n + BigInt(fraction.slice(0, 2).padEnd(2, '0'));
  const minor = kept + ((fraction[2] ?? '0') >= '5' ? 1n : 0n);
  return sign === '-' ? -minor : minor;
}

/** The smallest of the amounts given. */
export function minimum(first: Minor, ...rest: Minor[]): Minor {
  return rest.reduce((least, amount) => (amount < least ? amount : least), first);
}

/** The larger of two amounts. */
export function maximum(a: Minor, b: Minor): Minor {
  return a > b ? a : b;
}

/** The amount without its sign. */
export function magnitude(minor: Minor): Minor {
  return minor < 0n ? -minor : minor;
}
