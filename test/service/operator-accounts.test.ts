// Programs, keys, accounts and reconciliation of the operator door, on real PostgreSQL and the sandbox.
import { beforeAll, describe, expect, test } from 'vitest';
import { transaction } from '../../activities/ledger/database.ts';
import { lockPage, type Page } from '../../activities/ledger/page.ts';
import { sendPosting } from '../../activities/ledger/posting.ts';
import { openApiDocument } from '../../api/http/openapi.ts';
import { ADMIN, CARD_TYPE, CHAIN, LOCATION, programBody, type Stand, startStand } from './operator-stand.ts';

let stand: Stand;
let program: string;
const ACCOUNT = 'acc_00000000000000000000000001';
const OTHER = 'acc_00000000000000000000000002';
const PHONE = '+77010600001';

async function post(accountId: string, workflowId: string, plan: (page: Page) => void, drift?: bigint): Promise<void> {
  await transaction(stand.pool, async (tx) => {
    const page = await lockPage(tx, accountId);
    plan(page);
    const locationId = BigInt(LOCATION);
    const kind = 'reconciliation';
    sendPosting(
      tx,
      page,
      { id: workflowId, kind, workflowId, runId: 'run-1', locationId, actor: 'altegio' },
      drift === undefined ? {} : { drift: { amount: drift, expected: 0n, balance: drift } },
    );
  });
  await stand.pool.query(`update operation set state = 'done', finished_at = now() where id = $1`, [workflowId]);
}

const addCard = (accountId: string, cardId: number, confirmed: number) =>
  stand.pool.query(
    `insert into altegio_card (card_id, chain_id, account_id, type_id, number, location_id, confirmed, confirmed_at)
     values ($1, $2, $3, $4, $5, $6, $7, now())`,
    [cardId, CHAIN, accountId, CARD_TYPE, `no${cardId}`, LOCATION, confirmed],
  );
const account = async (id = ACCOUNT) => (await stand.call('GET', `/api/accounts/${id}`)).body;
const list = async (path: string) =>
  (await stand.call('GET', path)).body as unknown as { items: Record<string, string>[]; next: string | null };

beforeAll(async () => {
  stand = await startStand('operator-accounts');
  await stand.connect();
  program = await stand.program();
  for (const [id, phone, name] of [
    [ACCOUNT, PHONE, 'Aia 100%'],
    [OTHER, '+77010600002', 'Bota'],
  ])
    await stand.pool.query(
      `insert into account (id, chain_id, program_id, phone, display_name, card_number) values ($1, $2, $3, $4, $5, $6)`,
      [id, CHAIN, program, phone, name, `4000${id?.slice(-2)}`],
    );
  await stand.pool.query('insert into account_client values ($1, $2, 501)', [ACCOUNT, LOCATION]);
});

