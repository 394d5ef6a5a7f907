// Deposits through both doors on the real stack: money in with its tender, used after the bonus and before cash or card,
// returned by refunds, paid by a linked payer, and never mixed with points or written to Altegio.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyLedger } from '../../activities/ledger/proof/verify.ts';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { type Answer, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('deposits');
});
afterAll(() => stand?.close());

type Body = Answer['body'];
const known = (index: number): Promise<string> => stand.meet(stand.person(index));
const topUp = (id: string, body: object, key?: string): Promise<Answer> =>
  stand.till(`/accounts/${id}/deposit`, body, key === undefined ? {} : { headers: { 'idempotency-key': key } });
const deposit = async (id: string): Promise<Body> => (await stand.till(`/accounts/${id}/deposit`)).body;
const history = async (id: string): Promise<Body[]> =>
  (await stand.admin(`/accounts/${id}/deposit/transfers`)).body.items;
const pay = (body: object): Promise<Answer> => stand.till('/payments', body);
const refund = (id: string, body: object): Promise<Answer> => stand.till(`/payments/${id}/refunds`, body);
const pointsOf = async (id: string): Promise<Body[]> => (await stand.admin(`/accounts/${id}/transfers`)).body.items;
/** A customer whose deposit holds this much. */
async function holding(index: number, amount: string): Promise<string> {
  const id = await known(index);
  // A busy machine may be told 202 first; the same reference asks again.
  await until('the money is in', async () => {
    const put = await topUp(id, { reference: `open-${index}`, amount, tender: 'cash' });
    return put.status === 201 || put.body;
  });
  return id;
}

describe('money in', () => {
  it('C-47 a top-up is a double entry of a book of its own with its tender, and no point and no call to Altegio comes of it', async () => {
    const id = await known(1);
    await stand.quiet();
    const [points, since] = [await pointsOf(id), new Date().toISOString()];
    expect(await deposit(id)).toMatchObject({ balance: '0.00', available: '0.00', payer: null });
    const at = { terminal: 'Till 1', operator: 'Aigerim' };
    const cash = await topUp(id, { reference: 'D-1', amount: '100.00', tender: 'cash', ...at });
    expect(cash).toMatchObject({
      status: 201,
      body: {
        reference: 'D-1',
        kind: 'top_up',
        state: 'DONE',
        amount: '100.00',
        tender: 'cash',
        currency: 'KZT',
        deposit: { balance: '100.00', held: '0.00', available: '100.00' },
        altegio: 'not_mirrored',
        workflowId: `deposit:${stand.locationId}:D-1`,
        replayed: false,
      },
    });
    await topUp(id, { reference: 'D-2', amount: '50.50', tender: 'card' });
    expect(await deposit(id)).toMatchObject({ balance: '150.50', held: '0.00', available: '150.50' });
    const { rows } = await stand.pool.query(
      'select debit_account, credit_account, amount, tender from deposit_transfer where account_id = $1 order by id',
      [id],
    );
    expect(rows).toEqual([
      {
        debit_account: `till:${stand.locationId}:cash`,
        credit_account: `deposit:${id}`,
        amount: 10_000n,
        tender: 'cash',
      },
      {
        debit_account: `till:${stand.locationId}:card`,
        credit_account: `deposit:${id}`,
        amount: 5_050n,
        tender: 'card',
      },
    ]);
    expect(await history(id)).toMatchObject([
      { code: 'top_up', amount: '50.50', balance: '150.50', tender: 'card', document: 'D-2', saleOf: null },
      { code: 'top_up', amount: '100.00', balance: '100.00', tender: 'cash', document: 'D-1', depositOf: id },
    ]);
    await stand.quiet();
    expect(await pointsOf(id)).toEqual(points);
    expect((await stand.calls(since)).filter(({ method }) => method !== 'GET')).toEqual([]);
    const run = await stand.client.workflow.getHandle(`deposit:${stand.locationId}:D-1`).result();
    expect(run).toEqual({ outcome: 'done', balance: '100.00' });
    const order = await stand.till(`/deposits/${cash.body.id}`);
    expect(order).toMatchObject({ status: 200, body: { reference: 'D-1', state: 'DONE' } });
  });

  it('its reference and its key make it once, also twenty at a time; another body under either is refused', async () => {
    const id = await known(2);
    const body = { reference: 'D-10', amount: '10.00', tender: 'cash' };
    const first = await topUp(id, body, 'key-10');
    const repeats = [await topUp(id, body, 'key-10'), await topUp(id, body, 'other'), await topUp(id, body)];
    for (const repeat of repeats) {
      expect(repeat.headers.get('idempotent-replayed')).toBe('true');
      expect(repeat).toMatchObject({ status: 201, body: { ...first.body, replayed: true } });
    }
    expect(await topUp(id, { ...body, amount: '11.00' })).toMatchObject({
      status: 409,
      body: { code: 'receipt_conflict', errors: [{ path: 'amount' }] },
    });
    expect(await topUp(id, { ...body, amount: '11.00' }, 'key-10')).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    const many = await Promise.all(
      Array.from({ length: 20 }, () => topUp(id, { reference: 'D-11', amount: '5.00', tender: 'other' })),
    );
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([201]));
    expect(many.filter(({ body: { replayed } }) => !replayed)).toHaveLength(1);
    expect(await deposit(id)).toMatchObject({ balance: '15.00' });
    expect((await topUp(id, { ...body, reference: 'no good', amount: '-1' })).status).toBe(400);
  });

  it('the database itself refuses an overdraft, a reservation beyond the balance, and every change of what was written', async () => {
    const id = await holding(3, '20.00');
    const refused = async (sql: string) =>
      await stand.pool.query(sql, [id]).then(
        () => 'done',
        ({ code }) => code,
      );
    expect(await refused('update deposit set balance = balance - 2001 where account_id = $1')).toBe('23514');
    expect(await refused('update deposit set held = balance + 1 where account_id = $1')).toBe('23514');
    expect(await refused('update deposit_transfer set amount = 1 where account_id = $1')).toBe('23001');
    expect(await refused('delete from deposit_transfer where account_id = $1')).toBe('23001');
  });
});

