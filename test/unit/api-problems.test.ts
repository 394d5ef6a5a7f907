// The problem table and the handler: every code complete, every error a problem document, never a stack.
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp, doorLogger } from '../../api/http/app.ts';
import { isDatabaseDown } from '../../api/http/database-down.ts';
import { jsonBody } from '../../api/http/json.ts';
import { Problem, problemHandler, toProblem } from '../../api/http/problem.ts';
import { PROBLEMS, type ProblemCode, type ProblemRow } from '../../api/http/problem-table.ts';

const codes = Object.keys(PROBLEMS) as ProblemCode[];
const logged: string[] = [];
const logger = doorLogger(pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) }));
const acted: unknown[] = [];
const refused: unknown[] = [];
const server = createServer(makeApp());
let base = '';

function makeApp() {
  const app = createApp({ logger });
  app.get('/problem/:code', (req) => {
    throw new Problem(req.params.code as ProblemCode, { detail: 'Why.' });
  });
  app.get('/fault', () => {
    throw new Error('a secret detail of ours');
  });
  app.get('/row', () => {
    throw Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (phone)=(+77011234567) already exists.',
    });
  });
  app.get('/database', () => {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
  });
  app.post('/body', jsonBody(), (req, res) => {
    res.json({ got: req.body as unknown });
  });
  app.post(
    '/slow',
    // Whoever sent it hangs up while the door is still looking at the key.
    (req, _res, next) => void req.socket.once('close', () => next()),
    jsonBody(),
    (req) => void acted.push(req.body),
  );
  // Nobody hears the answer, so the test does.
  app.use((error: unknown, _req: Request, _res: Response, next: NextFunction) => {
    refused.push(error);
    next(error);
  });
  app.use(problemHandler(logger, 'help@salon.test'));
  return app;
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

async function problemAt(path: string, init: RequestInit = {}) {
  const response = await fetch(`${base}${path}`, init);
  return { response, body: (await response.json()) as Record<string, unknown> };
}

test('V-43 every code answers a complete problem document, in English and in Russian', async () => {
  expect(codes.length).toBeGreaterThan(40);
  for (const code of codes) {
    const { response, body } = await problemAt(`/problem/${code}`);
    const row: ProblemRow = PROBLEMS[code];
    expect(response.status, code).toBe(row.status);
    expect(response.headers.get('content-type'), code).toMatch(/^application\/problem\+json/);
    expect(body, code).toMatchObject({
      status: row.status,
      title: row.title,
      detail: 'Why.',
      code,
      retryable: row.retryable,
      posAction: row.posAction,
      cashierMessage: row.cashierMessage.en,
      requestId: response.headers.get('x-request-id'),
    });
    const russian = await problemAt(`/problem/${code}`, { headers: { 'accept-language': 'ru-RU,ru;q=0.9,en;q=0.5' } });
    expect(russian.body['cashierMessage'], code).toBe(row.cashierMessage.ru);
    // One sentence, not two: a cashier reads it between two customers.
    for (const sentence of Object.values(row.cashierMessage)) expect(sentence, code).toMatch(/^[^.]+\.$/);
  }
});

test('V-43 every code of the contract is in the table with its status', () => {
  const contract: Record<number, string[]> = {
    400: ['invalid_request'],
    401: ['invalid_key', 'key_disabled'],
    403: ['forbidden_location', 'customer_inactive'],
    404: ['account_not_found', 'payment_not_found'],
    409: [
      'operation_in_progress',
      'receipt_conflict',
      'card_choice_required',
      'already_captured',
      'already_voided',
      'not_captured',
      'hold_expired',
      'already_refunded',
    ],
    410: ['card_replaced'],
    422: [
      'insufficient_points',
      'share_cap_exceeded',
      'below_minimum',
      'lines_mismatch',
      'money_mismatch',
      'redeem_kind_mismatch',
      'card_not_active_here',
      'program_not_linked',
      'refund_exceeds_payment',
      'idempotency_key_reused',
      'account_in_debt',
      'timed_out',
      'visit_refused',
    ],
    423: ['account_frozen'],
    429: ['rate_limited'],
    501: ['rewards_not_available'],
    503: ['altegio_unavailable', 'unavailable'],
  };
  const table: Record<string, ProblemRow> = PROBLEMS;
  for (const [status, listed] of Object.entries(contract))
    for (const code of listed) expect(table[code]?.status, code).toBe(Number(status));
});

