// What a till asks around a sale: the quote, how points are taken, what earns, the day's list, the receipt.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, call, startStand, type Stand } from './stand.ts';

const RULES = { excludedCategories: ['certificate'], excludedItems: ['I-9'] };
let stand: Stand;
beforeAll(async () => {
  stand = await startStand('till sale', { program: RULES });
});
afterAll(() => stand?.close());

async function accountOf(index: number): Promise<string> {
  return (await stand.till('/lookups', { phone: `+${stand.person(index).phone}` })).body.account.id;
}
const counts = async (...tables: string[]) =>
  await Promise.all(tables.map(async (table) => (await stand.pool.query(`select 1 from ${table}`)).rowCount));
const ALL = ['payment', 'transfer', 'lot', 'operation', 'altegio_write', 'review', 'drift', 'hold', 'idempotency_key'];
const line = (id: string, amount: string, more: object = {}) => ({ id, title: `Item ${id}`, amount, ...more });
/** A till with a key of its own. */
async function tillOf(body: object) {
  const { key } = (await stand.admin('/keys', { locationId: stand.locationId, name: 'Own till', ...body })).body;
  const headers = { authorization: `Bearer ${key}` };
  return (path: string, sent?: unknown) => stand.till(path, sent, { headers });
}

describe('a quote', () => {
  it('M-28 lists bonus on top with its usable maximum, then deposit, cash and card; a reason when it is 0', async () => {
    const accountId = await accountOf(1);
    const { body } = await stand.till('/quotes', { accountId, total: '100.00' });
    expect(body.methods).toEqual([
      { type: 'bonus', max: '30.00' },
      { type: 'deposit', max: '0.00', reason: 'insufficient_deposit' },
      { type: 'cash', max: '100.00' },
      { type: 'card', max: '100.00' },
    ]);
    expect(body).toMatchObject({ maxRedeemable: '30.00', due: '70.00', wouldAccrue: '3.50', notEarning: [] });
    const poor = await stand.till('/quotes', { accountId: await accountOf(3), total: '100.00' });
    expect(poor.body.methods[0]).toEqual({ type: 'bonus', max: '0.00', reason: 'insufficient_points' });
    const part = await stand.till('/quotes', { accountId, total: '100.00', redeem: '10.00' });
    expect(part.body).toMatchObject({ maxRedeemable: '30.00', due: '90.00', wouldAccrue: '4.50' });
  });

  it('B-09 answers the full plan of the sale, which then comes true to the cent, and writes nothing', async () => {
    const accountId = await accountOf(1);
    const before = await counts(...ALL);
    const { body } = await stand.till('/quotes', { accountId, total: '100.00' });
    expect(await counts(...ALL)).toEqual(before);
    const { before: had, after } = body.plan.balance;
    expect(had).toEqual({ active: '100.00', held: '0.00', pending: '0.00', debt: '0.00', available: '100.00' });
    expect(body.plan).toMatchObject({
      transfers: [
        { code: 'redemption', part: 'active', amount: '-30.00' },
        { code: 'accrual', part: 'active', amount: '3.50' },
      ],
      tenders: [
        { type: 'bonus', amount: '30.00' },
        { type: 'money', amount: '70.00' },
      ],
      messages: [],
      altegio: [{ call: 'read' }, { call: 'write', amount: '-26.50' }],
    });
    const paid = await stand.till('/payments', { receipt: 'Q-1', accountId, total: '100.00', redeem: 'max' });
    expect(paid.body.tenders).toEqual(body.plan.tenders);
    expect(paid.body.account.balance).toEqual(after);
    const { items } = (await stand.admin(`/accounts/${accountId}/transfers`)).body;
    const posted = items.slice(0, 2).map(({ code, part, amount }: Answer['body']) => ({ code, part, amount }));
    expect(posted.toReversed()).toEqual(body.plan.transfers);
    await stand.bothHold(stand.person(1), after.available);
  });
});

