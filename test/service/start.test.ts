// The built product as a person starts it: every part real, in a data folder and on ports of its own.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { lookUpProcess } from '../../worker/processes.ts';
import { build, ownPlace, partsOf, Product, type OwnPlace } from '../setup/product.ts';
import { until } from './until.ts';

let place: OwnPlace;
const running: Product[] = [];
beforeAll(async () => {
  build();
  place = await ownPlace();
});
afterEach(async () => {
  for (const product of running.splice(0)) await product.stop();
});
afterAll(() => place.remove());

function start(env: Record<string, string> = {}): Product {
  const product = new Product({ ...place.env, ...env });
  running.push(product);
  return product;
}

/** Performs the call that the summary suggests, as printed. */
async function tryPrintedCall(output: string): Promise<Response> {
  const call = /curl -s (\S+) -H 'Authorization: (.+?)' -H 'Content-Type: (.+?)' -d '(.+?)'/.exec(output);
  if (!call) throw new Error(`No curl call in:\n${output}`);
  const [, url = '', authorization = '', type = '', body = ''] = call;
  const ask = () => fetch(url, { method: 'POST', headers: { authorization, 'content-type': type }, body });
  let answer = await ask();
  // A machine that has just started everything may be told to ask again in a moment.
  await until('the call is answered', async () => {
    if (answer.status === 503) answer = await ask();
    return answer.status !== 503 || answer.status;
  });
  return answer;
}

const tillKeyIn = (output: string) => /Till key\S*\s+(\S+)/.exec(output)?.[1];
const alive = async (pids: { pid: number }[]) =>
  (await Promise.all(pids.map(({ pid }) => lookUpProcess(pid)))).filter(Boolean);

describe('npm start', () => {
  let firstKey: string | undefined;
  let firstAccount: unknown;

  test('W-17 brings everything up, and Ctrl-C stops all of it', { timeout: 120_000 }, async () => {
    const product = start();
    await product.printed(/^Ready\. Ctrl-C/m, 90_000);
    for (const path of [
      `${place.env['PORT']}/docs`,
      `${place.env['TEMPORAL_UI_PORT']}/`,
      `${place.env['SANDBOX_PORT']}/`,
    ]) {
      expect((await fetch(`http://localhost:${path}`)).status, path).toBe(200);
    }
    expect(product.output).toContain(readFileSync(join(place.dataDir, 'admin-token'), 'utf8').trim());
    firstKey = tillKeyIn(product.output);
    const answer = await tryPrintedCall(product.output);
    expect(answer.status).toBe(200);
    firstAccount = ((await answer.json()) as { account: { id: string } }).account.id;
    const parts = partsOf(place.dataDir);
    expect(parts.map(({ name }) => name)).toEqual(['PostgreSQL', 'Temporal', 'the Altegio sandbox']);
    expect(await product.stop('SIGINT')).toBe(0);
    expect(await alive(parts)).toEqual([]);
    expect(existsSync(join(place.dataDir, 'run.json'))).toBe(false);
  });

  test('W-17 a second start is warm within 30 s and continues with the same data', { timeout: 120_000 }, async () => {
    const product = start();
    await product.printed(/^Ready\. Ctrl-C/m, 30_000);
    expect(tillKeyIn(product.output)).toBe(firstKey);
    expect(product.output).not.toContain(readFileSync(join(place.dataDir, 'admin-token'), 'utf8').trim());
    const answer = await tryPrintedCall(product.output);
    expect(((await answer.json()) as { account: { id: string } }).account.id).toBe(firstAccount);

    const second = start();
    expect(await second.exitCode).toBe(1);
    expect(second.output).toMatch(
      /^The stack already runs in \S+ as process \d+: stop it first with Ctrl-C there\.\n$/,
    );
    expect(await alive(partsOf(place.dataDir))).toHaveLength(3);

    // Terminals and npm both pass a Ctrl-C on: the second one changes nothing.
    process.kill(product.pid, 'SIGINT');
    expect(await product.stop('SIGINT')).toBe(0);
  });

  test('W-17 after kill -9 the next start clears up and goes on', { timeout: 120_000 }, async () => {
    const killed = start();
    await killed.printed(/^Ready\. Ctrl-C/m);
    const left = partsOf(place.dataDir);
    await killed.stop('SIGKILL');
    const next = start();
    await next.printed(/^Ready\. Ctrl-C/m);
    expect(await alive(left)).toEqual([]);
    expect(tillKeyIn(next.output)).toBe(firstKey);
    expect((await tryPrintedCall(next.output)).status).toBe(200);
  });

  test('a part that dies ends the whole with one sentence', { timeout: 120_000 }, async () => {
    const product = start();
    await product.printed(/^Ready\. Ctrl-C/m);
    const parts = partsOf(place.dataDir);
    process.kill(parts.find(({ name }) => name === 'Temporal')?.pid ?? 0, 'SIGKILL');
    expect(await product.exitCode).toBe(1);
    expect(product.output).toMatch(/^Temporal ended \(SIGKILL\)/m);
    expect(await alive(parts)).toEqual([]);
  });
});

describe('a start that cannot be', () => {
  let other: Server;
  beforeAll(async () => {
    other = createServer((_request, response) => response.end('other'));
    await new Promise<void>((resolve) => other.listen(0, resolve));
  });
  afterAll(() => new Promise((resolve) => other.close(resolve)));

  test('W-17 because a port is in use says so in one sentence and leaves nothing behind', async () => {
    const { port } = other.address() as AddressInfo;
    const product = start({ PORT: String(port) });
    expect(await product.exitCode).toBe(1);
    expect(product.output).toBe(
      `Port ${port} for the API is in use by another program: stop that program or set PORT to a free port.\n`,
    );
    expect(existsSync(join(place.dataDir, 'run.json'))).toBe(false);
  });

  test.each([
    [{ PORT: 'many' }, 'PORT must be a port number from 1 to 65535, but is "many".\n'],
    [{ ROLE: 'api' }, 'DATABASE_URL is not set: ROLE=api starts nothing by itself and needs it.\n'],
    [
      { TEMPORAL_CLI: '/nowhere/temporal' },
      /^TEMPORAL_CLI is \/nowhere\/temporal, which is not a working temporal program\.$/m,
    ],
  ])('because of %o says so in one sentence', async (env, sentence) => {
    const product = start(env);
    expect(await product.exitCode).toBe(1);
    if (typeof sentence === 'string') expect(product.output).toBe(sentence);
    else expect(product.output).toMatch(sentence);
  });
});

test('an Altegio of one’s own gets no writes, and the first step is printed', { timeout: 120_000 }, async () => {
  const asked: string[] = [];
  const altegio = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"success":true,"data":[],"meta":[]}');
  });
  await new Promise<void>((resolve) => altegio.listen(0, resolve));
  const own = await ownPlace();
  const { port } = altegio.address() as AddressInfo;
  const product = new Product({
    ...own.env,
    ALTEGIO_BASE_URL: `http://127.0.0.1:${port}/api/v1`,
    ALTEGIO_PARTNER_TOKEN: 'partner',
    ALTEGIO_USER_TOKEN: 'user',
  });
  try {
    await product.printed(/^Ready\. Ctrl-C/m, 90_000);
    expect(product.output).toContain('/api/connections');
    expect(tillKeyIn(product.output)).toBeUndefined();
    expect(asked.filter((call) => !call.startsWith('GET '))).toEqual([]);
  } finally {
    await product.stop();
    altegio.close();
    own.remove();
  }
});
