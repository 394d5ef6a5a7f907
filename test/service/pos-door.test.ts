// The POS door's keys, its refusals of bad input, lookups and quotes.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AltegioCard, AltegioUnreachable } from '../../activities/altegio/client/index.ts';
import { createKey, listKeys, setActive } from '../../activities/ledger/keys.ts';
import { addCustomer, CARD_TYPE, CHAIN, openPosStand, type PosStand } from './pos-stand.ts';

const ANN = 'acc_00000000000000000000000ann';
const STALE = 'acc_0000000000000000000000st01';
let stand: PosStand;

beforeAll(async () => {
  stand = await openPosStand('pos door');
  await addCustomer(stand.pool, { id: ANN, phone: '+77011000001', points: 10_000n });
  await addCustomer(stand.pool, { id: STALE, phone: '+77011000002', points: 5_000n, seenSecondsAgo: 90 });
});

afterAll(() => stand.close());

beforeEach(() => {
  stand.started.payments.length = 0;
  stand.started.cardIssues.length = 0;
  stand.script.cards = () => Promise.resolve([]);
  stand.script.cardIssue = () => Promise.resolve();
});

const post = (path: string, body: unknown, options?: Parameters<PosStand['call']>[3]) =>
  stand.call('POST', path, body, options);
const altegioCard = (id: bigint, balance: bigint, fields: Partial<AltegioCard> = {}): AltegioCard => ({
  id,
  number: `4000000000000${id}`,
  typeId: CARD_TYPE,
  chainId: CHAIN,
  balance,
  ...fields,
});
const down = () => Promise.reject(new AltegioUnreachable('the connection was refused', { sent: false }));

const PAYMENT = { receipt: 'W-1', phone: '+77017777777', total: '100.00', redeem: 'max' };
const TABLES = ['payment', 'account', 'idempotency_key', 'operation', 'transfer'];
const rows = async () => Promise.all(TABLES.map((table) => stand.count(table)));

test('W-14 bad input is refused with its path; no row is written and no workflow starts', async () => {
  const before = await rows();
  const headers = { 'idempotency-key': 'w14' };
  const line = { id: 'a', title: 'Cut', amount: '100.00' };
  const cases: [fields: object, ...paths: string[]][] = [
    [{ total: true }, 'total'],
    [{ total: 'NaN' }, 'total'],
    [{ total: '-1.00' }, 'total'],
    [{ total: 0 }, 'total'],
    [{ total: 1.005 }, 'total'],
    [{ total: '1e2' }, 'total'],
    [{ total: undefined }, 'total'],
    [{ redeem: -30 }, 'redeem'],
    [{ redeem: null }, 'redeem'],
    [{ receipt: 7 }, 'receipt'],
    [{ receipt: 'a b' }, 'receipt'],
    [{ phone: 77017777777 }, 'phone'],
    [{ phone: '12' }, 'phone'],
    [{ phone: undefined, cardNumber: 4000123412341234 }, 'cardNumber'],
    [{ phone: undefined, accountId: "' or 1=1" }, 'accountId'],
    [{ phone: undefined }, 'accountId'],
    [{ accountId: ANN }, 'phone'],
    [{ tips: 1 }, 'tips'],
    [{ visit: { recordId: 1, visitId: 2 } }, 'visit'],
    [{ capture: 'later' }, 'capture'],
    [{ as: 'gift' }, 'as'],
    [{ allowPartial: 'yes' }, 'allowPartial'],
    [{ tip: -1 }, 'tip'],
    [{ lines: [] }, 'lines'],
    [{ lines: [{ ...line, amount: -100 }] }, 'lines.0.amount'],
    [{ lines: [{ ...line, colour: 'red' }] }, 'lines.0.colour'],
    [{ lines: [{ ...line, vatRate: 101 }] }, 'lines.0.vatRate'],
    [{ money: [{ type: 'bonus', amount: '1' }] }, 'money.0.type'],
    [{ money: [{ type: 'cash', amount: '1.001' }] }, 'money.0.amount'],
    [{ occurredAt: 'yesterday' }, 'occurredAt'],
    [{ total: [], redeem: 'all', extra: 1 }, 'total', 'redeem', 'extra'],
  ];
  for (const [fields, ...paths] of cases) {
    const answer = await post('/v1/payments', { ...PAYMENT, ...fields }, { headers });
    const shown = JSON.stringify(fields);
    expect(answer.status, shown).toBe(400);
    expect(answer.body, shown).toMatchObject({ code: 'invalid_request', status: 400 });
    expect(answer.body.errors?.map(({ path }) => path).sort(), shown).toEqual([...paths].sort());
    for (const { message } of answer.body.errors ?? []) expect(message, shown).toMatch(/\S/);
  }
  for (const raw of ['{"total":1e309}', '{"total":-1e309}', '{"total":1e2}', '{"total":12345678901234567890}']) {
    const answer = await post('/v1/payments', undefined, {
      raw: raw.replace('{', '{"receipt":"W-1","phone":"+77017777777","redeem":"max",'),
    });
    expect([answer.status, answer.body.errors?.[0]?.path], raw).toEqual([400, 'total']);
  }
  for (const raw of ['', '[]', 'null', '"x"', '{"receipt":', '\u0000'])
    expect((await post('/v1/payments', undefined, { raw })).status, raw).toBe(400);
  for (const [path, body, field] of [
    ['/v1/lookups', {}, 'phone'],
    ['/v1/lookups', { cardNumber: 1 }, 'cardNumber'],
    ['/v1/lookups', { scan: 'https://example.com/' }, 'scan'],
    ['/v1/lookups', { phone: '+77011000001', name: 'x' }, 'name'],
    ['/v1/quotes', { accountId: ANN, total: '-1' }, 'total'],
    ['/v1/quotes', { accountId: 'nobody', total: '1' }, 'accountId'],
  ] as const) {
    const answer = await post(path, body);
    expect([answer.status, answer.body.errors?.[0]?.path], path).toEqual([400, field]);
  }
  const key = await post('/v1/payments', PAYMENT, { headers: { 'idempotency-key': 'a b' } });
  expect([key.status, key.body.errors?.[0]?.path]).toEqual([400, 'Idempotency-Key']);
  expect(await rows()).toEqual(before);
  expect([stand.started.payments, stand.started.cardIssues, stand.started.others]).toEqual([[], [], 0]);
});

