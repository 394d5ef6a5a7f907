/** Card numbers must not be in sequence: whoever holds one would know others (P-28). */
import { hasCheckDigit } from './card-number.ts';

/** Places of the signs, so that numbers with letters can be counted too. */
const PLACES = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function valueOf(number: string): bigint {
  let value = 0n;
  for (const sign of number) value = value * BigInt(PLACES.length) + BigInt(Math.max(0, PLACES.indexOf(sign)));
  return value;
}

/** A numeric text counts in tens, so that 199 and 200 are neighbours. */
const placeOf = (number: string): bigint => (/^\d+$/.test(number) ? BigInt(number) : valueOf(number));

/** Three numbers that follow each other by one, wherever they stand; null when there are none. */
function neighbours(numbers: readonly string[]): readonly string[] | null {
  const inOrder = numbers.map((number) => ({ number, place: placeOf(number) }));
  inOrder.sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0));
  for (let index = 2; index < inOrder.length; index += 1) {
    const three = inOrder.slice(index - 2, index + 1);
    const [a, b, c] = three.map(({ place }) => place);
    if (a !== undefined && b === a + 1n && c === a + 2n) return three.map(({ number }) => number);
  }
  return null;
}

/** Three lines in a row with the same step between them, whatever it is; null when there are none. */
function steps(numbers: readonly string[]): readonly string[] | null {
  for (let index = 2; index < numbers.length; index += 1) {
    const three = numbers.slice(index - 2, index + 1);
    const [a = 0n, b = 0n, c = 0n] = three.map(placeOf);
    if (b !== a && b - a === c - b) return three;
  }
  return null;
}

/**
 * Three of the numbers that are in sequence; null when there are none. A check digit hides a sequence from the eye, so
 * numbers that all carry one are looked at without it as well.
 */
export function runOfThree(numbers: readonly string[]): readonly string[] | null {
  const found = neighbours(numbers) ?? steps(numbers);
  if (found || !numbers.every(hasCheckDigit)) return found;
  const bare = new Map(numbers.map((number) => [number.slice(0, -1), number]));
  const hidden = neighbours([...bare.keys()]) ?? steps([...bare.keys()]);
  return hidden && hidden.map((number) => bare.get(number) ?? number);
}

/** Whether a number's own signs are all the same or count up or down, as `11111111` and `12345678` do. */
export function isCounted(number: string): boolean {
  const places = Array.from(number).map((sign) => PLACES.indexOf(sign));
  const step = (places[1] ?? 0) - (places[0] ?? 0);
  return (
    Math.abs(step) <= 1 && places.every((place, index) => index === 0 || place - (places[index - 1] ?? 0) === step)
  );
}
