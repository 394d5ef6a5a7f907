// Sales that tills made offline: kept before the answer, one payment each, in the till's order.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
const accounts: string[] = [];
const STRANGER = 'acc_00000000000000000000000zzz';
beforeAll(async () => {
  stand = await startStand('batches');
  for (const index of [1, 2, 3]) {
    const found = await stand.till('/lookups', { phone: `+${stand.person(index).phone}` });
    accounts.push(found.body.account.id);
  }
});
afterAll(() => stand?.close());

const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const sale = (offlineSeq: number, fields: object = {}) => ({
  receipt: `OFF-${offlineSeq}`,
  accountId: accounts[0],
  total: '100.00',
  redeem: 'none',
  occurredAt: minutesAgo(60),
  offlineSeq,
  ...fields,
});
interface Result {
  readonly offlineSeq: number;
  readonly receipt: string;
  readonly status: number;
  readonly payment?: Answer['body'];
  readonly problem?: Answer['body'];
}
async function send(items: object[], terminal = 'T1') {
  const answer = await stand.till('/batches', { terminal, items });
  return { status: answer.status, results: answer.body.results as Result[] };
}
/** Sends the batch until every item is decided, as a till does. */
async function sent(items: object[], terminal?: string): Promise<Result[]> {
  let last = await send(items, terminal);
  await until('the batch is decided', async () => {
    if (last.status === 202) last = await send(items, terminal);
    return last.status === 200 ? true : last.results.map(({ status }) => status);
  });
  return last.results;
}
const paymentsOf = async (pattern: string) =>
  (
    await stand.pool.query<{ receipt: string; state: string; terminal: string; happened_at: Date }>(
      `select receipt, state, request->>'terminal' as terminal, happened_at from payment
        where receipt like $1 and state = 'CAPTURED' order by decided_at`,
      [pattern],
    )
  ).rows;