describe('a sale', () => {
  it('C-48 takes the bonus first, then as much of the deposit as is wished, then cash; only the cash earns', async () => {
    const id = await holding(4, '60.00');
    const person = stand.person(4);
    await stand.control('/staff/adjust', { cardId: person.card?.id, to: '100.00' });
    const quote = async (total: string) => (await stand.till('/quotes', { accountId: id, total })).body.methods;
    expect((await quote('100.00')).map(({ type, max }: Body) => [type, max])).toEqual([
      ['bonus', expect.any(String)],
      ['deposit', '60.00'],
      ['cash', '100.00'],
      ['card', '100.00'],
    ]);
    expect((await quote('25.00'))[1]).toEqual({ type: 'deposit', max: '25.00' });
    const money = [
      { type: 'cash', amount: '50.00' },
      { type: 'deposit', amount: '20.00' },
    ];
    const paid = await pay({ receipt: 'S-1', accountId: id, total: '100.00', redeem: '30.00', money });
    expect(paid).toMatchObject({
      status: 201,
      body: {
        redeemed: '30.00',
        due: '70.00',
        accrued: '2.50',
        tenders: [
          { type: 'bonus', amount: '30.00' },
          { type: 'deposit', amount: '20.00' },
          { type: 'cash', amount: '50.00' },
        ],
        deposit: {
          amount: '20.00',
          from: [{ accountId: id, amount: '20.00' }],
          available: '40.00',
          altegio: 'not_mirrored',
        },
      },
    });
    await stand.bothHold(person, '72.50');
    expect(await deposit(id)).toMatchObject({ balance: '40.00', held: '0.00' });
    const whole = { receipt: 'S-2', accountId: id, total: '40.00', redeem: 'none' };
    const all = await pay({ ...whole, money: [{ type: 'deposit', amount: '40.00' }] });
    expect(all.body).toMatchObject({ accrued: '0.00', deposit: { amount: '40.00', available: '0.00' } });
    expect((await quote('25.00'))[1]).toEqual({ type: 'deposit', max: '0.00', reason: 'insufficient_deposit' });
    expect((await history(id)).map(({ code, amount, document }) => [code, amount, document])).toEqual([
      ['payment', '-40.00', 'S-2'],
      ['payment', '-20.00', 'S-1'],
      ['top_up', '60.00', 'open-4'],
    ]);
    const again = await pay({ ...whole, money: [{ type: 'deposit', amount: '40.00' }] });
    expect(again.body).toEqual({ ...all.body, replayed: true });
    const headers = { authorization: `Bearer ${stand.key}`, accept: 'text/html' };
    const page = await (
      await fetch(`${stand.apiUrls[0]}/v1/payments/${paid.body.id}/receipt?lang=en`, { headers })
    ).text();
    expect(page).toContain('Deposit left');
    expect(page).toContain('not counted in Altegio');
  });

  it('refuses more than the deposit holds, says how much it does, and takes neither points nor money', async () => {
    const id = await holding(5, '15.00');
    await stand.quiet();
    const before = await pointsOf(id);
    const asked = { receipt: 'S-10', accountId: id, total: '50.00', redeem: '1.00' };
    const money = (amount: string, cash: string) => [
      { type: 'deposit', amount },
      { type: 'cash', amount: cash },
    ];
    expect(await pay({ ...asked, money: money('15.01', '33.99') })).toMatchObject({
      status: 422,
      body: { code: 'insufficient_deposit', requested: '15.01', allowed: '15.00', posAction: 'ask_less_deposit' },
    });
    expect(await pointsOf(id)).toEqual(before);
    expect(await deposit(id)).toMatchObject({ balance: '15.00', held: '0.00' });
    const less = await pay({ ...asked, money: money('15.00', '34.00') });
    expect(less.body).toMatchObject({ state: 'CAPTURED', attempt: 2, accrued: '1.70', deposit: { available: '0.00' } });
  });

  it('two sales at once never take the same money twice', async () => {
    const id = await holding(6, '10.00');
    const sale = (receipt: string) =>
      pay({ receipt, accountId: id, total: '7.00', redeem: 'none', money: [{ type: 'deposit', amount: '7.00' }] });
    const both = await Promise.all([sale('T-1'), sale('T-2')]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 422]);
    expect(await deposit(id)).toMatchObject({ balance: '3.00' });
  });

  it('a customer without a deposit here keeps it elsewhere, if at all: the tender is recorded and nothing moves', async () => {
    const id = await known(7);
    const money = [{ type: 'deposit', amount: '10.00' }];
    const paid = await pay({ receipt: 'S-20', accountId: id, total: '10.00', redeem: 'none', money });
    expect(paid.body).toMatchObject({ accrued: '0.00', tenders: [{ type: 'deposit', amount: '10.00' }] });
    expect(paid.body.deposit).toBeUndefined();
    const back = await refund(paid.body.id, { refund: 'all', amount: '10.00' });
    expect(back.body).toMatchObject({ moneyToReturn: '10.00', depositReturned: '0.00', tenders: money });
    expect(await history(id)).toEqual([]);
  });
});

