/** A sandbox of its own for every test file, and short ways to talk to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import type { Sandbox, SandboxOptions } from '../../sandbox/server.ts';

export const PARTNER = 'partner-test';
export const USER = 'user-test';
/** First seeded card of the default chain: balance 100.00. */
export const CARD_1 = 9_206_000_001;
export const PHONE_1 = '77010600001';
export const CLIENT_1 = 101_000_001;

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  // The tests look into many shapes of JSON; asserting on them is what types them.
  readonly body: { success: boolean; data: never; meta: never };
}

export interface TestSandbox {
  readonly sandbox: Sandbox;
  readonly dataDir: string;
  readonly api: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<ApiAnswer>;
  readonly control: <T = unknown>(method: string, path: string, body?: unknown) => Promise<T>;
  readonly controlRaw: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>;
  readonly balance: (cardId?: number) => Promise<string | undefined>;
  readonly manual: (amount: unknown, cardId?: number) => Promise<ApiAnswer>;
}

/** Calls a running sandbox by its address. */
export function talkTo(origin: string): Omit<TestSandbox, 'sandbox' | 'dataDir'> {
  const controlRaw: TestSandbox['controlRaw'] = async (method, path, body) => {
    const response = await fetch(`${origin}/control${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  const api: TestSandbox['api'] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: {
        accept: 'application/vnd.api.v2+json',
        'content-type': 'application/json',
        authorization: `Bearer ${PARTNER}, User ${USER}`,
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null,
    };
  };
  return {
    api,
    controlRaw,
    control: async <T>(method: string, path: string, body?: unknown) => {
      const { status, body: answer } = await controlRaw(method, path, body);
      expect(status, JSON.stringify(answer)).toBeLessThan(300);
      return answer as T;
    },
    balance: async (cardId = CARD_1) => {
      const { body } = await controlRaw('GET', '/cards');
      return (body as { id: number; balance: string }[]).find(({ id }) => id === cardId)?.balance;
    },
    manual: (amount, cardId = CARD_1) =>
      api('POST', `/company/101/loyalty/cards/${cardId}/manual_transaction`, { amount, title: 'R-1 -30.00' }),
  };
}

/** A folder that goes away with the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a sandbox without limits in the way (unless a test sets them) and closes it with the file. */
export async function testSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
  const dataDir = options.dataDir ?? temporaryFolder();
  const sandbox = await startSandbox({
    partnerToken: PARTNER,
    userToken: USER,
    webhookDelayMs: 0,
    ...options,
    dataDir,
  });
  afterAll(() => sandbox.close());
  const talk = talkTo(sandbox.url.replace('/api/v1', ''));
  await talk.control('POST', '/limits', { perSecond: 100_000, perMinute: 100_000 });
  return { sandbox, dataDir, ...talk };
}

/** Polls until the check holds, at most ten seconds. */
export async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(check, { timeout: 10_000, interval: 10 }).toBe(true);
}

export interface Received {
  readonly at: number;
  readonly body: { company_id: number; resource: string; resource_id: number; status: string; data: unknown };
}

/** A webhook receiver that remembers what came. */
export async function receiver(status = 200): Promise<{ url: string; received: Received[]; names: () => string[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      received.push({ at: Date.now(), body: JSON.parse(text) });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const names = (): string[] => received.map(({ body }) => `${body.resource}.${body.status}`);
  return { url: `http://127.0.0.1:${port}/hook?k=secret`, received, names };
}
