// Customers, their types and cards, through the operator's and the till's door, with workflows and both books.
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('customers', { redeem: { maxShare: '1' } });
});
afterAll(() => stand?.close());

const newCustomer = (body: object = {}): Promise<Answer> =>
  stand.admin('/customers', { programId: stand.programId, ...body });
const types = async (): Promise<Answer['body'][]> =>
  (await stand.admin(`/customer-types?chainId=${stand.chainId}`)).body.items;
const newType = async (name: string): Promise<string> =>
  (await stand.admin('/customer-types', { chainId: stand.chainId, name })).body.id;
const lookup = (body: object): Promise<Answer> => stand.till('/lookups', body);
/** The account of somebody whom Altegio knows; the lookup is asked again while the card is being taken over. */
const met = async (index: number): Promise<Answer['body']> => {
  let account: Answer['body'];
  await until('the customer is met', async () => {
    const answer = await lookup({ phone: `+${stand.person(index).phone}` });
    account = answer.body.account;
    return answer.status === 200 ? true : answer.body;
  });
  return account;
};
/** A phone that nobody has in Altegio either. */
const freshPhone = (): string => `+7705${randomInt(1_000_000, 9_999_999)}`;
const sell = (receipt: string, accountId: string, total: string, redeem = 'none'): Promise<Answer> =>
  stand.till('/payments', { receipt, accountId, total, redeem });
const rows = async <Row = Answer['body']>(sql: string, values: unknown[] = []): Promise<Row[]> =>
  (await stand.pool.query(sql, values)).rows as Row[];

describe('customer types', () => {
  test('P-02 types are made, renamed, listed and deleted; each customer has exactly one, and one in use stays', async () => {
    expect(await types()).toMatchObject([{ name: 'Standard', isDefault: true }]);
    const gold = await stand.admin('/customer-types', { chainId: stand.chainId, name: 'Gold' });
    expect(gold.status).toBe(201);
    const again = await stand.admin('/customer-types', { chainId: stand.chainId, name: 'gold' });
    expect([again.status, again.body.code]).toEqual([409, 'customer_type_exists']);
    const renamed = await stand.admin(`/customer-types/${gold.body.id}`, { name: 'Gold card' }, 'PATCH');
    expect(renamed.body).toMatchObject({ name: 'Gold card', customers: 0 });

    const plain = (await newCustomer()).body;
    expect(plain.type.name).toBe('Standard');
    const golden = (await newCustomer({ typeId: gold.body.id })).body;
    expect(golden.type).toEqual({ id: gold.body.id, name: 'Gold card' });
    // Also somebody whom a till meets, and nobody put anywhere.
    expect((await met(1)).customerType).toBe('Standard');
    expect(await rows('select count(*)::int as n from account where type_id is null')).toEqual([{ n: 0 }]);

    const inUse = await stand.admin(`/customer-types/${gold.body.id}`, undefined, 'DELETE');
    expect([inUse.status, inUse.body.code, inUse.body.customers]).toEqual([409, 'customer_type_in_use', 1]);
    const standard = (await types()).find(({ isDefault }) => isDefault);
    expect((await stand.admin(`/customer-types/${standard.id}`, undefined, 'DELETE')).body.code).toBe(
      'customer_type_in_use',
    );
    const report = await stand.admin(`/reports/activity?chainId=${stand.chainId}&typeId=${gold.body.id}&by=account`);
    expect(report.body.items.map(({ accountId }: { accountId: string }) => accountId)).toEqual([golden.id]);

    await stand.admin(`/customers/${golden.id}`, { typeId: standard.id }, 'PATCH');
    expect((await stand.admin(`/customer-types/${gold.body.id}`, undefined, 'DELETE')).status).toBe(204);
    expect((await types()).map(({ name }) => name)).toEqual(['Standard']);
    const gone = await stand.admin(`/customers/${golden.id}`, { typeId: gold.body.id }, 'PATCH');
    expect([gone.status, gone.body.errors[0].path]).toEqual([400, 'typeId']);
  });
});