describe('in two steps', () => {
  const money = [{ type: 'deposit', amount: '30.00' }];

  it('reserves the deposit’s part, and a void frees it', async () => {
    const id = await holding(8, '50.00');
    const asked = { accountId: id, total: '30.00', redeem: 'none', capture: false, money };
    const held = await pay({ receipt: 'H-1', ...asked });
    expect(held.body).toMatchObject({ state: 'AUTHORIZED', deposit: { amount: '30.00', available: '20.00' } });
    expect(await deposit(id)).toMatchObject({ balance: '50.00', held: '30.00', available: '20.00' });
    const other = await pay({ receipt: 'H-2', ...asked });
    expect(other.body).toMatchObject({ code: 'insufficient_deposit', allowed: '20.00' });
    expect((await stand.till(`/payments/${held.body.id}/void`, {})).body.state).toBe('VOIDED');
    expect(await deposit(id)).toMatchObject({ balance: '50.00', held: '0.00' });
    expect(await history(id)).toHaveLength(1);
  });

  it('a capture takes what it names, also less or more than was reserved, as far as it is there', async () => {
    const id = await holding(9, '50.00');
    const hold = async (receipt: string) =>
      (await pay({ receipt, accountId: id, total: '30.00', redeem: 'none', capture: false, money })).body.id as string;
    const less = await hold('H-10');
    const split = [
      { type: 'deposit', amount: '10.00' },
      { type: 'card', amount: '20.00' },
    ];
    const captured = await stand.till(`/payments/${less}/capture`, { money: split });
    expect(captured.body).toMatchObject({
      state: 'CAPTURED',
      accrued: '1.00',
      deposit: { amount: '10.00', available: '40.00' },
    });
    const whole = await hold('H-11');
    await stand.till(`/payments/${whole}/capture`, {});
    expect(await deposit(id)).toMatchObject({ balance: '10.00', held: '0.00' });
    const cash = { total: '12.00', redeem: 'none', capture: false };
    const late = (await pay({ receipt: 'H-12', accountId: id, ...cash })).body.id;
    const tooMuch = await stand.till(`/payments/${late}/capture`, { money: [{ type: 'deposit', amount: '12.00' }] });
    expect(tooMuch).toMatchObject({ status: 422, body: { code: 'insufficient_deposit', allowed: '10.00' } });
    const rest = [
      { type: 'deposit', amount: '10.00' },
      { type: 'cash', amount: '2.00' },
    ];
    expect((await stand.till(`/payments/${late}/capture`, { money: rest })).body.deposit.amount).toBe('10.00');
    expect(await deposit(id)).toMatchObject({ balance: '0.00', held: '0.00' });
  });

  it('what is reserved is free again when the time is over', async () => {
    const id = await holding(10, '30.00');
    const held = await pay({ receipt: 'H-20', accountId: id, total: '30.00', redeem: 'none', capture: false, money });
    await stand.pool.query("update payment set expires_at = now() - interval '1 second' where id = $1", [held.body.id]);
    const late = await stand.till(`/payments/${held.body.id}/capture`, {});
    expect(late.body.code).toBe('hold_expired');
    expect(await deposit(id)).toMatchObject({ balance: '30.00', held: '0.00' });
  });
});

