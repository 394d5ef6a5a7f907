/** The whole product on real PostgreSQL and Temporal, with the Altegio sandbox as the other side, for one test file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { randomInt, randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type pg from 'pg';
import { inject } from 'vitest';
import type { RestingWorker } from '../../api/play/playground.ts';
import { startApi } from '../../api/server.ts';
import { type Altegio, createAltegio } from '../../activities/altegio/client/index.ts';
import { createPool } from '../../activities/ledger/database.ts';
import { verifyLedger } from '../../activities/ledger/proof/verify.ts';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { type Sandbox, seedClients, startSandbox } from '../../sandbox/server.ts';
import { freePort } from '../../worker/ports.ts';
import type { Services } from '../../worker/services.ts';
import { installRuntime } from '../../worker/runtime.ts';
import { prepareNamespace } from '../../worker/temporal-setup.ts';
import { type RunningWorker, startWorker, type WorkerConfig } from '../../worker/worker.ts';
type SeedClient = ReturnType<typeof seedClients>[number];
import { pino } from 'pino';
import { checkContract } from '../contract.ts';
import { freshDatabase } from '../setup/database.ts';
import { deleteSchedules } from './schedules.ts';
import { until } from './until.ts';

// Temporal's native part is installed once a process; the log of each worker's states would drown the tests'.
installRuntime('silent');

/** What the sandbox lets in. */
export const TOKENS = { partnerToken: 'partner-test', userToken: 'user-test' };
const ADMIN_TOKEN = 'admin-test';
const SET_UP_TRIES = 5;
/** How often a till repeats a call by itself where nothing but the machine can be the reason. */
const ASKED_AGAIN = 2;
const SET_UP_PAUSE_MS = 1_000;

/** What a test may set. */
export interface StandOptions {
  /** Parts of the program's settings. */
  readonly redeem?: Record<string, unknown>;
  readonly program?: Record<string, unknown>;
  /** API processes; more than one start payments by Update-with-Start, as separate processes do. */
  readonly apis?: number;
  /** Altegio's limits on both sides; tests of other things raise them. */
  readonly perSecond?: number;
  readonly perMinute?: number;
  readonly timeoutMs?: number;
  /** How much one till key may ask. */
  readonly keyRequestsPerMinute?: number;
  readonly maxCachedWorkflows?: number;
  /** How many people the sandbox knows, 50 by default (four of five with a card), in one location of its own instead of three. */
  readonly people?: number;
  /** Where this stand's own client and worker find Temporal; a test may put a wire in between. */
  readonly temporalAddress?: string;
  /** The tests write rows by hand, which the ledger's own proof would name at the end. */
  readonly forged?: boolean;
  /** Opens `/play` on the first API process, which then may stop this. */
  readonly playWorker?: RestingWorker;
  /** Without a worker workflows start and wait. */
  readonly worker?: boolean;
}

/** A worker of another build. */
export type WorkerChange = Partial<Pick<WorkerConfig, 'workerBuildId' | 'workflowBundle'>>;

/** A JSON answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into bodies of every door; each says by its expectations what it reads.
  // oxlint-disable-next-line no-explicit-any
  readonly body: any;
}

/** One call of a door. */
export async function call(
  url: string,
  init: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const method = init.method ?? (init.body === undefined ? 'GET' : 'POST');
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...init.headers },
    ...(init.body !== undefined && { body: typeof init.body === 'string' ? init.body : JSON.stringify(init.body) }),
  });
  const text = await response.text();
  const { status, headers } = response;
  const answer = { status, headers, body: text === '' ? null : JSON.parse(text) };
  checkContract(method, url, answer);
  return answer;
}

/** See the file's header. */
export class Stand {
  readonly chainId: number;
  readonly locationId: number;
  readonly clients: readonly SeedClient[];
  readonly apiUrls: string[] = [];
  key = '';
  programId = '';
  cardTypeId = 0;
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  readonly client: Client;
  readonly altegioClient: Altegio;
  readonly taskQueuePrefix: string;
  readonly sandbox: Sandbox;
  private readonly closers: (() => Promise<unknown>)[];
  private readonly startOneWorker: (change: WorkerChange) => Promise<RunningWorker>;
  private readonly forged: boolean;
  private worker: RunningWorker | null = null;