describe('customers', () => {
  test('P-03 one account has one customer: a second with its phone or code is refused by the unique index', async () => {
    const phone = freshPhone();
    const attempts = await Promise.all(Array.from({ length: 20 }, () => newCustomer({ phone })));
    expect(attempts.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, ...Array(19).fill(409)]);
    const refused = attempts.find(({ status }) => status === 409);
    expect(refused?.body).toMatchObject({ code: 'customer_exists', errors: [{ path: 'phone' }] });
    const { id, cardCode } = attempts.find(({ status }) => status === 201)?.body ?? {};

    const sameCode = await newCustomer({ cardCode });
    expect([sameCode.status, sameCode.body.errors[0].path]).toEqual([409, 'cardCode']);
    const other = (await newCustomer()).body;
    const moved = await stand.admin(`/customers/${other.id}`, { phone }, 'PATCH');
    expect([moved.status, moved.body.code]).toEqual([409, 'customer_exists']);
    // The database itself refuses, whatever the code above it does.
    const forged = (column: string, value: string) =>
      stand.pool.query(`update account set ${column} = $2 where id = $1`, [other.id, value]);
    await expect(forged('phone', phone)).rejects.toMatchObject({ constraint: 'account_chain_id_program_id_phone_key' });
    await expect(forged('card_number', cardCode)).rejects.toMatchObject({
      constraint: 'account_chain_id_card_number_key',
    });
    await expect(forged('card_number', '')).resolves.toBeDefined();
    await stand.pool.query('update account set card_number = $2 where id = $1', [other.id, other.cardCode]);
    expect((await stand.admin(`/customers/${id}`)).body.cardCode).toBe(cardCode);
  });

  test('P-17 a change of name, phone and e-mail keeps who, when, before and after', async () => {
    const phone = freshPhone();
    const { id } = (await newCustomer({ name: 'Aigerim', email: 'a@example.com' })).body;
    const began = Date.now();
    const change = { name: 'Aigerim S', phone, email: null };
    expect((await stand.admin(`/customers/${id}`, change, 'PATCH')).body).toMatchObject(change);
    // The same again changes nothing and leaves no trace.
    await stand.admin(`/customers/${id}`, change, 'PATCH');
    const { body } = await stand.admin(`/customers/${id}/changes`);
    const told = body.items.map(({ at, ...entry }: { at: string }) => {
      expect(Date.parse(at)).toBeGreaterThanOrEqual(began - 1_000);
      return entry;
    });
    expect(told).toHaveLength(3);
    expect(told).toEqual(
      expect.arrayContaining([
        { actor: 'operator', field: 'name', before: 'Aigerim', after: 'Aigerim S' },
        { actor: 'operator', field: 'phone', before: null, after: phone },
        { actor: 'operator', field: 'email', before: 'a@example.com', after: null },
      ]),
    );
    await expect(stand.pool.query('update customer_change set after = null')).rejects.toThrow(/never changed/);
    // Neither name nor phone of anybody stands in Temporal.
    await stand.quiet();
    const handle = stand.client.workflow.getHandle(`reconciliation:${stand.chainId}:${id}`);
    const history = JSON.stringify(await handle.fetchHistory());
    expect(history).not.toContain(phone.slice(1));
    expect(history).not.toContain('Aigerim');
  });

  test('the phone of a customer with an altegio card follows Altegio and is not changed behind its back', async () => {
    const { id } = await met(1);
    const change = await stand.admin(`/customers/${id}`, { phone: freshPhone() }, 'PATCH');
    expect([change.status, change.body.code]).toEqual([409, 'conflict']);
    expect(change.body.detail).toContain('change the client’s phone there first');
  });

  test('P-24 an inactive customer is refused with a sentence for the cashier, and nothing is posted', async () => {
    const { id, cardCode } = (await newCustomer({ status: 'inactive', name: 'Off' })).body;
    for (const answer of [
      await stand.till('/payments', { receipt: 'OFF-1', cardNumber: cardCode, total: '40.00', redeem: 'none' }),
      await stand.till('/payments', { receipt: 'OFF-1', accountId: id, total: '40.00', redeem: 'max' }),
      await lookup({ scan: `;${cardCode}?` }),
      await stand.till('/quotes', { accountId: id, total: '40.00' }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([403, 'customer_inactive']);
      expect(answer.body.cashierMessage).toMatch(/\S/);
      expect(answer.body.requestId).toMatch(/\S/);
    }
    expect(await rows('select 1 from transfer where account_id = $1', [id])).toEqual([]);
    expect(await rows("select 1 from payment where receipt = 'OFF-1'")).toEqual([]);
    expect(await rows('select 1 from operation where account_id = $1', [id])).toEqual([]);
    await stand.admin(`/customers/${id}`, { status: 'active' }, 'PATCH');
    const sale = await stand.till('/payments', {
      receipt: 'OFF-1',
      cardNumber: cardCode,
      total: '40.00',
      redeem: 'none',
    });
    expect([sale.status, sale.body.accrued]).toEqual([201, '2.00']);
  });

  test('a card without a phone earns and pays in the ledger alone; with a phone both books become equal', async () => {
    const { id, cardCode, secondBook } = (await newCustomer()).body;
    expect(secondBook).toBe('none');
    const earned = await stand.till('/payments', {
      receipt: 'NP-1',
      cardNumber: cardCode,
      total: '400.00',
      redeem: 'none',
    });
    expect(earned.body).toMatchObject({
      accrued: '20.00',
      mirror: { state: 'matched', altegio: null, target: '20.00' },
    });
    const paid = await sell('NP-2', id, '100.00', '5.00');
    expect(paid.body).toMatchObject({ redeemed: '5.00', accrued: '4.75', mirror: { state: 'matched', altegio: null } });
    await stand.quiet();
    expect((await stand.admin(`/accounts/${id}`)).body).toMatchObject({
      state: 'matched',
      provider: 'own',
      altegio: null,
    });
    expect((await stand.admin(`/customers/${id}`)).body.altegioCard).toBeNull();

    const phone = freshPhone();
    const given = await stand.admin(`/customers/${id}`, { phone }, 'PATCH');
    expect(given.body.secondBook).toBe('altegio');
    await until('both books hold 19.75', async () => {
      const { body } = await stand.admin(`/accounts/${id}`);
      return body.state === 'matched' && body.altegio?.balance === '19.75' ? true : body;
    });
    const cards = (await stand.control('/cards')) as { phone: string; number: string; balance: string }[];
    // The card in Altegio has the number that is printed on the plastic.
    expect(cards.find((card) => `+${card.phone}` === phone)).toMatchObject({ number: cardCode, balance: '19.75' });
  });
});

describe('at the till', () => {
  test('P-04 P-20 V-05 phone, typed code, swipe, barcode and QR find the same account, case and zeros kept', async () => {
    const phone = freshPhone();
    for (const code of ['00012345678912', 'AB12CD34', '00aB12Cd']) {
      const { id } = (await newCustomer({ cardCode: code, ...(code === 'AB12CD34' && { phone }) })).body;
      for (const scan of [
        code,
        `;${code}=`,
        `;${code}=2512101?`,
        `;${code}?`,
        `%B${code}^DOE/J^2512?`,
        `%B${code}^DOE/J^2512?;${code}=2512?`,
        `https://cards.example.com/c/${code}`,
        `]Q3https://cards.example.com/c/${code}`,
        `]C1${code}`,
      ]) {
        const found = await lookup({ scan });
        expect([scan, found.status, found.body.account?.id]).toEqual([scan, 200, id]);
        expect(found.body.account.card.number).toBe(code);
      }
      expect((await lookup({ cardNumber: code })).body.account.id).toBe(id);
      expect((await lookup({ last4: code.slice(-4) })).body.account.id).toBe(id);
      const sale = await stand.till('/payments', {
        receipt: `S-${code}`,
        cardNumber: code,
        total: '1.00',
        redeem: 'none',
      });
      expect(sale.body.account.id).toBe(id);
    }
    expect((await lookup({ phone })).body.account.card.number).toBe('AB12CD34');
    for (const other of ['12345678912', 'ab12cd34', '00AB12CD'])
      expect((await lookup({ cardNumber: other })).status, other).toBe(404);
    const torn = await lookup({ scan: '%B00012345678912^X^?;AB12CD34?' });
    expect([torn.status, torn.body.errors[0].path]).toEqual([400, 'scan']);
  });

  test('V-05 four characters that several customers share are chosen among by masked names', async () => {
    const end = 'ZZ77';
    const first = (await newCustomer({ cardCode: `AAAAAA${end}`, name: 'Aigerim Sultanova' })).body.id;
    const second = (await newCustomer({ cardCode: `BBBBBB${end}` })).body.id;
    await newCustomer({ cardCode: `CCCCCC${end}`, status: 'inactive' });
    const several = await lookup({ last4: end });
    expect([several.status, several.body.code]).toEqual([409, 'card_choice_required']);
    expect(several.body.accounts).toMatchObject([
      { id: first, displayName: 'A*** S***' },
      { id: second, displayName: '*** ZZ77' },
    ]);
    expect((await lookup({ last4: 'QQQQ' })).status).toBe(404);
    expect((await lookup({ last4: '123' })).status).toBe(400);
  });

  test('enrolment makes the account once, answers who is known, and issues the card in Altegio', async () => {
    const phone = freshPhone();
    const body = { phone, name: 'New Person', consent: true };
    const both = await Promise.all([stand.till('/accounts', body), stand.till('/accounts', body)]);
    expect(both.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 201]);
    const [{ id }] = both.map((answer) => answer.body.account);
    expect(both.every((answer) => answer.body.account.id === id)).toBe(true);
    expect(both[0]?.body.account.displayName).toBe('N*** P***');
    const kept = { headers: { 'idempotency-key': `enrol-${phone}` } };
    const later = freshPhone();
    const first = await stand.till('/accounts', { phone: later }, kept);
    const replay = await stand.till('/accounts', { phone: later }, kept);
    expect([first.status, replay.status, replay.headers.get('idempotent-replayed')]).toEqual([201, 201, 'true']);
    expect(replay.body).toEqual(first.body);
    await until('the card is issued', async () => {
      const { body: customer } = await stand.admin(`/customers/${id}`);
      return customer.altegioCard !== null && customer.consentAt !== null ? true : customer;
    });
    // What a till hears of a known customer fills gaps and overwrites nothing.
    await stand.till('/accounts', { phone, name: 'Somebody Else' });
    await stand.till('/accounts', { phone: later, name: 'Late Name' });
    expect((await stand.admin(`/customers/${id}`)).body.name).toBe('New Person');
    const late = (await stand.admin(`/customers?phone=${encodeURIComponent(later)}`)).body.items[0];
    expect(late.name).toBe('Late Name');
    expect((await stand.admin(`/customers/${late.id}/changes`)).body.items[0].actor).toMatch(/^till:key_/);
    await stand.admin(`/customers/${id}`, { status: 'inactive' }, 'PATCH');
    const off = await stand.till('/accounts', { phone });
    expect([off.status, off.body.code]).toEqual([403, 'customer_inactive']);
  });
});