describe('what goes back', () => {
  it('R9: a refund returns each tender in its own kind, in parts that close to the cent; the deposit’s goes to the deposit', async () => {
    const id = await holding(11, '40.00');
    await stand.control('/staff/adjust', { cardId: stand.person(11).card?.id, to: '100.00' });
    const money = [
      { type: 'deposit', amount: '33.33' },
      { type: 'card', amount: '36.67' },
    ];
    const paid = await pay({ receipt: 'B-1', accountId: id, total: '100.00', redeem: '30.00', money });
    const first = await refund(paid.body.id, { refund: '1', amount: '33.00' });
    expect(first.body).toMatchObject({
      pointsReturned: '9.90',
      moneyToReturn: '12.10',
      depositReturned: '11.00',
      tenders: [
        { type: 'bonus', amount: '9.90' },
        { type: 'deposit', amount: '11.00' },
        { type: 'card', amount: '12.10' },
      ],
    });
    expect(await deposit(id)).toMatchObject({ balance: '17.67' });
    const rest = await refund(paid.body.id, { refund: '2', amount: '67.00' });
    expect(rest.body).toMatchObject({ pointsReturned: '20.10', moneyToReturn: '24.57', depositReturned: '22.33' });
    expect(rest.body.payment.state).toBe('REFUNDED');
    expect(await deposit(id)).toMatchObject({ balance: '40.00' });
    await stand.bothHold(stand.person(11), '100.00');
    const repeat = await refund(paid.body.id, { refund: '2', amount: '67.00' });
    expect(repeat.body).toEqual({ ...rest.body, replayed: true });
    expect(await deposit(id)).toMatchObject({ balance: '40.00' });
  });

  it('an operation that an operator skips gives the deposit back, and a refund that is skipped takes it again', async () => {
    const id = await holding(12, '40.00');
    const skip = async (workflowId: string) => {
      const path = `/operations/${encodeURIComponent(workflowId)}/skip`;
      const asked = await stand.admin(path, { reason: 'never sold' });
      expect(asked.status, JSON.stringify(asked.body)).toBeLessThan(300);
      await stand.quiet();
    };
    const money = [
      { type: 'deposit', amount: '25.00' },
      { type: 'cash', amount: '75.00' },
    ];
    const sale = { accountId: id, total: '100.00', redeem: 'none', money };
    const kept = await pay({ receipt: 'K-1', ...sale });
    await stand.quiet();
    await stand.control('/faults', { call: 'write', fault: '422' });
    const back = await refund(kept.body.id, { refund: 'R', amount: '40.00' });
    expect(back.body).toMatchObject({ depositReturned: '10.00' });
    expect(await deposit(id)).toMatchObject({ balance: '25.00' });
    await skip(`refund:${stand.locationId}:K-1:R`);
    expect(await deposit(id)).toMatchObject({ balance: '15.00' });
    const gone = await pay({
      receipt: 'K-2',
      ...sale,
      money: [
        { type: 'deposit', amount: '15.00' },
        { type: 'cash', amount: '85.00' },
      ],
    });
    expect(await deposit(id)).toMatchObject({ balance: '0.00' });
    await skip(gone.body.workflowId);
    await stand.control('/faults', undefined, 'DELETE');
    expect(await deposit(id)).toMatchObject({ balance: '15.00' });
    expect((await history(id))[0]).toMatchObject({ code: 'refund', amount: '15.00', reason: 'never sold' });
    await stand.quiet();
  });
});