describe('a batch of offline sales', () => {
  it('B-22 each sale once and in order: shuffled, sent again and twice at once, each is one payment at its own time', async () => {
    const before = (await stand.account(stand.person(1))).ledger.active;
    const items = [4, 2, 5, 1, 3].map((seq) => sale(seq, { occurredAt: minutesAgo(100 - seq) }));
    const [first, twin] = await Promise.all([sent(items), sent(items)]);
    for (const results of [first, twin]) {
      expect(results.map(({ offlineSeq, status }) => [offlineSeq, status])).toEqual(
        [1, 2, 3, 4, 5].map((n) => [n, 201]),
      );
      expect(results.map(({ payment }) => payment.accrued)).toEqual(Array(5).fill('5.00'));
    }
    const again = await send(items);
    expect(again.status).toBe(200);
    expect(again.results.map(({ payment }) => [payment.id, payment.replayed])).toEqual(
      first.map(({ payment }) => [payment.id, true]),
    );
    const rows = await paymentsOf('OFF-_');
    expect(rows.map(({ receipt }) => receipt)).toEqual([1, 2, 3, 4, 5].map((n) => `OFF-${n}`));
    expect(rows.map(({ terminal }) => terminal)).toEqual(Array(5).fill('T1'));
    expect(rows[0]?.happened_at.toISOString()).toBe(items.find(({ offlineSeq }) => offlineSeq === 1)?.occurredAt);
    await stand.bothHold(stand.person(1), (Number(before) + 25).toFixed(2));
  });

  it('B-22 a redemption is refused and its sale kept, earning on the money given alone', async () => {
    const [named, split, most] = await sent(
      [
        sale(11, { redeem: '30.00' }),
        sale(12, { redeem: '30.00', money: [{ type: 'cash', amount: '70.00' }] }),
        sale(13, { redeem: 'max' }),
      ].map((item) => ({ ...item, accountId: accounts[1] })),
    );
    const kept = { state: 'CAPTURED', redeemed: '0.00', due: '100.00' };
    expect(named?.payment).toMatchObject({ ...kept, accrued: '3.50', refusedRedemption: '30.00' });
    expect(split?.payment).toMatchObject({ ...kept, accrued: '3.50', refusedRedemption: '30.00' });
    expect(split?.payment.tenders).toEqual([
      { type: 'cash', amount: '70.00' },
      { type: 'other', amount: '30.00' },
    ]);
    expect(most?.payment).toMatchObject({ ...kept, accrued: '5.00', refusedRedemption: 'max' });
    const codes = (await stand.admin(`/accounts/${accounts[1]}/transfers`)).body.items.map(
      ({ code }: { code: string }) => code,
    );
    expect(codes).not.toContain('redemption');
  });

  it('items that are too old, of the future or unreadable are refused one by one, and the others go on', async () => {
    const results = await sent([
      sale(21, { occurredAt: minutesAgo(36 * 24 * 60) }),
      sale(22, { occurredAt: minutesAgo(-6) }),
      sale(23, { total: 'much' }),
      sale(24, { accountId: STRANGER }),
      sale(25, { occurredAt: minutesAgo(34 * 24 * 60) }),
      sale(26, { money: [{ type: 'cash', amount: '99.00' }] }),
      sale(1, { total: '101.00' }),
    ]);
    const said = results.map(({ offlineSeq, status, problem }) => [offlineSeq, status, problem?.code ?? null]);
    expect(said).toEqual([
      [1, 409, 'receipt_conflict'],
      [21, 400, 'invalid_request'],
      [22, 400, 'invalid_request'],
      [23, 400, 'invalid_request'],
      [24, 404, 'account_not_found'],
      [25, 201, null],
      [26, 422, 'money_mismatch'],
    ]);
    expect(results.map(({ problem }) => problem?.errors?.[0]?.path)).toEqual([
      'receipt',
      'occurredAt',
      'occurredAt',
      'total',
      undefined,
      undefined,
      undefined,
    ]);
    expect(results[1]?.problem).toMatchObject({ posAction: 'fix_request', requestId: expect.any(String) });
    expect((await stand.till('/batches', { terminal: 'T1', items: [] })).status).toBe(400);
    const many = Array.from({ length: 501 }, (_, index) => sale(index));
    expect((await stand.till('/batches', { terminal: 'T1', items: many })).status).toBe(400);
  });

  it('a sale whose answer was lost online is not made again by the batch', async () => {
    const { occurredAt: _none, offlineSeq: _seq, ...online } = sale(31, { redeem: '1.00', accountId: accounts[1] });
    const paid = await stand.till('/payments', online);
    expect(paid.body).toMatchObject({ state: 'CAPTURED', redeemed: '1.00' });
    const [result] = await sent([sale(31, { redeem: '1.00', accountId: accounts[1] })]);
    expect(result?.payment).toMatchObject({ id: paid.body.id, redeemed: '1.00' });
    expect(await paymentsOf('OFF-31')).toHaveLength(1);
  });

  it('B-22 500 sales are answered within the till’s 4 s, none is lost while the worker is away, and Altegio is not read for them', async () => {
    await stand.quiet();
    await stand.stopWorker();
    // Most are of a stranger, refused without a workflow, so that the real ones show the order in a short time.
    const items = Array.from({ length: 500 }, (_, index) =>
      sale(1_000 + index, { total: '1.00', accountId: index % 10 === 0 ? accounts[2] : STRANGER }),
    );
    const began = performance.now();
    const first = await send(items, 'T2');
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(first.status).toBe(202);
    expect(first.results).toHaveLength(500);
    expect(first.results.map(({ status }) => status)).toEqual(Array(500).fill(202));
    const { rows } = await stand.pool.query(`select count(*)::int as kept from offline_sale where terminal = 'T2'`);
    expect(rows).toEqual([{ kept: 500 }]);
    const since = new Date().toISOString();
    await stand.startWorker();
    const results = await sent(items, 'T2');
    const sold = items.filter(({ accountId }) => accountId !== STRANGER).map(({ receipt }) => receipt);
    expect(results.map(({ receipt, status }) => [receipt, status])).toEqual(
      items.map(({ receipt }) => [receipt, sold.includes(receipt) ? 201 : 404]),
    );
    expect((await paymentsOf('OFF-1___')).map(({ receipt }) => receipt)).toEqual(sold);
    await stand.quiet();
    const reads = (await stand.calls(since)).filter(({ method }) => method === 'GET');
    expect(reads.length).toBeLessThan(sold.length / 2);
  });

  it('an Idempotency-Key keeps the answer of a batch once every item is decided', async () => {
    const body = { terminal: 'T3', items: [sale(41)] };
    const key = { headers: { 'idempotency-key': 'batch-1' } };
    await until('it is decided', async () => (await stand.till('/batches', body, key)).status === 200);
    const replay = await stand.till('/batches', body, key);
    expect(replay.headers.get('idempotent-replayed')).toBe('true');
    const other = await stand.till('/batches', { ...body, terminal: 'T4' }, key);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  });
});
