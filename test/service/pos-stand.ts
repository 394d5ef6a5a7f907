/** The POS door on a real database, with a scripted ledger in place of Temporal and a scripted Altegio. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import { pino } from 'pino';
import type { Altegio, AltegioCard } from '../../activities/altegio/client/index.ts';
import { createPool } from '../../activities/ledger/database.ts';
import { createKey, type PosKey } from '../../activities/ledger/keys.ts';
import { createApp } from '../../api/http/app.ts';
import type { ApiDeps } from '../../api/http/deps.ts';
import { problemHandler } from '../../api/http/problem.ts';
import { type Decisions, listenForDecisions } from '../../api/pos/decisions.ts';
import { type OfflineSales, startOfflineSales } from '../../api/pos/offline-drain.ts';
import { posRouter } from '../../api/pos/router.ts';
import type { Starter } from '../../api/starts.ts';
import type { CardIssueInput, PaymentInput } from '../../workflows/contract.ts';
import { freshDatabase } from '../setup/database.ts';

export const CHAIN = 1n;
export const CARD_TYPE = 5n;

/** An answer of the door. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & { readonly errors?: { path: string; message: string }[] };
}

/** What the starter does with a payment; the default captures it at once. */
export type Script = (input: PaymentInput, pool: pg.Pool) => Promise<void>;

export interface PosStand {
  readonly pool: pg.Pool;
  readonly keys: Record<'main' | 'other' | 'foreign', PosKey & { key: string }>;
  /** What was started, in order. */
  readonly started: { payments: PaymentInput[]; cardIssues: CardIssueInput[]; others: number };
  script: {
    payment: Script;
    /** What the starter does with a capture, a void or a refund. */
    step: (pool: pg.Pool) => Promise<void>;
    cardIssue: (input: CardIssueInput) => Promise<void>;
    cards: () => Promise<AltegioCard[]>;
  };
  /** A call to one of two API processes on the same database. */
  call(
    method: string,
    path: string,
    body?: unknown,
    options?: { headers?: Record<string, string>; process?: 0 | 1; raw?: string },
  ): Promise<Answer>;
  count(table: string): Promise<number>;
  close(): Promise<void>;
}

const SETTINGS = {
  name: 'Bonus',
  currency: 'KZT',
  accrual: { levels: [{ from: '0.00', percent: '5' }], base: 'money' },
  redeem: { maxShare: '0.30', minMoney: '0.00', whenAltegioDown: 'refuse' },
};

/** Three locations in two chains, one program of 30 % and 5 %. */
export async function seed(pool: pg.Pool): Promise<void> {
  await pool.query("insert into chain (id, title) values (1, 'Chain'), (2, 'Other chain')");
  await pool.query(
    `insert into location (id, chain_id, title, time_zone, webhook_token) values
       (101, 1, 'Main', 'Asia/Almaty', 'a'), (102, 1, 'Other', 'Asia/Almaty', 'b'), (201, 2, 'Foreign', 'Europe/Berlin', 'c')`,
  );
  await pool.query(
    "insert into program (id, chain_id, card_type_id, card_type_title) values ('prg_main', 1, 5, 'Bonus card')",
  );
  await pool.query("insert into program_version (program_id, version, settings) values ('prg_main', 1, $1)", [
    JSON.stringify(SETTINGS),
  ]);
}

/** Adds a customer with points and, unless told otherwise, a linked altegio card that was just seen. */
export async function addCustomer(
  pool: pg.Pool,
  customer: {
    id: string;
    phone: string;
    points?: bigint;
    card?: bigint | null;
    seenSecondsAgo?: number;
    program?: string;
  },
): Promise<void> {
  const { id, phone, points = 0n, card = BigInt(phone.slice(-6)), seenSecondsAgo = 0, program = 'prg_main' } = customer;
  await pool.query(
    "insert into account (id, chain_id, program_id, phone, display_name, active) values ($1, 1, $2, $3, 'Test Person', $4)",
    [id, program, phone, points],
  );
  if (card === null) return;
  await pool.query(
    `insert into altegio_card (card_id, chain_id, account_id, type_id, number, location_id, confirmed, confirmed_at)
     values ($1, 1, $2, 5, $3, 101, $4, now() - make_interval(secs => $5))`,
    [card, id, `99000000000${card}`, points, seenSecondsAgo],
  );
}