describe('a linked payer', () => {
  it('C-49 the child’s visit is paid from the parent’s account after the own one, both histories show it, and who linked and unlinked is kept', async () => {
    const [child, parent] = [await holding(13, '5.00'), await holding(14, '100.00')];
    const link = (payerId: string) => stand.admin(`/accounts/${child}/payer`, { payerId, reason: 'his mother' });
    expect((await link(child)).body.code).toBe('payer_not_possible');
    const linked = await link(parent);
    expect(linked.body).toMatchObject({ accountId: child, payerId: parent, linked: { by: 'operator' }, ended: null });
    expect((await link(parent)).body).toEqual(linked.body);
    expect(await link(await known(15))).toMatchObject({ status: 409, body: { code: 'payer_not_possible' } });
    expect(await deposit(child)).toMatchObject({ balance: '5.00', available: '105.00', payer: { accountId: parent } });
    expect((await stand.admin(`/accounts/${parent}/deposit`)).body.paysFor).toMatchObject([{ accountId: child }]);
    const money = [{ type: 'deposit', amount: '30.00' }];
    const sale = { accountId: child, total: '30.00', redeem: 'none', money };
    const paid = await pay({ receipt: 'C-1', ...sale });
    expect(paid.body.deposit).toMatchObject({
      from: [
        { accountId: child, amount: '5.00' },
        { accountId: parent, amount: '25.00' },
      ],
      available: '75.00',
    });
    expect(await history(child)).toMatchObject([
      { code: 'payment', amount: '-25.00', depositOf: parent, saleOf: child, document: 'C-1', balance: '0.00' },
      { code: 'payment', amount: '-5.00', depositOf: child, saleOf: child, document: 'C-1', balance: '0.00' },
      { code: 'top_up', amount: '5.00' },
    ]);
    expect((await history(parent))[0]).toMatchObject({
      amount: '-25.00',
      depositOf: parent,
      saleOf: child,
      balance: '75.00',
    });
    const back = await refund(paid.body.id, { refund: 'x', amount: '10.00' });
    expect(back.body).toMatchObject({ depositReturned: '10.00', moneyToReturn: '0.00' });
    expect(await deposit(parent)).toMatchObject({ balance: '85.00' });
    const held = await pay({ receipt: 'C-2', ...sale, capture: false });
    const ended = await stand.admin(`/accounts/${child}/payer/end`, { reason: 'grown up' });
    expect(ended.body).toMatchObject({ ended: { by: 'operator', reason: 'grown up' } });
    const captured = await stand.till(`/payments/${held.body.id}/capture`, {});
    expect(captured.body).toMatchObject({ state: 'CAPTURED', deposit: { amount: '30.00', available: '0.00' } });
    expect(await deposit(parent)).toMatchObject({ balance: '55.00', held: '0.00' });
    expect((await pay({ receipt: 'C-3', ...sale })).body).toMatchObject({
      code: 'insufficient_deposit',
      allowed: '0.00',
    });
    expect((await stand.admin(`/accounts/${child}/payer/end`, { reason: 'again' })).body.code).toBe('payer_not_found');
    const links = (await stand.admin(`/accounts/${parent}/payers`)).body.items;
    expect(links).toMatchObject([
      { accountId: child, linked: { reason: 'his mother' }, ended: { reason: 'grown up' } },
    ]);
  });
});

