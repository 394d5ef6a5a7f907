// Every door on one port, with a Temporal that is not there.
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Altegio, AltegioAccess } from '../../activities/altegio/client/index.ts';
import { createPool } from '../../activities/ledger/database.ts';
import { createKey } from '../../activities/ledger/keys.ts';
import type { ApiConfig } from '../../api/http/deps.ts';
import { type RunningApi, startApi } from '../../api/server.ts';
import { freshDatabase, type FreshDatabase } from '../setup/database.ts';
import { addCustomer, seed } from './pos-stand.ts';

const ANN = 'acc_00000000000000000000000ann';
const config: ApiConfig = {
  port: 0,
  publicUrl: 'http://localhost:3000',
  adminToken: 'an-operator-token',
  temporalUiUrl: null,
  temporalNamespace: 'default',
  altegioTimeoutMs: 1_000,
  serviceEmail: 'support@example.com',
  supportContact: 'help@salon.test',
  keyRequestsPerMinute: 6_000,
  taskQueuePrefix: '',
  role: 'api',
};
const ACCESS: AltegioAccess = {
  host: 'altegio.test',
  token: { source: 'variable', setAt: null, problem: null },
  parked: [],
  breakerOpenSince: null,
  calls: { perSecond: 0, perMinute: 0 },
  limits: { perSecond: 5, perMinute: 200 },
};
let database: FreshDatabase;
let pool: ReturnType<typeof createPool>;
let client: Client;
let api: RunningApi;

const start = (settings: ApiConfig) => {
  const altegio = { access: () => Promise.resolve(ACCESS) } as Partial<Altegio> as Altegio;
  return startApi(settings, { pool, altegio, logger: pino({ level: 'silent' }) }, { client, eager: false });
};
const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${api.port}${path}`, init);

beforeAll(async () => {
  database = await freshDatabase('pos server');
  pool = createPool(database.url);
  await seed(pool);
  await addCustomer(pool, { id: ANN, phone: '+77011000001', points: 10_000n });
  // Port 9 is nobody's.
  client = new Client({ connection: Connection.lazy({ address: '127.0.0.1:9' }) });
  api = await start(config);
});

afterAll(async () => {
  await api.close();
  await client.connection.close();
  await pool.end();
  await database.drop();
});

test('health, readiness by part, status, metrics and the document are answered without a key', async () => {
  expect(await (await ask('/healthz')).json()).toEqual({ status: 'ok' });
  const ready = await ask('/readyz');
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({ status: 'down', parts: { database: 'ok', temporal: 'down', altegio: 'ok' } });
  expect(await (await ask('/status')).json()).toMatchObject({ status: 'down', parts: { altegio: 'ok' } });
  const document = (await (await ask('/openapi.json')).json()) as { paths: object };
  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/v1/payments', '/api/programs', '/healthz']));
  expect((await ask('/docs')).status).toBe(200);
  const metrics = await (await ask('/metrics')).text();
  expect(metrics).toContain('http_request_duration_seconds_bucket');
});

test('an unknown address and a method it does not take are problem documents at every door', async () => {
  for (const [path, status, code] of [
    ['/nowhere', 404, 'not_found'],
    ['/v1/payments', 401, 'invalid_key'],
    ['/api/accounts', 401, 'unauthorised'],
  ] as const) {
    const answer = await ask(path);
    expect(answer.status, path).toBe(status);
    expect(await answer.json(), path).toMatchObject({ code });
  }
  expect((await ask('/webhooks/altegio/unknown', { method: 'POST', body: '{}' })).status).toBe(404);
  const wrongMethod = await ask('/healthz', { method: 'DELETE' });
  expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET']);
  expect(await wrongMethod.json()).toMatchObject({ code: 'method_not_allowed' });
  const headers = { authorization: `Bearer ${config.adminToken}` };
  const noAction = await ask('/api/operations/payment%3A101%3AR-1/forget', { method: 'POST', headers });
  expect([noAction.status, await noAction.json()]).toEqual([404, expect.objectContaining({ code: 'not_found' })]);
});

test('Temporal away: a payment is a true 503 within 4 s, and nothing of it is left running', async () => {
  const { key } = await createKey(pool, { locationId: 101n, name: 'Till' });
  const began = performance.now();
  const answer = await ask('/v1/payments', {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ receipt: 'T-1', accountId: ANN, total: '100.00', redeem: 'max' }),
  });
  expect(performance.now() - began).toBeLessThan(4_000);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).not.toBeNull();
  expect(await answer.json()).toMatchObject({ code: 'unavailable', retryable: true });
  const { rows } = await pool.query("select state from payment where receipt = 'T-1'");
  expect(rows).toEqual([{ state: 'ABANDONED' }]);
  expect(await (await ask('/metrics')).text()).toContain('payments{state="ABANDONED"} 1');
});

test('a taken port is one clear sentence', async () => {
  const taken = start({ ...config, port: api.port });
  await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(taken).rejects.toThrow(`Port ${api.port} is in use by another program`);
});

test('PostgreSQL away: 503 unavailable', async () => {
  const broken = createPool('postgres://nobody@127.0.0.1:9/none');
  const altegio = { access: () => Promise.resolve(ACCESS) } as Partial<Altegio> as Altegio;
  const other = await startApi(
    config,
    { pool: broken, altegio, logger: pino({ level: 'silent' }) },
    { client, eager: false },
  );
  const headers = { authorization: 'Bearer pos_something', 'content-type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${other.port}/v1/payments`, { method: 'POST', headers, body: '{}' });
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ code: 'unavailable', retryable: true });
  const ready = (await (await fetch(`http://127.0.0.1:${other.port}/readyz`)).json()) as object;
  expect(ready).toMatchObject({ parts: { database: 'down' } });
  await other.close();
  await broken.end();
});