/** Decides a payment as the ledger would: state and answer in one statement, then the notification. */
export async function decide(
  pool: pg.Pool,
  paymentId: string,
  state: string,
  declined: object | null = null,
): Promise<void> {
  await pool.query(
    `update payment set state = $2, declined = $3, decided_at = now(),
       answer = case when $2 = 'CAPTURED' then jsonb_build_object('id', id, 'receipt', receipt, 'attempt', attempt,
         'state', 'CAPTURED', 'total', '100.00', 'mirror', jsonb_build_object('state', 'syncing'), 'replayed', false) end
      where id = $1 and state = 'PENDING'`,
    [paymentId, state, declined && JSON.stringify(declined)],
  );
  await pool.query("select pg_notify('payment_decided', $1)", [paymentId]);
}

export const capture: Script = (input, pool) => decide(pool, input.paymentId, 'CAPTURED');

interface Process {
  readonly server: Server;
  readonly decisions: Decisions;
  readonly offline: OfflineSales;
  readonly pool: pg.Pool;
  readonly base: string;
}

async function startProcess(url: string, parts: Pick<ApiDeps, 'altegio' | 'starter'>): Promise<Process> {
  const pool = createPool(url, { max: 12 });
  const logger = pino({ level: 'silent' });
  const deps: ApiDeps = {
    ...parts,
    pool,
    logger,
    clock: { now: Date.now },
    // The POS door begins work through the starter only.
    temporal: {} as Client,
    temporalHealthy: () => Promise.resolve(true),
    config: {
      port: 0,
      publicUrl: 'http://localhost',
      adminToken: 'x'.repeat(16),
      temporalUiUrl: null,
      temporalNamespace: 'default',
      altegioTimeoutMs: 1_000,
      serviceEmail: 'support@example.com',
      supportContact: 'help@salon.test',
      keyRequestsPerMinute: 6_000,
      taskQueuePrefix: '',
      role: 'api',
    },
  };
  const decisions = listenForDecisions(pool, logger);
  const app = createApp({ logger });
  const offline = startOfflineSales({ ...deps, decisions });
  app.use('/v1', posRouter(deps, decisions, offline));
  app.use(problemHandler(logger, 'help@salon.test'));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return { server, decisions, offline, pool, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Opens the stand: two processes, three locations in two chains, one program of 30 % and 5 %. */
export async function openPosStand(name: string): Promise<PosStand> {
  const database = await freshDatabase(name);
  const pool = createPool(database.url, { max: 4 });
  await seed(pool);
  const started: PosStand['started'] = { payments: [], cardIssues: [], others: 0 };
  const script: PosStand['script'] = {
    payment: capture,
    step: () => Promise.resolve(),
    cardIssue: () => Promise.resolve(),
    cards: () => Promise.resolve([]),
  };
  const other = (): Promise<void> => {
    started.others += 1;
    return Promise.resolve();
  };
  const starter: Starter = {
    payment(input) {
      started.payments.push(input);
      return script.payment(input, pool);
    },
    cardIssue(input) {
      started.cardIssues.push(input);
      return script.cardIssue(input);
    },
    step: () => script.step(pool),
    refund: () => script.step(pool),
    deposit: () => script.step(pool),
    reconciliation: other,
    visit: other,
    adjustment: other,
    gift: other,
    tell: () => Promise.resolve(false),
    isOpen: () => Promise.resolve(false),
  };
  const altegio = { cardsByPhone: () => script.cards() } as Partial<Altegio> as Altegio;
  const processes = await Promise.all([0, 1].map(() => startProcess(database.url, { altegio, starter })));
  const key = (locationId: bigint, keyName: string) => createKey(pool, { locationId, name: keyName });
  const keys = {
    main: await key(101n, 'Till 1'),
    other: await key(102n, 'Till 2'),
    foreign: await key(201n, 'Till 3'),
  };
  return {
    pool,
    keys,
    started,
    script,
    async call(method, path, body, { headers = {}, process = 0, raw } = {}) {
      const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const response = await fetch(`${processes[process]?.base}${path}`, {
        method,
        headers: { authorization: `Bearer ${keys.main.key}`, 'content-type': 'application/json', ...headers },
        ...(text === undefined ? {} : { body: text }),
      });
      return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
    },
    async count(table) {
      const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from ${table}`);
      return rows[0]?.count ?? -1;
    },
    async close() {
      for (const { server, decisions, offline, pool: own } of processes) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await offline.close();
        await decisions.close();
        await own.end();
      }
      await pool.end();
      await database.drop();
    },
  };
}
