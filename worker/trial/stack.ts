/** The stack of a trial: PostgreSQL, Temporal, the sandbox, and the built product as API and worker processes. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readSync, statSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, unlessExited, type Child } from '../embedded/child.ts';
import { startPostgres, stopPostgres } from '../embedded/postgres.ts';
import { startSandbox, stopSandbox } from '../embedded/sandbox.ts';
import { findTemporal } from '../embedded/temporal-binary.ts';
import { startTemporal, stopTemporal } from '../embedded/temporal.ts';
import { StartError } from '../errors.ts';
import { migrate } from '../migrate.ts';
import { codeRoot } from '../paths.ts';
import { freePort } from '../ports.ts';
import type { Report } from '../steps.ts';
import { Part, type PartRecipe } from './part.ts';
import { COPIES, type PartKind } from './parts.ts';

/** What a trial sets differently from a production: Altegio's limits, on both sides, and the deadline of one call. */
export interface Tuning {
  readonly perSecond: number;
  readonly perMinute: number;
  readonly altegioTimeoutMs: number;
}

/** Limits that no trial meets: trials measure the protocol, not the budget of calls. */
export const RAISED_LIMITS = { perSecond: 200, perMinute: 6_000 } as const;
export const TASK_QUEUE_PREFIX = 'trial-';
const NAMESPACE = 'default';
const mainModule = join(codeRoot, 'worker', 'main.js');
const READY_MS = 60_000;
const POLL_MS = 50;
const GRACE_MS = 20_000;

/** Where everything is reached. */
export interface Addresses {
  readonly databaseUrl: string;
  readonly temporal: string;
  readonly sandbox: string;
  readonly apis: readonly string[];
  readonly adminToken: string;
  readonly partnerToken: string;
  readonly userToken: string;
}

/** A running stack. */
export class Stack {
  readonly addresses: Addresses;
  readonly tuning: Tuning;
  readonly parts: Readonly<Record<PartKind, readonly Part[]>>;
  /** Rejects when a part cannot be started again. */
  readonly failed: Promise<never>;

  constructor(addresses: Addresses, tuning: Tuning, parts: Stack['parts'], failed: Promise<never>) {
    this.addresses = addresses;
    this.tuning = tuning;
    this.parts = parts;
    this.failed = failed;
  }

  /** Stops everything that runs, the users of a part before the part. */
  async close(): Promise<void> {
    const { api, worker, sandbox, temporal, postgres } = this.parts;
    for (const group of [[...api, ...worker], sandbox, temporal, postgres])
      await Promise.allSettled(group.map((part) => part.close()));
  }
}

/** Chooses ports and secrets; nothing runs yet. `dataDir` exists and is empty. */
export async function planStack(dataDir: string, temporalCli: string | null, tuning: Tuning): Promise<Stack> {
  if (!existsSync(mainModule)) throw new StartError('The product is not built: run npm run build first.');
  const addresses = await chooseAddresses();
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  failed.catch(() => {});
  const part = (recipe: PartRecipe) => new Part(recipe, fail);
  const log = (name: string) => join(dataDir, 'logs', `${name}.log`);
  const common = { ...environment(addresses, tuning), SECRETS_KEY: randomBytes(32).toString('hex') };
  const role = (name: string, env: Record<string, string>) =>
    part({
      name,
      start: () => startRole(name, log(name), { ...common, ...env }),
      stop: (child) => child.stop('SIGTERM', GRACE_MS),
    });
  const parts = {
    postgres: [part(postgresRecipe(addresses, join(dataDir, 'postgres'), log('postgres')))],
    temporal: [part(temporalRecipe(addresses, join(dataDir, 'temporal.db'), log('temporal'), temporalCli))],
    sandbox: [part(sandboxRecipe(addresses, join(dataDir, 'sandbox'), log('sandbox')))],
    api: addresses.apis.map((api, index) =>
      // Altegio knows one address of ours: events come to the first API, or are lost while it is down.
      role(`api-${index + 1}`, { ROLE: 'api', PORT: portOf(api), PUBLIC_URL: addresses.apis[0] ?? '' }),
    ),
    worker: Array.from({ length: COPIES }, (_, index) => role(`worker-${index + 1}`, { ROLE: 'worker' })),
  };
  return new Stack(addresses, tuning, parts, failed);
}