test('V-43 a request id of the caller is kept, a harmful one is replaced', async () => {
  const kept = await problemAt('/problem/not_found', { headers: { 'x-request-id': 'till-7:42' } });
  expect(kept.body['requestId']).toBe('till-7:42');
  const replaced = await problemAt('/problem/not_found', { headers: { 'x-request-id': 'a b' } });
  expect(replaced.body['requestId']).toMatch(/^[0-9a-f-]{36}$/);
});

test('a fault of ours is a 500 without a word of its cause, which stands in the log', async () => {
  const { response, body } = await problemAt('/fault');
  expect(response.status).toBe(500);
  expect(body['code']).toBe('internal');
  expect(JSON.stringify(body)).not.toMatch(/secret|stack|\.ts/);
  expect(logged.join('')).toContain('a secret detail of ours');
});

test('a database that is away is a 503 with Retry-After', async () => {
  const { response, body } = await problemAt('/database');
  expect(response.status).toBe(503);
  expect(body['code']).toBe('unavailable');
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(isDatabaseDown(Object.assign(new Error('x'), { code: '23505' }))).toBe(false);
  expect(isDatabaseDown(Object.assign(new Error('x'), { code: '57P01' }))).toBe(true);
  expect(isDatabaseDown(new Error('Connection terminated unexpectedly'))).toBe(true);
  expect(toProblem(Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' })).code).toBe(
    'internal',
  );
});

test('bodies that are no JSON, not of JSON type or too large are refused in their own words', async () => {
  const headers = { 'content-type': 'application/json' };
  const broken = await problemAt('/body', { method: 'POST', headers, body: '{"a":' });
  expect(broken.response.status).toBe(400);
  expect(broken.body).toMatchObject({ code: 'invalid_request', errors: [{ path: '' }] });
  const form = await problemAt('/body', { method: 'POST', body: new URLSearchParams({ a: '1' }) });
  expect(form.response.status).toBe(415);
  expect(form.body).toMatchObject({ code: 'invalid_request' });
  const large = await problemAt('/body', {
    method: 'POST',
    headers,
    body: JSON.stringify({ a: 'x'.repeat(1024 * 1024) }),
  });
  expect(large.response.status).toBe(413);
  expect(large.body).toMatchObject({ code: 'payload_too_large' });
  const nothing = await fetch(`${base}/body`, { method: 'POST', headers });
  expect(await nothing.json()).toEqual({});
});

test('a log line holds no key, no query and no phone', async () => {
  logged.length = 0;
  const headers = { authorization: 'Bearer pos_secret', cookie: 'session=secret' };
  await problemAt('/problem/not_found?phone=%2B77011234567', { headers });
  expect(logged.join('')).toContain('/problem/not_found');
  await problemAt('/row');
  expect(logged.join('')).toContain('duplicate key');
  logger.warn({ phone: '+77011234567', account: { phone: '+77011234567' } }, 'careless');
  expect(logged.join('')).not.toMatch(/secret|7701/);
});

test('a body that was sent and could not be read, because its caller hung up, is never taken for no body', async () => {
  const body = '{"total":"50.00"}';
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const head = `POST /slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  refused.length = 0;
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.write(head + body, () => socket.destroy());
  await expect.poll(() => refused.length + acted.length).toBe(1);
  expect(acted).toEqual([]);
  expect(refused[0]).toMatchObject({ code: 'invalid_request' });
});
