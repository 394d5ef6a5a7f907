/** What the command lines of trials have in common: a trial makes up traffic on a stack of its own. */
import { parseArgs } from 'node:util';
import { StartError } from '../errors.ts';

/** What every trial can be asked for. */
export interface TrialArguments {
  readonly seed: number;
  /** Null makes a fresh folder in the system's place for temporary files. */
  readonly dataDir: string | null;
  readonly keep: boolean;
  readonly json: string | null;
}

/** Bad arguments, or surroundings in which nothing may be made up: exit code 2. */
export class Refused extends StartError {
  override name = 'Refused';
}

/** The help's lines about the options that every trial has. */
export const COMMON_HELP = `  --seed N         the schedule's seed (default: chosen and printed); the same seed, the same schedule
  --data-dir DIR   an empty folder to work in (default: a new temporary folder)
  --keep           leave the folder with logs and databases behind (always left when the run fails)
  --json FILE      write everything that the table shows, and the differences, to FILE
  --help           this text

Exit codes: 0 all sums agree, 1 a difference or no rest at the end, 2 the run does not count or could not begin.`;

const MOST_SEED = 4_294_967_295;
const COMMON = {
  seed: { type: 'string' },
  'data-dir': { type: 'string' },
  keep: { type: 'boolean' },
  json: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** An option of one trial. */
type Options = Readonly<Record<string, { readonly type: 'string' } | { readonly type: 'boolean' }>>;

/** Values of a trial's own options, by their names. */
export type OwnValues = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Reads the arguments; null asks for the help.
 * @param name of the command, as in `npm run chaos`
 * @throws Refused with one sentence.
 */
export function readTrialArguments(
  name: string,
  args: readonly string[],
  options: Options,
): (TrialArguments & { readonly own: OwnValues }) | null {
  const values = parsed(name, args, options);
  if (values['help']) return null;
  const text = (option: string) => (values[option] as string | undefined) ?? null;
  const seed = text('seed');
  return {
    seed: seed === null ? Date.now() % MOST_SEED : whole('--seed', seed, 0, MOST_SEED),
    dataDir: text('data-dir'),
    keep: values['keep'] === true,
    json: text('json'),
    own: values,
  };
}

function parsed(name: string, args: readonly string[], options: Options): OwnValues {
  try {
    return parseArgs({ args: [...args], options: { ...COMMON, ...options } }).values as OwnValues;
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    throw new Refused(`${message.replace(/\.$/, '')}: see npm run ${name} -- --help.`);
  }
}

/** A whole number within bounds. @throws Refused */
export function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new Refused(`${name} must be a whole number from ${least} to ${most}, but is "${text}".`);
}

/** Traffic is made up only where it can harm nobody. @throws Refused naming the variable that points elsewhere. */
export function refuseForeign(env: NodeJS.ProcessEnv): void {
  for (const name of ['ALTEGIO_BASE_URL', 'DATABASE_URL', 'TEMPORAL_ADDRESS'] as const) {
    if (!env[name]?.trim()) continue;
    throw new Refused(`This makes up traffic on a stack of its own, so it refuses: ${name} is set; unset it.`);
  }
}