describe('the door', () => {
  test.each([undefined, 'Bearer wrong', `Bearer ${ADMIN}x`, `Basic ${ADMIN}`, 'Bearer '])(
    'V-42 without the token nothing is read (%s)',
    async (authorization) => {
      const answer = await fetch(`${stand.url}/api/accounts`, authorization ? { headers: { authorization } } : {});
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ code: 'unauthorised' });
    },
  );

  test.each([
    ['POST', '/api/connections', { locationId: 'x' }, 'locationId'],
    ['POST', '/api/connections', { locationId: 101, more: 1 }, 'more'],
    ['POST', '/api/programs', programBody({ accrual: { levels: [], base: 'money' } }), 'accrual.levels'],
    ['POST', '/api/programs', programBody({ colour: 'red' }), 'colour'],
    ['POST', '/api/programs', programBody({ timeZone: 'Mars/Base' }), 'timeZone'],
    ['POST', '/api/programs', programBody({ name: 'a\0b' }), 'name'],
    ['POST', '/api/programs', programBody({ cardTypeId: 1 }), 'cardTypeId'],
    ['POST', '/api/keys', { locationId: LOCATION }, 'name'],
    ['POST', `/api/accounts/${ACCOUNT}/adjustments`, { amount: '0.00', reason: 'x' }, 'amount'],
    ['POST', `/api/accounts/${ACCOUNT}/adjustments`, { amount: '1.234', reason: 'x' }, 'amount'],
    ['POST', `/api/accounts/${ACCOUNT}/adjustments`, { amount: '1.00' }, 'reason'],
    ['POST', `/api/accounts/${ACCOUNT}/adjustments`, { amount: '1.00', reason: ' ' }, 'reason'],
    ['POST', '/api/reconciliations', {}, 'accountId'],
    ['POST', '/api/reconciliations', { accountId: ACCOUNT, chainId: CHAIN }, 'accountId'],
    ['GET', `/api/accounts/${ACCOUNT}?at=2026-01-01`, undefined, 'at'],
    ['GET', `/api/accounts/${ACCOUNT}?knownAt=yesterday`, undefined, 'knownAt'],
    ['GET', '/api/accounts?phone=12', undefined, 'phone'],
    ['GET', '/api/accounts?cursor=zzz', undefined, 'cursor'],
    ['GET', '/api/accounts?q=%00', undefined, 'q'],
    ['GET', '/api/operations?state=lost', undefined, 'state'],
    ['GET', '/api/reconciliation?chain=1', undefined, 'chain'],
  ])('%s %s is refused naming the field, and writes nothing', async (method, path, body, field) => {
    const before = await stand.counts();
    const { status, body: problem } = await stand.call(method, path, body);
    expect(status).toBe(400);
    expect(problem).toMatchObject({ code: 'invalid_request' });
    expect((problem['errors'] as { path: string }[]).map(({ path: named }) => named)).toContain(field);
    expect(await stand.counts()).toEqual(before);
    expect(stand.starter.adjustments).toEqual([]);
  });

  test.each([
    ['GET', '/api/accounts/nobody', 'account_not_found'],
    ['GET', '/api/accounts/acc_0000000000000000000000000z/lots', 'account_not_found'],
    ['GET', '/api/operations/payment%3A101%3AR%2F1', 'operation_not_found'],
    ['GET', '/api/programs/x', 'program_not_found'],
    ['POST', '/api/operations/x/retry', 'operation_not_found'],
  ])('%s %s is answered 404', async (method, path, code) => {
    const answer = await stand.call(method, path, method === 'POST' ? { reason: 'x' } : undefined);
    expect(answer).toMatchObject({ status: 404, body: { code } });
  });

  test('every call is in the OpenAPI document', () => {
    const { paths } = openApiDocument(stand.url) as { paths: Record<string, object> };
    for (const path of ['/api/connections', '/api/programs/{id}', '/api/accounts/{id}/adjustments'])
      expect(paths).toHaveProperty([path]);
  });
});

describe('programs and keys', () => {
  test('a linked card type is not linked again, a change makes a version, and the link never changes', async () => {
    const again = await stand.call('POST', '/api/programs', programBody());
    expect(again).toMatchObject({ status: 409, body: { code: 'program_exists', errors: [{ path: 'cardTypeId' }] } });
    const changed = await stand.call('PUT', `/api/programs/${program}`, programBody({ name: 'Бонусы' }));
    expect(changed).toMatchObject({ status: 200, body: { id: program, version: 2 } });
    const moved = await stand.call('PUT', `/api/programs/${program}`, programBody({ cardTypeId: 8231 }));
    expect(moved).toMatchObject({ status: 400, body: { errors: [{ path: 'cardTypeId' }] } });
    expect((await stand.call('GET', `/api/programs/${program}`)).body).toMatchObject({ version: 2, name: 'Бонусы' });
    expect((await list(`/api/programs?chainId=${CHAIN}`)).items).toHaveLength(1);
    expect((await stand.call('POST', '/api/programs', programBody({ chainId: 1 }))).status).toBe(404);
  });

  test('the same Idempotency-Key makes one program and answers it again', async () => {
    const { promotions } = (await stand.sandbox.control('GET', '/settings')) as { promotions: object[] };
    await stand.sandbox.control('POST', '/settings', { promotions: [] });
    const body = programBody({ cardTypeId: 8231, name: 'VIP' });
    const send = (changes: object = {}) =>
      stand.call('POST', '/api/programs', { ...body, ...changes }, { 'idempotency-key': 'k1' });
    const first = await send();
    const second = await send();
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await send({ name: 'Other' })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    await stand.sandbox.control('POST', '/settings', { promotions });
  });

  test('V-42 a key belongs to a location, is shown once, and can be switched off', async () => {
    const made = await stand.call('POST', '/api/keys', { locationId: LOCATION, name: 'Till 1' });
    expect(made.status).toBe(201);
    const key = String(made.body['key']);
    expect(made.body).toMatchObject({ last4: key.slice(-4), active: true, lastUsedAt: null });
    expect(JSON.stringify(await list(`/api/keys?locationId=${LOCATION}`))).not.toContain(key);
    const off = await stand.call('PATCH', `/api/keys/${String(made.body['id'])}`, { active: false });
    expect(off.body).toMatchObject({ active: false });
    expect(await stand.rows('select 1 from api_key where key_hash = $1', [Buffer.from(key)])).toEqual([]);
  });
});

