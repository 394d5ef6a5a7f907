import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AltegioNotFound,
  AltegioRefused,
  createAltegio,
  mergeHooks,
  type Altegio,
  type CallOptions,
} from '../../activities/altegio/client/index.ts';
import { seedClients, startSandbox, type Sandbox } from '../../sandbox/server.ts';
import { freshDatabase, type FreshDatabase } from '../setup/database.ts';

let folder: string;
let database: FreshDatabase;
let sandbox: Sandbox;
let altegio: Altegio;
const o: CallOptions = { lane: 'till', maxWaitMs: 10_000 };
const [chainId, locationId] = [9206n, 101n];
const holder = seedClients({ chainId: 9206, firstLocationId: 101, clients: 50, locations: 3 }).find(({ card }) => card);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'altegio-client-'));
  database = await freshDatabase('altegio_sandbox');
  sandbox = await startSandbox({ port: 0, dataDir: folder, partnerToken: 'p', userToken: 'u' });
  altegio = createAltegio({
    baseUrl: sandbox.url,
    partnerToken: 'p',
    userToken: 'u',
    timeoutMs: 3_000,
    requestsPerMinute: 200,
    requestsPerSecond: 5,
    pool: database.pool,
  });
});
afterAll(async () => {
  await altegio.close();
  await sandbox.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function settings(body: object): Promise<void> {
  const answer = await fetch(`${sandbox.controlUrl}/settings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
}

const today = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe('against the sandbox, within its limits', () => {
  it.each([
    ['as documented', {}],
    [
      'bare bodies, float noise, Russian titles, negative withdrawals',
      { bareLoyalty: true, floatNoise: true, language: 'ru', withdrawalSign: 'negative' },
    ],
  ])('reads, writes and finds its writes in the journal: %s', async (_title, quirks) => {
    await settings(quirks);
    const phone = `+${holder?.phone.replace('+', '') ?? ''}`;
    const [before] = await altegio.cardsByPhone({ phone, chainId, locationId }, o);
    if (!before) throw new Error('the seed has a card');
    const query = { chainId, from: today(-1), to: today(1), types: [2, 3, 4, 5, 6, 7] };
    const known = new Set((await altegio.journal(query, o)).map((line) => line.id));
    const cardId = before.id;
    const up = await altegio.manualTransaction({ locationId, cardId, amount: 1033n, title: 'R-1 +10.33' }, o);
    const down = await altegio.manualTransaction({ locationId, cardId, amount: -1n, title: 'R-1 −0.01' }, o);
    expect([up.balance, down.balance]).toEqual([before.balance + 1033n, before.balance + 1032n]);
    const lines = (await altegio.journal(query, o)).filter((line) => !known.has(line.id) && line.cardId === cardId);
    expect(new Set(lines.map((line) => line.amount))).toEqual(new Set([-1n, 1033n]));
    const [client] = await altegio.chainClients({ chainId, phone }, o);
    expect(await altegio.client({ locationId: client?.locationId ?? 0n, clientId: client?.id ?? 0n }, o)).toMatchObject(
      {
        phone,
      },
    );
    const again = await altegio.cardsByClient(client?.id ?? 0n, o);
    expect(again.find((card) => card.id === cardId)?.balance).toBe(down.balance);
  });

  it('issues a card, and tells refusal and absence apart', async () => {
    const bare = seedClients({ chainId: 9206, firstLocationId: 101, clients: 50, locations: 3 }).find(
      ({ card }) => !card,
    );
    const phone = `+${bare?.phone.replace('+', '') ?? ''}`;
    const [type] = await altegio.cardTypes(chainId, o);
    const card = await altegio.issueCard({ locationId, typeId: type?.id ?? 0n, phone, number: '0099887766' }, o);
    expect(card).toMatchObject({ number: '0099887766', typeId: type?.id, chainId });
    const overdraw = altegio.manualTransaction({ locationId, cardId: card.id, amount: -99_999_999n, title: 'x' }, o);
    await expect(overdraw).rejects.toBeInstanceOf(AltegioRefused);
    const nobody = altegio.manualTransaction({ locationId, cardId: 1n, amount: 1n, title: 'x' }, o);
    await expect(nobody).rejects.toBeInstanceOf(AltegioNotFound);
  });

  it('connects a location: chain, time zone, rights, webhook beside those of others', async () => {
    const location = await altegio.location(locationId, o);
    expect(location).toMatchObject({ id: locationId, timeZone: 'Asia/Almaty', chain: { id: chainId } });
    expect(await altegio.permissions(locationId, o)).toHaveProperty('loyalty');
    const ours = 'http://127.0.0.1:9/webhooks/secret';
    await altegio.setHooks(locationId, mergeHooks(await altegio.hooks(locationId, o), ours, { record: 1 }), o);
    expect((await altegio.hooks(locationId, o)).urls).toContain(ours);
  });
});
