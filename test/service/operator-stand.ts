/** The operator door and the Altegio door on real PostgreSQL and the sandbox; Temporal is a spy that can be away. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll } from 'vitest';
import { createAltegio } from '../../activities/altegio/client/index.ts';
import { createPool } from '../../activities/ledger/database.ts';
import { operatorRouter } from '../../api/console/router.ts';
import { createApp } from '../../api/http/app.ts';
import type { ApiDeps } from '../../api/http/deps.ts';
import { Problem, problemHandler } from '../../api/http/problem.ts';
import type { Starter } from '../../api/starts.ts';
import { type Relay, startRelay } from '../../api/webhooks/relay.ts';
import { webhookRouter } from '../../api/webhooks/router.ts';
import type { AdjustmentInput, DepositInput, ReconciliationInput, VisitInput } from '../../workflows/contract.ts';
import { checkContract } from '../contract.ts';
import { PARTNER, testSandbox, type TestSandbox, USER } from '../sandbox/helpers.ts';
import { freshDatabase } from '../setup/database.ts';

export const ADMIN = 'admin-test';
export const SECRETS_KEY = 'a5'.repeat(32);
export const CHAIN = 9206;
export const LOCATION = 101;
export const CARD_TYPE = 8230;

/** A starter that remembers, and refuses while `down`. */
export class StarterSpy implements Starter {
  down = false;
  delayMs = 0;
  readonly reconciliations: ReconciliationInput[] = [];
  readonly adjustments: AdjustmentInput[] = [];
  readonly deposits: DepositInput[] = [];
  readonly visits: VisitInput[] = [];
  readonly told: { workflowId: string; signal: string; args: readonly unknown[] }[] = [];
  /** Workflows that have an open run. */
  readonly open = new Set<string>();

  private async take<T>(list: T[], input: T): Promise<void> {
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    if (this.down) throw new Error('no connection to Temporal');
    list.push(input);
  }
  reconciliation(input: ReconciliationInput): Promise<void> {
    return this.take(this.reconciliations, input);
  }
  deposit(input: DepositInput): Promise<void> {
    return this.take(this.deposits, input);
  }
  visit(input: VisitInput): Promise<void> {
    return this.take(this.visits, input);
  }
  adjustment(input: AdjustmentInput): Promise<void> {
    return this.take(this.adjustments, input);
  }
  payment(): Promise<void> {
    throw new Error('not part of these tests');
  }
  step(): Promise<void> {
    throw new Error('not part of these tests');
  }
  refund(): Promise<void> {
    throw new Error('not part of these tests');
  }
  cardIssue(): Promise<void> {
    throw new Error('not part of these tests');
  }
  gift(): Promise<void> {
    throw new Error('not part of these tests');
  }
  async tell(workflowId: string, signal: string, ...args: readonly unknown[]): Promise<boolean> {
    await this.take(this.told, { workflowId, signal, args });
    return this.open.has(workflowId);
  }
  async isOpen(workflowId: string): Promise<boolean> {
    if (this.down) throw new Error('no connection to Temporal');
    return this.open.has(workflowId);
  }
}

/** A JSON object of any shape. */
export type Body = Record<string, unknown>;

/** An answer with what tests look at. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Of many shapes; what a test casts a field to is its assertion. */
  readonly body: Body;
}

export interface Stand {
  readonly pool: pg.Pool;
  readonly url: string;
  readonly databaseUrl: string;
  readonly starter: StarterSpy;
  readonly sandbox: TestSandbox;
  readonly deps: ApiDeps;
  readonly log: string[];
  relay: Relay;
  /** Calls the operator door with the token. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Posts to any path as Altegio would, without a token of ours. */
  deliver(path: string, body: unknown): Promise<Answer>;
  /** Connects a location and returns the path of its webhook. */
  connect(locationId?: number): Promise<string>;
  /** Makes a program of the Cashback type; returns its id. */
  program(changes?: object): Promise<string>;
  /** How many rows each table holds that a bad call must not touch. */
  counts(): Promise<Record<string, number>>;
  rows<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
}

