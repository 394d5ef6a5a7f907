import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AltegioNotFound,
  AltegioRefused,
  AltegioThrottled,
  AltegioUnauthorised,
  AltegioUnknownOutcome,
  type CallOptions,
} from '../../activities/altegio/client/index.ts';
import { freshDatabase, type FreshDatabase } from '../setup/database.ts';
import { complaint, failure, json, startStand, type Answer, type Stand } from './altegio-client-stand.ts';

let database: FreshDatabase;
let stand: Stand;
const till: CallOptions = { lane: 'till' };
const write: CallOptions = { lane: 'write' };
const card = { id: 9210520, balance: 784.89, number: '0000920609210520', type_id: 8230, salon_group_id: 9206 };
const spend = { locationId: 1050n, cardId: 9210520n, amount: -3005n, title: 'R-1 −30.05' };

beforeAll(async () => {
  database = await freshDatabase('altegio_client');
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

describe('what is sent', () => {
  it('V-02 sends the phone in loyalty calls as digits with country code and without plus', async () => {
    stand.answer(json(200, [card]));
    const found = await stand.altegio.cardsByPhone({ phone: '+13155550175', chainId: 9206n, locationId: 1050n }, till);
    expect(found).toEqual([
      { id: 9210520n, number: '0000920609210520', typeId: 8230n, chainId: 9206n, balance: 78489n },
    ]);
    expect(stand.seen[0]).toMatchObject({ method: 'GET', url: '/api/v1/loyalty/cards/13155550175/9206/1050' });

    stand.answer(json(201, card));
    await stand.altegio.issueCard(
      { locationId: 1050n, typeId: 8230n, phone: '+77010000011', number: '00123456789' },
      write,
    );
    expect(stand.seen[1]).toMatchObject({ method: 'POST', url: '/api/v1/loyalty/cards/1050' });
    expect(JSON.parse(stand.seen[1]?.body ?? '')).toEqual({
      loyalty_card_number: '00123456789',
      loyalty_card_type_id: 8230,
      phone: 77010000011,
    });

    stand.answer(json(200, { salon_group_id: 9206, phone: '77010000011', clients: [] }));
    await stand.altegio.chainClients({ chainId: 9206n, phone: '+77010000011' }, write);
    expect(stand.seen[2]?.url).toBe('/api/v1/group/9206/clients/?phone=77010000011');
  });

  it('sends both tokens and asks for the newer form of answers', async () => {
    await stand.altegio.cardsByClient(501n, till);
    expect(stand.seen[0]?.url).toBe('/api/v1/loyalty/client_cards/501');
    expect(stand.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer partner-secret, User user-secret',
      accept: 'application/vnd.api.v2+json',
      'content-type': 'application/json',
    });
  });

  it('writes the amount as a JSON number from its decimal text, and reads the balance after', async () => {
    stand.answer(json(200, { ...card, balance: '754.840000000000003' }, {}));
    expect(await stand.altegio.manualTransaction(spend, write)).toEqual({ balance: 75484n });
    expect(stand.seen[0]).toMatchObject({
      method: 'POST',
      url: '/api/v1/company/1050/loyalty/cards/9210520/manual_transaction',
      body: '{"amount":-30.05,"title":"R-1 −30.05"}',
    });
    // 90071992547409.93 has no exact double; its text survives.
    await stand.altegio.manualTransaction({ ...spend, amount: 9007199254740993n }, write);
    expect(stand.seen[1]?.body).toContain('"amount":90071992547409.93,');
  });

  it('reads the journal to its end, each line once', async () => {
    const lines = Array.from({ length: 405 }, (_, n) => ({
      id: n + 1,
      card_id: 7,
      type_id: 6,
      amount: 1,
      visit_id: 0,
    }));
    stand.answer((seen, response, request) => {
      const page = Number(new URL(seen.url, stand.baseUrl).searchParams.get('page'));
      // The second page overlaps the first, as when a line was added meanwhile.
      const from = page === 1 ? 0 : (page - 1) * 200 - 1;
      json(200, lines.slice(from, from + 200), { count: 405 })(seen, response, request);
    });
    const read = await stand.altegio.journal(
      { chainId: 9206n, from: '2026-04-19', to: '2026-04-21', types: [5, 6] },
      write,
    );
    expect(read).toHaveLength(405);
    expect(read[0]).toEqual({
      id: 1n,
      cardId: 7n,
      typeId: 6,
      amount: -100n,
      visitId: 0n,
      recordId: 0n,
      cancelled: false,
    });
    expect(decodeURIComponent(stand.seen[0]?.url ?? '')).toBe(
      '/api/v1/chain/9206/loyalty/transactions?created_after=2026-04-19&created_before=2026-04-21' +
        '&types[]=5&types[]=6&page=1&count=200',
    );
  });

  it('finds the chain of a location in main_group, else in groups, else by a second call', async () => {
    const base = { id: '1050', title: 'Salon A', timezone_name: 'Asia/Almaty' };
    const chain = { id: 9206n, title: 'Chain' };
    stand.answer(json(200, { ...base, main_group: { id: 9206, title: 'Chain' }, groups: [] }));
    expect(await stand.altegio.location(1050n, write)).toEqual({
      id: 1050n,
      title: 'Salon A',
      timeZone: 'Asia/Almaty',
      address: null,
      chain,
    });
    stand.answer(json(200, { ...base, address: '1 Abay Ave', main_group: { id: 9206, title: 'Chain' }, groups: [] }));
    expect(await stand.altegio.location(1050n, write)).toMatchObject({ address: '1 Abay Ave' });
    stand.answer(json(200, { ...base, main_group: [], groups: { 9206: { id: 9206, title: 'Chain' } } }));
    expect((await stand.altegio.location(1050n, write)).chain).toEqual(chain);
    const groups = [{ id: 9206, title: 'Chain', companies: [{ id: '1050' }] }];
    stand.answer((seen, response, request) =>
      json(200, seen.url.includes('/groups') ? groups : { ...base, groups: [] })(seen, response, request),
    );
    expect((await stand.altegio.location(1050n, write)).chain).toEqual(chain);
  });

  it('posts webhook settings as given and does not need a body in the answer', async () => {
    stand.answer((_seen, response) => response.writeHead(201).end());
    await stand.altegio.setHooks(1050n, { urls: ['https://x/'], active: 1, unknown: [1] }, write);
    expect(JSON.parse(stand.seen[0]?.body ?? '')).toEqual({ urls: ['https://x/'], active: 1, unknown: [1] });
  });

  it('asks a function for the user token; its failure sends nothing and keeps its cause to itself', async () => {
    const asked = stand.another({ userToken: () => Promise.resolve('fetched') });
    await asked.cardsByClient(501n, till);
    expect(stand.seen[0]?.headers.authorization).toBe('Bearer partner-secret, User fetched');
    const broken = stand.another({ userToken: () => Promise.reject(new Error('password hunter2')) });
    const error = await failure(broken.cardsByClient(501n, till));
    expect(error).toBeInstanceOf(AltegioUnauthorised);
    expect(error).toMatchObject({ sent: false });
    expect(`${error.message}${String(error.cause)}`).not.toContain('hunter2');
    expect(stand.seen).toHaveLength(1);
  });
});

describe('what an answer means', () => {
  it.each([
    [400, AltegioRefused],
    [409, AltegioRefused],
    [422, AltegioRefused],
    [405, AltegioRefused],
    [401, AltegioUnauthorised],
    [402, AltegioUnauthorised],
    [403, AltegioUnauthorised],
    [404, AltegioNotFound],
    [429, AltegioThrottled],
    [301, AltegioUnknownOutcome],
    [408, AltegioUnknownOutcome],
    [500, AltegioUnknownOutcome],
    [502, AltegioUnknownOutcome],
    [503, AltegioUnknownOutcome],
  ])('%d is %o, sent once', async (status, type) => {
    stand.answer(complaint(status, 'client +77010000011 is unknown to partner-secret-0123456789'));
    const error = await failure(stand.altegio.manualTransaction(spend, write));
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status, sent: true });
    expect(error.message).toContain(`Altegio answered ${status}: client … is unknown`);
    expect(error.message).not.toMatch(/7701|secret/);
    expect(stand.seen).toHaveLength(1);
  });

  it('names the fields of a 422', async () => {
    stand.answer(json(422, null, { message: 'Validation failed', errors: { amount: ['too much for Aia'] } }));
    const error = await failure(stand.altegio.manualTransaction(spend, write));
    expect(error.message).toBe('Altegio answered 422: Validation failed [amount]');
  });

  it.each<[string, Answer]>([
    ['no JSON', (_s, response) => response.end('<html>')],
    ['cut JSON', (_s, response) => response.end('{"success":true,"data":{"id":9210520,"bal')],
    ['success: false with 200', (_s, response) => response.end('{"success":false,"data":null,"meta":[]}')],
    ['no balance', json(200, { id: 9210520 })],
    ['an empty list', json(200, [])],
    ['nothing', (_s, response) => response.writeHead(204).end()],
    ['another card', json(200, { ...card, id: 1 })],
  ])('a write with a 2xx that cannot be understood is of unknown outcome: %s', async (_title, answer) => {
    stand.answer(answer);
    const error = await failure(stand.altegio.manualTransaction(spend, write));
    expect(error).toBeInstanceOf(AltegioUnknownOutcome);
    expect(error).toMatchObject({ sent: true });
    expect(stand.seen).toHaveLength(1);
  });
});