  constructor(parts: {
    chainId: number;
    locationId: number;
    clients: readonly SeedClient[];
    pool: pg.Pool;
    databaseUrl: string;
    client: Client;
    altegioClient: Altegio;
    taskQueuePrefix: string;
    sandbox: Sandbox;
    closers: (() => Promise<unknown>)[];
    forged: boolean;
    startOneWorker: (change: WorkerChange) => Promise<RunningWorker>;
  }) {
    this.chainId = parts.chainId;
    this.locationId = parts.locationId;
    this.clients = parts.clients;
    this.pool = parts.pool;
    this.databaseUrl = parts.databaseUrl;
    this.client = parts.client;
    this.altegioClient = parts.altegioClient;
    this.taskQueuePrefix = parts.taskQueuePrefix;
    this.sandbox = parts.sandbox;
    this.closers = parts.closers;
    this.forged = parts.forged;
    this.startOneWorker = parts.startOneWorker;
  }

  async startWorker(change: WorkerChange = {}): Promise<void> {
    this.worker ??= await this.startOneWorker(change);
  }

  async stopWorker(): Promise<void> {
    await this.worker?.shutdown();
    this.worker = null;
  }

  /** Ends everything; whatever the tests did, the ledger's own proof must hold then. */
  async close(): Promise<void> {
    await this.stopWorker();
    const verified = this.forged ? null : await verifyLedger(this.pool);
    await deleteSchedules(this);
    for (const close of this.closers.toReversed()) await close();
    if (verified && verified.wrong > 0)
      throw new Error(`the ledger does not hold:\n${verified.findings.map(({ sentence }) => sentence).join('\n')}`);
  }

  /** A call of the till's door; `api` picks the process. */
  async till(
    path: string,
    body?: unknown,
    options: { headers?: Record<string, string>; api?: number } = {},
  ): Promise<Answer> {
    const url = `${this.apiUrls[options.api ?? 0]}/v1${path}`;
    const patient =
      path === '/payments' && body !== undefined && inject('maxCachedWorkflows') === 0 && this.worker !== null;
    const headers = {
      authorization: `Bearer ${this.key}`,
      ...(patient && { 'idempotency-key': randomUUID() }),
      ...options.headers,
    };
    const ask = (): Promise<Answer> => call(url, { body, headers });
    let answer = await ask();
    for (let again = 0; again < ASKED_AGAIN && (await this.isBusy(answer)); again += 1) answer = await ask();
    if (!patient) return answer;
    // Where no workflow is kept in memory, Temporal's worker drops a step of the till whose workflow is put away meanwhile
    // and runs it again 10 s later: the till is told 202, and asks again under the same key.
    await until(`${path} is decided`, async () => {
      if (answer.status === 202) answer = await ask();
      return answer.status === 202 ? answer.body : true;
    });
    return answer;
  }

  /** Whether a till is told to ask again though nobody has arranged for trouble: the machine stood still for seconds. */
  private async isBusy({ status }: Answer): Promise<boolean> {
    if (status !== 503 || this.worker === null) return false;
    const faults = (await this.control('/faults').catch(() => [null])) as unknown[];
    return faults.length === 0;
  }

  /**
   * Meets a customer for the first time, as tests that are about something else begin: asks again while Altegio's card is
   * being taken over, which a busy machine may not manage in the till's time. @returns the account's id
   */
  async meet(person: { readonly phone: string }, api = 0): Promise<string> {
    let found = await this.till('/lookups', { phone: `+${person.phone}` }, { api });
    await until('the customer is met', async () => {
      if (found.status === 503) found = await this.till('/lookups', { phone: `+${person.phone}` }, { api });
      return found.status === 200 || found.body;
    });
    return found.body.account.id as string;
  }

  /** Gives a customer exactly this balance (decimal text) in both books, as staff would. @returns the account's id */
  async holding(index: number, balance: string): Promise<string> {
    const person = this.person(index);
    const change = parseAmount(balance) - parseAmount(await this.altegio(person));
    if (change !== 0n) await this.control('/staff/adjust', { cardId: person.card?.id, amount: formatAmount(change) });
    const accountId = await this.meet(person);
    await this.bothHold(person, balance);
    return accountId;
  }