async function ask(url: string, method: string, headers: Record<string, string>, body: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const { status } = response;
  const answer = { status, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Body) };
  checkContract(method, url, answer);
  return answer;
}

/** A program's body as an operator sends it. */
export const programBody = (changes: object = {}) => ({
  chainId: CHAIN,
  cardTypeId: CARD_TYPE,
  name: 'Bonus',
  currency: 'KZT',
  accrual: { levels: [{ from: '0.00', percent: '5' }], base: 'money' },
  redeem: { maxShare: '0.30', minMoney: '0.00', whenAltegioDown: 'refuse' },
  lots: {},
  rounding: 'floor',
  clawback: 'unlimited',
  ...changes,
});

const COUNTED = ['chain', 'location', 'program', 'api_key', 'account', 'inbox', 'operation', 'transfer'] as const;

/** Starts everything; it ends with the test file. */
export async function startStand(name: string): Promise<Stand> {
  const database = await freshDatabase(name);
  const pool = createPool(database.url);
  const sandbox = await testSandbox();
  const log: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) });
  const altegio = createAltegio({
    baseUrl: sandbox.sandbox.url,
    partnerToken: PARTNER,
    userToken: USER,
    secretsKey: SECRETS_KEY,
    timeoutMs: 1_000,
    requestsPerMinute: 10_000,
    requestsPerSecond: 1_000,
    pool,
    logger,
  });
  const starter = new StarterSpy();
  let relay: Relay | null = null;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const deps: ApiDeps = {
    pool,
    altegio,
    logger,
    starter,
    clock: { now: Date.now },
    temporal: {} as Client,
    temporalHealthy: () => Promise.resolve(true),
    config: {
      port: 0,
      publicUrl: url,
      adminToken: ADMIN,
      temporalUiUrl: 'http://ui.test',
      temporalNamespace: 'default',
      altegioTimeoutMs: 1_000,
      serviceEmail: 'support@message.help',
      supportContact: 'help@salon.test',
      keyRequestsPerMinute: 6_000,
      taskQueuePrefix: randomBytes(3).toString('hex'),
      role: 'all',
    },
  };
  const app = createApp({ logger });
  app.use('/api', operatorRouter(deps));
  app.use('/webhooks', webhookRouter({ pool, kick: () => relay?.kick() }));
  app.use(() => {
    throw new Problem('not_found');
  });
  app.use(problemHandler(logger, 'help@salon.test'));
  server.on('request', app);
  relay = startRelay(deps);

  const stand: Stand = {
    pool,
    url,
    databaseUrl: database.url,
    starter,
    sandbox,
    deps,
    log,
    get relay() {
      if (!relay) throw new Error('no relay runs');
      return relay;
    },
    set relay(next: Relay) {
      relay = next;
    },
    call: (method, path, body, headers = {}) =>
      ask(`${url}${path}`, method, { authorization: `Bearer ${ADMIN}`, ...headers }, body),
    deliver: (path, body) => ask(`${url}${path}`, 'POST', {}, body),
    connect: async (locationId = LOCATION) => {
      const { body } = await stand.call('POST', '/api/connections', { locationId });
      return new URL(String(body['webhookUrl'])).pathname;
    },
    program: async (changes = {}) => {
      const { body } = await stand.call('POST', '/api/programs', programBody(changes));
      return String(body['id']);
    },
    counts: async () => {
      const found: Record<string, number> = {};
      for (const table of COUNTED) {
        const [row] = await stand.rows<{ n: bigint }>(`select count(*) as n from ${table}`);
        found[table] = Number(row?.n);
      }
      return found;
    },
    rows: async <Row>(sql: string, values: unknown[] = []) => (await pool.query(sql, values)).rows as Row[],
  };
  afterAll(async () => {
    await stand.relay.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await altegio.close();
    await pool.end();
    await database.drop();
  });
  return stand;
}
