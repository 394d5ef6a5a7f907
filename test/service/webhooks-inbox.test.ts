// The Altegio door on real PostgreSQL and the sandbox: stored first, folded, relayed once.
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPool } from '../../activities/ledger/database.ts';
import { startRelay } from '../../api/webhooks/relay.ts';
import { ADMIN, CHAIN, LOCATION, type Stand, startStand } from './operator-stand.ts';

let stand: Stand;
let path: string;
const PHONE = '+77010600001';
const DATE = '2026-04-20T14:22:50+0500';

const event = (resource: string, data: unknown, more: object = {}) => ({
  company_id: LOCATION,
  resource,
  resource_id: 9001,
  status: 'create',
  data,
  ...more,
});
const record = (phone: string, changed = DATE, more: object = {}) =>
  event('record', { id: 9001, client: { id: 501, name: 'Aia', phone }, last_change_date: changed }, more);
const accounts = () =>
  stand.rows<{ id: string; phone: string; dirty_seq: bigint }>('select * from account order by id');
const states = async () =>
  (await stand.rows<{ state: string; n: bigint }>('select state, count(*) as n from inbox group by state')).reduce<
    Record<string, number>
  >((all, { state, n }) => ({ ...all, [state]: Number(n) }), {});
const settled = () =>
  expect
    .poll(async () => Object.keys(await states()).filter((s) => s === 'received' || s === 'resolved'), {
      timeout: 15_000,
      interval: 20,
    })
    .toEqual([]);
/** One event is taken up while the other waits; then Altegio answers again, whatever came of it. */
const oneStarted = async () => {
  try {
    await expect.poll(states, { timeout: 15_000 }).toEqual({ received: 1, started: 1 });
  } finally {
    await stand.sandbox.control('DELETE', '/faults');
  }
};
const quiet = () => new Promise((resolve) => setTimeout(resolve, 250));

beforeAll(async () => {
  stand = await startStand('webhooks-inbox');
  path = await stand.connect();
  await stand.program();
});
beforeEach(async () => {
  await settled();
  await quiet();
  await stand.pool.query('truncate inbox, account_client; delete from account');
  stand.starter.reconciliations.length = 0;
  stand.starter.down = false;
  stand.starter.delayMs = 0;
});

