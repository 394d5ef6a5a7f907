// The OpenAPI document and its page: generated from the schemas, complete, asking no outside host.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { docsRouter } from '../../api/docs/router.ts';
import { createApp } from '../../api/http/app.ts';
import { problemHandler } from '../../api/http/problem.ts';
import { describePosDoor } from '../../api/pos/describe.ts';

const logger = pino({ level: 'silent' });
const app = createApp({ logger });
describePosDoor();
describePosDoor();
app.use(docsRouter('https://bonus.example.com'));
app.use(problemHandler(logger, 'help@salon.test'));
const server = createServer(app);
let base = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

interface Operation {
  security: unknown;
  requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  responses: Record<string, unknown>;
}
interface Document {
  openapi: string;
  servers: unknown;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties: Record<string, Record<string, unknown>>; required?: string[] }> };
}

test('the document describes every POS call with its body, its answers and its key', async () => {
  const document = (await (await fetch(`${base}/openapi.json`)).json()) as Document;
  expect(document.openapi).toBe('3.1.0');
  expect(document.servers).toEqual([{ url: 'https://bonus.example.com' }]);
  const till = Object.entries(document.paths).filter(([path]) => path.startsWith('/v1/'));
  const calls = till.flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`));
  expect(calls.sort()).toEqual([
    'get /v1/accounts/{id}/deposit',
    'get /v1/config',
    'get /v1/deposits',
    'get /v1/deposits/{id}',
    'get /v1/payments',
    'get /v1/payments/{id}',
    'get /v1/payments/{id}/receipt',
    'get /v1/rewards',
    'get /v1/status',
    'get /v1/steps/{id}',
    'post /v1/accounts',
    'post /v1/accounts/{id}/deposit',
    'post /v1/batches',
    'post /v1/heartbeats',
    'post /v1/lookups',
    'post /v1/payments',
    'post /v1/payments/{id}/capture',
    'post /v1/payments/{id}/refunds',
    'post /v1/payments/{id}/void',
    'post /v1/quotes',
    'post /v1/refunds',
  ]);
  const payment = document.paths['/v1/payments']?.['post'];
  expect(payment?.security).toEqual([{ posKey: [] }]);
  expect(payment?.requestBody?.content['application/json']?.schema.$ref).toBe('#/components/schemas/PaymentRequest');
  expect(Object.keys(payment?.responses ?? {})).toEqual(expect.arrayContaining(['201', '202', '409', '422', '503']));
  const { PaymentRequest } = document.components.schemas;
  expect(PaymentRequest?.required).toEqual(['receipt', 'total', 'redeem']);
  expect(PaymentRequest?.properties['total']).toMatchObject({ type: ['string', 'number'] });
  expect(PaymentRequest?.properties['cardNumber']).toMatchObject({ type: 'string' });
  expect(document.components.schemas['Problem']?.properties).toHaveProperty('cashierMessage');
});

test('the page loads its parts from here only and its headers forbid anything else', async () => {
  const page = await fetch(`${base}/docs`);
  const html = await page.text();
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(html).not.toMatch(/https?:\/\//);
  const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
  expect(parts.length).toBe(4);
  for (const part of parts) expect((await fetch(`${base}${part}`)).status, part).toBe(200);
  expect(await (await fetch(`${base}/docs/start.js`)).text()).toContain('validatorUrl: null');
  expect((await fetch(`${base}/docs/package.json`)).status).toBe(404);
});
