/** Card numbers that we issue: at least 8 characters, from a cryptographic source, never in sequence (P-27, P-28). */

/** What a card number may be made of; letters are capitals, because no magnetic stripe holds small ones. */
export type CardCharacters = 'digits' | 'alphanumeric';

/** A program's own numbers: all that begin with `prefix`. `length` is that of a whole number, in characters. */
export interface CardRange {
  readonly prefix: string;
  readonly characters: CardCharacters;
  readonly length: number;
}

/** A program's range under its id. */
export interface ProgramRange extends CardRange {
  readonly programId: string;
}

/** A card number has at least so many characters. */
export const SHORTEST_NUMBER = 8;
/** Track 2 holds 37 characters between its sentinels; a longer number could not stand on a numeric card. */
export const LONGEST_NUMBER = 37;
/** What a number must leave to be guessed beyond its prefix, in bits. */
export const SECRET_BITS = 40;

/** Without 0 and O, 1 and I, which people mistake for each other: 32 signs, five bits each. */
const SIGNS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const DIGITS = '0123456789';

/** Where no range is set: 15 random digits carry 49 bits, and a check digit follows. */
const WITHOUT_RANGE: CardRange = { prefix: '', characters: 'digits', length: 16 };

/** Luhn's digit behind numeric ones: it catches a mistyped digit. */
function luhnDigit(digits: string): string {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
}

/** Whether the last digit of a numeric text is its check digit. */
export function hasCheckDigit(number: string): boolean {
  return /^\d{2,}$/.test(number) && luhnDigit(number.slice(0, -1)) === number.at(-1);
}

/** Signs of a range's number that are drawn at random. */
function drawnSigns({ prefix, characters, length }: CardRange): number {
  return length - prefix.length - (characters === 'digits' ? 1 : 0);
}

/** What is left to be guessed in a number of the range, in bits. */
export function secretBits(range: CardRange): number {
  return Math.max(0, drawnSigns(range)) * Math.log2(range.characters === 'digits' ? DIGITS.length : SIGNS.length);
}

/** Why nothing may be issued from a range, as a sentence; null when it may. */
export function rangeFault(range: CardRange): string | null {
  const { prefix, characters, length } = range;
  if (!(characters === 'digits' ? /^\d{1,8}$/ : /^[0-9A-Z]{1,8}$/).test(prefix))
    return `The prefix must be 1 to 8 ${characters === 'digits' ? 'digits' : 'digits or capital letters'}.`;
  if (length < SHORTEST_NUMBER || length > LONGEST_NUMBER)
    return `A number has ${SHORTEST_NUMBER} to ${LONGEST_NUMBER} characters.`;
  if (secretBits(range) < SECRET_BITS)
    return `Only ${Math.floor(secretBits(range))} bits would be left to guess; at least ${SECRET_BITS} are needed: make the number longer or the prefix shorter.`;
  return null;
}

/** Whether one number could belong to both ranges: then none of them would tell its program. */
export function rangesOverlap(a: Pick<CardRange, 'prefix'>, b: Pick<CardRange, 'prefix'>): boolean {
  return a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix);
}

/** The range that a number tells; ranges that do not overlap have at most one. */
export function rangeOf<R extends Pick<CardRange, 'prefix'>>(number: string, ranges: readonly R[]): R | null {
  return ranges.find(({ prefix }) => number.startsWith(prefix)) ?? null;
}

/**
 * Makes a card number of a range, a numeric one with a check digit. Without a range it has 16 digits and starts with
 * 2–9, so that a program which reads it as a number loses nothing.
 * @param randomBytes a cryptographic source; bytes beyond the last multiple of the alphabet are thrown away, so that
 * each sign is equally likely.
 */
export function newCardNumber(randomBytes: (count: number) => Uint8Array, range: CardRange = WITHOUT_RANGE): string {
  const signs = range.characters === 'digits' ? DIGITS : SIGNS;
  const wanted = range.prefix.length + drawnSigns(range);
  const even = 256 - (256 % signs.length);
  let number = range.prefix;
  while (number.length < wanted) {
    for (const byte of randomBytes(32)) {
      if (byte >= even || number.length === wanted) continue;
      const sign = signs[byte % signs.length] ?? '';
      if (number !== '' || sign >= '2') number += sign;
    }
  }
  return range.characters === 'digits' ? number + luhnDigit(number) : number;
}

/**
 * A number for a program: of its own range, or else one that no other program has taken.
 * @param draw makes a number of the range, or of no range; {@link newCardNumber} with its source
 */
export function numberFor(
  programId: string | null,
  ranges: readonly ProgramRange[],
  draw: (range?: CardRange) => string,
): string {
  const own = ranges.find((range) => range.programId === programId);
  for (;;) {
    const number = draw(own);
    if (own || !rangeOf(number, ranges)) return number;
  }
}
