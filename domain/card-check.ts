/** Checks cards before they are printed, or one that was printed: which rule is broken, by which line, and why (P-26). */
import { hasCheckDigit, type ProgramRange, rangeOf, SECRET_BITS, SHORTEST_NUMBER } from './card-number.ts';
import { isCounted, runOfThree } from './card-sequence.ts';
import { type Track, TRACKS, trackRefusal, tracksFor } from './card-tracks.ts';

/** One card as it is to be printed, or was read. */
export interface CardLine {
  readonly number: string;
  /** What stands on the stripe, where the line says it. */
  readonly tracks: ReadonlyMap<Track, string>;
  /** The text of the barcode, where the line says it. */
  readonly barcode: string | null;
}

/** The rules in the order they are told. */
export type CardRule = 'length' | 'random' | 'range' | 'characters' | 'tracks' | 'barcode';

/** What a check found about one rule; `reason` is a sentence either way. */
export interface RuleVerdict {
  readonly rule: CardRule;
  readonly pass: boolean;
  readonly reason: string;
}

/** What is checked against: the ranges of the chain, and the program the cards are for, where it is known. */
export interface CheckContext {
  readonly ranges: readonly ProgramRange[];
  readonly programId: string | null;
  /** A file has to name the tracks of each card; of a typed number there is no stripe. */
  readonly needsTracks: boolean;
}

type Fault = (line: CardLine) => string | null;

const passed = (rule: CardRule, reason: string): RuleVerdict => ({ rule, pass: true, reason });
const failed = (rule: CardRule, reason: string): RuleVerdict => ({ rule, pass: false, reason });

/** The first line with a fault decides the rule. */
function eachLine(rule: CardRule, lines: readonly CardLine[], fault: Fault, good: string): RuleVerdict {
  for (const [index, line] of lines.entries()) {
    const sentence = fault(line);
    if (sentence !== null) return failed(rule, `${lines.length > 1 ? `Line ${index + 1}: ` : ''}${sentence}`);
  }
  return passed(rule, good);
}

const tooShort: Fault = ({ number }) =>
  number.length < SHORTEST_NUMBER
    ? `${number} has ${number.length} characters; at least ${SHORTEST_NUMBER} are needed.`
    : null;

/** Bits left to guess beyond the prefix: a check digit follows from the others. */
function bitsOf(number: string, prefix: string): number {
  const signs = number.length - prefix.length - (hasCheckDigit(number) ? 1 : 0);
  return Math.max(0, signs) * Math.log2(/^\d+$/.test(number) ? 10 : 36);
}

function random(lines: readonly CardLine[], { ranges }: CheckContext): RuleVerdict {
  const numbers = lines.map(({ number }) => number);
  const seen = new Set<string>();
  const repeated = numbers.find((number) => seen.size === seen.add(number).size);
  if (repeated !== undefined) return failed('random', `${repeated} stands in the file twice.`);
  const three = runOfThree(numbers);
  if (three) return failed('random', `${three.join(', ')} are in sequence.`);
  const guessable: Fault = ({ number }) => {
    const prefix = rangeOf(number, ranges)?.prefix ?? '';
    const secret = number.slice(prefix.length);
    if (secret.length > 1 && isCounted(secret)) return `${number} counts instead of being random.`;
    const bits = bitsOf(number, prefix);
    return bits < SECRET_BITS
      ? `${number} leaves ${Math.floor(bits)} bits to guess beyond its prefix; at least ${SECRET_BITS} are needed.`
      : null;
  };
  const count = lines.length > 1 ? `No three of ${lines.length} numbers are in sequence; each` : 'The number';
  return eachLine('random', lines, guessable, `${count} leaves at least ${SECRET_BITS} bits to guess.`);
}

function inRange(lines: readonly CardLine[], { ranges, programId }: CheckContext): RuleVerdict {
  const own = ranges.find((range) => range.programId === programId);
  const fault: Fault = ({ number }) => {
    const told = rangeOf(number, ranges);
    if (own) return told === own ? null : `${number} is outside the program's range ${own.prefix}….`;
    if (programId !== null) return told ? `${number} lies in the range ${told.prefix}… of another program.` : null;
    return told || ranges.length === 0 ? null : `${number} lies in no program's range.`;
  };
  const told = rangeOf(lines[0]?.number ?? '', ranges);
  const good = told
    ? `The number tells its program: ${told.prefix}… belongs to ${told.programId}.`
    : 'No program has taken these numbers for its range.';
  return eachLine('range', lines, fault, good);
}

const strangeCharacters: Fault = ({ number }) =>
  tracksFor(number).length > 0
    ? null
    : /[a-z]/.test(number)
      ? `${number} has small letters, which no track holds.`
      : `${number} has other characters than digits and capital letters.`;

/** Sentinels frame a track and are no part of it. */
const withoutSentinels = (content: string): string => content.replace(/^[%;+#!]/, '').replace(/\?$/, '');

function trackFault({ number, tracks }: CardLine, needsTracks: boolean): string | null {
  const wanted = tracksFor(number);
  if (needsTracks && !wanted.some((track) => tracks.has(track)))
    return `${number} has no track; it belongs on tracks ${wanted.join(' and ')}.`;
  for (const track of TRACKS) {
    const content = tracks.get(track);
    if (content === undefined) continue;
    const refusal = trackRefusal(number, track);
    if (refusal !== null) return `${number} on track ${track}: ${refusal}.`;
    const data = withoutSentinels(content);
    if (data === number) continue;
    return data.includes(number)
      ? `Track ${track} holds ${data}: characters are added to the number.`
      : `Track ${track} holds ${data}, not the number ${number} as it is.`;
  }
  return null;
}

function tracks(lines: readonly CardLine[], { needsTracks }: CheckContext): RuleVerdict {
  const named = TRACKS.filter((track) => lines.some((line) => line.tracks.has(track)));
  const good =
    named.length > 0
      ? `Track ${named.join(' and ')} ${named.length > 1 ? 'hold' : 'holds'} the number, byte for byte.`
      : `For a stripe: track ${tracksFor(lines[0]?.number ?? '').join(' and ')}, the number as it is.`;
  return eachLine('tracks', lines, (line) => trackFault(line, needsTracks), good);
}

const otherBarcode: Fault = ({ number, barcode }) =>
  barcode === null || barcode === number ? null : `The barcode says ${barcode}, the number is ${number}.`;

/** Why a number may not be given to a customer of the program, as a sentence; null when it may. */
export function issueFault(number: string, context: CheckContext): string | null {
  const line = { number, tracks: new Map(), barcode: null };
  if (/[^0-9A-Za-z]/.test(number)) return 'A card code has letters and digits only.';
  return tooShort(line) ?? [inRange([line], context)].find(({ pass }) => !pass)?.reason ?? null;
}

/** Checks all rules; the first line that breaks one is named. `lines` is not empty. */
export function checkCards(lines: readonly CardLine[], context: CheckContext): readonly RuleVerdict[] {
  return [
    eachLine('length', lines, tooShort, `${SHORTEST_NUMBER} characters or more.`),
    random(lines, context),
    inRange(lines, context),
    eachLine('characters', lines, strangeCharacters, 'Digits and capital letters only.'),
    tracks(lines, context),
    eachLine('barcode', lines, otherBarcode, 'The barcode is the number.'),
  ];
}