async function chooseAddresses(): Promise<Addresses> {
  const secret = () => randomBytes(24).toString('hex');
  const apis: string[] = [];
  for (let copy = 0; copy < COPIES; copy += 1) apis.push(`http://127.0.0.1:${await freePort()}`);
  return {
    databaseUrl: `postgres://trial:${secret()}@127.0.0.1:${await freePort()}/trial`,
    temporal: `127.0.0.1:${await freePort()}`,
    sandbox: `http://127.0.0.1:${await freePort()}`,
    apis,
    adminToken: secret(),
    partnerToken: secret(),
    userToken: secret(),
  };
}

const portOf = (url: string) => new URL(url).port;

function postgresRecipe({ databaseUrl }: Addresses, folder: string, logFile: string): PartRecipe {
  const { port, username: user, password, pathname } = new URL(databaseUrl);
  const options = { folder, logFile, port: Number(port), user, password, database: pathname.slice(1) };
  return { name: 'PostgreSQL', start: () => startPostgres(options), stop: stopPostgres };
}

function temporalRecipe(
  { temporal }: Addresses,
  databaseFile: string,
  logFile: string,
  given: string | null,
): PartRecipe {
  const options = { port: Number(temporal.split(':')[1]), uiPort: null, namespace: NAMESPACE, databaseFile, logFile };
  return {
    name: 'Temporal',
    start: async () => startTemporal({ ...options, binary: await findTemporal({ given }) }),
    stop: stopTemporal,
  };
}

function sandboxRecipe({ sandbox, partnerToken, userToken }: Addresses, folder: string, logFile: string): PartRecipe {
  const options = { port: Number(portOf(sandbox)), folder, partnerToken, userToken, logFile };
  return { name: 'the sandbox', start: () => startSandbox(options), stop: stopSandbox };
}

/** Starts every part for the first time. */
export async function startParts({ parts, addresses }: Stack, report: Report): Promise<void> {
  const start = (group: readonly Part[]) => Promise.all(group.map((part) => part.start()));
  await report.step('PostgreSQL', () => start(parts.postgres));
  await report.step('Database schema', () => migrate(addresses.databaseUrl));
  await report.step('Temporal', () => start(parts.temporal));
  await report.step('Altegio sandbox', () => start(parts.sandbox));
  await report.step('Workers', () => start(parts.worker));
  await report.step('APIs', () => start(parts.api));
}

function environment(addresses: Addresses, tuning: Tuning): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: addresses.databaseUrl,
    TEMPORAL_ADDRESS: addresses.temporal,
    TEMPORAL_NAMESPACE: NAMESPACE,
    ALTEGIO_BASE_URL: `${addresses.sandbox}/api/v1`,
    ALTEGIO_PARTNER_TOKEN: addresses.partnerToken,
    ALTEGIO_USER_TOKEN: addresses.userToken,
    ALTEGIO_TIMEOUT_MS: String(tuning.altegioTimeoutMs),
    ALTEGIO_REQUESTS_PER_SECOND: String(tuning.perSecond),
    ALTEGIO_REQUESTS_PER_MINUTE: String(tuning.perMinute),
    ADMIN_TOKEN: addresses.adminToken,
    TASK_QUEUE_PREFIX,
    LOG_LEVEL: 'warn',
  };
}

async function startRole(name: string, logFile: string, env: Record<string, string>): Promise<Child> {
  mkdirSync(join(logFile, '..'), { recursive: true });
  const from = existsSync(logFile) ? statSync(logFile).size : 0;
  const child = await startChild({
    name,
    command: process.execPath,
    args: [mainModule],
    env,
    logFile,
  });
  try {
    await unlessExited(child, saysReady(name, logFile, from));
  } catch (error) {
    await child.stop('SIGKILL', 0);
    throw error;
  }
  return child;
}

/** The role's own words in its log, after the place where this start began. */
async function saysReady(name: string, logFile: string, from: number): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!/^(API ready on port|Worker ready\.)/m.test(readFrom(logFile, from))) {
    if (Date.now() > deadline) throw new StartError(`${name} was not ready in ${READY_MS / 1000} s.`);
    await sleep(POLL_MS);
  }
}

function readFrom(path: string, from: number): string {
  const size = statSync(path).size - from;
  if (size <= 0) return '';
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(size);
    readSync(file, bytes, 0, size, from);
    return bytes.toString('utf8');
  } finally {
    closeSync(file);
  }
}
