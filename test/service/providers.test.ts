// Who keeps a location's second book: Altegio, nobody, or there are no points at all. The till never notices.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('providers');
});
afterAll(() => stand?.close());

const RULES = {
  name: 'Cashback',
  currency: 'KZT',
  accrual: { levels: [{ from: '0.00', percent: '5' }], base: 'money' },
  redeem: { maxShare: '0.30' },
};

async function must(answer: Promise<Answer>): Promise<Answer['body']> {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return body;
}

/** A location without Altegio, its program and the key of its till. */
async function ownLocation(rules: object = {}): Promise<{ id: number; chainId: number; key: string }> {
  const { id, chainId } = await must(stand.admin('/locations', { name: 'Own', timeZone: 'Asia/Almaty' }));
  await must(stand.admin('/programs', { chainId, provider: 'own', ...RULES, ...rules }));
  const { key } = await must(stand.admin('/keys', { locationId: id, name: 'Till' }));
  return { id, chainId, key };
}

const till = (key: string, path: string, body?: unknown): Promise<Answer> =>
  stand.till(path, body, { headers: { authorization: `Bearer ${key}` } });

const switchTo = (locationId: number, provider: string, more: object = {}) =>
  stand.admin(`/locations/${locationId}`, { provider, ...more }, 'PATCH');

/** Calls of Altegio since then that name any of these: a late event of another customer may still be worked on. */
async function callsNaming(since: string, ...names: (string | number | undefined)[]): Promise<unknown[]> {
  const requests = (await stand.control(`/requests?since=${encodeURIComponent(since)}`)) as unknown[];
  return requests.filter((request) => names.some((name) => JSON.stringify(request).includes(String(name))));
}

/** What a till computes with: states and figures, without ids and moments. */
function figures({ status, body }: Answer): object {
  const { state, total, redeemed, due, accrued, tenders, replayed, declined, code, allowed, maxRedeemable } = body;
  const { mirror, wouldAccrue, methods, payment, account = payment?.account } = body;
  const { moneyToReturn, pointsReturned, accrualClawedBack, debt, refunded = payment?.refunded } = body;
  const returned = { moneyToReturn, pointsReturned, accrualClawedBack, debt, refunded };
  const known = { state, total, redeemed, due, accrued, tenders, replayed, declined, code, allowed, maxRedeemable };
  const card = account?.card && { status: account.card.status, number: typeof account.card.number };
  return {
    status,
    ...known,
    ...returned,
    wouldAccrue,
    methods,
    target: mirror?.target,
    balance: account?.balance,
    card,
  };
}

/** A busy machine may decide later than a till waits: then it asks where it was told to. */
async function decided(key: string, answer: Answer): Promise<Answer> {
  if (answer.status !== 202) return answer;
  const { kind = 'payment' } = answer.body;
  let { body } = answer;
  await until('it is decided', async () => {
    body = (await till(key, (answer.headers.get('location') ?? '').replace('/v1', ''))).body;
    return body.state === 'PENDING' ? body : true;
  });
  return { ...answer, status: kind === 'capture' || kind === 'void' ? 200 : 201, body };
}

/** The day of a till with one new customer: the very same calls wherever it stands. */
async function day(key: string, phone: string, settled: () => Promise<void>): Promise<object[]> {
  const said: object[] = [];
  const ask = async (path: string, body?: unknown): Promise<Answer> => {
    const answer = await decided(key, await till(key, path, body));
    said.push(figures(answer));
    return answer;
  };
  const hold = async (receipt: string, redeem: string): Promise<string> =>
    (await ask('/payments', { receipt, phone, total: '100.00', redeem, capture: false })).body.id;
  const earn = { receipt: 'D-1', phone, total: '1000.00', redeem: 'none' };
  await ask('/payments', earn);
  await settled();
  const found = await ask('/lookups', { phone });
  const accountId = found.body.account.id;
  await ask('/lookups', { cardNumber: found.body.account.card.number });
  await ask('/quotes', { accountId, total: '100.00' });
  await ask('/payments', { receipt: 'D-2', accountId, total: '100.00', redeem: 'max' });
  await settled();
  await ask('/payments', earn);
  await ask('/payments', { receipt: 'D-3', accountId, total: '500.00', redeem: '300.00' });
  await ask('/payments', { receipt: 'D-4', accountId, total: '500.00', redeem: '24.00', allowPartial: true });
  await settled();
  const held = await hold('D-5', '20.00');
  await ask('/lookups', { phone });
  await ask(`/payments/${held}/capture`, { total: '80.00' });
  await ask('/refunds', { receipt: 'D-5', refund: 'R-1', amount: '40.00' });
  await ask(`/payments/${held}/void`, {});
  await ask(`/payments/${await hold('D-6', '3.00')}/void`, {});
  await settled();
  await ask('/lookups', { phone });
  return said;
}

