/** "Why this many?": the explanation of a transfer as a plain sentence with its numbers, in the languages salons read. */
import type { Explained } from '../../../activities/ledger/explanation.ts';
import type { DriftCause } from '../../../domain/journal.ts';
import { formatAmount, formatSigned, magnitude } from '../../../domain/money.ts';
import type { Why } from '../../../domain/why.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { kk } from './kk.ts';
import { ky } from './ky.ts';
import { ru } from './ru.ts';
import { uk } from './uk.ts';
import { uz } from './uz.ts';
import type { WhyWords } from './words.ts';

const WORDS = { en, ru, kk, uk, uz, ky, es, de } as const satisfies Record<string, WhyWords>;

/** A language a sentence can be had in. */
export type WhyLanguage = keyof typeof WORDS;

/** All of them. */
export const WHY_LANGUAGES = Object.keys(WORDS) as [WhyLanguage, ...WhyLanguage[]];

const CANCELLED = '_cancelled';

function causeWord(cause: DriftCause, words: WhyWords): string {
  const [known, cancelled] = cause.endsWith(CANCELLED)
    ? [cause.slice(0, -CANCELLED.length), true]
    : ([cause, false] as const);
  const word = words.causes[known as keyof WhyWords['causes']] ?? words.causes.unknown;
  return cancelled ? words.cancelled.replace('{cause}', () => word) : word;
}

/** Which sentence says it: some kinds have another where a date is missing, or where it is a part of what was asked. */
function templateOf(why: Why, { sentences }: WhyWords): string {
  if (why.kind === 'redeemed' && why.expiresAt === null) return sentences.redeemedNeverExpiring;
  if (why.kind === 'activated' && why.activatesAt === null) return sentences.activatedByPerson;
  if (why.kind === 'adjusted' && why.whole !== why.amount) return sentences.adjustedInPart;
  return sentences[why.kind];
}

/** Everything that may stand in braces, as text. */
function valuesOf(why: Why, words: WhyWords, timeZone: string): Readonly<Record<string, string>> {
  const day = (at: Date): string => at.toLocaleDateString('sv-SE', { timeZone });
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(why) as [string, unknown][]) {
    if (typeof value === 'bigint') values[name] = formatAmount(value);
    else if (typeof value === 'string') values[name] = value;
    else if (value instanceof Date) values[name.replace(/At$/, '')] = day(value);
  }
  if (why.kind === 'adjusted') {
    values['amount'] = formatSigned(why.amount);
    values['whole'] = formatSigned(why.whole);
  }
  if ('reason' in why) values['reason'] = why.reason.replace(/[.\s]+$/, '') || words.withoutReason;
  if (why.kind === 'external') {
    values['difference'] = formatAmount(magnitude(why.balance - why.expected));
    const causes = why.causes.length > 0 ? why.causes : (['unknown'] as const);
    values['causes'] = causes.map((cause) => causeWord(cause, words)).join(', ');
  }
  return values;
}

const fill = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);

/** The sentence, and the program's version it was posted under. Days are of `timeZone`. */
export function whySentence({ why, program, version }: Explained, language: WhyLanguage, timeZone: string): string {
  const words = WORDS[language];
  const sentence = fill(templateOf(why, words), valuesOf(why, words, timeZone));
  return `${sentence} ${fill(words.version, { program, version: String(version) })}`;
}