describe('cards', () => {
  const ranged = async (body: object, programId = stand.programId): Promise<Answer> =>
    stand.admin(`/programs/${programId}/card-range`, body, 'PUT');
  const printFile = async (batchId: string, query = ''): Promise<Response> =>
    fetch(`${stand.apiUrls[0]}/api/card-batches/${batchId}/print-file${query}`, {
      headers: { authorization: 'Bearer admin-test' },
    });
  const checked = async (body: object): Promise<Answer['body']> => (await stand.admin('/cards/print-check', body)).body;
  const failures = (verdict: Answer['body']): string[] =>
    verdict.rules.filter(({ pass }: { pass: boolean }) => !pass).map(({ rule }: { rule: string }) => rule);
  let second = '';

  test('P-29 a program has its own numbers: an overlapping range is refused, and a number tells its program', async () => {
    const types = (await stand.admin(`/chains/${stand.chainId}/card-types`)).body;
    const free = types.find(({ id }: { id: number }) => id !== stand.cardTypeId);
    const { body: settings } = await stand.admin(`/programs/${stand.programId}`);
    await stand.control('/settings', { promotions: [] });
    const made = await stand.admin('/programs', {
      chainId: stand.chainId,
      cardTypeId: free.id,
      name: 'Second',
      currency: 'KZT',
      accrual: settings.accrual,
      redeem: settings.redeem,
      rounding: 'floor',
      clawback: 'unlimited',
      locations: [1],
    });
    second = made.body.id;
    expect((await ranged({ prefix: '77' })).body).toEqual({
      programId: stand.programId,
      prefix: '77',
      characters: 'digits',
      length: 16,
    });
    for (const prefix of ['77', '7', '775']) {
      const overlap = await ranged({ prefix }, second);
      expect([prefix, overlap.status, overlap.body.code]).toEqual([prefix, 409, 'card_range_overlap']);
    }
    expect((await ranged({ prefix: 'S2', characters: 'alphanumeric' }, second)).body.length).toBe(10);
    const [mine, theirs] = [(await newCustomer()).body, (await newCustomer({ programId: second })).body];
    expect(mine.cardCode).toMatch(/^77\d{14}$/);
    expect(theirs.cardCode).toMatch(/^S2[2-9A-HJ-NP-Z]{8}$/);
    expect(failures(await checked({ sample: mine.cardCode, programId: second }))).toEqual(['range']);
    expect((await checked({ sample: theirs.cardCode })).rules).toContainEqual({
      rule: 'range',
      pass: true,
      reason: `The number tells its program: S2… belongs to ${second}.`,
    });
    const foreign = await newCustomer({ cardCode: 'S2ABCDEFGH' });
    expect([foreign.status, foreign.body.code]).toEqual([409, 'card_range_overlap']);
    // A range from which numbers were issued stays.
    expect((await ranged({ prefix: '78' })).body.code).toBe('conflict');
    // Somebody met for the first time gets a number of the range too, and the altegio card the same one.
    const phone = freshPhone();
    const { id } = (await stand.till('/accounts', { phone })).body.account;
    await until('the card is issued', async () => {
      const { body } = await stand.admin(`/customers/${id}`);
      return body.altegioCard?.number === body.cardCode && /^77\d{14}$/.test(body.cardCode) ? true : body;
    });
  });

  test('P-05 a batch of 1,000 codes makes 1,000 inactive customers and a print file of 1,000 lines', async () => {
    const key = { 'idempotency-key': 'batch-1' };
    const body = { programId: stand.programId, count: 1_000 };
    const batch = await stand.admin('/card-batches', body, 'POST', key);
    expect([batch.status, batch.body.count]).toEqual([201, 1_000]);
    expect((await stand.admin('/card-batches', body, 'POST', key)).body).toEqual(batch.body);
    const { id } = batch.body;
    expect(
      await rows(
        'select state, count(*)::int as n, count(distinct card_number)::int as codes from account where batch_id = $1 group by 1',
        [id],
      ),
    ).toEqual([{ state: 'inactive', n: 1_000, codes: 1_000 }]);
    const file = await (await printFile(id)).text();
    const [heading, ...lines] = file.trimEnd().split('\r\n');
    expect(heading).toBe('number,track1,track2,track3,barcode');
    expect(lines).toHaveLength(1_000);
    for (const line of lines) {
      const [number = '', track1, track2, track3, barcode] = line.split(',');
      expect(number).toMatch(/^77\d{14}$/);
      expect([track1, track2, track3, barcode]).toEqual([number, number, '', number]);
    }
    expect(await checked({ file, programId: stand.programId })).toMatchObject({ pass: true, cards: 1_000 });
    // One is handed out: its customer becomes active and its card earns.
    const code = lines[0]?.split(',')[0] ?? '';
    expect((await lookup({ scan: code })).body.code).toBe('customer_inactive');
    const [customer] = (await stand.admin(`/customers?cardCode=${code}`)).body.items;
    await stand.admin(`/customers/${customer.id}`, { status: 'active' }, 'PATCH');
    expect((await lookup({ scan: code })).status).toBe(200);
    expect((await newCustomer()).status).toBe(201);
  });

  test('P-27 a code of 7 characters is refused at issue, in an uploaded file and in a print check', async () => {
    for (const path of ['/customers', '/customers/x']) {
      const answer =
        path === '/customers'
          ? await newCustomer({ cardCode: '7712345' })
          : await stand.admin(`/customers/${(await newCustomer()).body.id}`, { cardCode: '7712345' }, 'PATCH');
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, 'cardCode']);
      expect(answer.body.errors[0].message).toContain('8 to 37');
    }
    expect((await ranged({ prefix: '99', length: 7 }, second)).status).toBe(400);
    const file = 'number,track1,track2\r\n7712345,7712345,7712345\r\n';
    for (const body of [{ file }, { sample: '7712345' }]) {
      const verdict = await checked(body);
      expect(verdict.pass).toBe(false);
      expect(verdict.rules.find(({ rule }: { rule: string }) => rule === 'length').reason).toContain(
        '7712345 has 7 characters; at least 8 are needed',
      );
    }
  });

  test('P-30 P-34 a print file has letters on tracks 1 and 3 only, each track the code itself; track 2 is refused', async () => {
    const { id } = (await stand.admin('/card-batches', { programId: second, count: 3 })).body;
    const refused = await printFile(id, '?tracks=1,2');
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as Answer['body']).errors).toEqual([
      { path: 'tracks', message: 'track 2 holds digits only; letters go to tracks 1 and 3' },
    ]);
    const lines = (await (await printFile(id, '?tracks=1,3')).text()).trimEnd().split('\r\n').slice(1);
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      const [number = '', ...tracks] = line.split(',');
      expect(number).toMatch(/^S2[2-9A-HJ-NP-Z]{8}$/);
      expect(tracks).toEqual([number, '', number, number]);
    }
  });

  test('P-26 a print file or a typed sample passes or fails, with the reason for each rule', async () => {
    const numbers = Array.from({ length: 4 }, () => `77${randomInt(10 ** 13, 10 ** 14 - 1)}`);
    const file = (rows: string[][]) =>
      ['number,track1,track2,track3,barcode', ...rows.map((row) => row.join(','))].join('\n');
    const good = numbers.map((number) => [number, number, number, '', number]);
    expect(await checked({ file: file(good), programId: stand.programId })).toMatchObject({ pass: true, cards: 4 });
    const [n = ''] = numbers;
    for (const [row, rule] of [
      [['7791827', '7791827', '7791827', '', '7791827'], 'length'],
      [[String(BigInt(n) + 1n), n, n, '', n], 'tracks'],
      [[`78${n.slice(2)}`, `78${n.slice(2)}`, '', '', ''], 'range'],
      [['77ab9182cd', '77ab9182cd', '', '', ''], 'characters'],
      [['77AB9182CD', '', '77AB9182CD', '', ''], 'tracks'],
      [[n.replace(/.$/, 'X'), `B${n.replace(/.$/, 'X')}`, '', '', ''], 'tracks'],
      [[n.replace(/.$/, 'Y'), n.replace(/.$/, 'Y'), '', '', n], 'barcode'],
      [[n, n, n, '', n], 'random'],
    ] as const) {
      const verdict = await checked({ file: file([...good, [...row]]), programId: stand.programId });
      expect(verdict.pass).toBe(false);
      expect(failures(verdict), row[0]).toContain(rule);
      for (const { reason } of verdict.rules) expect(reason).toMatch(/\.$/);
    }
    const run = ['7700000000000001', '7700000000000002', '7700000000000003'].map((one) => [one, one, one, '', one]);
    expect((await checked({ file: file(run) })).rules).toContainEqual({
      rule: 'random',
      pass: false,
      reason: '7700000000000001, 7700000000000002, 7700000000000003 are in sequence.',
    });
    expect(await checked({ sample: `;${n}?`, programId: stand.programId })).toMatchObject({
      pass: true,
      read: { kind: 'stripe', number: n, tracks: { 2: n } },
      customers: [],
    });
    expect(failures(await checked({ sample: `%B${n}^DOE^2512?` }))).toEqual(['tracks']);
    expect(failures(await checked({ sample: '%E?' }))).toEqual(['read']);
    for (const bad of ['', 'a,b\n1,2\n', 'number\n', '"unclosed'])
      expect((await stand.admin('/cards/print-check', { file: bad })).status, bad).toBe(400);
  });
});