describe('a sale', () => {
  it('P-06 40.00 without points earns 2.00; the same receipt again is the same answer, posts nothing, and both books are equal', async () => {
    const accountId = await accountOf(2);
    const before = (await stand.account(stand.person(2))).ledger.active;
    const body = { receipt: 'P-6', accountId, total: '40.00', redeem: 'none' };
    const first = await stand.till('/payments', body);
    expect(first.body).toMatchObject({ accrued: '2.00', redeemed: '0.00', due: '40.00', replayed: false });
    await stand.quiet();
    const posted = await counts('transfer', 'payment', 'altegio_write');
    const again = await stand.till('/payments', body);
    expect(again.body).toEqual({ ...first.body, replayed: true });
    await stand.quiet();
    expect(await counts('transfer', 'payment', 'altegio_write')).toEqual(posted);
    await stand.bothHold(stand.person(2), (Number(before) + 2).toFixed(2));
  });

  it('P-07 excluded items earn 0.00, and quote and answer say which line and why', async () => {
    const accountId = await accountOf(4);
    const lines = [line('I-1', '50.00'), line('I-9', '30.00'), line('I-3', '20.00', { category: 'certificate' })];
    const why = [
      { line: 'I-9', reason: 'item_excluded' },
      { line: 'I-3', reason: 'category_excluded' },
    ];
    const quote = await stand.till('/quotes', { accountId, total: '100.00', lines, redeem: 'none' });
    expect(quote.body).toMatchObject({ maxRedeemable: '15.00', wouldAccrue: '2.50', notEarning: why });
    const paid = await stand.till('/payments', { receipt: 'P-7', accountId, total: '100.00', redeem: 'none', lines });
    expect(paid.body).toMatchObject({ accrued: '2.50', notEarning: why });
    const alone = { total: '30.00', lines: [line('I-9', '30.00')] };
    const none = await stand.till('/payments', { receipt: 'P-7a', accountId, redeem: 'none', ...alone });
    expect(none.body).toMatchObject({ accrued: '0.00', notEarning: [why[0]] });
  });

  it('P-07 excluded locations, customer types and card types earn 0.00, with every line and the reason', async () => {
    const accountId = await accountOf(4);
    const program = (await stand.admin(`/programs/${stand.programId}`)).body;
    const {
      id: _id,
      version: _version,
      cardTypeTitle: _title,
      createdAt: _made,
      provider: _kept,
      ...settings
    } = program;
    const change = (parts: object) => stand.admin(`/programs/${stand.programId}`, { ...settings, ...parts }, 'PUT');
    const lines = [line('I-1', '60.00'), line('I-2', '40.00')];
    const pay = (receipt: string, more: object) =>
      stand.till('/payments', { receipt, accountId, total: '100.00', redeem: 'none', ...more });
    await change({ excludedLocations: [stand.locationId] });
    const here = await pay('P-7l', { lines });
    expect(here.body.accrued).toBe('0.00');
    expect(here.body.notEarning).toEqual(['I-1', 'I-2'].map((id) => ({ line: id, reason: 'location_excluded' })));
    const whole = await pay('P-7m', {});
    expect(whole.body).toMatchObject({ accrued: '0.00', notEarning: [{ line: null, reason: 'location_excluded' }] });
    const customer = await stand.admin(`/customers/${accountId}`);
    await change({ excludedCustomerTypes: [customer.body.type.id] });
    const quoted = await stand.till('/quotes', { accountId, total: '100.00', lines });
    const staff = await pay('P-7c', { lines });
    const reasons = ['I-1', 'I-2'].map((id) => ({ line: id, reason: 'customer_type_excluded' }));
    expect([quoted.body.wouldAccrueWithoutBonus, quoted.body.notEarning]).toEqual(['0.00', reasons]);
    expect([staff.body.accrued, staff.body.notEarning]).toEqual(['0.00', reasons]);
    await change({ accrual: { levels: [{ from: '0.00', percent: '0' }], base: 'money' } });
    const type = await pay('P-7t', { lines });
    expect(type.body.accrued).toBe('0.00');
    expect(type.body.notEarning).toEqual(['I-1', 'I-2'].map((id) => ({ line: id, reason: 'type_earns_nothing' })));
    await change({});
    expect((await pay('P-7n', { lines })).body).toMatchObject({ accrued: '5.00', notEarning: [] });
  });
});

