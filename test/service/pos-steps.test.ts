// What a till hears of its further steps when a part is away: each is answered in time, once, and 503 is true.
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addCustomer, type Answer, capture, decide, openPosStand, type PosStand, type Script } from './pos-stand.ts';

const ANN = 'acc_00000000000000000000000ann';
let stand: PosStand;
let serial = 0;

beforeAll(async () => {
  stand = await openPosStand('pos steps');
  await addCustomer(stand.pool, { id: ANN, phone: '+77011000001', points: 10_000n });
});
afterAll(() => stand.close());

/** Authorizes or captures a payment as the ledger would. */
const as =
  (state: string): Script =>
  async (input, pool) => {
    await capture(input, pool);
    await pool.query(
      `update payment set state = $2, answer = (answer::jsonb || jsonb_build_object('state', $2::text))::json,
              expires_at = now() + interval '15 minutes' where id = $1`,
      [input.paymentId, state],
    );
  };

/** Decides every step that waits, as the ledger would. */
async function done(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    `with step as (
       update payment_step set state = 'DONE', answer = json_build_object('done', kind, 'replayed', false), decided_at = now()
        where state = 'PENDING' returning id, payment_id, kind),
     paid as (
       update payment set state = case step.kind when 'void' then 'VOIDED' else 'CAPTURED' end
         from step where payment.id = step.payment_id)
     select id from step`,
  );
  for (const { id } of rows) await pool.query("select pg_notify('payment_decided', $1)", [id]);
}

const never = () => Promise.resolve();
const away = () => Promise.reject(new Error('14 UNAVAILABLE'));

beforeEach(() => {
  stand.script.payment = as('AUTHORIZED');
  stand.script.step = done;
});

/** A payment in this state; answers its id. */
async function paid(state = 'AUTHORIZED'): Promise<string> {
  stand.script.payment = as(state);
  const body = { receipt: `S-${(serial += 1)}`, accountId: ANN, total: '100.00', redeem: '30.00', capture: false };
  const answer = await stand.call('POST', '/v1/payments', body);
  expect(answer.status).toBe(201);
  return String(answer.body['id']);
}

const ask = (path: string, body: object = {}, key?: string): Promise<Answer> =>
  stand.call('POST', `/v1/payments/${path}`, body, key === undefined ? {} : { headers: { 'idempotency-key': key } });
const states = async (paymentId: string): Promise<string[]> => {
  const text = 'select state from payment_step where payment_id = $1 order by created_at';
  return (await stand.pool.query<{ state: string }>(text, [paymentId])).rows.map(({ state }) => state);
};
const timed = async (work: Promise<Answer>): Promise<Answer> => {
  const began = performance.now();
  const answer = await work;
  expect(performance.now() - began).toBeLessThan(4_000);
  return answer;
};

test('W-11 a payment and each further step: within 4 s final, 202 with Location, or 503; receipt, refund name and key repeat the answer', async () => {
  const cases = [
    ['AUTHORIZED', 'capture', {}],
    ['AUTHORIZED', 'void', {}],
    ['CAPTURED', 'refunds', { refund: 'A', amount: '10.00' }],
  ] as const;
  for (const [state, name, body] of cases) {
    const id = await paid(state);
    // Temporal away: 503, given up, and never the kept answer of the key.
    stand.script.step = away;
    const down = await timed(ask(`${id}/${name}`, body, `${id}-key`));
    expect([name, down.status, down.body['code']]).toEqual([name, 503, 'unavailable']);
    expect(await states(id)).toEqual(['ABANDONED']);
    // Nobody decides: 202 with where to ask, which says the same.
    stand.script.step = never;
    const pending = await timed(ask(`${id}/${name}`, body, `${id}-key`));
    expect([name, pending.status]).toEqual([name, 202]);
    const location = pending.headers.get('location') ?? '';
    expect(location).toBe(`/v1/steps/${String(pending.body['id'])}`);
    const there = await stand.call('GET', location);
    expect([there.status, there.body]).toEqual([202, pending.body]);
    // Decided: every repeat, by key and without, on either process, has the one answer.
    stand.script.step = done;
    const final = await timed(ask(`${id}/${name}`, body, `${id}-key`));
    expect(final.status).toBeLessThan(202);
    expect(final.body).toMatchObject({ done: name === 'refunds' ? 'refund' : name, replayed: true });
    const repeats = [await ask(`${id}/${name}`, body, `${id}-key`), await ask(`${id}/${name}`, body)];
    const headers = { 'idempotency-key': `${id}-key` };
    // Where a body may be left out, none says what an empty one says.
    if (name !== 'refunds')
      repeats.push(await stand.call('POST', `/v1/payments/${id}/${name}`, undefined, { headers }));
    for (const repeat of repeats) expect([repeat.status, repeat.body]).toEqual([final.status, final.body]);
    expect((await stand.call('GET', location)).body).toMatchObject({ done: final.body['done'] });
    expect(await states(id)).toEqual(['ABANDONED', 'DONE']);
  }
  const body = { receipt: 'W-11', accountId: ANN, total: '100.00', redeem: '30.00' };
  const headers = { 'idempotency-key': 'w-11' };
  stand.script.payment = () => Promise.reject(new Error('14 UNAVAILABLE'));
  expect((await timed(stand.call('POST', '/v1/payments', body, { headers }))).status).toBe(503);
  stand.script.payment = () => Promise.resolve();
  const pending = await timed(stand.call('POST', '/v1/payments', body, { headers }));
  expect([pending.status, pending.headers.get('location')]).toEqual([
    202,
    `/v1/payments/${String(pending.body['id'])}`,
  ]);
  stand.script.payment = capture;
  const final = await timed(stand.call('POST', '/v1/payments', body, { headers }));
  for (const options of [{ headers }, { process: 1 as const }]) {
    const repeat = await timed(stand.call('POST', '/v1/payments', body, options));
    expect([repeat.status, repeat.body]).toEqual([201, { ...final.body, replayed: true }]);
  }
});