describe('an account', () => {
  test('is found by phone in any form, by card number, and by a part of its name', async () => {
    for (const query of [`phone=${PHONE}`, 'phone=77010600001', 'cardNumber=400001', 'q=100%25', 'q=aia', 'q=0600001'])
      expect(
        (await list(`/api/accounts?${query}`)).items.map(({ id }) => id),
        query,
      ).toEqual([ACCOUNT]);
    expect((await list('/api/accounts?q=%25')).items.map(({ id }) => id)).toEqual([ACCOUNT]);
    const first = await list('/api/accounts?limit=1');
    expect(first.items.map(({ id }) => id)).toEqual([ACCOUNT]);
    const rest = await list(`/api/accounts?limit=1&cursor=${first.next}`);
    expect(rest).toMatchObject({ items: [{ id: OTHER }], next: null });
  });

  test('is syncing without an altegio card, and matched once both books agree', async () => {
    expect(await account()).toMatchObject({ clientId: 501, state: 'syncing', altegio: null, drift: '0.00' });
    await addCard(ACCOUNT, 9001, 10_000);
    expect(await account()).toMatchObject({ state: 'syncing', target: '0.00', drift: '100.00' });
    await post(ACCOUNT, 'reconciliation:1', ({ book }) => void book.opening(10_000n));
    expect(await account()).toMatchObject({
      state: 'matched',
      ledger: { active: '100.00', held: '0.00', pending: '0.00', debt: '0.00', available: '100.00' },
      target: '100.00',
      altegio: { cardId: 9001, number: 'no9001', balance: '100.00' },
      drift: '0.00',
      workflowIds: [],
      breaks: [],
    });
  });

  test('an open write makes it syncing, a break or an operation that waits makes it needs_operator', async () => {
    await stand.pool.query(
      `insert into altegio_write (card_id, chain_id, amount, baseline, operations, title, state, deadline, window_until,
                                  transfers_up_to)
       values (9001, $1, 100, 0, '{}', 't', 'in_doubt', now(), now(), 0)`,
      [CHAIN],
    );
    expect((await account())['state']).toBe('syncing');
    await stand.pool.query('delete from altegio_write');
    await stand.pool.query(
      `insert into break (id, chain_id, account_id, kind, amount) values ('brk_1', $1, $2, 'debt', 500)`,
      [CHAIN, ACCOUNT],
    );
    expect(await account()).toMatchObject({
      state: 'needs_operator',
      breaks: [{ id: 'brk_1', kind: 'debt', amount: '5.00' }],
    });
    await stand.pool.query('update break set closed_at = now()');
    await stand.pool.query(`update operation set state = 'needs_operator' where id = 'reconciliation:1'`);
    expect(await account()).toMatchObject({ state: 'needs_operator', workflowIds: ['reconciliation:1'] });
    const found = await list(`/api/operations?state=needs_operator&accountId=${ACCOUNT}`);
    expect(found.items).toMatchObject([{ workflowId: 'reconciliation:1', kind: 'reconciliation' }]);
    expect(found.items[0]?.['temporalUrl']).toBe(
      'http://ui.test/namespaces/default/workflows/reconciliation%3A1/run-1/history',
    );
    const one = await stand.call('GET', `/api/operations/${encodeURIComponent('reconciliation:1')}`);
    expect(one.body).toMatchObject({ state: 'needs_operator', runs: [{ runId: 'run-1' }] });
    await stand.pool.query(`update operation set state = 'done'`);
    expect((await account())['state']).toBe('matched');
  });

  test('shows its history with a running balance that ends in the ledger’s, and the cause of what was not ours', async () => {
    await post(
      ACCOUNT,
      'reconciliation:2',
      ({ book, driftId }) => void book.external(-13_000n, driftId, null),
      -13_000n,
    );
    await post(ACCOUNT, 'reconciliation:3', ({ book }) => void book.adjustment(10_000n, 'sorry'));
    await stand.pool.query(
      `insert into altegio_line (chain_id, line_id, card_id, type_id, amount, claim, drift_id, cause)
       select $1, 77, 9001, 6, -13000, 'external', id, 'staff_withdrawal' from drift`,
      [CHAIN],
    );
    const { items } = await list(`/api/accounts/${ACCOUNT}/transfers`);
    expect(items.map(({ code, amount, part, balance }) => [code, amount, part, balance])).toEqual([
      ['repayment', '-30.00', 'active', '70.00'],
      ['adjustment', '100.00', 'active', '100.00'],
      ['external', '-30.00', 'debt', '0.00'],
      ['external', '-100.00', 'active', '0.00'],
      ['opening', '100.00', 'active', '100.00'],
    ]);
    expect(items[3]).toMatchObject({
      causes: ['staff_withdrawal'],
      altegioLines: [{ id: 77, cause: 'staff_withdrawal', amount: '-130.00' }],
      workflowId: 'reconciliation:2',
      actor: 'altegio',
    });
    expect(items[1]).toMatchObject({ reason: 'sorry' });
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const page = await list(`/api/accounts/${ACCOUNT}/transfers?limit=2${next ? `&cursor=${next}` : ''}`);
      paged.push(...page.items.map(({ balance }) => balance ?? ''));
      next = page.next;
    }
    expect(paged).toEqual(['70.00', '100.00', '0.00', '0.00', '100.00']);
    expect((await account())['ledger']).toMatchObject({ active: '70.00' });
  });

  test('shows what expires when, earliest first', async () => {
    const day = (n: number) => Date.parse(`2027-01-0${n}T00:00:00Z`);
    for (const [n, workflowId] of [
      [3, 'lot:3'],
      [1, 'lot:1'],
    ] as const)
      await post(OTHER, workflowId, ({ book }) => book.accrue(100n, { activatesAt: null, expiresAt: day(n) }));
    await post(OTHER, 'lot:never', ({ book }) => void book.adjustment(500n, 'gift'));
    const { items } = await list(`/api/accounts/${OTHER}/lots`);
    expect(items.map(({ remaining, expiresAt }) => [remaining, expiresAt])).toEqual([
      ['1.00', '2027-01-01T00:00:00.000Z'],
      ['1.00', '2027-01-03T00:00:00.000Z'],
      ['5.00', null],
    ]);
  });

  test('an adjustment starts one workflow a key; more than there is needs allowNegative', async () => {
    const path = `/api/accounts/${OTHER}/adjustments`;
    const send = (body: object, key?: string) =>
      stand.call('POST', path, body, key === undefined ? {} : { 'idempotency-key': key });
    expect(await send({ amount: '-7.01', reason: 'x' })).toMatchObject({
      status: 422,
      body: { code: 'insufficient_points', requested: '7.01', allowed: '7.00' },
    });
    const first = await send({ amount: -2.5, reason: 'mistake' }, 'a1');
    expect(first.status).toBe(202);
    expect(await send({ amount: '-2.50', reason: 'mistake' }, 'a1')).toMatchObject({ status: 202, body: first.body });
    expect((await send({ amount: '-3', reason: 'mistake' }, 'a1')).status).toBe(422);
    expect(stand.starter.adjustments).toMatchObject([
      { accountId: OTHER, chainId: String(CHAIN), amount: '-2.50', allowNegative: false },
    ]);
    // The reason is free text and may name a person: it is kept here and goes to no workflow.
    expect(JSON.stringify(stand.starter.adjustments)).not.toContain('mistake');
    const kept = await stand.pool.query('select reason, actor from adjustment where workflow_id = $1', [
      first.body['workflowId'],
    ]);
    expect(kept.rows).toEqual([{ reason: 'mistake', actor: 'operator' }]);
    expect((await send({ amount: '-9', reason: 'x', allowNegative: true })).status).toBe(202);
    stand.starter.down = true;
    expect(await send({ amount: '1', reason: 'x' }, 'a2')).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    });
    stand.starter.down = false;
    expect((await send({ amount: '1', reason: 'x' }, 'a2')).status).toBe(202);
  });
});

test('reconciliation starts for one account or all of a chain, and sums both books', async () => {
  const one = await stand.call('POST', '/api/reconciliations', { accountId: ACCOUNT });
  expect(one).toMatchObject({ status: 202, body: { workflowIds: [`reconciliation:${CHAIN}:${ACCOUNT}`] } });
  const all = await stand.call('POST', '/api/reconciliations', { chainId: CHAIN });
  expect(all.body['workflowIds']).toEqual([ACCOUNT, OTHER].map((id) => `reconciliation:${CHAIN}:${id}`));
  expect(stand.starter.reconciliations).toHaveLength(3);
  const { body } = await stand.call('GET', `/api/reconciliation?chainId=${CHAIN}`);
  expect(body).toEqual({
    accounts: 2,
    matched: 0,
    syncing: 2,
    needsOperator: 0,
    ledgerTotal: '77.00',
    altegioTotal: '100.00',
  });
});
