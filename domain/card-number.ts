/** Card numbers that we issue: at least 8 characters, from a cryptographic source, never in sequence (P-27, P-28). */

/** 15 random digits carry 49 bits; a Luhn digit behind them catches a mistyped one. */
const RANDOM_DIGITS = 15;

function luhnDigit(digits: string): string {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
}

/**
 * Makes a card number of 16 digits. It starts with 2–9, so that a program which reads it as a number loses nothing.
 * @param randomBytes a cryptographic source; bytes of 250 and more are thrown away, so each digit is equally likely.
 */
export function newCardNumber(randomBytes: (count: number) => Uint8Array): string {
  let digits = '';
  while (digits.length < RANDOM_DIGITS) {
    for (const byte of randomBytes(32)) {
      if (byte >= 250 || digits.length === RANDOM_DIGITS) continue;
      const digit = byte % 10;
      if (digits.length > 0 || digit >= 2) digits += String(digit);
    }
  }
  return digits + luhnDigit(digits);
}