test('sums that do not hold are refused before anything is written', async () => {
  const before = await rows();
  const lines = [{ id: 'a', title: 'Cut', amount: '99.99' }];
  const short = await post('/v1/payments', { ...PAYMENT, lines });
  expect([short.status, short.body['code'], short.body.errors?.[0]?.path]).toEqual([422, 'lines_mismatch', 'lines']);
  const money = [{ type: 'cash', amount: '100.01' }];
  const much = await post('/v1/payments', { ...PAYMENT, money });
  expect(much.status).toBe(422);
  expect(much.body).toMatchObject({ code: 'money_mismatch', requested: '100.01', allowed: '100.00' });
  const quote = await post('/v1/quotes', { accountId: ANN, total: '100.00', lines });
  expect(quote.body['code']).toBe('lines_mismatch');
  expect(await rows()).toEqual(before);
});

test('V-42 a 401 tells what is wrong with the key and shows its last four characters only', async () => {
  const ask = (authorization: string) =>
    post('/v1/quotes', { accountId: ANN, total: '1' }, { headers: { authorization } });
  const { main } = stand.keys;
  for (const [header, code, said] of [
    ['', 'invalid_key', 'Bearer <'],
    [`Basic ${main.key}`, 'invalid_key', 'not "Bearer'],
    [`Bearer ${main.key}x`, 'invalid_key', `ends in ${main.key.slice(-3)}x`],
    [`Bearer ${main.key.toUpperCase()}`, 'invalid_key', 'not known'],
    ['Bearer short', 'invalid_key', 'key is not known'],
  ] as const) {
    const answer = await ask(header);
    expect([answer.status, answer.body['code']], header).toEqual([401, code]);
    expect(answer.body['detail'], header).toContain(said);
    expect(JSON.stringify(answer.body), header).not.toContain(main.key.slice(0, 12));
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  }
  expect((await ask(`Bearer ${main.key}`)).status).toBe(200);
});