describe('the provider of a location', () => {
  it('P-01 the same calls of a till give the same figures where Altegio keeps the second book and where nobody does; without points each is refused and nothing is written', async () => {
    const own = await ownLocation();
    const phone = `+${stand.person(45).phone}`;
    const matched = () =>
      until('both books are equal', async () => {
        const account = await stand.account(stand.person(45));
        return account?.state === 'matched' && account.workflowIds.length === 0 ? true : account;
      });
    const atAltegio = await day(stand.key, phone, matched);
    await stand.bothHold(stand.person(45), '15.32');
    const before = new Date().toISOString();
    const stranger = '+77019990045';
    const atOwn = await day(own.key, stranger, () => stand.quiet());
    expect(atOwn).toEqual(atAltegio);
    expect(atOwn.at(-1)).toMatchObject({ balance: { active: '15.32', available: '15.32' } });
    expect(await callsNaming(before, stranger.slice(1), own.id)).toEqual([]);

    await must(switchTo(own.id, 'none'));
    const written = () =>
      stand.pool.query('select (select count(*) from payment) + (select count(*) from account) as n');
    const { rows } = await written();
    const accountId = (await till(stand.key, '/lookups', { phone })).body.account.id;
    for (const [path, body] of [
      ['/lookups', { phone }],
      ['/quotes', { accountId, total: '10.00' }],
      ['/payments', { receipt: 'N-1', phone, total: '10.00', redeem: 'none' }],
      ['/payments', { receipt: 'N-2', phone, total: '10.00', redeem: 'none', capture: false }],
    ] as const) {
      const { status, body: problem } = await till(own.key, path, body);
      expect([status, problem.code, problem.posAction]).toEqual([422, 'program_not_linked', 'pay_without_points']);
    }
    const unknown = await till(own.key, '/refunds', { receipt: 'N-1', refund: 'R', amount: '1.00' });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'payment_not_found']);
    expect((await written()).rows).toEqual(rows);
    await must(switchTo(own.id, 'own'));
    const back = await till(own.key, '/lookups', { phone: stranger });
    expect(back.body.account.balance.active).toBe('15.32');
  });

  it('P-01 switched to its own book and back, a location keeps its key, its customers and their points; meanwhile nothing is sent to Altegio', async () => {
    const person = stand.person(1);
    const phone = `+${person.phone}`;
    const pay = (receipt: string, more: object) =>
      till(stand.key, '/payments', { receipt, phone, total: '100.00', redeem: 'none', ...more });
    expect((await till(stand.key, '/lookups', { phone })).body.account.balance.active).toBe('100.00');
    expect((await pay('S-1', {})).body).toMatchObject({ state: 'CAPTURED', accrued: '5.00' });
    await stand.bothHold(person, '105.00');
    await stand.quiet();

    await must(switchTo(stand.locationId, 'own'));
    const since = new Date().toISOString();
    const paid = await pay('S-2', { redeem: 'max' });
    expect(paid.body).toMatchObject({ redeemed: '30.00', due: '70.00', accrued: '3.50' });
    expect(paid.body.mirror).toEqual({ state: 'matched', target: '78.50', altegio: null, seenAt: null });
    await stand.quiet();
    const { id } = await stand.account(person);
    expect(await stand.account(person)).toMatchObject({
      provider: 'own',
      state: 'matched',
      altegio: null,
      drift: '0.00',
      workflowIds: [],
    });
    await must(stand.admin('/reconciliations', { accountId: id }));
    await must(stand.admin(`/accounts/${id}/adjustments`, { amount: '1.50', reason: 'a present' }));
    await stand.quiet();
    expect((await stand.admin(`/payments/${paid.body.id}/proof`)).body.verdict).toBe('exactly_once');
    expect(await callsNaming(since, person.phone, person.card?.id)).toEqual([]);
    // Staff move the card while nobody looks: found when it is taken up again, like any change of others.
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '20.00' });

    await must(switchTo(stand.locationId, 'altegio'));
    await stand.bothHold(person, '100.00');
    expect((await pay('S-3', {})).body.account.balance.active).toBe('105.00');
    await stand.bothHold(person, '105.00');
    await stand.quiet();
  });

  it('P-13 two locations of one company with different rules answer the same bill differently', async () => {
    const first = await ownLocation({ locations: [] });
    const { chainId } = first;
    const second = await must(stand.admin('/locations', { name: 'Second', timeZone: 'Europe/Berlin', chainId }));
    const { key } = await must(stand.admin('/keys', { locationId: second.id, name: 'Till' }));
    const program = (name: string, locations: number[], percent: string, maxShare: string) =>
      must(
        stand.admin('/programs', {
          ...RULES,
          ...{ chainId, provider: 'own', name, locations },
          accrual: { levels: [{ from: '0.00', percent }], base: 'money' },
          redeem: { maxShare },
        }),
      );
    await program('Centre', [first.id], '5', '0.30');
    await program('Airport', [second.id], '10', '0.50');
    const phone = '+77015550001';
    const bill = async (till_: string, receipt: string) => {
      const earned = await till(till_, '/payments', {
        receipt: `${receipt}-1`,
        phone,
        total: '2000.00',
        redeem: 'none',
      });
      const spent = await till(till_, '/payments', { receipt: `${receipt}-2`, phone, total: '100.00', redeem: 'max' });
      return [earned.body.accrued, spent.body.redeemed, spent.body.accrued];
    };
    expect(await bill(first.key, 'C')).toEqual(['100.00', '30.00', '3.50']);
    expect(await bill(key, 'A')).toEqual(['200.00', '50.00', '5.00']);
  });

  it('a switch that would take other locations or points along says so and changes nothing', async () => {
    const own = await ownLocation();
    const answers = await Promise.all([
      switchTo(own.id, 'altegio'),
      switchTo(stand.locationId, 'own', { provider: 'x' }),
    ]);
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [409, 'conflict'],
      [400, 'invalid_request'],
    ]);
    await must(stand.admin('/connections', { locationId: stand.locationId + 1 }));
    const shared = await switchTo(stand.locationId, 'own');
    expect([shared.status, shared.body.locationIds]).toEqual([409, [stand.locationId + 1]]);
    const { items } = await must(stand.admin('/locations'));
    expect(items.map(({ provider }: { provider: string }) => provider)).not.toContain('none');
    const both = await must(switchTo(stand.locationId, 'own', { together: true }));
    expect(both.switched).toEqual({
      locationIds: [stand.locationId, stand.locationId + 1],
      programIds: [stand.programId],
    });
    await must(switchTo(stand.locationId, 'altegio', { together: true }));
    await stand.quiet();
  });
});
