// What is generated from the OpenAPI document is up to date, and the client's patience is that of docs/pos.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Client, createClient } from '../../docs/client/client.ts';
import { packageRoot } from '../../worker/paths.ts';
import { generate } from '../client/generate.ts';

test('B-39 client, Postman collection and the tables of docs/pos.md are those of the document', async () => {
  for (const [path, text] of Object.entries(await generate())) {
    const committed = readFileSync(join(packageRoot, path), 'utf8');
    expect(committed === text, `${path} is stale: run npm run client`).toBe(true);
  }
}, 60_000);

test('the Postman collection has every call once, with the token of its door', () => {
  interface Item {
    readonly name: string;
    readonly item?: readonly Item[];
    readonly request?: {
      readonly method: string;
      readonly url: { readonly path: readonly string[] };
      readonly auth?: object;
    };
  }
  const collection = JSON.parse(readFileSync(join(packageRoot, 'docs/client/postman.json'), 'utf8')) as {
    item: Item[];
  };
  const flat = (items: readonly Item[]): Item[] => items.flatMap((one) => (one.item ? flat(one.item) : [one]));
  const requests = flat(collection.item).flatMap(({ request }) => (request ? [request] : []));
  const names = requests.map(({ method, url }) => `${method} /${url.path.join('/')}`);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain('POST /v1/payments');
  for (const { url, auth } of requests) {
    const token = { v1: 'posKey', api: 'adminToken' }[url.path[0] ?? ''];
    if (token === undefined) expect(auth).toBeUndefined();
    else expect(JSON.stringify(auth)).toContain(`{{${token}}}`);
  }
});

/** A service that gives these answers in turn; an error is a line that broke. */
function scripted(...answers: (Response | Error)[]): { client: Client; sent: { key: string | null; body: unknown }[] } {
  const sent: { key: string | null; body: unknown }[] = [];
  const send: typeof fetch = (_address, init) => {
    sent.push({ key: new Headers(init?.headers).get('idempotency-key'), body: init?.body });
    const next = answers[sent.length - 1] ?? new Error('asked too often');
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  };
  return {
    client: createClient({ baseUrl: 'http://till.test', token: 'pos_x', fetch: send, patienceMs: 10_000 }),
    sent,
  };
}
const answer = (status: number, body: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });
const SALE = { body: { receipt: 'R-1', phone: '+77010600001', total: '100.00', redeem: 'max' } };

test('after no answer, 503 and 202 the same body is sent with the same key until the answer is final', async () => {
  const { client, sent } = scripted(
    new Error('the line broke'),
    answer(503, { code: 'unavailable' }, { 'retry-after': '1' }),
    answer(202, { state: 'PENDING' }, { location: '/v1/payments/pay_1' }),
    answer(201, { state: 'CAPTURED' }),
  );
  const done = await client.settle('POST /v1/payments', SALE);
  expect(done).toMatchObject({ ok: true, status: 201, body: { state: 'CAPTURED' } });
  expect(sent).toHaveLength(4);
  expect(sent[0]?.key).toMatch(/^[0-9a-f-]{36}$/);
  expect(new Set(sent.map(({ key, body }) => `${key} ${String(body)}`)).size).toBe(1);
});

test('a refusal is final, and a key of the till’s own is used', async () => {
  const { client, sent } = scripted(answer(422, { code: 'insufficient_points', allowed: '20.00' }));
  const refused = await client.settle('POST /v1/payments', { ...SALE, headers: { 'Idempotency-Key': 'sale-1' } });
  expect(refused).toMatchObject({ ok: false, status: 422, problem: { code: 'insufficient_points', allowed: '20.00' } });
  expect(sent.map(({ key }) => key)).toEqual(['sale-1']);
});

test('what answers nothing is done without a body', async () => {
  const { client } = scripted(new Response(null, { status: 204 }));
  const deleted = await client.call('DELETE /api/customer-types/{id}', { path: { id: 'typ_1' } });
  expect(deleted).toEqual({ ok: true, status: 204, body: undefined });
});

test('addresses carry ids and queries percent-encoded', async () => {
  const asked: string[] = [];
  const send: typeof fetch = (address) => {
    asked.push(new Request(address).url);
    return Promise.resolve(answer(200, {}));
  };
  const client = createClient({ baseUrl: 'http://till.test', token: 'x', fetch: send });
  await client.call('GET /api/operations/{workflowId}', { path: { workflowId: 'payment:101:R/1' } });
  await client.call('GET /v1/payments', { query: { receipt: 'R/1' } });
  expect(asked).toEqual([
    'http://till.test/api/operations/payment%3A101%3AR%2F1',
    'http://till.test/v1/payments?receipt=R%2F1',
  ]);
});
