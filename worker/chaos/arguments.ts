/** The command line of `npm run chaos`. */
import { COMMON_HELP, readTrialArguments, type TrialArguments, whole } from '../trial/arguments.ts';

/** What the person asked for. */
export interface ChaosArguments extends TrialArguments {
  readonly operations: number;
  readonly sameAmounts: boolean;
}

export const HELP = `Usage: npm run chaos -- [options]

Plays payments, staff changes and webhooks on a stack of its own, kills its processes with SIGKILL, makes
Altegio (the sandbox) misbehave, and then compares three independent sums of every customer's points.

  --operations N   how many operations (default 60; 500 and more are needed for a run that counts)
  --same-amounts   staff change cards by amounts that payments have too: breaks may then be the honest limit
${COMMON_HELP}`;

const MOST_OPERATIONS = 100_000;
const OPTIONS = { operations: { type: 'string' }, 'same-amounts': { type: 'boolean' } } as const;

/** Reads the arguments; null asks for the help. @throws Refused with one sentence. */
export function readArguments(args: readonly string[]): ChaosArguments | null {
  const read = readTrialArguments('chaos', args, OPTIONS);
  if (!read) return null;
  const { own, ...common } = read;
  return {
    ...common,
    operations: whole('--operations', String(own['operations'] ?? '60'), 1, MOST_OPERATIONS),
    sameAmounts: own['same-amounts'] === true,
  };
}