describe('how points are taken', () => {
  const lines = ['33.33', '33.33', '33.34'].map((amount, index) => line(`L-${index}`, amount));
  const sale = { total: '100.00', redeem: '30.00', lines };

  it('P-08 as a tender the total stays 100.00, and the first tender is bonus 30.00', async () => {
    const accountId = await accountOf(5);
    const paid = await stand.till('/payments', { receipt: 'P-8', accountId, ...sale, as: 'tender' });
    expect(paid.body).toMatchObject({ total: '100.00', due: '70.00', redeemed: '30.00', accrued: '3.50' });
    expect(paid.body.tenders[0]).toEqual({ type: 'bonus', amount: '30.00' });
  });

  it('P-09 as a discount the bill shrinks line by line by exactly 30.00, due 70.00', async () => {
    const accountId = await accountOf(6);
    const quote = await stand.till('/quotes', { accountId, ...sale, as: 'discount' });
    const paid = await stand.till('/payments', { receipt: 'P-9', accountId, ...sale, as: 'discount' });
    expect(paid.body).toMatchObject({ due: '70.00', redeemed: '30.00', accrued: '3.50' });
    expect(paid.body.lines.map(({ discount }: Answer['body']) => discount)).toEqual(['10.00', '10.00', '10.00']);
    expect(quote.body.lines).toEqual(paid.body.lines);
    expect(paid.body.tenders).toEqual([{ type: 'money', amount: '70.00' }]);
    const odd = [line('a', '0.01'), line('b', '66.66'), line('c', '33.33')];
    const other = { receipt: 'P-9a', accountId, total: '100.00', redeem: '20.01', lines: odd, as: 'discount' };
    const { body } = await stand.till('/payments', other);
    const cents = body.lines.map(({ discount }: Answer['body']) => Math.round(Number(discount) * 100));
    expect(cents.reduce((sum: number, part: number) => sum + part, 0)).toBe(2_001);
  });

  it('P-10 the way is a setting of the till model, the sums are identical, and a call with the other kind is refused naming the right one', async () => {
    expect((await stand.admin('/till-models/Box%20A', { as: 'tender' }, 'PUT')).status).toBe(200);
    expect((await stand.admin('/till-models/Box%20B', { as: 'discount' }, 'PUT')).body).toMatchObject({ keys: 0 });
    const [tender, discount] = [await tillOf({ model: 'Box A' }), await tillOf({ model: 'Box B', as: 'tender' })];
    const [a, b] = [await accountOf(7), await accountOf(8)];
    const first = await tender('/payments', { receipt: 'P-10a', accountId: a, ...sale });
    const second = await discount('/payments', { receipt: 'P-10b', accountId: b, ...sale });
    const { redeemed, due, accrued, total } = first.body;
    expect(second.body).toMatchObject({ redeemed, due, accrued, total, tenders: [{ type: 'money', amount: '70.00' }] });
    expect(first.body.tenders[0]).toMatchObject({ type: 'bonus' });
    for (const [till, wrong, right] of [
      [tender, 'discount', 'tender'],
      [discount, 'tender', 'discount'],
    ] as const)
      for (const [path, body] of [
        ['/payments', { receipt: 'P-10c', accountId: a, ...sale, as: wrong }],
        ['/quotes', { accountId: a, total: '100.00', as: wrong }],
      ] as const) {
        const refused = await till(path, body);
        expect([refused.status, refused.body.code]).toEqual([422, 'redeem_kind_mismatch']);
        expect(refused.body.errors).toEqual([{ path: 'as', message: `must be "${right}" with this key` }]);
        expect(refused.body.detail).toContain(`takes points as ${right}`);
      }
    const unknown = await stand.admin('/keys', { locationId: stand.locationId, name: 'X', model: 'Box C' });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'till_model_not_found']);
  });

  it('P-10 a list shows the models, their kind and their tills', async () => {
    const headers = { authorization: 'Bearer admin-test', accept: 'text/html' };
    const html = await (await fetch(`${stand.apiUrls[0]}/api/till-models`, { headers })).text();
    expect(html).toMatch(/<h2>Box A<\/h2><p>tender:.*Own till.*<h2>Box B<\/h2><p>discount:.*Own till/s);
    expect(html).toContain('Without a model');
    const { items } = (await stand.admin('/till-models')).body;
    expect(items.map(({ name, as, keys }: Answer['body']) => [name, as, keys])).toEqual([
      ['Box A', 'tender', 1],
      ['Box B', 'discount', 1],
    ]);
  });
});

