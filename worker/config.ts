import { resolve } from 'node:path';
import { ConfigError } from './errors.ts';
import { keepSecret } from './secrets.ts';
import { parseSettings, type Settings } from './settings.ts';

/** What the process runs: everything with its embedded parts, or one role against outside services. */
export type Role = 'all' | 'api' | 'worker';

/** Everything the product can be told, complete and frozen; nothing else reads the environment. */
export interface Config {
  readonly role: Role;
  readonly port: number;
  readonly publicUrl: string;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  /** Null when the server is not ours and TEMPORAL_UI_URL is unset: then nothing links to the UI. */
  readonly temporalUiUrl: string | null;
  readonly temporalCli: string | null;
  /** Ends in `/api/v1`, without a trailing slash. */
  readonly altegioBaseUrl: string;
  readonly altegioPartnerToken: string;
  readonly altegioUserToken: string;
  readonly altegioRequestsPerMinute: number;
  readonly altegioRequestsPerSecond: number;
  readonly altegioTimeoutMs: number;
  readonly catchUpSeconds: number;
  readonly sweepHours: number;
  readonly serviceEmail: string;
  readonly supportContact: string;
  readonly keyRequestsPerMinute: number;
  readonly adminToken: string;
  /** 64 hexadecimal digits. */
  readonly secretsKey: string;
  readonly workerBuildId: string | null;
  readonly taskQueuePrefix: string;
  readonly logLevel: string;
  /** Absolute path of the folder that keeps the embedded parts' state and the made secrets. */
  readonly dataDir: string;
  readonly postgresPort: number;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  readonly sandboxPort: number;
  /** Which parts `npm start` brings up itself because no address was given for them. */
  readonly embedded: Readonly<{ postgres: boolean; temporal: boolean; sandbox: boolean }>;
}

/** The database of the embedded PostgreSQL, its owner included. */
export const embeddedDatabase = { user: 'bonus', name: 'bonus' } as const;

/**
 * Reads and checks the environment, fills in defaults and, for `ROLE=all`, the addresses of the embedded parts.
 * Secrets that are not given are made once and kept in the data folder.
 * @throws ConfigError with one sentence that names the variable.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const settings = parseSettings(env);
  requireForRole(settings);
  requireAltegioTokens(settings);
  const all = settings.ROLE === 'all';
  const embedded = Object.freeze({
    postgres: all && !settings.DATABASE_URL,
    temporal: all && !settings.TEMPORAL_ADDRESS,
    sandbox: all && !settings.ALTEGIO_BASE_URL,
  });
  const dataDir = resolve(settings.DATA_DIR);
  return Object.freeze({
    role: settings.ROLE,
    port: settings.PORT,
    publicUrl: settings.PUBLIC_URL ?? `http://localhost:${settings.PORT}`,
    temporalNamespace: settings.TEMPORAL_NAMESPACE,
    temporalCli: settings.TEMPORAL_CLI ?? null,
    altegioRequestsPerMinute: settings.ALTEGIO_REQUESTS_PER_MINUTE,
    altegioRequestsPerSecond: settings.ALTEGIO_REQUESTS_PER_SECOND,
    altegioTimeoutMs: settings.ALTEGIO_TIMEOUT_MS,
    catchUpSeconds: settings.CATCH_UP_SECONDS,
    sweepHours: settings.SWEEP_HOURS,
    serviceEmail: settings.SERVICE_EMAIL,
    supportContact: settings.SUPPORT_CONTACT ?? settings.SERVICE_EMAIL,
    keyRequestsPerMinute: settings.KEY_REQUESTS_PER_MINUTE,
    workerBuildId: settings.WORKER_BUILD_ID ?? null,
    taskQueuePrefix: settings.TASK_QUEUE_PREFIX,
    logLevel: settings.LOG_LEVEL ?? (all ? 'warn' : 'info'),
    dataDir,
    postgresPort: settings.POSTGRES_PORT,
    temporalPort: settings.TEMPORAL_PORT,
    temporalUiPort: settings.TEMPORAL_UI_PORT,
    sandboxPort: settings.SANDBOX_PORT,
    embedded,
    ...addresses(settings, embedded, dataDir),
    adminToken: settings.ADMIN_TOKEN ?? keepSecret(dataDir, 'admin-token'),
    secretsKey: settings.SECRETS_KEY ?? keepSecret(dataDir, 'secrets-key'),
  });
}

function addresses(settings: Settings, embedded: Config['embedded'], dataDir: string) {
  const temporalUiUrl = embedded.temporal ? `http://localhost:${settings.TEMPORAL_UI_PORT}` : null;
  return {
    databaseUrl: settings.DATABASE_URL ?? embeddedDatabaseUrl(settings.POSTGRES_PORT, dataDir),
    temporalAddress: settings.TEMPORAL_ADDRESS ?? `127.0.0.1:${settings.TEMPORAL_PORT}`,
    temporalUiUrl: settings.TEMPORAL_UI_URL ?? temporalUiUrl,
    altegioBaseUrl: settings.ALTEGIO_BASE_URL ?? `http://127.0.0.1:${settings.SANDBOX_PORT}/api/v1`,
    altegioPartnerToken: embedded.sandbox
      ? keepSecret(dataDir, 'sandbox-partner-token')
      : (settings.ALTEGIO_PARTNER_TOKEN ?? ''),
    altegioUserToken: embedded.sandbox
      ? keepSecret(dataDir, 'sandbox-user-token')
      : (settings.ALTEGIO_USER_TOKEN ?? ''),
  };
}

function embeddedDatabaseUrl(port: number, dataDir: string): string {
  const { user, name } = embeddedDatabase;
  return `postgres://${user}:${keepSecret(dataDir, 'postgres-password')}@127.0.0.1:${port}/${name}`;
}

function requireForRole(settings: Settings): void {
  if (settings.ROLE === 'all') return;
  const needed = ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'ALTEGIO_BASE_URL', 'ADMIN_TOKEN', 'SECRETS_KEY'] as const;
  for (const name of needed) {
    if (!settings[name]) {
      throw new ConfigError(`${name} is not set: ROLE=${settings.ROLE} starts nothing by itself and needs it.`);
    }
  }
}

function requireAltegioTokens(settings: Settings): void {
  if (!settings.ALTEGIO_BASE_URL) return;
  for (const name of ['ALTEGIO_PARTNER_TOKEN', 'ALTEGIO_USER_TOKEN'] as const) {
    if (!settings[name]) throw new ConfigError(`${name} is not set: ALTEGIO_BASE_URL is, and its calls need it.`);
  }
}
