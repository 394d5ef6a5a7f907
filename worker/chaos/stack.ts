/** The stack of a run: PostgreSQL, Temporal, the sandbox, and the built product as API and worker processes. */
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
import { Part } from './part.ts';
import { COPIES, type PartKind } from './plan-actions.ts';

/** Altegio's limits on both sides, and the deadline of one call: short, so that doubts end soon. */
export const TUNING = { perSecond: 200, perMinute: 6_000, altegioTimeoutMs: 1_000 } as const;
export const TASK_QUEUE_PREFIX = 'chaos-';
const NAMESPACE = 'default';
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
  readonly parts: Readonly<Record<PartKind, readonly Part[]>>;
  /** Rejects when a part cannot be started again. */
  readonly failed: Promise<never>;

  constructor(addresses: Addresses, parts: Stack['parts'], failed: Promise<never>) {
    this.addresses = addresses;
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
export async function planStack(dataDir: string, temporalCli: string | null): Promise<Stack> {
  const main = join(codeRoot, 'worker', 'main.js');
  if (!existsSync(main)) throw new StartError('The product is not built: run npm run build first.');
  const secret = () => randomBytes(24).toString('hex');
  const port = { postgres: await freePort(), temporal: await freePort(), sandbox: await freePort() };
  const apiPorts: number[] = [];
  for (let copy = 0; copy < COPIES; copy += 1) apiPorts.push(await freePort());
  const password = secret();
  const addresses: Addresses = {
    databaseUrl: `postgres://chaos:${password}@127.0.0.1:${port.postgres}/chaos`,
    temporal: `127.0.0.1:${port.temporal}`,
    sandbox: `http://127.0.0.1:${port.sandbox}`,
    apis: apiPorts.map((apiPort) => `http://127.0.0.1:${apiPort}`),
    adminToken: secret(),
    partnerToken: secret(),
    userToken: secret(),
  };
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  failed.catch(() => {});
  const log = (name: string) => join(dataDir, 'logs', `${name}.log`);
  const secretsKey = randomBytes(32).toString('hex');
  const role = (name: string, env: Record<string, string>) =>
    new Part(
      {
        name,
        start: () => startRole(name, log(name), { ...environment(addresses), SECRETS_KEY: secretsKey, ...env }),
        stop: (child) => child.stop('SIGTERM', GRACE_MS),
      },
      fail,
    );
  const postgres = new Part(
    {
      name: 'PostgreSQL',
      start: () =>
        startPostgres({
          folder: join(dataDir, 'postgres'),
          logFile: log('postgres'),
          port: port.postgres,
          user: 'chaos',
          password,
          database: 'chaos',
        }),
      stop: stopPostgres,
    },
    fail,
  );
  const temporal = new Part(
    {
      name: 'Temporal',
      start: async () =>
        startTemporal({
          binary: await findTemporal({ given: temporalCli }),
          port: port.temporal,
          uiPort: null,
          namespace: NAMESPACE,
          databaseFile: join(dataDir, 'temporal.db'),
          logFile: log('temporal'),
        }),
      stop: stopTemporal,
    },
    fail,
  );
  const { partnerToken, userToken } = addresses;
  const sandbox = new Part(
    {
      name: 'the sandbox',
      start: () =>
        startSandbox({
          port: port.sandbox,
          folder: join(dataDir, 'sandbox'),
          partnerToken,
          userToken,
          logFile: log('sandbox'),
        }),
      stop: stopSandbox,
    },
    fail,
  );
  const parts = {
    postgres: [postgres],
    temporal: [temporal],
    sandbox: [sandbox],
    api: apiPorts.map((apiPort, index) =>
      role(`api-${index + 1}`, {
        ROLE: 'api',
        PORT: String(apiPort),
        // Altegio knows one address of ours: events come to the first API, or are lost while it is down.
        PUBLIC_URL: addresses.apis[0] ?? '',
      }),
    ),
    worker: Array.from({ length: COPIES }, (_, index) => role(`worker-${index + 1}`, { ROLE: 'worker' })),
  };
  return new Stack(addresses, parts, failed);
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

function environment(addresses: Addresses): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: addresses.databaseUrl,
    TEMPORAL_ADDRESS: addresses.temporal,
    TEMPORAL_NAMESPACE: NAMESPACE,
    ALTEGIO_BASE_URL: `${addresses.sandbox}/api/v1`,
    ALTEGIO_PARTNER_TOKEN: addresses.partnerToken,
    ALTEGIO_USER_TOKEN: addresses.userToken,
    ALTEGIO_TIMEOUT_MS: String(TUNING.altegioTimeoutMs),
    ALTEGIO_REQUESTS_PER_SECOND: String(TUNING.perSecond),
    ALTEGIO_REQUESTS_PER_MINUTE: String(TUNING.perMinute),
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
    args: [join(codeRoot, 'worker', 'main.js')],
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