  /** A call of the operator's door. */
  admin(path: string, body?: unknown, method?: string, more: Record<string, string> = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, ...more };
    return call(`${this.apiUrls[0]}/api${path}`, { body, headers, ...(method && { method }) });
  }

  /** The other side's own door. */
  async control(path: string, body?: unknown, method?: string) {
    const answer = await call(`${this.sandbox.controlUrl}${path}`, { body, ...(method && { method }) });
    if (answer.status >= 400) throw new Error(`control ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** A seeded client by its place, from 1. */
  person(index: number): SeedClient {
    const found = this.clients[index - 1];
    if (!found) throw new Error(`there is no client ${index}`);
    return found;
  }

  /** Altegio's balance as the other side itself says. */
  async altegio(person: SeedClient): Promise<string> {
    const cards = (await this.control(`/cards?phone=${person.phone}`)) as { balance: string; typeId: number }[];
    const card = cards.find(({ typeId }) => typeId === this.cardTypeId);
    return card?.balance ?? 'no card';
  }

  async account(person: SeedClient): Promise<Answer['body']> {
    const found = await this.admin(`/accounts?phone=${encodeURIComponent(`+${person.phone}`)}`);
    const [first] = found.body.items;
    return first && (await this.admin(`/accounts/${first.id}`)).body;
  }

  /** Waits until both books hold `balance`, the ledger by our door and Altegio by its own. */
  async bothHold(person: SeedClient, balance: string): Promise<void> {
    await until(`both books hold ${balance}`, async () => {
      const account = await this.account(person);
      const altegio = await this.altegio(person);
      const seen = { ledger: account?.ledger?.available, target: account?.target, altegio, state: account?.state };
      return seen.target === balance && altegio === balance && seen.state !== 'syncing' ? true : seen;
    });
  }

  /** Waits until no workflow of this stand is open; looked at twice, because Temporal lists a new one only a moment later. */
  async quiet(): Promise<void> {
    let still = 0;
    await until('no workflow is open', async () => {
      const open: string[] = [];
      const query = `ExecutionStatus='Running' AND TaskQueue='${this.taskQueuePrefix}orchestration'`;
      for await (const workflow of this.client.workflow.list({ query })) open.push(workflow.workflowId);
      still = open.length === 0 ? still + 1 : 0;
      return still === 2 ? true : open;
    });
  }

  /** Calls of Altegio since `since`, apart from those that schedules make whatever a test does. */
  async calls(since: string): Promise<{ method: string; path: string; applied: boolean; status: number }[]> {
    const rows = (await this.control(`/requests?since=${encodeURIComponent(since)}`)) as {
      method: string;
      path: string;
      applied: boolean;
      status: number;
    }[];
    const bySchedule = /\/loyalty\/transactions|\/(records|clients)\/\d+\?changed_after/;
    return rows.filter(({ path }) => !bySchedule.test(path));
  }

  /** Applied changes of card balances through the API. */
  async appliedWrites(since: string): Promise<number> {
    return (await this.calls(since)).filter(({ path, applied }) => applied && path.includes('manual_transaction'))
      .length;
  }
}

/** Brings a stand up and connects its first location with a program and a till key. */
export async function startStand(name: string, options: StandOptions = {}): Promise<Stand> {
  const chainId = randomInt(10_000, 99_999);
  const locationId = chainId * 10 + 1;
  const { people } = options;
  const seed = { chainId, firstLocationId: locationId, ...(people !== undefined && { clients: people, locations: 1 }) };
  const closers: (() => Promise<unknown>)[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'bonus-stand-'));
  closers.push(async () => rmSync(folder, { recursive: true, force: true }));
  const sandbox = await startSandbox({ dataDir: folder, seed, webhookDelayMs: 50, ...TOKENS });
  closers.push(() => sandbox.close());
  const { perSecond = 200, perMinute = 6_000, timeoutMs = 3_000 } = options;
  await call(`${sandbox.controlUrl}/limits`, { body: { perSecond, perMinute } });

  const database = await freshDatabase(name);
  closers.push(() => database.drop());
  const pool = createPool(database.url, { max: 20 });
  closers.push(() => pool.end());
  const connection = await NativeConnection.connect({ address: options.temporalAddress ?? inject('temporalAddress') });
  closers.push(() => connection.close());
  await prepareNamespace(connection, 'default');
  const client = new Client({ connection, namespace: 'default' });
  const logger = pino({ level: process.env['STAND_LOG'] ?? 'silent' });
  const altegio = createAltegio({
    baseUrl: sandbox.url,
    ...TOKENS,
    secretsKey: '0'.repeat(64),
    timeoutMs,
    requestsPerMinute: perMinute,
    requestsPerSecond: perSecond,
    pool,
    logger,
  });
  closers.push(() => altegio.close());
  const services: Services = { pool, altegio, logger, close: async () => undefined };
  const taskQueuePrefix = `${name}-${chainId}-`;
  const maxCachedWorkflows = options.maxCachedWorkflows ?? inject('maxCachedWorkflows');
  const workerConfig = {
    temporalNamespace: 'default',
    taskQueuePrefix,
    altegioTimeoutMs: timeoutMs,
    workerBuildId: null,
    altegioRequestsPerMinute: perMinute,
    catchUpSeconds: 300,
    sweepHours: 24,
    ...(maxCachedWorkflows !== undefined && { maxCachedWorkflows }),
  };
  const stand = new Stand({
    chainId,
    locationId,
    clients: seedClients(seed),
    pool,
    databaseUrl: database.url,
    client,
    altegioClient: altegio,
    taskQueuePrefix,
    sandbox,
    closers,
    forged: options.forged ?? false,
    startOneWorker: (change) => startWorker({ ...workerConfig, ...change }, services, connection),
  });
  if (options.worker !== false) await stand.startWorker();
  const apis = options.apis ?? 1;
  for (let index = 0; index < apis; index += 1) {
    const port = await freePort();
    const publicUrl = `http://127.0.0.1:${port}`;
    const config = {
      port,
      publicUrl,
      adminToken: ADMIN_TOKEN,
      temporalUiUrl: null,
      temporalNamespace: 'default',
      altegioTimeoutMs: timeoutMs,
      serviceEmail: 'support@message.help',
      supportContact: 'help@salon.test',
      keyRequestsPerMinute: options.keyRequestsPerMinute ?? 6_000,
      taskQueuePrefix,
      role: apis > 1 ? 'api' : 'all',
    } as const;
    const { playWorker: worker } = options;
    const { controlUrl } = sandbox;
    const tillKey = () => stand.key || null;
    const playground =
      index === 0 && worker ? { controlUrl, salonUrl: new URL('/', controlUrl).href, tillKey, worker } : null;
    const api = await startApi(config, services, { client, eager: apis === 1 }, playground);
    closers.push(() => api.close());
    stand.apiUrls.push(publicUrl);
  }
  await connect(stand, options);
  return stand;
}

