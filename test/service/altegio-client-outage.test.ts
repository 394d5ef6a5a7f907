import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AltegioThrottled,
  AltegioUnknownOutcome,
  AltegioUnreachable,
  type CallOptions,
} from '../../activities/altegio/client/index.ts';
import { freshDatabase, type FreshDatabase } from '../setup/database.ts';
import { failure, json, startStand, type Answer, type Stand } from './altegio-client-stand.ts';

let database: FreshDatabase;
let stand: Stand;
const till: CallOptions = { lane: 'till' };
const write: CallOptions = { lane: 'write' };
const card = { id: 9210520, balance: 784.89, number: '0000920609210520', type_id: 8230, salon_group_id: 9206 };
const spend = { locationId: 1050n, cardId: 9210520n, amount: -3005n, title: 'R-1 −30.05' };

beforeAll(async () => {
  database = await freshDatabase('altegio_outage');
  stand = await startStand(database.pool);
});
afterAll(async () => {
  await stand.close();
  await database.drop();
});
beforeEach(async () => {
  await database.pool.query('delete from altegio_budget');
  await database.pool.query('delete from altegio_parking');
  stand.seen.length = 0;
  stand.answer(json(200, []));
});

describe('when there is no answer', () => {
  it.each<[string, Answer]>([
    ['the connection is dropped after reading the request', (_s, _r, request) => request.socket.destroy()],
    ['the connection is reset', (_s, _r, request) => request.socket.resetAndDestroy()],
    ['nothing ever comes', () => undefined],
    [
      'the body stops half way',
      (_s, response) => {
        response.writeHead(200, { 'content-length': '500' });
        response.write('{"success":true,');
      },
    ],
    [
      'the body is cut off',
      (_s, response, request) => {
        response.writeHead(200, { 'content-length': '500' });
        response.write('{"success":true,');
        setTimeout(() => request.socket.destroy(), 20);
      },
    ],
    [
      'the body drips beyond the deadline',
      (_s, response) => {
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('%s: unknown outcome in time, one request', async (_title, answer) => {
    // First an answered call, so that the next one goes over a kept connection: the case a library might repeat.
    await stand.altegio.cardsByClient(1n, till);
    stand.answer(answer);
    const started = Date.now();
    const error = await failure(stand.altegio.manualTransaction(spend, { ...write, timeoutMs: 300 }));
    expect(error).toBeInstanceOf(AltegioUnknownOutcome);
    expect(error).toMatchObject({ sent: true });
    expect(Date.now() - started).toBeLessThan(900);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(stand.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('never repeats a write that went to a kept connection which the other side was just closing', async () => {
    for (let round = 0; round < 20; round += 1) {
      stand.answer((seen, response, request) => {
        json(200, [])(seen, response, request);
        setTimeout(() => request.socket.destroy(), round % 4);
      });
      await stand.altegio.cardsByClient(1n, till).catch(() => undefined);
      const before = stand.seen.length;
      stand.answer(json(200, card));
      const outcome = await stand.altegio.manualTransaction(spend, write).catch((error: unknown) => error);
      const arrived = stand.seen.length - before;
      expect(arrived).toBeLessThanOrEqual(1);
      if (outcome instanceof AltegioUnreachable) expect(arrived).toBe(0);
      await database.pool.query('delete from altegio_budget');
    }
  });

  it.each(['http://127.0.0.1:1/api/v1', 'http://no-such-host.invalid/api/v1'])(
    'was certainly never sent to %s',
    async (baseUrl) => {
      const error = await failure(stand.another({ baseUrl }).manualTransaction(spend, write));
      expect(error).toBeInstanceOf(AltegioUnreachable);
      expect(error).toMatchObject({ sent: false });
    },
  );

  it('was certainly never sent while the deadline passes in connecting, and is not sent afterwards', async () => {
    // TLS against a server that never says hello: connected, but nothing can be written yet.
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const client = stand.another({ baseUrl: `https://127.0.0.1:${port}/api/v1` });
    const started = Date.now();
    const error = await failure(client.manualTransaction(spend, { ...write, timeoutMs: 200 }));
    expect(error).toBeInstanceOf(AltegioUnreachable);
    expect(error).toMatchObject({ sent: false });
    expect(Date.now() - started).toBeLessThan(600);
    await client.close();
    silent.close();
  });

  it("tells the caller's own signal apart by whether the request had left", async () => {
    stand.answer(() => undefined);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    const error = await failure(stand.altegio.manualTransaction(spend, { ...write, signal: abort.signal }));
    expect(error).toBeInstanceOf(AltegioUnknownOutcome);
    const before = await failure(stand.altegio.manualTransaction(spend, { ...write, signal: AbortSignal.abort() }));
    expect(before).toBeInstanceOf(AltegioThrottled);
    expect(before).toMatchObject({ sent: false });
    expect(stand.seen).toHaveLength(1);
  });
});
