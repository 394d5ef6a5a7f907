// What the ledger says about itself: why each transfer is that many points, what is owed, and what other rules would do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertNativeLines } from '../../activities/altegio/promotions.ts';
import { verifyLedger } from '../../activities/ledger/proof/verify.ts';
import { followJournal, mixedRun, pay } from './proof-stand.ts';
import { type Answer, startStand, type Stand } from './stand.ts';
import { depsOf } from './steps.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('reports');
  await mixedRun(stand);
  const paid = await pay(stand, stand.person(2), 'REP-1');
  await stand.till(`/payments/${paid.id}/refunds`, { refund: 'F-1', amount: '40.00' });
  await stand.quiet();
});
afterAll(() => stand?.close());

type Body = Answer['body'];
const minor = (text: string): bigint => BigInt(text.replace('.', ''));
const historyOf = async (index: number, query = ''): Promise<Body[]> =>
  (await stand.admin(`/accounts/${await stand.meet(stand.person(index))}/transfers${query}`)).body.items;

async function document(method: string, path: string, body?: unknown): Promise<{ type: string; text: string }> {
  const headers = { authorization: 'Bearer admin-test', 'content-type': 'application/json' };
  const answer = await fetch(`${stand.apiUrls[0]}/api${path}`, {
    method,
    headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(answer.status).toBe(200);
  return { type: answer.headers.get('content-type') ?? '', text: await answer.text() };
}

describe('why this many', () => {
  it('B-12 every transfer of an account says it with its numbers, the program and its version, in eight languages', async () => {
    const english = await historyOf(2);
    const byCode = Object.fromEntries(english.map(({ code, why }) => [code, why]));
    expect(byCode).toMatchObject({
      accrual: expect.stringMatching(
        /^5 % of the \d+\.00 of money that earns on receipt (MIX-2|REP-1) is \d\.\d\d points\. Program Bonus, version 1\.$/,
      ),
      opening: expect.stringContaining('held 250.00 already'),
      refund:
        '12.00 points that had paid a part of receipt REP-1 came back: 40.00 of 100.00 was refunded. Program Bonus, version 1.',
      clawback:
        '1.40 points earned at 5 % on receipt REP-1 were taken back: 28.00 of its money was returned. Program Bonus, version 1.',
    });
    const spent = english.filter(({ code }) => code === 'redemption').map(({ why }) => why);
    expect(spent.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      expect.stringMatching(
        /^25\.00 of the 30\.00 points that paid receipt REP-1 of 100\.00, from points that never expire\./,
      ),
      expect.stringMatching(
        /^5\.00 of the 30\.00 points that paid receipt REP-1 of 100\.00; they would have expired on \d{4}-\d\d-\d\d /,
      ),
    ]);
    const said = new Set<string>();
    for (const lang of ['en', 'ru', 'kk', 'uk', 'uz', 'ky', 'es', 'de']) {
      const items = await historyOf(2, `?lang=${lang}`);
      expect(items.every(({ why }) => why.includes('Bonus') && !/[{}]/.test(why))).toBe(true);
      said.add(items[0].why);
    }
    expect(said.size).toBe(8);
    expect((await stand.admin(`/accounts/${await stand.meet(stand.person(2))}/transfers?lang=fr`)).status).toBe(400);
  });

  it('B-12 the sentence of an accrual comes to exactly the points that were posted', async () => {
    for (const index of [1, 2, 3])
      for (const { code, amount, why } of await historyOf(index)) {
        if (code !== 'accrual') continue;
        const [, percent = '', base = ''] = /^(\d+) % of the (\d+\.\d\d)/.exec(why) ?? [];
        expect((minor(base) * BigInt(percent)) / 100n).toBe(minor(amount));
      }
  });

  it('B-12 a change by staff and one by an operator name who and why, and the statement says the same', async () => {
    const items = await historyOf(1);
    const of = (code: string) => items.find((one) => one.code === code)?.why;
    expect(of('external')).toContain(
      'held 123.50 where 73.50 was expected, a difference of 50.00: the salon’s staff added points',
    );
    const adjusted = items.filter(({ code }) => code === 'adjustment').map(({ why }) => why);
    expect(adjusted.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      ['3.50', '6.50'].map(
        (part) => `−${part} of the −10.00 by which an operator changed the balance: a test. Program Bonus, version 1.`,
      ),
    );
    const id = await stand.meet(stand.person(1));
    const { entries } = (await stand.admin(`/accounts/${id}/statement?lang=en`)).body;
    const whys = entries.flatMap(({ ledger }: Body) => ledger.transfers.map(({ why }: Body) => why));
    expect(new Set(whys)).toEqual(new Set(items.map(({ why }) => why)));
    const spanish = (await stand.admin(`/accounts/${id}/statement?lang=es`)).body.entries[0].ledger.transfers[0].why;
    expect(spanish).toContain('La tarjeta en Altegio ya tenía 100.00');
  });

  it('B-12 a posting keeps the version it was made under, however often the rules change', async () => {
    const before = await historyOf(2);
    await stand.admin(`/programs/${stand.programId}`, await settings({ percent: '7' }), 'PUT');
    await pay(stand, stand.person(5), 'REP-2', 'none');
    await stand.quiet();
    expect((await historyOf(2)).map(({ why }) => why)).toEqual(before.map(({ why }) => why));
    expect((await historyOf(5))[0].why).toBe(
      '7 % of the 100.00 of money that earns on receipt REP-2 is 7.00 points. Program Bonus, version 2.',
    );
  });
});

/** The program's settings with another percent. */
async function settings({
  percent = '5',
  ...changes
}: { percent?: string } & Record<string, unknown>): Promise<object> {
  const {
    id: _id,
    version: _v,
    chainId: _c,
    cardTypeId: _t,
    cardTypeTitle: _n,
    provider: _p,
    createdAt: _a,
    ...now
  } = (await stand.admin(`/programs/${stand.programId}`)).body;
  return { ...now, accrual: { levels: [{ from: '0.00', percent }] }, ...changes };
}

describe('what is owed', () => {
  const report = async (query = ''): Promise<Body> =>
    (await stand.admin(`/reports/liability?chainId=${stand.chainId}${query}`)).body;

  it('B-19 opening + issued − redeemed − expired ± adjusted = closing for month, branch and currency, equal to the ledger', async () => {
    const { items, proof } = await report();
    expect(items.length).toBeGreaterThan(0);
    for (const line of items) {
      const sum =
        minor(line.opening) + minor(line.issued) - minor(line.redeemed) - minor(line.expired) + minor(line.adjusted);
      expect(sum).toBe(minor(line.closing));
      expect(line).toMatchObject({ locationId: stand.locationId, currency: 'KZT', location: expect.any(String) });
    }
    const { rows } = await stand.pool.query<{ owed: bigint }>(
      'select sum(active + pending - debt)::bigint as owed from account',
    );
    expect(minor(items.at(-1).closing)).toBe(rows[0]?.owed);
    expect(proof).toEqual([
      { currency: 'KZT', closing: items.at(-1).closing, balances: items.at(-1).closing, equal: true },
    ]);
  });

  it('B-19 as CSV, and narrowed to months and a branch; an unknown chain is said', async () => {
    const csv = await document('GET', `/reports/liability?chainId=${stand.chainId}&format=csv`);
    expect(csv.type).toContain('text/csv');
    const [head, first] = csv.text.replace('\uFEFF', '').split('\r\n');
    expect(head).toBe(
      'month,locationId,location,currency,opening,issued,redeemed,expired,adjusted,closing,expectedBreakage',
    );
    expect(first).toMatch(/^\d{4}-\d\d,\d+,[^,]+,KZT,0\.00,/);
    expect((await report('&to=2020-01')).items).toEqual([]);
    expect((await report(`&locationId=${stand.locationId + 1}`)).items).toEqual([]);
    expect((await stand.admin('/reports/liability?chainId=1')).body.code).toBe('connection_not_found');
    expect((await stand.admin(`/reports/liability?chainId=${stand.chainId}&from=2026-13`)).status).toBe(400);
  });
});

describe('a simulation', () => {
  const TABLES = [
    'transfer',
    'lot',
    'operation',
    'payment',
    'program_version',
    'account',
    'idempotency_key',
    'operator_action',
  ];
  /** How many rows there are, and the last link of every chain of hashes. */
  async function stored(): Promise<string> {
    const counts = await Promise.all(
      TABLES.map(async (table) => (await stand.pool.query(`select count(*)::int as n from ${table}`)).rows[0]?.n),
    );
    const { rows } = await stand.pool.query(
      `select account_id, transfers, encode(hash, 'hex') as hash from ledger_tip order by 1`,
    );
    return JSON.stringify([counts, rows], (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
  }
  const simulate = async (body: object) => await stand.admin(`/programs/${stand.programId}/simulations`, body);

  it('B-11 cost, liability, who moves level, the largest gainers and losers, and no row and no hash changes', async () => {
    const before = await stored();
    const since = new Date().toISOString();
    const doubled = (await simulate({ days: 30, settings: await settings({ percent: '10' }) })).body;
    const { rows } = await stand.pool.query<{ earned: bigint; owed: bigint; sales: number }>(
      `select (select sum(case when code = 'accrual' then amount else -amount end)::bigint from transfer where code in ('accrual', 'clawback')) as earned,
              (select sum(active + pending - debt)::bigint from account) as owed, (select count(*)::int from payment) as sales`,
    );
    const [found] = rows;
    expect(minor(doubled.cost.now)).toBe(found?.earned);
    expect(minor(doubled.liability.now)).toBe(found?.owed);
    expect(doubled.sales).toBe(found?.sales);
    // MIX-1, MIX-2, MIX-3, REP-1 less its refund, and REP-2.
    expect(doubled.proposed.earned).toBe('38.20');
    expect(minor(doubled.liability.difference)).toBe(minor(doubled.cost.difference));
    expect(doubled.levels).toMatchObject({ up: doubled.customers, down: 0 });
    expect(doubled.gainers[0]).toMatchObject({ levelNow: '7', levelProposed: '10' });
    expect(doubled.losers).toEqual([]);
    const nothing = (await simulate({ days: 30, settings: await settings({ percent: '0' }) })).body;
    expect(nothing.proposed.earned).toBe('0.00');
    expect(nothing.losers.length).toBe(nothing.customers);
    expect(await stored()).toBe(before);
    expect(await stand.calls(since)).toEqual([]);
    expect((await verifyLedger(stand.pool)).wrong).toBe(0);
  });

  it('B-11 as CSV it has every customer; wrong rules and an unknown program are refused', async () => {
    const body = { days: 30, settings: await settings({ percent: '10' }) };
    const csv = await document('POST', `/programs/${stand.programId}/simulations?format=csv`, body);
    const lines = csv.text.replace('\uFEFF', '').trim().split('\r\n');
    expect(lines[0]).toBe('accountId,levelNow,levelProposed,earnedNow,earnedProposed,difference');
    expect(lines).toHaveLength(1 + (await simulate(body)).body.customers);
    expect((await simulate({ days: 0, settings: body.settings })).status).toBe(400);
    expect((await simulate({ days: 30, settings: { name: 'x' } })).status).toBe(400);
    const unknown = await stand.admin(`/programs/prg_${'0'.repeat(26)}/simulations`, body);
    expect(unknown.body.code).toBe('program_not_found');
  });
});

describe("Altegio's own promotions", () => {
  const attach = (cardTypeIds: number[], expirationDays = 0) =>
    stand.control('/settings', {
      promotions: [
        { id: 77, title: 'Cashback 3%', type: 'cashback_static_paid', cardTypeIds, percent: 3, expirationDays },
      ],
    });
  const step4 = async (): Promise<Body> => (await stand.admin(`/connections/${stand.locationId}`)).body.steps[3];
  const watched = async (): Promise<Body> => (await stand.admin(`/promotions?chainId=${stand.chainId}`)).body.items[0];

  it('M-14 step 4 asks to confirm that the type’s own expiry is off, and fails naming an attached promotion, with or without expiry', async () => {
    expect(await step4()).toMatchObject({
      key: 'card_type',
      state: 'todo',
      reason: expect.stringContaining('confirm that the expiry is off'),
    });
    const confirmed = await stand.admin(
      `/programs/${stand.programId}/expiry-off`,
      { off: true, reason: 'looked at it' },
      'PUT',
    );
    expect(confirmed.body).toMatchObject({ programId: stand.programId, expiryOff: { by: 'operator' } });
    expect((await step4()).reason).toContain('confirmed to be off');
    for (const days of [0, 90]) {
      await attach([stand.cardTypeId], days);
      expect(await step4()).toMatchObject({ state: 'failed', reason: expect.stringContaining('“Cashback 3%” (77)') });
    }
    await attach([]);
    expect((await step4()).state).toBe('todo');
    const audit = (await stand.admin(`/actions?subject=${stand.programId}`)).body.items;
    expect(audit).toMatchObject([{ action: 'confirm-expiry-off', reason: 'looked at it' }]);
  });

  it('M-10 M-14 a card type that is linked is 409, and one that Altegio accrues on is refused by its promotion’s name', async () => {
    const other = (await stand.admin(`/chains/${stand.chainId}/card-types`)).body.find(
      ({ title }: Body) => title === 'VIP',
    ).id;
    const made = { chainId: stand.chainId, ...(await settings({})), name: 'Second' };
    await attach([other]);
    const refused = await stand.admin('/programs', { ...made, cardTypeId: other });
    expect([refused.status, refused.body.code]).toEqual([409, 'promotion_attached']);
    expect(refused.body.detail).toContain('“Cashback 3%” (77)');
    await attach([]);
    const twice = await stand.admin('/programs', { ...made, cardTypeId: stand.cardTypeId });
    expect([twice.status, twice.body.code]).toEqual([409, 'program_exists']);
    expect((await stand.admin(`/programs?chainId=${stand.chainId}`)).body.items).toHaveLength(1);
  });

  it('M-14 what Altegio accrues or burns later is explained, alerted once, counted and shown', async () => {
    const person = stand.person(6);
    await stand.meet(person);
    await stand.quiet();
    const start = minor((await stand.account(person)).target);
    await stand.control('/native', { cardId: person.card?.id, amount: '9.00', type: 2 });
    await stand.control('/native', { cardId: person.card?.id, amount: '4.00', type: 7 });
    await followJournal(stand);
    await stand.quiet();
    expect(minor((await stand.account(person)).target)).toBe(start + 500n);
    const found = await watched();
    expect(found).toMatchObject({ state: 'moved', cardType: { id: stand.cardTypeId } });
    expect(found.lines.map(({ type, amount }: Body) => [type, amount]).toSorted()).toEqual([
      [2, '9.00'],
      [7, '-4.00'],
    ]);
    const external = (await historyOf(6)).find(({ code }) => code === 'external');
    expect(external.why).toMatch(/Altegio’s own/);
    const { rows } = await stand.pool.query(
      `select alerted_at is not null as told from altegio_line where type_id in (2, 7)`,
    );
    expect(rows).toEqual([{ told: true }, { told: true }]);
    await stand.pool.query('update altegio_line set alerted_at = null');
    const alerts: (readonly [Record<string, unknown>, string])[] = [];
    const deps = depsOf(stand, stand.altegioClient, {
      alert: (facts, sentence) => void alerts.push([facts, sentence]),
    });
    for (const _again of [1, 2]) await alertNativeLines(deps, BigInt(stand.chainId));
    const { id } = await stand.account(person);
    const facts = { chainId: String(stand.chainId), cardTypeIds: [String(stand.cardTypeId)], lines: 1, accounts: [id] };
    expect(alerts).toEqual([
      [{ ...facts, points: '9.00' }, expect.stringContaining('accrued points on cards of our program')],
      [{ ...facts, points: '-4.00' }, expect.stringContaining('burnt points on cards of our program')],
    ]);
    const metrics = await (await fetch(`${stand.apiUrls[0]}/metrics`)).text();
    expect(metrics).toContain(`altegio_native_lines{chain="${stand.chainId}",kind="accrual"} 1`);
    expect(metrics).toContain(`altegio_native_lines{chain="${stand.chainId}",kind="expiry"} 1`);
  });

  it('M-14 a promotion attached after linking is found by the hourly reading, and gone when it is detached', async () => {
    const hourly = (n: number) =>
      stand.client.workflow.execute('journalTail', {
        workflowId: `journalTail:${stand.chainId}-promotions-${n}`,
        taskQueue: `${stand.taskQueuePrefix}orchestration`,
        args: [{ chainId: String(stand.chainId), daysBack: 8 }],
      });
    await attach([stand.cardTypeId]);
    await hourly(1);
    expect(await watched()).toMatchObject({
      state: 'promotion_attached',
      promotions: [{ id: 77, title: 'Cashback 3%', goneAt: null }],
    });
    const metrics = await (await fetch(`${stand.apiUrls[0]}/metrics`)).text();
    expect(metrics).toContain(`altegio_promotions_attached{chain="${stand.chainId}"} 1`);
    await attach([]);
    await hourly(2);
    expect((await watched()).promotions).toMatchObject([{ id: 77, goneAt: expect.any(String) }]);
  });
});