async function connect(stand: Stand, options: StandOptions): Promise<void> {
  const must = async (ask: () => Promise<Answer>): Promise<Answer['body']> => {
    // On a machine that stood still a door may say that nothing has happened yet.
    for (let tries = 1; ; tries += 1) {
      const { status, body } = await ask();
      if (status < 300) return body;
      if (status !== 503 || tries === SET_UP_TRIES) throw new Error(`set-up failed: ${status} ${JSON.stringify(body)}`);
      await delay(SET_UP_PAUSE_MS);
    }
  };
  await must(() => stand.admin('/connections', { locationId: stand.locationId }));
  const types = await must(() => stand.admin(`/chains/${stand.chainId}/card-types`));
  stand.cardTypeId = Number(types.find(({ title }: { title: string }) => title === 'Cashback').id);
  const program = await must(() =>
    stand.admin('/programs', {
      chainId: stand.chainId,
      cardTypeId: stand.cardTypeId,
      name: 'Bonus',
      currency: 'KZT',
      accrual: { levels: [{ from: '0.00', percent: '5' }], base: 'money' },
      redeem: { maxShare: '0.30', minMoney: '0.00', whenAltegioDown: 'refuse', ...options.redeem },
      lots: { lifetimeDays: 365, pendingDays: 0 },
      rounding: 'floor',
      clawback: 'unlimited',
      ...options.program,
    }),
  );
  stand.programId = program.id;
  stand.key = (await must(() => stand.admin('/keys', { locationId: stand.locationId, name: 'Till 1' }))).key;
}