test('V-42 keys belong to a location, are stored as a hash, shown once, and a change holds within 2 s', async () => {
  const made = await createKey(stand.pool, { locationId: 101n, name: 'Front desk' });
  expect(made.last4).toBe(made.key.slice(-4));
  const { rows: stored } = await stand.pool.query('select * from api_key where id = $1', [made.id]);
  expect(
    JSON.stringify(stored, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  ).not.toContain(made.key);
  const ask = () =>
    post('/v1/quotes', { accountId: ANN, total: '1' }, { headers: { authorization: `Bearer ${made.key}` } });
  expect((await ask()).status).toBe(200);
  expect(await setActive(stand.pool, made.id, false)).toMatchObject({ active: false, last4: made.last4 });
  await expect.poll(async () => (await ask()).status, { timeout: 2_000, interval: 100 }).toBe(401);
  const refused = await ask();
  expect(refused.body).toMatchObject({ code: 'key_disabled' });
  expect(refused.body['detail']).toContain(`"Front desk" that ends in ${made.last4} is switched off`);
  await setActive(stand.pool, made.id, true);
  await expect.poll(async () => (await ask()).status, { timeout: 2_000, interval: 100 }).toBe(200);
  const keys = await listKeys(stand.pool, 101n);
  expect(keys.find(({ id }) => id === made.id)?.lastUsedAt).toBeInstanceOf(Date);
  expect(keys.every(({ locationId }) => locationId === 101n)).toBe(true);
  await expect(createKey(stand.pool, { locationId: 999n, name: 'Nowhere' })).rejects.toThrow('not connected');
});

test('a lookup answers from the ledger by phone, card number and scan, with the name masked', async () => {
  await stand.pool.query(
    "insert into operation (id, chain_id, kind, workflow_id, run_id, actor) values ('op', 1, 'payment', 'op', 'r', 'test')",
  );
  await stand.pool.query(
    `insert into lot (account_id, program_version, code, operation, amount, remaining, held, expires_at) values
       ($1, 1, 'accrual', 'op', 3000, 3000, 0, '2099-01-01'), ($1, 1, 'accrual', 'op', 2000, 2000, 500, '2098-01-01')`,
    [ANN],
  );
  const byPhone = await post('/v1/lookups', { phone: '8 (701) 100-00-01' });
  expect(byPhone.status).toBe(200);
  expect(byPhone.body).toEqual({
    account: {
      id: ANN,
      displayName: 'T*** P***',
      card: { number: '990000000001', status: 'active' },
      type: 'Bonus card',
      customerType: 'Standard',
      balance: { active: '100.00', held: '0.00', pending: '0.00', debt: '0.00', available: '100.00' },
      nextExpiry: { amount: '15.00', at: '2098-01-01T00:00:00.000Z' },
      altegio: { balance: '100.00', seenAt: expect.any(String) as string, stale: false },
    },
  });
  for (const body of [{ cardNumber: '990000000001' }, { scan: ';990000000001=2512?' }, { phone: '+77011000001' }])
    expect((await post('/v1/lookups', body)).body).toEqual(byPhone.body);
  expect(stand.started.cardIssues).toEqual([]);
  const headers = { authorization: `Bearer ${stand.keys.foreign.key}` };
  const foreign = await post('/v1/lookups', { cardNumber: '990000000001' }, { headers });
  expect([foreign.status, foreign.body['code']]).toEqual([422, 'program_not_linked']);
});

test('a balance seen long ago is read again without writing; when that fails it is shown as stale', async () => {
  stand.script.cards = () => Promise.resolve([altegioCard(2n, 6_200n)]);
  const fresh = await post('/v1/lookups', { phone: '+77011000002' });
  expect(fresh.body['account']).toMatchObject({
    balance: { active: '50.00' },
    altegio: { balance: '62.00', stale: false },
  });
  const { rows: kept } = await stand.pool.query('select confirmed from altegio_card where card_id = 2');
  expect(kept).toEqual([{ confirmed: 5_000n }]);
  stand.script.cards = down;
  const stale = await post('/v1/lookups', { phone: '+77011000002' });
  expect(stale.status).toBe(200);
  expect(stale.body['account']).toMatchObject({ altegio: { balance: '50.00', stale: true } });
});

test('an unknown phone is asked of Altegio: adopted by a workflow, unknown there too, or not to be asked', async () => {
  const phone = '+77011000003';
  const nobody = await post('/v1/lookups', { phone });
  expect([nobody.status, nobody.body['code']]).toEqual([404, 'account_not_found']);
  stand.script.cards = () =>
    Promise.resolve([altegioCard(3n, 100n, { typeId: 99n }), altegioCard(4n, 100n, { chainId: 2n })]);
  expect((await post('/v1/lookups', { phone })).status).toBe(404);
  stand.script.cards = down;
  const away = await post('/v1/lookups', { phone });
  expect([away.status, away.body['code']]).toEqual([503, 'altegio_unavailable']);
  expect(await stand.pool.query('select 1 from account where phone = $1', [phone])).toMatchObject({ rowCount: 0 });
  stand.script.cards = () => Promise.resolve([altegioCard(3n, 4_200n)]);
  stand.script.cardIssue = ({ accountId }) => {
    setTimeout(() => {
      void stand.pool.query(
        `with a as (update account set active = 4200 where id = $1 returning id)
         insert into altegio_card (card_id, chain_id, account_id, type_id, number, location_id, confirmed, confirmed_at)
         select 3, 1, id, 5, '40000000000003', 101, 4200, now() from a`,
        [accountId],
      );
    }, 200);
    return Promise.resolve();
  };
  const met = await post('/v1/lookups', { phone });
  expect(met.status).toBe(200);
  expect(met.body['account']).toMatchObject({ balance: { active: '42.00' }, card: { number: '40000000000003' } });
  expect(stand.started.cardIssues).toMatchObject([{ chainId: '1', locationId: '101', mayIssue: false }]);
});

test('a repeat of a lookup with its key is the kept answer; with another body it is refused', async () => {
  const headers = { 'idempotency-key': 'look-1' };
  const first = await post('/v1/lookups', { phone: '+77011000001' }, { headers });
  const again = await post('/v1/lookups', { phone: '+77011000001' }, { headers });
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect(again.body).toEqual(first.body);
  const other = await post('/v1/lookups', { phone: '+77011000002' }, { headers });
  expect([other.status, other.body['code']]).toEqual([422, 'idempotency_key_reused']);
});

test('a quote lists bonus on top with its usable maximum, and writes nothing', async () => {
  const before = await rows();
  const quote = await post('/v1/quotes', { accountId: ANN, total: '100.00' });
  expect(quote.body).toMatchObject({
    maxRedeemable: '30.00',
    due: '70.00',
    wouldAccrue: '3.50',
    wouldAccrueWithoutBonus: '5.00',
    methods: [
      { type: 'bonus', max: '30.00' },
      { type: 'deposit', max: '0.00', reason: 'insufficient_deposit' },
      { type: 'cash', max: '100.00' },
      { type: 'card', max: '100.00' },
    ],
    reasons: ['share_cap_exceeded'],
  });
  await addCustomer(stand.pool, { id: 'acc_0000000000000000000000p00r', phone: '+77011000009' });
  const poor = await post('/v1/quotes', { accountId: 'acc_0000000000000000000000p00r', total: '100.00' });
  expect(poor.body).toMatchObject({
    methods: [{ type: 'bonus', max: '0.00', reason: 'insufficient_points' }, {}, {}, {}],
  });
  const unknown = await post('/v1/quotes', { accountId: `${ANN.slice(0, -3)}zzz`, total: '100.00' });
  expect([unknown.status, unknown.body['code']]).toEqual([404, 'account_not_found']);
  const [payments, accounts, ...others] = await rows();
  expect([payments, (accounts ?? 0) - 1, ...others]).toEqual(before);
});

test('a program of other locations, and several programs, are told apart', async () => {
  const settings = (locations: number[]) =>
    JSON.stringify({
      name: 'Second',
      currency: 'KZT',
      accrual: { levels: [{ from: '0.00', percent: '1' }] },
      redeem: {},
      locations,
    });
  await stand.pool.query(
    "insert into program (id, chain_id, card_type_id, card_type_title) values ('prg_two', 1, 6, 'Second card')",
  );
  await stand.pool.query("insert into program_version (program_id, version, settings) values ('prg_two', 1, $1)", [
    settings([102]),
  ]);
  const second = 'acc_0000000000000000000000two2';
  await addCustomer(stand.pool, { id: second, phone: '+77011000001', program: 'prg_two', card: 600n });
  const here = await post('/v1/lookups', { phone: '+77011000001' });
  expect(here.body).not.toHaveProperty('accounts');
  const notHere = await post('/v1/quotes', { accountId: second, total: '1' });
  expect([notHere.status, notHere.body['code']]).toEqual([422, 'card_not_active_here']);
  const headers = { authorization: `Bearer ${stand.keys.other.key}` };
  const there = await post('/v1/lookups', { phone: '+77011000001' }, { headers });
  expect(there.body['accounts']).toMatchObject([{ id: ANN }, { id: second }]);
  const several = await post(
    '/v1/payments',
    { receipt: 'S-1', phone: '+77011000001', total: 1, redeem: 'none' },
    { headers },
  );
  expect([several.status, several.body['code']]).toEqual([409, 'card_choice_required']);
  expect(several.body['accounts']).toEqual([{ id: ANN }, { id: second }]);
});