describe('the activity report', () => {
  test('P-16 P-02 a period’s opening, earned, redeemed and adjusted add up to its closing, equal to the ledger', async () => {
    const typeId = await newType('Reported');
    const person = stand.person(2);
    const { id } = await met(2);
    await stand.admin(`/customers/${id}`, { typeId }, 'PATCH');
    await sell('A-1', id, '1000.00');
    await stand.quiet();
    const middle = new Date().toISOString();
    await sell('A-2', id, '100.00', '30.00');
    await stand.quiet();
    await stand.admin(`/accounts/${id}/adjustments`, { amount: '-2.50', reason: 'correction' });
    await stand.quiet();
    const card = (await stand.account(person)).altegio.cardId;
    await stand.control('/staff/adjust', { cardId: card, amount: '7.00' });
    await stand.admin('/reconciliations', { accountId: id });
    await stand.quiet();
    const { ledger } = await stand.account(person);
    const whole = (await stand.admin(`/accounts/${id}/activity`)).body;
    expect(whole).toMatchObject({
      earned: '53.50',
      redeemed: '30.00',
      adjusted: '-2.50',
      external: '7.00',
      expired: '0.00',
      closing: ledger.active,
    });
    const before = (await stand.admin(`/accounts/${id}/activity?to=${middle}`)).body;
    const after = (await stand.admin(`/accounts/${id}/activity?from=${middle}`)).body;
    expect(before).toMatchObject({ earned: '50.00', redeemed: '0.00' });
    expect(after).toMatchObject({ opening: before.closing, earned: '3.50', redeemed: '30.00', closing: ledger.active });

    const path = `/reports/activity?chainId=${stand.chainId}&typeId=${typeId}`;
    const report = (await stand.admin(path)).body;
    expect(report.items).toHaveLength(1);
    expect(report.items[0]).toMatchObject({ type: { name: 'Reported' }, customers: 1, closing: ledger.active });
    expect(report.total.closing).toBe(ledger.active);
    const all = (await stand.admin(`/reports/activity?chainId=${stand.chainId}`)).body;
    const [sums] = await rows<{ points: string }>(
      'select (sum(active + pending - debt) / 100.0)::numeric(20, 2)::text as points from account',
    );
    expect(all.total.closing).toBe(sums?.points);
    const headers = { authorization: 'Bearer admin-test' };
    const csv = await (await fetch(`${stand.apiUrls[0]}/api${path}&by=account&format=csv`, { headers })).text();
    expect(csv.trimEnd().split('\r\n')[1]).toBe(
      [
        id,
        'Reported',
        '1',
        '0.00',
        '53.50',
        '30.00',
        '0.00',
        '0.00',
        '-2.50',
        '7.00',
        whole.adopted,
        '0.00',
        ledger.active,
      ].join(','),
    );
  });
});