test('while a capture is being decided, a void is told so; the same capture again waits with the first', async () => {
  const id = await paid();
  stand.script.step = never;
  const first = ask(`${id}/capture`);
  await expect.poll(() => states(id)).toEqual(['PENDING']);
  expect((await ask(`${id}/void`)).body).toMatchObject({ code: 'operation_in_progress', retryable: true });
  const second = stand.call('POST', `/v1/payments/${id}/capture`, {}, { process: 1 });
  await done(stand.pool);
  const answers = await Promise.all([first, second]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers.filter(({ body }) => body['replayed'] === false)).toHaveLength(1);
});

test('a step whose process died is given up when the ledger would not decide it any more', async () => {
  const id = await paid();
  stand.script.step = never;
  await ask(`${id}/capture`);
  await stand.pool.query("update payment_step set answer_by = now() - interval '2 minutes' where payment_id = $1", [
    id,
  ]);
  stand.script.step = done;
  expect((await ask(`${id}/void`)).body).toMatchObject({ done: 'void', replayed: false });
  expect(await states(id)).toEqual(['ABANDONED', 'DONE']);
});

test('a void of a payment that nobody has decided yet takes effect at once; whoever waits for the payment hears of it', async () => {
  stand.script.payment = () => Promise.resolve();
  const body = { receipt: 'V-1', accountId: ANN, total: '100.00', redeem: '30.00' };
  const waiting = stand.call('POST', '/v1/payments', body);
  let id = '';
  await expect
    .poll(async () => {
      const { rows } = await stand.pool.query<{ id: string }>("select id from payment where receipt = 'V-1'");
      id = rows[0]?.id ?? '';
      return id;
    })
    .not.toBe('');
  const voided = await timed(ask(`${id}/void`, {}, 'void-v-1'));
  expect([voided.status, voided.body]).toEqual([
    200,
    expect.objectContaining({ id, state: 'VOIDED', redeemed: '0.00', due: '100.00', replayed: false }),
  ]);
  expect((await waiting).body).toMatchObject({ status: 409, code: 'already_voided' });
  expect((await ask(`${id}/void`, {}, 'void-v-1')).body).toMatchObject({ state: 'VOIDED', replayed: true });
  stand.script.payment = capture;
  expect((await stand.call('POST', '/v1/payments', body)).body).toMatchObject({ attempt: 2, replayed: false });
});

test('each step is refused in every state in which it makes no sense, and by a foreign key', async () => {
  const refused: Record<string, string[]> = {
    CAPTURED: ['already_captured', 'already_captured', ''],
    REFUNDED: ['already_captured', 'already_captured', 'already_refunded'],
    VOIDED: ['already_voided', 'already_voided', 'already_voided'],
    EXPIRED: ['hold_expired', 'hold_expired', 'not_captured'],
    AUTHORIZED: ['', '', 'not_captured'],
  };
  for (const [state, codes] of Object.entries(refused)) {
    const id = await paid(state);
    const calls = [['capture'], ['void'], ['refunds', { refund: 'A', amount: '1.00' }]] as const;
    for (const [index, [step, asked]] of calls.entries()) {
      const code = codes[index];
      // What makes sense there is not asked for: it would change the state.
      if (code === '') continue;
      const { status, body } = await ask(`${id}/${step}`, asked);
      expect([state, step, status, body['code']]).toEqual([state, step, 409, code]);
    }
  }
  stand.script.payment = (input, pool) => decide(pool, input.paymentId, 'DECLINED', { code: 'insufficient_points' });
  const declined = await stand.call('POST', '/v1/payments', {
    receipt: 'D-1',
    accountId: ANN,
    total: '1.00',
    redeem: '1.00',
  });
  const id = String(declined.body['paymentId']);
  expect((await ask(`${id}/capture`)).body['code']).toBe('not_captured');
  expect((await ask(`pay_${'0'.repeat(26)}/void`)).body['code']).toBe('payment_not_found');
  const headers = { authorization: `Bearer ${stand.keys.other.key}` };
  const foreign = await stand.call('POST', `/v1/payments/${await paid()}/void`, {}, { headers });
  expect([foreign.status, foreign.body['code']]).toEqual([403, 'forbidden_location']);
});

test('bodies are checked by field before anything is written', async () => {
  const id = await paid('CAPTURED');
  const bad: [string, object, string][] = [
    ['capture', { total: '-1' }, 'total'],
    ['capture', { redeem: 'all' }, 'redeem'],
    ['capture', { extra: 1 }, 'extra'],
    ['void', { reason: '' }, 'reason'],
    ['refunds', { refund: 'A' }, 'amount'],
    ['refunds', { refund: 'A', amount: '1.00', lines: [{ id: 'x' }] }, 'lines'],
    ['refunds', { refund: 'A:2', amount: '1.00' }, 'refund'],
    ['refunds', { refund: 'A', amount: '0' }, 'amount'],
    ['refunds', { refund: 'A', lines: [] }, 'lines'],
  ];
  for (const [name, body, path] of bad) {
    const { status, body: problem } = await ask(`${id}/${name}`, body);
    expect([name, status, problem.errors?.[0]?.path]).toEqual([name, 400, path]);
  }
  expect(await states(id)).toEqual([]);
});