describe('the door', () => {
  test('V-45 an unknown token is answered 404 and nothing is written', async () => {
    const before = await stand.counts();
    for (const token of ['x', 'A'.repeat(43), `${path.slice(-43, -1)}_`, path.slice(-42)])
      expect((await stand.deliver(`/webhooks/altegio/${token}`, record(PHONE))).status).toBe(404);
    expect(await stand.counts()).toEqual(before);
  });

  test('V-45 the address is in no log line', async () => {
    await stand.deliver(path, record(PHONE));
    await settled();
    const log = stand.log.join('\n');
    expect(log).not.toContain(path.slice(-43));
    expect(log).not.toContain('77010600001');
    expect(log).not.toContain(ADMIN);
  });

  test.each([
    ['no JSON', '{"company_id":', 400],
    ['an empty body', '', 400],
    ['a text', '"hello"', 400],
    ['an object without resource', { company_id: LOCATION, resource_id: 1, status: 'create' }, 400],
    ['a nest of arrays', '['.repeat(200_000), 400],
    [
      'a deep event',
      `{"company_id":101,"resource":"record","resource_id":1,"status":"create","data":${'['.repeat(900)}${']'.repeat(900)}}`,
      400,
    ],
    ['more than 1 MiB', JSON.stringify(event('record', { comment: 'x'.repeat(1024 * 1024) })), 413],
  ])('%s is refused and writes nothing', async (_name, body, status) => {
    const answer = await stand.deliver(path, body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    await quiet();
    expect(await states()).toEqual({});
    expect(stand.starter.reconciliations).toEqual([]);
  });

  test('M-02 an event of another location than its address starts nothing', async () => {
    for (const companyId of [LOCATION + 1, 999]) {
      const { status, body } = await stand.deliver(path, { ...record(PHONE), company_id: companyId });
      expect({ status, body }).toEqual({ status: 200, body: { accepted: 0 } });
    }
    await quiet();
    expect(await states()).toEqual({ ignored: 2 });
    expect(await accounts()).toEqual([]);
    expect(stand.starter.reconciliations).toEqual([]);
  });

  test('an array, texts that PostgreSQL cannot store, ids as texts and strange fields are taken', async () => {
    const odd = {
      ...record('+77010600002'),
      company_id: String(LOCATION),
      resource_id: '9007199254740993',
      new: '\0\ud800',
    };
    const { status, body } = await stand.deliver(path, [record(PHONE), odd, 'rubbish']);
    expect({ status, body }).toEqual({ status: 200, body: { accepted: 2 } });
    await settled();
    expect((await accounts()).map(({ phone }) => phone).sort()).toEqual([PHONE, '+77010600002']);
    const [row] = await stand.rows(`select resource_id from inbox where resource_id like '9007%'`);
    expect(row).toEqual({ resource_id: '9007199254740993' });
  });

  test('the time of the last event is kept', async () => {
    await stand.deliver(path, record(PHONE));
    const { body } = await stand.call('GET', `/api/connections/${LOCATION}`);
    expect(Date.now() - Date.parse((body['webhook'] as { lastReceivedAt: string }).lastReceivedAt)).toBeLessThan(5_000);
  });

  test('without PostgreSQL the answer is 503', async () => {
    const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    const spy = vi.spyOn(stand.pool, 'query').mockImplementation(() => Promise.reject(away) as never);
    const { status } = await stand.deliver(path, record(PHONE));
    spy.mockRestore();
    expect(status).toBe(503);
  });
});

describe('from event to account', () => {
  test('V-01 every way Altegio writes a phone leads to the one account of that E.164 text', async () => {
    await stand.deliver(path, record('+7 701 060-00-01'));
    await stand.deliver(path, event('client', { id: 501, phone: '+77010600001', last_change_date: DATE }));
    await stand.deliver(
      path,
      event('finances_operation', { id: 561, client: { id: 501, phone: '77010600001' }, last_change_date: DATE }),
    );
    await stand.deliver(path, event('loyalty_card', { id: 77, balance: 5, number: '1', phone: 77010600001 }));
    await settled();
    expect((await accounts()).map(({ phone }) => phone)).toEqual([PHONE]);
  });

  test('V-01 the database refuses a second account of a phone in a program, and a phone that is not E.164', async () => {
    await stand.deliver(path, record(PHONE));
    await settled();
    const copy = (phone: string) =>
      stand.pool.query(
        `insert into account (id, chain_id, program_id, phone) select 'acc_copy', chain_id, program_id, $1 from account`,
        [phone],
      );
    await expect(copy(PHONE)).rejects.toThrow(/unique/);
    await expect(copy('77010600001')).rejects.toThrow(/check/);
  });

  test.each(['record', 'client', 'finances_operation', 'goods_operations_sale'])(
    'M-11 the first %s event of a customer makes the account and starts its reconciliation',
    async (resource) => {
      const client = { id: 501, name: 'Aia', phone: PHONE };
      await stand.deliver(path, event(resource, resource === 'client' ? client : { client }));
      await settled();
      const [account] = await accounts();
      expect(stand.starter.reconciliations).toEqual([
        { chainId: String(CHAIN), accountId: account?.id, locationId: String(LOCATION), because: 'webhook' },
      ]);
      expect(Number(account?.dirty_seq)).toBe(1);
    },
  );

  test('V-45 a balance in an event is never posted', async () => {
    await stand.deliver(path, event('loyalty_card', { id: 9206000001, balance: 99999, number: '1', phone: PHONE }));
    await settled();
    expect(stand.starter.reconciliations).toHaveLength(1);
    expect(await stand.rows('select active, pending from account')).toEqual([{ active: 0n, pending: 0n }]);
    expect((await stand.counts())['transfer']).toBe(0);
  });

  test('an event with only a client id is resolved by what we know, or by asking Altegio', async () => {
    const clientId = 101_000_002;
    await stand.deliver(path, event('record', { client: { id: clientId, phone: '' }, last_change_date: DATE }));
    await settled();
    const [account] = await accounts();
    expect(account?.phone).toBe('+77010600002');
    expect(await stand.rows('select client_id from account_client')).toEqual([{ client_id: BigInt(clientId) }]);
    const asked = async () =>
      (await stand.sandbox.control<{ path: string }[]>('GET', '/requests')).filter((r) => r.path.includes('/client/'))
        .length;
    const before = await asked();
    await stand.deliver(path, event('record', { client: { id: clientId }, last_change_date: '2026-04-21' }));
    await settled();
    expect(await asked()).toBe(before);
    expect(stand.starter.reconciliations).toHaveLength(2);
  });

  test('a client without a phone has no account, and the inbox says so', async () => {
    await stand.deliver(path, event('client', { id: 502, name: 'B', phone: '' }));
    await stand.deliver(path, event('record', { client: null }));
    await stand.deliver(path, event('staff', { id: 7, name: 'Lia' }));
    await stand.deliver(path, event('schedule', []));
    await settled();
    expect(await accounts()).toEqual([]);
    const notes = await stand.rows<{ note: string }>('select note from inbox order by id');
    expect(notes[0]?.note).toBe('the client has no phone, so there is no account');
    expect(notes.slice(1).map(({ note }) => note)).toEqual(Array(3).fill('the event concerns no customer'));
  });

  test('the deletion of somebody unknown makes no account; of somebody known it starts a look', async () => {
    await stand.deliver(path, event('client', { id: 501, phone: PHONE }, { status: 'delete' }));
    await settled();
    expect(await accounts()).toEqual([]);
    await stand.deliver(path, record(PHONE));
    await settled();
    await stand.deliver(path, event('client', { id: 501, phone: PHONE }, { status: 'delete' }));
    await settled();
    expect(stand.starter.reconciliations).toHaveLength(2);
  });

  test('a lookup that Altegio does not answer keeps the event, and those behind it go on', async () => {
    await stand.sandbox.control('POST', '/faults', { call: 'any', fault: '5xx_before' });
    await stand.deliver(path, event('record', { client: { id: 101_000_003, phone: '' }, last_change_date: DATE }));
    await stand.deliver(path, record(PHONE));
    await oneStarted();
    await settled();
    expect((await accounts()).map(({ phone }) => phone).sort()).toEqual([PHONE, '+77010600003']);
  });

  test('a client whom Altegio never tells does not hold up the next client that it must be asked about', async () => {
    const unknown = (id: number) => event('record', { client: { id, phone: '' }, last_change_date: `${DATE} ${id}` });
    const never = { call: 'any', fault: '5xx_before', match: { path: '/101000003' } };
    await stand.sandbox.control('POST', '/faults', never);
    await stand.deliver(path, unknown(101_000_003));
    await stand.deliver(path, unknown(101_000_004));
    await oneStarted();
    await settled();
  });
});

describe('folding', () => {
  test('W-10 the same event 20 times at once, reordered and late, starts one or two runs', async () => {
    await Promise.all(Array.from({ length: 20 }, () => stand.deliver(path, record(PHONE))));
    await settled();
    const atOnce = stand.starter.reconciliations.length;
    expect(atOnce).toBeGreaterThanOrEqual(1);
    expect(atOnce).toBeLessThanOrEqual(2);
    expect(await states()).toEqual({ started: 1, repeat: 19 });
    const { data, ...envelope } = record(PHONE);
    await stand.deliver(path, { data, ...envelope });
    await settled();
    expect(stand.starter.reconciliations).toHaveLength(atOnce);
  });

  test('W-10 20 equal card events at once fold; one after the work has begun starts it again', async () => {
    const card = event('loyalty_card', { id: 77, balance: 10, number: '1', phone: PHONE });
    await Promise.all(Array.from({ length: 20 }, () => stand.deliver(path, card)));
    await settled();
    const atOnce = stand.starter.reconciliations.length;
    expect(atOnce).toBeLessThanOrEqual(2);
    await stand.deliver(path, card);
    await settled();
    expect(stand.starter.reconciliations).toHaveLength(atOnce + 1);
  });

  test('M-22 five updates in a burst fold, and one that comes during a start is not lost', async () => {
    stand.starter.delayMs = 300;
    await Promise.all([1, 2, 3, 4].map((n) => stand.deliver(path, record(PHONE, `2026-04-20T14:00:0${n}+0500`))));
    await expect.poll(async () => (await states())['resolved']).toBe(4);
    await stand.deliver(path, record(PHONE, '2026-04-20T14:00:05+0500'));
    await settled();
    expect(await states()).toEqual({ started: 5 });
    expect(stand.starter.reconciliations).toHaveLength(2);
    expect(Number((await accounts())[0]?.dirty_seq)).toBeGreaterThanOrEqual(2);
  });

  test('W-10 while Temporal is away events are kept, and relayed once when it is back', async () => {
    stand.starter.down = true;
    for (const n of [1, 2, 3]) expect((await stand.deliver(path, record(PHONE, `2026-04-2${n}`))).status).toBe(200);
    await quiet();
    expect(await states()).toEqual({ resolved: 3 });
    expect(stand.starter.reconciliations).toEqual([]);
    stand.starter.down = false;
    await settled();
    expect(stand.starter.reconciliations).toHaveLength(1);
    expect(await states()).toEqual({ started: 3 });
  });

  test('W-10 what a process left behind is taken at the next start, once by any number of relays', async () => {
    await stand.relay.close();
    const phones = Array.from({ length: 30 }, (_, n) => `+770106001${String(n).padStart(2, '0')}`);
    for (const phone of phones) await stand.deliver(path, record(phone));
    await quiet();
    expect(await states()).toEqual({ received: 30 });
    const pools = [1, 2, 3].map((n) => createPool(stand.databaseUrl, { name: `relay ${n}` }));
    const relays = pools.map((pool) => startRelay({ ...stand.deps, pool }));
    await settled();
    await Promise.all(relays.map((relay) => relay.close()));
    await Promise.all(pools.map((pool) => pool.end()));
    stand.relay = startRelay(stand.deps);
    const started = stand.starter.reconciliations.map(({ accountId }) => accountId).sort();
    expect(started).toEqual((await accounts()).map(({ id }) => id));
    expect(started).toHaveLength(30);
  });
});
