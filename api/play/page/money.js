/** Amounts: bigint minor units inside, decimal texts outside. */

/**
 * Reads a decimal text with at most two decimals, comma or point; null when it is none.
 * @param {string} text
 * @returns {bigint | null}
 */
export function parseAmount(text) {
  const found = /^(-?)(\d{1,13})(?:[.,](\d{1,2}))?$/.exec(text.trim());
  if (!found) return null;
  const [, sign, whole = '0', cents = ''] = found;
  const minor = BigInt(whole) * 100n + BigInt(cents.padEnd(2, '0'));
  return sign ? -minor : minor;
}

/**
 * An amount as our doors take it: `"70.00"`.
 * @param {bigint} minor
 */
export function formatAmount(minor) {
  const digits = String(minor < 0n ? -minor : minor).padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * An amount of our doors with its sign as people write it: `+50.00`, `−26.50`.
 * @param {string} text
 */
export const signed = (text) => (text.startsWith('-') ? `−${text.slice(1)}` : `+${text}`);
