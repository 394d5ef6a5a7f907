// A receipt is paid once: repeats, conflicts, attempts, keys, and what a till hears when a part is away.
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createKey } from '../../activities/ledger/keys.ts';
import { paymentWorkflowId } from '../../domain/ids.ts';
import { addCustomer, type Answer, capture, decide, openPosStand, type PosStand, type Script } from './pos-stand.ts';

const ANN = 'acc_00000000000000000000000ann';
const BOB = 'acc_00000000000000000000000bob';
let stand: PosStand;
let serial = 0;

beforeAll(async () => {
  stand = await openPosStand('pos payments');
  await addCustomer(stand.pool, { id: ANN, phone: '+77011000001', points: 10_000n });
  await addCustomer(stand.pool, { id: BOB, phone: '+77011000002', points: 10_000n });
});

afterAll(() => stand.close());

beforeEach(() => {
  stand.script.payment = capture;
  stand.started.payments.length = 0;
});

const receipt = (): string => `R-${(serial += 1)}`;
const bill = (fields: object) => ({ accountId: ANN, total: '100.00', redeem: '30.00', ...fields });
const pay = (fields: object, options?: Parameters<PosStand['call']>[3]): Promise<Answer> =>
  stand.call('POST', '/v1/payments', bill(fields), options);
const key = (name: string) => ({ headers: { 'idempotency-key': name } });
const decline: Script = (input, pool) =>
  decide(pool, input.paymentId, 'DECLINED', { code: 'insufficient_points', allowed: '20.00', requested: '30.00' });
const never: Script = () => Promise.resolve();
const attempts = async (name: string): Promise<string[]> => {
  const { rows } = await stand.pool.query<{ state: string }>(
    'select state from payment where location_id = 101 and receipt = $1 order by attempt',
    [name],
  );
  return rows.map(({ state }) => state);
};

test('a new payment is one PENDING row before its workflow starts, then the stored answer', async () => {
  const name = receipt();
  let before: unknown;
  stand.script.payment = async (input, pool) => {
    before = (await pool.query('select * from payment where id = $1', [input.paymentId])).rows[0];
    await capture(input, pool);
  };
  const lines = [
    { id: 'a', title: 'Cut', amount: 60 },
    { id: 'b', title: 'Dye', category: 'color', amount: '40.00', vatRate: 12 },
  ];
  const answer = await pay({
    receipt: name,
    lines,
    tip: '5',
    terminal: 'T1',
    allowPartial: true,
    money: [{ type: 'cash', amount: 70 }],
  });
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ receipt: name, attempt: 1, state: 'CAPTURED', replayed: false });
  expect(answer.headers.get('location')).toBe(`/v1/payments/${String(answer.body['id'])}`);
  expect(answer.headers.get('idempotent-replayed')).toBeNull();
  expect(before).toMatchObject({
    state: 'PENDING',
    workflow_id: paymentWorkflowId(101n, name, 1),
    total: 10_000n,
    redeem: '30.00',
    as_kind: 'tender',
    program_version: 1,
    request: {
      lines: [
        { id: 'a', title: 'Cut', amount: '60.00' },
        { id: 'b', title: 'Dye', category: 'color', amount: '40.00', vatRate: '12' },
      ],
      money: [{ type: 'cash', amount: '70.00' }],
      tip: '5.00',
      terminal: 'T1',
      allowPartial: true,
    },
  });
  expect(stand.started.payments).toEqual([
    {
      paymentId: answer.body['id'],
      chainId: '1',
      locationId: '101',
      accountId: ANN,
      receipt: name,
      attempt: 1,
      total: '100.00',
    },
  ]);
});

test('the same receipt again: same key and new key replay, another total and another account conflict', async () => {
  const name = receipt();
  const first = await pay({ receipt: name }, key(`${name}-1`));
  const same = await pay({ receipt: name }, key(`${name}-1`));
  const newKey = await pay({ receipt: name, terminal: 'T9' }, key(`${name}-2`));
  const noKey = await pay({ receipt: name }, { process: 1 });
  const byPhone = await pay({ receipt: name, accountId: undefined, phone: '8 701 100 00 01' });
  for (const repeat of [same, newKey, noKey, byPhone]) {
    expect(repeat.status).toBe(201);
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');
    expect(repeat.body).toEqual({ ...first.body, replayed: true });
  }
  for (const [fields, path] of [
    [{ total: '1100.00' }, 'total'],
    [{ accountId: BOB }, 'accountId'],
    [{ accountId: undefined, phone: '+77011009999' }, 'phone'],
    [{ redeem: 'max' }, 'redeem'],
    [{ as: 'discount' }, 'as'],
  ] as const) {
    const conflict = await pay({ receipt: name, ...fields });
    expect(conflict.status, path).toBe(409);
    expect(conflict.body, path).toMatchObject({ code: 'receipt_conflict', errors: [{ path }] });
  }
  expect(await attempts(name)).toEqual(['CAPTURED']);
  expect(stand.started.payments).toHaveLength(1);
});