describe('for operators', () => {
  it('a dry run answers the plan and writes nothing; money is handed back as far as it is there', async () => {
    const id = await holding(16, '20.00');
    const stored = async () =>
      JSON.stringify((await stand.pool.query('select id, state from deposit_order order by id')).rows);
    const before = await stored();
    const body = { kind: 'pay_out', amount: '12.00', tender: 'cash', reason: 'moves away' };
    const plan = await stand.admin(`/accounts/${id}/deposit?dryRun=true`, body);
    expect(plan).toMatchObject({
      status: 200,
      body: {
        transfers: [{ code: 'pay_out', tender: 'cash', amount: '-12.00' }],
        balance: { before: { balance: '20.00' }, after: { balance: '8.00' } },
      },
    });
    const tooMuch = { ...body, amount: '20.01' };
    for (const path of [`/accounts/${id}/deposit?dryRun=true`, `/accounts/${id}/deposit`])
      expect(await stand.admin(path, tooMuch)).toMatchObject({
        status: 422,
        body: { code: 'insufficient_deposit', allowed: '20.00' },
      });
    expect(await deposit(id)).toMatchObject({ balance: '20.00' });
    expect((await stored()).replace(/,\{[^}]*ABANDONED"\}/g, '')).toBe(before);
    const keyed = { 'idempotency-key': 'out-1' };
    const done = await stand.admin(`/accounts/${id}/deposit`, body, 'POST', keyed);
    expect(done.status).toBe(202);
    expect((await stand.admin(`/accounts/${id}/deposit`, body, 'POST', keyed)).body).toEqual(done.body);
    await stand.client.workflow.getHandle(done.body.workflowId).result();
    expect(await deposit(id)).toMatchObject({ balance: '8.00' });
    expect((await history(id))[0]).toMatchObject({ code: 'pay_out', amount: '-12.00', reason: 'moves away' });
  });

  it('statement and report: opening, by tender, paid, refunded and closing add up, for the customer and for the chain', async () => {
    const id = await holding(17, '50.00');
    const money = [{ type: 'deposit', amount: '20.00' }];
    await pay({ receipt: 'Z-1', accountId: id, total: '20.00', redeem: 'none', money });
    const statement = (await stand.admin(`/accounts/${id}/deposit/statement`)).body;
    expect(statement).toMatchObject({ opening: '0.00', closing: '30.00', altegio: 'not_mirrored' });
    expect(statement.entries.map(({ amount }: Body) => amount)).toEqual(['50.00', '-20.00']);
    const later = (await stand.admin(`/accounts/${id}/deposit/statement?from=2099-01-01`)).body;
    expect(later).toMatchObject({ opening: '30.00', closing: '30.00', entries: [] });
    const url = `${stand.apiUrls[0]}/api/accounts/${id}/deposit/statement?format=csv`;
    const csv = await (await fetch(url, { headers: { authorization: 'Bearer admin-test' } })).text();
    expect(csv).toContain(',payment,-20.00,30.00,,Z-1,');
    const minor = (text = '0.00') => BigInt(text.replace('.', ''));
    const sums = (day: Body) =>
      Object.values(day.topUps as Record<string, string>).reduce((sum, amount) => sum + minor(amount), 0n) -
      Object.values(day.payOuts as Record<string, string>).reduce((sum, amount) => sum + minor(amount), 0n) -
      minor(day.paid) +
      minor(day.refunded);
    const report = (await stand.admin(`/deposits/report?chainId=${stand.chainId}`)).body;
    const [total] = report.totals;
    expect(report.items).toHaveLength(1);
    expect(minor(total.opening) + sums(report.items[0])).toBe(minor(total.closing));
    const { rows } = await stand.pool.query<{ sum: bigint }>('select sum(balance)::bigint as sum from deposit');
    expect(minor(total.closing)).toBe(rows[0]?.sum);
    const day = (await stand.till('/deposits?from=2026-01-01')).body;
    expect(day.items).toEqual(report.items);
    expect((await stand.till('/deposits?from=2099-01-01')).body.items).toEqual([]);
  });

  it('what Altegio keeps itself is shown beside it, and is never paid from', async () => {
    const id = await known(18);
    await stand.control('/deposits', { phone: stand.person(18).phone, balance: '77.00' });
    const shown = (await stand.admin(`/accounts/${id}/deposit`)).body;
    expect(shown).toMatchObject({
      balance: '0.00',
      available: '0.00',
      altegioDeposits: { state: 'read', items: [{ title: 'Main', balance: '77.00', blocked: false }] },
    });
    expect(shown.altegioDeposits.note).toContain('no call that takes money');
    await topUp(id, { reference: 'A-1', amount: '10.00', tender: 'cash' });
    const money = [{ type: 'deposit', amount: '11.00' }];
    const paid = await pay({ receipt: 'A-1', accountId: id, total: '11.00', redeem: 'none', money });
    expect(paid.body).toMatchObject({ code: 'insufficient_deposit', allowed: '10.00' });
    await stand.control('/faults', { call: 'lookup', fault: '5xx_before' });
    expect((await stand.admin(`/accounts/${id}/deposit`)).body.altegioDeposits.state).toBe('unavailable');
    await stand.control('/faults', undefined, 'DELETE');
  });
});

it('an offline sale that a deposit cannot pay any more is kept as sold, and says so', async () => {
  const id = await holding(19, '10.00');
  const money = [{ type: 'deposit', amount: '15.00' }];
  const sale = { receipt: 'O-1', accountId: id, total: '15.00', redeem: 'none', money, offlineSeq: 1 };
  const items = [{ ...sale, occurredAt: new Date().toISOString() }];
  const batch = await stand.till('/batches', { terminal: 'Till 1', items });
  const [result] = batch.body.results;
  expect(result).toMatchObject({
    status: 201,
    payment: {
      state: 'CAPTURED',
      accrued: '0.00',
      refusedDeposit: '15.00',
      tenders: [{ type: 'other', amount: '15.00' }],
    },
  });
  expect(await deposit(id)).toMatchObject({ balance: '10.00' });
});

describe('whatever happens', () => {
  it('random top-ups, payments, holds, refunds and pay-outs through the doors: sums equal, never negative', async () => {
    const seed = process.env['FC_SEED'] ? Number(process.env['FC_SEED']) : Date.now() % 2_147_483_647;
    console.log(`deposits through the doors: FC_SEED=${seed}`);
    const step = fc.record({
      kind: fc.constantFrom('topUp', 'payOut', 'pay', 'pay', 'hold', 'refund'),
      who: fc.nat(1),
      amount: fc.bigInt({ min: 1n, max: 6_000n }),
      share: fc.nat(3),
      which: fc.nat(50),
    });
    const people = [await known(21), await known(22)];
    await stand.admin(`/accounts/${people[0]}/payer`, { payerId: people[1], reason: 'family' });
    const balances = [0n, 0n];
    const sales: { id: string; who: number; left: bigint }[] = [];
    const free = (who: number): bigint => (balances[who] ?? 0n) + (who === 0 ? (balances[1] ?? 0n) : 0n);
    const take = (who: number, amount: bigint): void => {
      const own = amount < (balances[who] ?? 0n) ? amount : (balances[who] ?? 0n);
      balances[who] = (balances[who] ?? 0n) - own;
      if (who === 0) balances[1] = (balances[1] ?? 0n) - (amount - own);
    };
    const total = async (): Promise<bigint> => {
      const { rows } = await stand.pool.query<{ sum: bigint; least: bigint }>(
        'select sum(balance)::bigint as sum, min(balance - held)::bigint as least from deposit where account_id = any ($1)',
        [people],
      );
      expect((rows[0]?.least ?? 0n) >= 0n).toBe(true);
      return rows[0]?.sum ?? 0n;
    };
    for (const [index, { kind, who, amount, share, which }] of fc.sample(step, { seed, numRuns: 60 }).entries()) {
      const id = people[who] ?? '';
      const name = `X-${index}`;
      const text = formatAmount(amount);
      if (kind === 'topUp') {
        expect((await topUp(id, { reference: name, amount: text, tender: 'card' })).status).toBe(201);
        balances[who] = (balances[who] ?? 0n) + amount;
      } else if (kind === 'payOut') {
        const body = { kind: 'pay_out', amount: text, tender: 'cash', reason: 'random', reference: name };
        const out = await stand.admin(`/accounts/${id}/deposit`, body);
        expect(out.status).toBe(amount <= (balances[who] ?? 0n) ? 202 : 422);
        if (out.status !== 202) continue;
        await stand.client.workflow.getHandle(out.body.workflowId).result();
        balances[who] = (balances[who] ?? 0n) - amount;
      } else if (kind === 'refund') {
        const sale = sales[which % Math.max(1, sales.length)];
        if (!sale || sale.left === 0n) continue;
        const part = amount < sale.left ? amount : sale.left;
        const back = await refund(sale.id, { refund: name, amount: formatAmount(part) });
        expect(back.status).toBe(201);
        sale.left -= part;
        const { rows } = await stand.pool.query<{ account_id: string; balance: bigint }>(
          'select account_id, balance from deposit where account_id = any ($1)',
          [people],
        );
        const before = balances.reduce((sum, balance) => sum + balance, 0n);
        for (const { account_id: account, balance } of rows) balances[people.indexOf(account)] = balance;
        const after = balances.reduce((sum, balance) => sum + balance, 0n);
        expect(formatAmount(after - before)).toBe(back.body.depositReturned);
        expect(parseAmount(back.body.moneyToReturn) + (after - before)).toBe(part);
      } else {
        const deposited = (amount * BigInt(share)) / 3n;
        const money = [
          ...(deposited > 0n ? [{ type: 'deposit', amount: formatAmount(deposited) }] : []),
          ...(deposited < amount ? [{ type: 'cash', amount: formatAmount(amount - deposited) }] : []),
        ];
        const sale = { receipt: name, accountId: id, total: text, redeem: 'none', money, capture: kind === 'pay' };
        const paid = await pay(sale);
        // Where neither has ever put money in there is no deposit here, and the tender is somebody else's.
        expect([201, 422]).toContain(paid.status);
        expect(paid.status === 422).toBe(paid.body.code === 'insufficient_deposit');
        if (paid.status === 422) expect(deposited > free(who)).toBe(true);
        if (paid.status !== 201) continue;
        const here = paid.body.deposit !== undefined;
        if (kind === 'hold' && share % 2 === 0) {
          await stand.till(`/payments/${paid.body.id}/void`, {});
          continue;
        }
        if (kind === 'hold') expect((await stand.till(`/payments/${paid.body.id}/capture`, {})).status).toBe(200);
        if (here) take(who, deposited);
        sales.push({ id: paid.body.id, who, left: amount });
      }
      expect(await total(), `after step ${index} ${kind}`).toBe(balances.reduce((sum, balance) => sum + balance, 0n));
    }
    const { rows } = await stand.pool.query<{ account: string; sum: bigint }>(
      `select account, sum(amount)::bigint as sum from (
         select debit_account as account, -amount as amount from deposit_transfer
         union all select credit_account, amount from deposit_transfer) side group by account`,
    );
    expect(rows.reduce((sum, row) => sum + row.sum, 0n)).toBe(0n);
    await stand.quiet();
    expect((await verifyLedger(stand.pool)).findings).toEqual([]);
  });

  it('a row that is changed behind our back is named by the ledger’s own proof', async () => {
    const id = await holding(23, '12.00');
    const forge = async (amount: number) => {
      await stand.pool.query('alter table deposit_transfer disable trigger deposit_transfer_append_only');
      await stand.pool.query('update deposit_transfer set amount = $2 where account_id = $1', [id, amount]);
      await stand.pool.query('alter table deposit_transfer enable trigger deposit_transfer_append_only');
      return (await verifyLedger(stand.pool)).findings.filter(({ check }) => check === 'deposits');
    };
    const found = await forge(1_300);
    expect(found.map(({ accountId }) => accountId)).toEqual([id, id]);
    expect(found.map(({ sentence }) => sentence).join()).toMatch(
      /not as it was written.*balance is 12\.00.*make 13\.00/,
    );
    expect(await forge(1_200)).toEqual([]);
  });
});