describe('closing the day', () => {
  it('lists the sales of days and moments page by page; the sums are of the whole selection and agree with the pages', async () => {
    const accountId = await accountOf(9);
    const refused = { receipt: 'D-0', accountId, total: '9.00', redeem: '9000.00' };
    expect((await stand.till('/payments', refused)).status).toBe(422);
    for (const [index, at] of [
      '2026-11-10T23:59:59+05:00',
      '2026-11-11T00:00:00+05:00',
      '2026-11-11T23:59:59+05:00',
    ].entries())
      await stand.till('/payments', {
        receipt: `D-${index + 1}`,
        accountId,
        total: `${index + 1}0.00`,
        redeem: 'none',
        occurredAt: at,
        terminal: index === 2 ? 'T-2' : 'T-1',
      });
    const list = async (query: string) => (await stand.till(`/payments?${query}`)).body;
    const day = await list('from=2026-11-11&to=2026-11-11');
    expect(day.items.map(({ receipt }: Answer['body']) => receipt)).toEqual(['D-3', 'D-2']);
    expect(day).toMatchObject({ next: null, sums: { count: 2, total: '50.00', redeemed: '0.00', accrued: '2.50' } });
    const byTill = await list('from=2026-11-10&to=2026-11-11&terminal=T-1');
    expect(byTill.sums).toEqual({ count: 2, total: '30.00', redeemed: '0.00', accrued: '1.50', refunded: '0.00' });
    const declined = await list('from=2026-11-01&state=DECLINED');
    expect(declined.items).toMatchObject([{ receipt: 'D-0', state: 'DECLINED' }]);
    const pages: Answer['body'][] = [];
    for (let cursor = ''; ;) {
      const page = await list(`from=2026-11-01&limit=3${cursor}`);
      pages.push(page);
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    const items = pages.flatMap(({ items: some }) => some);
    const sum = (field: string) => items.reduce((cents, item) => cents + Math.round(Number(item[field] ?? 0) * 100), 0);
    expect(pages.length).toBeGreaterThan(3);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    expect(items.some(({ receipt }) => receipt === 'D-0')).toBe(false);
    for (const { sums } of pages)
      expect(sums).toEqual({
        count: items.length,
        total: (sum('total') / 100).toFixed(2),
        redeemed: (sum('redeemed') / 100).toFixed(2),
        accrued: (sum('accrued') / 100).toFixed(2),
        refunded: '0.00',
      });
    for (const query of [
      '',
      'from=2026-02-30',
      'from=2026-11-02&to=2026-11-01',
      'receipt=D-1&terminal=T',
      'from=2026-11-01&state=SOLD',
      'from=2026-11-01&cursor=x',
    ])
      expect([query, (await stand.till(`/payments?${query}`)).status]).toEqual([query, 400]);
  });
});

describe('the receipt', () => {
  const lines = [
    { ...line('1', '60.00', { vatRate: '12', discount: '5.00' }), title: 'Haircut <b>& wash</b>' },
    { ...line('2', '40.00', { vatRate: '20' }), title: 'Shampoo, a name long enough to need two lines on 80 mm' },
  ];
  const money = [
    { type: 'cash', amount: '50.00', received: '100.00' },
    { type: 'deposit', amount: '20.00' },
  ];
  const document = async (id: string, accept: string, query = '') => {
    const headers = { authorization: `Bearer ${stand.key}`, accept };
    const answer = await fetch(`${stand.apiUrls[0]}/v1/payments/${id}/receipt${query}`, { headers });
    return {
      status: answer.status,
      type: answer.headers.get('content-type'),
      body: Buffer.from(await answer.arrayBuffer()),
    };
  };

  it('V-25 names shop, address, local date, lines, discount, bonus as its own tender, paid by, change, VAT, and the points before, taken, earned and now', async () => {
    const accountId = await accountOf(10);
    const had = (await stand.account(stand.person(10))).ledger.active;
    const body = { receipt: 'V-25', accountId, total: '100.00', redeem: '30.00', lines, money };
    const at = { occurredAt: '2026-11-21T22:30:00Z', terminal: 'Till 1', operator: 'Aigerim' };
    const paid = await stand.till('/payments', { ...body, ...at });
    expect(paid.status).toBe(201);
    const { id, account } = paid.body;
    const json = JSON.parse((await document(id, 'application/json')).body.toString());
    expect(json).toMatchObject({
      shop: { title: 'Sandbox Almaty', address: '1 Sandbox street' },
      soldAt: '2026-11-22T03:30:00.000+05:00',
      currency: 'KZT',
      lines: [
        { price: '65.00', discount: '5.00', amount: '60.00', vatRate: '12' },
        { price: '40.00', discount: '0.00', amount: '40.00', vatRate: '20' },
      ],
      subtotal: '105.00',
      discount: '5.00',
      total: '100.00',
      tenders: [
        { type: 'bonus', amount: '30.00' },
        { type: 'deposit', amount: '20.00' },
        { type: 'cash', amount: '50.00' },
      ],
      received: '100.00',
      change: '50.00',
      vat: [
        { rate: '12', gross: '60.00', vat: '6.43', net: '53.57' },
        { rate: '20', gross: '40.00', vat: '6.67', net: '33.33' },
      ],
      bonus: { before: had, taken: '30.00', earned: '2.50', now: account.balance.active, waiting: '0.00' },
    });
    const html = await document(id, 'text/html', '?lang=en');
    expect(html.type).toContain('text/html');
    const page = html.body.toString();
    expect(page).toContain('size: 80mm');
    expect(page).not.toContain('<b>&');
    const shown = [...page.matchAll(/<(?:h1|h2|p|dt|dd)[^>]*>([^<]*)</g)].map(([, text]) => text);
    for (const text of [
      'Sandbox Almaty',
      '1 Sandbox street',
      '2026-11-22 03:30',
      '65.00',
      '−5.00',
      'Bonus points',
      'Deposit',
      'Cash',
      'Change',
      'incl. VAT 12 %',
      '6.43',
      'incl. VAT 20 %',
      '6.67',
    ])
      expect(shown).toContain(text);
    expect(shown.slice(-8)).toEqual([
      'Before',
      had,
      'Taken',
      '−30.00',
      'Earned',
      '+2.50',
      'Now',
      account.balance.active,
    ]);
    const pdf = await document(id, 'application/pdf');
    expect(pdf.type).toContain('application/pdf');
    const text = pdf.body.toString('latin1');
    expect(text.startsWith('%PDF-')).toBe(true);
    expect(/MediaBox \[0 0 226\.77 /.test(text)).toBe(true);
    expect(text).toContain('/Count 1\n');
    expect(text).toContain('/Lang (kk)');
    const folder = process.env['RECEIPT_PICTURES'];
    if (folder) {
      writeFileSync(`${folder}/receipt.html`, html.body);
      writeFileSync(`${folder}/receipt-kk.html`, (await document(id, 'text/html')).body);
      writeFileSync(`${folder}/receipt.pdf`, pdf.body);
    }
    expect((await document(id, 'image/png')).status).toBe(406);
  });

  it('M-15 bonus stands first, the tenders make the bill, points and their VAT are spread over the lines, and the receipt stays as issued', async () => {
    const accountId = await accountOf(10);
    const thirds = [
      { ...line('1', '33.33', { vatRate: '12' }), title: 'Cut' },
      { ...line('2', '33.33', { vatRate: '12' }), title: 'Dye' },
      { ...line('3', '33.34', { vatRate: '12' }), title: 'Wash' },
    ];
    const money = [
      { type: 'cash', amount: '40.00' },
      { type: 'card', amount: '50.00' },
    ];
    const body = { receipt: 'M-15', accountId, total: '100.00', redeem: '10.00', lines: thirds };
    const paid = await stand.till('/payments', { ...body, money });
    const read = async () => JSON.parse((await document(paid.body.id, 'application/json')).body.toString());
    const json = await read();
    expect(json.tenders).toEqual([{ type: 'bonus', amount: '10.00' }, ...money]);
    expect(json.total).toBe('100.00');
    const parts = json.lines.map(({ bonus, bonusVat }: Answer['body']) => [bonus, bonusVat]);
    expect(parts).toEqual([
      ['3.33', '0.36'],
      ['3.33', '0.35'],
      ['3.34', '0.36'],
    ]);
    const { rows: before } = await stand.pool.query('select title from location where id = $1', [stand.locationId]);
    await stand.pool.query(`update location set title = 'Renamed' where id = $1`, [stand.locationId]);
    expect(await read()).toEqual(json);
    const printed = (await document(paid.body.id, 'text/html', '?lang=en')).body.toString();
    expect(printed).toContain('Sandbox Almaty');
    expect(printed).toContain('of it by bonus points');
    expect((await document(paid.body.id, 'application/pdf')).body.toString('latin1').startsWith('%PDF-')).toBe(true);
    await stand.pool.query('update location set title = $2 where id = $1', [stand.locationId, before[0].title]);
    await stand.till('/refunds', { receipt: 'M-15', refund: 'RF', amount: '40.00' });
    expect(await read()).toEqual({ ...json, state: 'PARTIALLY_REFUNDED', refunded: '40.00' });
  });

  it('as a discount the bonus stands among the discounts; a payment that is no sale has no receipt', async () => {
    const accountId = await accountOf(10);
    const sale = { accountId, total: '100.00', redeem: '10.00', lines, as: 'discount' };
    const paid = await stand.till('/payments', { receipt: 'V-25d', ...sale });
    const json = JSON.parse((await document(paid.body.id, '*/*')).body.toString());
    expect(json).toMatchObject({ subtotal: '105.00', discount: '15.00', total: '90.00', bonus: { taken: '10.00' } });
    expect(json.tenders).toEqual([{ type: 'money', amount: '90.00' }]);
    const vat = json.vat.map(({ gross }: Answer['body']) => gross);
    expect(vat).toEqual(['54.00', '36.00']);
    const refused = await stand.till('/payments', { receipt: 'V-25r', accountId, total: '9.00', redeem: '9000.00' });
    const none = await document(refused.body.paymentId, '*/*');
    expect([none.status, JSON.parse(none.body.toString()).code]).toEqual([409, 'not_captured']);
    const anonymous = await call(`${stand.apiUrls[0]}/v1/payments/${paid.body.id}/receipt`);
    expect(anonymous.status).toBe(401);
  });
});
