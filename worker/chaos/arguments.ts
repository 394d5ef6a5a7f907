/** The command line of `npm run chaos`. */
import { parseArgs } from 'node:util';
import { StartError } from '../errors.ts';

/** What the person asked for. */
export interface ChaosArguments {
  readonly operations: number;
  readonly seed: number;
  readonly sameAmounts: boolean;
  /** Null makes a fresh folder in the system's place for temporary files. */
  readonly dataDir: string | null;
  readonly keep: boolean;
  readonly json: string | null;
}

/** Bad arguments, or surroundings in which nothing may be made up: exit code 2. */
export class Refused extends StartError {
  override name = 'Refused';
}

export const HELP = `Usage: npm run chaos -- [options]

Plays payments, staff changes and webhooks on a stack of its own, kills its processes with SIGKILL, makes
Altegio (the sandbox) misbehave, and then compares three independent sums of every customer's points.

  --operations N   how many operations (default 60; 500 and more are needed for a run that counts)
  --seed N         the schedule's seed (default: chosen and printed); the same seed, the same schedule
  --same-amounts   staff change cards by amounts that payments have too: breaks may then be the honest limit
  --data-dir DIR   an empty folder to work in (default: a new temporary folder)
  --keep           leave the folder with logs and databases behind (always left when the run fails)
  --json FILE      write everything that the table shows, and the differences, to FILE
  --help           this text

Exit codes: 0 all sums agree, 1 a difference or no rest at the end, 2 the run does not count or could not begin.`;

const MOST_OPERATIONS = 100_000;
const MOST_SEED = 4_294_967_295;

/** Reads the arguments; null asks for the help. @throws Refused with one sentence. */
export function readArguments(args: readonly string[]): ChaosArguments | null {
  const { values } = parsed(args);
  if (values.help) return null;
  return {
    operations: whole('--operations', values.operations ?? '60', 1, MOST_OPERATIONS),
    seed: values.seed === undefined ? Date.now() % MOST_SEED : whole('--seed', values.seed, 0, MOST_SEED),
    sameAmounts: values['same-amounts'] ?? false,
    dataDir: values['data-dir'] ?? null,
    keep: values.keep ?? false,
    json: values.json ?? null,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        operations: { type: 'string' },
        seed: { type: 'string' },
        'same-amounts': { type: 'boolean' },
        'data-dir': { type: 'string' },
        keep: { type: 'boolean' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    throw new Refused(`${message.replace(/\.$/, '')}: see npm run chaos -- --help.`);
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new Refused(`${name} must be a whole number from ${least} to ${most}, but is "${text}".`);
}

/** Traffic is made up only where it can harm nobody. @throws Refused naming the variable that points elsewhere. */
export function refuseForeign(env: NodeJS.ProcessEnv): void {
  for (const name of ['ALTEGIO_BASE_URL', 'DATABASE_URL', 'TEMPORAL_ADDRESS'] as const) {
    if (!env[name]?.trim()) continue;
    throw new Refused(`Chaos makes up traffic and kills processes, so it refuses: ${name} is set; unset it.`);
  }
}
