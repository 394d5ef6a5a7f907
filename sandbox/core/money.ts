/**
 * Card balances are whole minor units (hundredths) inside the sandbox; decimals exist only as text at its edges,
 * so no floating-point arithmetic ever touches a balance.
 */

export interface ParsedAmount {
  readonly minor: number;
  /** False when digits beyond the second decimal had to be rounded away. */
  readonly exact: boolean;
}

/** Reads a JSON number or a decimal string as minor units, half-up; undefined for anything else (exponents too). */
export function parseAmount(value: unknown): ParsedAmount | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const match = /^([+-]?)(\d{1,12})(?:\.(\d+))?$/.exec(String(value).trim());
  if (!match) return undefined;
  const fraction = (match[3] ?? '').padEnd(2, '0');
  const roundUp = (fraction[2] ?? '0') >= '5' ? 1 : 0;
  const magnitude = Number(match[2]) * 100 + Number(fraction.slice(0, 2)) + roundUp;
  return { minor: match[1] === '-' && magnitude !== 0 ? -magnitude : magnitude, exact: /^0*$/.test(fraction.slice(2)) };
}

/** `12345` → `"123.45"`. */
export function formatMinor(minor: number): string {
  const digits = String(Math.abs(minor)).padStart(3, '0');
  return `${minor < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The JSON number Altegio would send: an integer when whole, else up to two decimals. */
export function toNumber(minor: number): number {
  return Number(formatMinor(minor));
}

/**
 * Splits a sum in proportion to the weights, which it must not exceed together. Every share is cut to whole minor
 * units; the rest goes to the last, or before it where the last has no room left.
 */
export function splitByWeight(total: number, weights: readonly number[]): number[] {
  const weightSum = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (weightSum === 0n) return weights.map(() => 0);
  const shares = weights.map((weight) => Number((BigInt(total) * BigInt(weight)) / weightSum));
  let rest = total - shares.reduce((sum, share) => sum + share, 0);
  for (let index = shares.length - 1; index >= 0 && rest > 0; index -= 1) {
    const part = Math.min(rest, (weights[index] ?? 0) - (shares[index] ?? 0));
    shares[index] = (shares[index] ?? 0) + part;
    rest -= part;
  }
  return shares;
}
