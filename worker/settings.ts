import { z } from 'zod';
import { ConfigError } from './errors.ts';

const port = (fallback: number) => whole('a port number from 1 to 65535', 1, 65_535).default(fallback);
const text = (expected: string) => z.string({ error: expected }).optional();
const matching = (pattern: RegExp, expected: string) => z.string().regex(pattern, { error: expected });
const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });
const httpUrl = (expected: string) => z.url({ protocol: /^https?$/, error: expected }).transform(withoutTrailingSlash);

/** Every environment variable the product reads: its form, its default and how a wrong value is explained. */
const variables = z.object({
  ROLE: oneOf(['all', 'api', 'worker']).default('all'),
  PORT: port(3000),
  PUBLIC_URL: httpUrl('an http(s) address, such as https://bonus.example.com').optional(),
  DATABASE_URL: matching(
    /^postgres(ql)?:\/\/.+/,
    'a PostgreSQL address, such as postgres://user:password@host/bonus',
  ).optional(),
  TEMPORAL_ADDRESS: matching(/^[^\s/:]+:\d{1,5}$/, 'host:port, such as temporal.example.com:7233').optional(),
  TEMPORAL_NAMESPACE: matching(/^[A-Za-z0-9._-]+$/, 'a namespace name').default('default'),
  TEMPORAL_UI_URL: httpUrl('an http(s) address, such as http://localhost:8233').optional(),
  TEMPORAL_CLI: text('the path of the temporal program'),
  ALTEGIO_BASE_URL: httpUrl('an http(s) address that ends in /api/v1')
    .refine((url) => url.endsWith('/api/v1'), { error: 'an http(s) address that ends in /api/v1' })
    .optional(),
  ALTEGIO_PARTNER_TOKEN: text('the partner token of Altegio'),
  ALTEGIO_USER_TOKEN: text('the user token of Altegio'),
  ALTEGIO_REQUESTS_PER_MINUTE: whole('a whole number from 1 to 100000', 1, 100_000).default(200),
  ALTEGIO_REQUESTS_PER_SECOND: whole('a whole number from 1 to 10000', 1, 10_000).default(5),
  ALTEGIO_TIMEOUT_MS: whole('milliseconds from 100 to 60000', 100, 60_000).default(3000),
  CATCH_UP_SECONDS: whole('seconds from 10 to 86400', 10, 86_400).default(300),
  SWEEP_HOURS: whole('hours from 1 to 8760', 1, 8_760).default(24),
  SERVICE_EMAIL: z.email({ error: 'an e-mail address' }).default('support@message.help'),
  SUPPORT_CONTACT: matching(/^\P{Cc}{3,200}$/u, 'an e-mail address, a phone or a web address').optional(),
  KEY_REQUESTS_PER_MINUTE: whole('a whole number from 1 to 1000000', 1, 1_000_000).default(6_000),
  ADMIN_TOKEN: matching(/^\S{16,}$/, 'at least 16 characters without spaces').optional(),
  SECRETS_KEY: matching(/^[0-9a-f]{64}$/i, '64 hexadecimal digits (32 random bytes)').optional(),
  WORKER_BUILD_ID: matching(/^[\w.+-]{1,128}$/, 'a build id of letters, digits and . _ + -').optional(),
  TASK_QUEUE_PREFIX: matching(/^[A-Za-z0-9._-]{0,64}$/, 'at most 64 letters, digits and . _ -').default(''),
  LOG_LEVEL: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).optional(),
  DATA_DIR: text('a folder').default('.data'),
  SANDBOX_PORT: port(4010),
  TEMPORAL_PORT: port(7233),
  TEMPORAL_UI_PORT: port(8233),
  POSTGRES_PORT: port(5433),
});

/** The environment after checking: defaults filled in, empty strings taken as unset. */
export type Settings = z.output<typeof variables>;

/** The names of all variables, for documentation and for the compose file's check. */
export const variableNames: readonly string[] = Object.keys(variables.shape);

/** Values that must never be repeated in a message or a log. */
const secretNames = new Set(['ADMIN_TOKEN', 'SECRETS_KEY', 'DATABASE_URL']);

/**
 * Checks the environment.
 * @throws ConfigError naming the first wrong variable and what is expected.
 */
export function parseSettings(env: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(variableNames.map((name) => [name, env[name]?.trim() || undefined]));
  const parsed = variables.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0]);
  const shown = secretNames.has(name) || name.endsWith('TOKEN') ? '' : `, but is "${given[name]}"`;
  throw new ConfigError(`${name} must be ${issue?.message}${shown}.`);
}

function whole(expected: string, least: number, most: number) {
  return z
    .string()
    .regex(/^\d{1,9}$/, { error: expected })
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error: expected });
}

function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
