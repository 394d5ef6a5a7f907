/** The command line of `npm run till`. */
import { COMMON_HELP, readTrialArguments, Refused, type TrialArguments, whole } from '../trial/arguments.ts';

/** What the person asked for. */
export interface TillArguments extends TrialArguments {
  readonly terminals: number;
  /** How long tills begin new sales. */
  readonly minutes: number;
}

export const HELP = `Usage: npm run till -- [options]

Lets terminals sell on a stack of its own, each with a journal file: sales with and without points, payments in
two steps, refunds by receipt, sales made offline. They lose answers, send again with the same and with another
Idempotency-Key, and are switched off between authorize and capture. Then the ledger, Altegio's cards (the
sandbox) and the tills' journals are compared.

  --terminals N    how many terminals (default 20)
  --minutes M      how long they sell (default 2; 2 and more are needed for a run that counts)
${COMMON_HELP}`;

const MOST_TERMINALS = 100;
const MOST_MINUTES = 600;
const OPTIONS = { terminals: { type: 'string' }, minutes: { type: 'string' } } as const;

/** Reads the arguments; null asks for the help. @throws Refused with one sentence. */
export function readArguments(args: readonly string[]): TillArguments | null {
  const read = readTrialArguments('till', args, OPTIONS);
  if (!read) return null;
  const { own, ...common } = read;
  return {
    ...common,
    terminals: whole('--terminals', String(own['terminals'] ?? '20'), 1, MOST_TERMINALS),
    minutes: minutes(String(own['minutes'] ?? '2')),
  };
}

function minutes(text: string): number {
  const value = /^\d{1,3}(\.\d{1,2})?$/.test(text) ? Number(text) : NaN;
  if (value > 0 && value <= MOST_MINUTES) return value;
  throw new Refused(`--minutes must be above 0 and at most ${MOST_MINUTES}, such as 2 or 0.5, but is "${text}".`);
}
