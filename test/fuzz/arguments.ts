/** The command line of `npm run fuzz`. */
import { parseArgs } from 'node:util';
import { StartError } from '../../worker/errors.ts';

/** What the person asked for. */
export interface FuzzArguments {
  readonly cases: number;
  readonly seed: number;
  /** A regular expression of paths; null for every call. */
  readonly paths: string | null;
  readonly keep: boolean;
}

/** Fewer cases say little; the count is what a run must reach that is to be believed. */
export const COUNTS = { cases: 5_000, good: 1_000 } as const;

export const HELP = `Usage: npm run fuzz -- [options]

Starts the product with its sandbox on ports and data of its own, lets schemathesis send right and wrong requests to
every call of the OpenAPI document, and checks each answer: no 500, 502 or 504, 501 only for rewards, 503 only while
Altegio is made to fail, nothing that is not documented, nothing later than 4 s.

  --cases N     about how many requests (default ${COUNTS.cases}; fewer do not count as a run)
  --seed N      the seed of the requests (default: chosen and printed)
  --paths RE    only calls whose path matches this regular expression, such as ^/v1/
  --keep        leave the folder with requests, answers and logs behind (always left when the run fails)
  --help        this text

Exit codes: 0 all is well, 1 an answer that must not be, or too few cases.`;

const OWN_PARTS = ['ALTEGIO_BASE_URL', 'DATABASE_URL', 'TEMPORAL_ADDRESS'] as const;

/** Reads the arguments; null asks for the help. @throws StartError with one sentence. */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv): FuzzArguments | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cases: { type: 'string', default: String(COUNTS.cases) },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
      paths: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  for (const name of OWN_PARTS)
    if (env[name]?.trim())
      throw new StartError(`The fuzzer makes up traffic, so it refuses: ${name} is set; unset it.`);
  return {
    cases: whole('--cases', values.cases),
    seed: whole('--seed', values.seed),
    paths: values.paths ?? null,
    keep: values.keep,
  };
}

function whole(name: string, text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new StartError(`${name} must be a whole number above 0, but is "${text}".`);
}