test('twenty parallel posts of one receipt over two processes are one payment and twenty equal answers', async () => {
  const name = receipt();
  const phone = '+77011000777';
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      pay({ receipt: name, accountId: undefined, phone, redeem: 'none' }, { process: index % 2 === 0 ? 0 : 1 }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
  expect(answers.filter(({ body }) => body['replayed'] === false)).toHaveLength(1);
  const bare = answers.map(({ body }) => JSON.stringify({ ...body, replayed: null }));
  expect(new Set(bare).size).toBe(1);
  expect(await attempts(name)).toEqual(['CAPTURED']);
  const { rowCount } = await stand.pool.query('select 1 from account where phone = $1', [phone]);
  expect(rowCount).toBe(1);
});

test('declined asking 30, then 20 with the same receipt is the next attempt; the old key still tells the old answer', async () => {
  const name = receipt();
  stand.script.payment = decline;
  const declined = await pay({ receipt: name }, key(`${name}-1`));
  expect(declined.status).toBe(422);
  expect(declined.body).toMatchObject({ code: 'insufficient_points', requested: '30.00', allowed: '20.00' });
  stand.script.payment = capture;
  const second = await pay({ receipt: name, redeem: '20.00' }, key(`${name}-2`));
  expect(second.status).toBe(201);
  expect(second.body).toMatchObject({ attempt: 2, replayed: false });
  expect(second.body['id']).not.toBe(declined.body['paymentId']);
  const old = await pay({ receipt: name }, key(`${name}-1`));
  expect(old.status).toBe(422);
  expect(old.headers.get('idempotent-replayed')).toBe('true');
  expect({ ...old.body, requestId: '' }).toEqual({ ...declined.body, requestId: '' });
  expect(await attempts(name)).toEqual(['DECLINED', 'CAPTURED']);
  expect(stand.started.payments.map(({ attempt }) => attempt)).toEqual([1, 2]);
  const { rows } = await stand.pool.query<{ workflow_id: string }>(
    'select workflow_id from payment where receipt = $1 and attempt = 2',
    [name],
  );
  expect(rows[0]?.workflow_id).toBe(paymentWorkflowId(101n, name, 2));
});

test('a voided payment leaves its receipt free', async () => {
  const name = receipt();
  const first = await pay({ receipt: name });
  await stand.pool.query("update payment set state = 'VOIDED' where id = $1", [first.body['id']]);
  const again = await pay({ receipt: name });
  expect(again.body).toMatchObject({ attempt: 2, replayed: false });
  expect(await attempts(name)).toEqual(['VOIDED', 'CAPTURED']);
});

test('a repeat after a day is a conflict without its key and a replay with it', async () => {
  const name = receipt();
  await pay({ receipt: name }, key(name));
  await stand.pool.query("update payment set created_at = now() - interval '25 hours' where receipt = $1", [name]);
  const late = await pay({ receipt: name });
  expect(late.status).toBe(409);
  expect(late.body).toMatchObject({ code: 'receipt_conflict', errors: [{ path: 'receipt' }] });
  const keyed = await pay({ receipt: name }, key(name));
  expect(keyed.status).toBe(201);
  expect(keyed.body['replayed']).toBe(true);
});

test('a key with another body is refused, in its own location only; the order of fields is no difference', async () => {
  const name = receipt();
  await pay({ receipt: name }, key(name));
  const other = await pay({ receipt: receipt() }, key(name));
  expect(other.status).toBe(422);
  expect(other.body).toMatchObject({ code: 'idempotency_key_reused', errors: [{ path: 'Idempotency-Key' }] });
  const turned = await stand.call(
    'POST',
    '/v1/payments',
    { redeem: '30.00', total: '100.00', receipt: name, accountId: ANN },
    key(name),
  );
  expect(turned.body['replayed']).toBe(true);
  const headers = { ...key(name).headers, authorization: `Bearer ${stand.keys.other.key}` };
  const elsewhere = await pay({ receipt: name }, { headers });
  expect(elsewhere.body).toMatchObject({ replayed: false });
});

test('a lasting refusal is kept under its key, a bad request is not', async () => {
  const name = receipt();
  const fields = { receipt: name, accountId: undefined, cardNumber: '8888000000001' };
  const unknown = await pay(fields, key(name));
  expect(unknown.status).toBe(404);
  expect(unknown.headers.get('idempotent-replayed')).toBeNull();
  const again = await pay(fields, key(name));
  expect(again.headers.get('idempotent-replayed')).toBe('true');
  expect({ ...again.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });
  const next = receipt();
  expect((await pay({ receipt: next, total: 'x' }, key(next))).status).toBe(400);
  expect((await pay({ receipt: next }, key(next))).status).toBe(201);
});

test('Temporal away: 503, the row given up, and the same key makes the next attempt', async () => {
  const name = receipt();
  stand.script.payment = () => Promise.reject(new Error('14 UNAVAILABLE'));
  const down = await pay({ receipt: name }, key(name));
  expect(down.status).toBe(503);
  expect(down.body).toMatchObject({ code: 'unavailable', retryable: true });
  expect(down.headers.get('retry-after')).not.toBeNull();
  expect(await attempts(name)).toEqual(['ABANDONED']);
  stand.script.payment = capture;
  const back = await pay({ receipt: name }, key(name));
  expect(back.status).toBe(201);
  expect(back.body).toMatchObject({ attempt: 2, replayed: false });
  const repeat = await pay({ receipt: name }, key(name));
  expect(repeat.body).toEqual({ ...back.body, replayed: true });
});

test('a start that was reported lost although the ledger has decided is answered from the row', async () => {
  stand.script.payment = async (input, pool) => {
    await capture(input, pool);
    throw new Error('4 DEADLINE_EXCEEDED');
  };
  expect((await pay({ receipt: receipt() })).status).toBe(201);
});

test('Altegio away by the ledger’s word: 503 altegio_unavailable, and the receipt is free', async () => {
  const name = receipt();
  stand.script.payment = (input, pool) => decide(pool, input.paymentId, 'ABANDONED', { code: 'altegio_unavailable' });
  const down = await pay({ receipt: name }, key(name));
  expect(down.status).toBe(503);
  expect(down.body['code']).toBe('altegio_unavailable');
  stand.script.payment = capture;
  expect((await pay({ receipt: name }, key(name))).body).toMatchObject({ attempt: 2 });
});

test('undecided in time: 202 with Location within 4 s, GET finds it PENDING, a repeat waits and gets the answer', async () => {
  const name = receipt();
  stand.script.payment = never;
  const began = performance.now();
  const pending = await pay({ receipt: name });
  expect(performance.now() - began).toBeLessThan(4_000);
  expect(pending.status).toBe(202);
  const location = pending.headers.get('location') ?? '';
  expect(location).toBe(`/v1/payments/${String(pending.body['id'])}`);
  const state = { state: 'PENDING', redeemed: '0.00', due: '100.00', accrued: '0.00', tenders: [], declined: null };
  expect(pending.body).toMatchObject(state);
  expect((await stand.call('GET', location)).body).toMatchObject(state);
  // The first process may have died before it started the workflow, so the repeat starts it again.
  stand.script.payment = async (input, pool) => {
    setTimeout(() => void capture(input, pool), 100);
    await Promise.reject(new WorkflowExecutionAlreadyStartedError('it runs', 'payment', 'payment'));
  };
  const repeat = await pay({ receipt: name }, { process: 1 });
  expect(repeat.status).toBe(201);
  expect(repeat.body).toMatchObject({ id: pending.body['id'], replayed: true, state: 'CAPTURED' });
  expect(stand.started.payments).toHaveLength(2);
});

test('the database stands still: 503 within 4 s is true, although the row is made afterwards', async () => {
  const name = receipt();
  const blocker = await stand.pool.connect();
  await blocker.query('begin');
  await blocker.query('lock table payment in access exclusive mode');
  const began = performance.now();
  const answer = await pay({ receipt: name });
  expect(performance.now() - began).toBeLessThan(4_000);
  expect([answer.status, answer.body['code']]).toEqual([503, 'unavailable']);
  await blocker.query('commit');
  blocker.release();
  await expect.poll(() => attempts(name), { timeout: 3_000 }).toEqual(['ABANDONED']);
  expect(stand.started.payments).toEqual([]);
});

test('a row whose process died is freed when it is too late for points', async () => {
  const name = receipt();
  stand.script.payment = never;
  const lost = await pay({ receipt: name });
  await stand.pool.query("update payment set answer_by = now() - interval '2 minutes' where id = $1", [
    lost.body['id'],
  ]);
  stand.script.payment = capture;
  const next = await pay({ receipt: name, total: '90.00' });
  expect(next.body).toMatchObject({ attempt: 2, state: 'CAPTURED' });
  expect(await attempts(name)).toEqual(['ABANDONED', 'CAPTURED']);
});

test('a payment is read by id and by receipt with how the books stand now, and by its own location only', async () => {
  const name = receipt();
  const paid = await pay({ receipt: name });
  const id = String(paid.body['id']);
  const read = await stand.call('GET', `/v1/payments/${id}`);
  expect(read.body).toMatchObject({
    id,
    state: 'CAPTURED',
    mirror: { state: 'matched', target: '100.00', altegio: '100.00', seenAt: expect.any(String) as string },
  });
  expect((await stand.call('GET', `/v1/payments?receipt=${name}`)).body).toEqual(read.body);
  await stand.pool.query("insert into break (id, chain_id, account_id, kind) values ('brk_1', 1, $1, 'debt')", [ANN]);
  expect((await stand.call('GET', `/v1/payments/${id}`)).body).toMatchObject({ mirror: { state: 'needs_operator' } });
  await stand.pool.query("update break set closed_at = now() where id = 'brk_1'");
  const headers = { authorization: `Bearer ${stand.keys.other.key}` };
  const foreign = await stand.call('GET', `/v1/payments/${id}`, undefined, { headers });
  expect([foreign.status, foreign.body['code']]).toEqual([403, 'forbidden_location']);
  const unknown = await stand.call('GET', `/v1/payments/${id.slice(0, -4)}zzzz`);
  expect([unknown.status, unknown.body['code']]).toEqual([404, 'payment_not_found']);
  const none = await stand.call('GET', '/v1/payments?receipt=unheard-of');
  expect([none.status, none.body['code']]).toEqual([404, 'payment_not_found']);
  const unnamed = await stand.call('GET', '/v1/payments');
  expect(unnamed.body).toMatchObject({ code: 'invalid_request', errors: [{ path: 'receipt' }] });
});

test('a frozen customer earns and does not redeem; an inactive one does neither', async () => {
  await stand.pool.query("update account set state = 'frozen' where id = $1", [BOB]);
  const frozen = await pay({ receipt: receipt(), accountId: BOB });
  expect([frozen.status, frozen.body['code']]).toEqual([423, 'account_frozen']);
  expect((await pay({ receipt: receipt(), accountId: BOB, redeem: 'none' })).status).toBe(201);
  await stand.pool.query("update account set state = 'inactive' where id = $1", [BOB]);
  const inactive = await pay({ receipt: receipt(), accountId: BOB, redeem: 'none' });
  expect([inactive.status, inactive.body['code']]).toEqual([403, 'customer_inactive']);
  await stand.pool.query("update account set state = 'active' where id = $1", [BOB]);
});

test('a chain without a program, and a card that was replaced, are told apart', async () => {
  const headers = { authorization: `Bearer ${stand.keys.foreign.key}` };
  const none = await pay({ receipt: receipt(), accountId: undefined, phone: '+4915112345678' }, { headers });
  expect([none.status, none.body['code']]).toEqual([422, 'program_not_linked']);
  await stand.pool.query(
    `insert into altegio_card (card_id, chain_id, account_id, type_id, number, location_id, role, confirmed, confirmed_at)
     values (77, 1, $1, 5, '770000000000', 101, 'replaced', 0, now())`,
    [ANN],
  );
  const replaced = await pay({ receipt: receipt(), accountId: undefined, cardNumber: '770000000000' });
  expect([replaced.status, replaced.body['code']]).toEqual([410, 'card_replaced']);
});

test('the key’s way of taking points is the default and admits no other', async () => {
  const { key: till } = await createKey(stand.pool, { locationId: 102n, name: 'Discount till', asKind: 'discount' });
  const headers = { authorization: `Bearer ${till}` };
  const name = receipt();
  await pay({ receipt: name }, { headers });
  const { rows } = await stand.pool.query('select as_kind from payment where location_id = 102 and receipt = $1', [
    name,
  ]);
  expect(rows).toEqual([{ as_kind: 'discount' }]);
  const other = await pay({ receipt: receipt(), as: 'tender' }, { headers });
  expect(other.status).toBe(422);
  expect(other.body).toMatchObject({ code: 'redeem_kind_mismatch', errors: [{ path: 'as' }] });
});
