// Limits a day put an accrual under review and never block a sale; a person decides, and signals show their evidence.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

const LIMITS = { paymentsPerDay: 2, pointsPerDay: '50.00', perOperator: { paymentsPerDay: 4 } };
let stand: Stand;
let serial = 0;
beforeAll(async () => {
  stand = await startStand('limits', { program: { limits: LIMITS } });
});
afterAll(() => stand?.close());

const pay = async (index: number, fields: object = {}): Promise<Answer> =>
  await stand.till('/payments', {
    receipt: `LIM-${(serial += 1)}`,
    phone: `+${stand.person(index).phone}`,
    total: '100.00',
    redeem: 'none',
    ...fields,
  });
const account = async (index: number) => await stand.account(stand.person(index));
const reviews = async (query = ''): Promise<Answer['body'][]> => (await stand.admin(`/reviews${query}`)).body.items;
const decide = (id: string, decision: string, reason = 'looked at the cameras') =>
  stand.admin(`/reviews/${id}/${decision}`, { reason });
const decided = async (id: string, state: string): Promise<void> =>
  await until(`the review is ${state}`, async () => {
    const found = (await reviews()).find((review) => review.id === id);
    return found?.state === state ? true : found;
  });

describe('limits a day', () => {
  it('B-25 over the limit of a card the sale goes on, its points wait, and both books are equal without them', async () => {
    const known = await stand.till('/lookups', { phone: `+${stand.person(1).phone}` });
    const before = known.body.account.balance.available;
    const answers = await Promise.all(Array.from({ length: 5 }, () => pay(1)));
    expect(answers.map(({ status, body }) => [status, body.state, body.accrued])).toEqual(
      Array(5).fill([201, 'CAPTURED', '5.00']),
    );
    const waiting = answers.filter(({ body }) => body.review);
    expect(waiting.map(({ body }) => body.review.limits[0])).toEqual(
      expect.arrayContaining(
        ['3', '4', '5'].map((seen) => ({ of: 'card', limit: 'paymentsPerDay', allowed: '2', seen })),
      ),
    );
    expect(waiting).toHaveLength(3);
    const { ledger, id } = await account(1);
    expect(ledger).toMatchObject({ pending: '15.00', available: (Number(before) + 10).toFixed(2) });
    await stand.bothHold(stand.person(1), ledger.available);
    const open = await reviews(`?state=open&accountId=${id}`);
    expect(open.map(({ amount, waiting: left, state }) => [amount, left, state])).toEqual(
      Array(3).fill(['5.00', '5.00', 'open']),
    );
    expect(new Set(open.map(({ paymentId }) => paymentId))).toEqual(new Set(waiting.map(({ body }) => body.id)));
  });

  it('B-25 approved points become active in both books, refused ones are taken back; who, when and why are kept', async () => {
    const { id: accountId, ledger } = await account(1);
    const [approved, refused, left] = await reviews(`?accountId=${accountId}`);
    const answer = await decide(approved.id, 'approve', 'a regular with three children');
    expect(answer.status).toBe(202);
    await decided(approved.id, 'approved');
    const more = (Number(ledger.available) + 5).toFixed(2);
    await stand.bothHold(stand.person(1), more);
    expect((await decide(refused.id, 'refuse')).status).toBe(202);
    await decided(refused.id, 'refused');
    await stand.bothHold(stand.person(1), more);
    expect((await account(1)).ledger.pending).toBe('5.00');
    const transfers = (await stand.admin(`/accounts/${accountId}/transfers`)).body.items;
    const byCode = (code: string) => transfers.find((item: Answer['body']) => item.code === code);
    expect(byCode('activation')).toMatchObject({ amount: '5.00', reason: 'a regular with three children' });
    expect(byCode('clawback')).toMatchObject({ amount: '-5.00', part: 'pending', reason: 'looked at the cameras' });
    const [action] = (await stand.admin(`/actions?subject=${approved.id}`)).body.items;
    expect(action).toMatchObject({
      action: 'approve',
      reason: 'a regular with three children',
      actor: 'operator',
      appliedAt: expect.any(String),
      outcome: { approved: '5.00' },
    });
    const again = await decide(approved.id, 'refuse');
    expect([again.status, again.body.code]).toEqual([409, 'review_decided']);
    const twins = await Promise.all([
      decide(left.id, 'approve'),
      decide(left.id, 'refuse'),
      decide(left.id, 'approve'),
    ]);
    expect(twins.some(({ status }) => status === 202)).toBe(true);
    await stand.quiet();
    expect((await account(1)).ledger.pending).toBe('0.00');
    const decidedOnce = transfers.length + 1;
    expect((await stand.admin(`/accounts/${accountId}/transfers`)).body.items).toHaveLength(decidedOnce);
    expect((await decide(`${left.id.slice(0, -4)}zzzz`, 'approve')).status).toBe(404);
    expect((await stand.admin(`/reviews/${left.id}/approve`, {})).status).toBe(400);
  });

  it('B-25 points a day and sales of one cashier are limited too; other days and other cashiers are not counted', async () => {
    const exact = await pay(2, { total: '1000.00' });
    expect(exact.body).toMatchObject({ accrued: '50.00' });
    expect(exact.body.review).toBeUndefined();
    const over = await pay(2, { total: '1.00' });
    expect(over.body.review.limits).toEqual([{ of: 'card', limit: 'pointsPerDay', allowed: '50.00', seen: '50.05' }]);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString();
    expect((await pay(2, { occurredAt: yesterday })).body.review).toBeUndefined();
    const operator = 'Busy cashier';
    for (const index of [3, 4, 5, 6]) expect((await pay(index, { operator })).body.review).toBeUndefined();
    expect((await pay(7, { operator: 'Other cashier' })).body.review).toBeUndefined();
    const fifth = await pay(8, { operator });
    expect(fifth.body.review.limits).toEqual([{ of: 'operator', limit: 'paymentsPerDay', allowed: '4', seen: '5' }]);
    expect((await reviews(`?accountId=${(await account(8)).id}`))[0]).toMatchObject({ operator, amount: '5.00' });
    expect((await pay(8, { operator, total: '1.00', redeem: 'max' })).body.state).toBe('CAPTURED');
  });
});

describe('signals', () => {
  const signals = async (query: string): Promise<Answer['body'][]> =>
    (await stand.admin(`/signals${query}`)).body.items;

  it('B-25 a cashier’s own card is found by name, phone, card, and by being served by one cashier alone', async () => {
    const [named, phoned, carded, loyal] = [10, 11, 12, 13];
    for (const index of [named, phoned, carded, loyal]) await pay(index, { operator: 'Any' });
    await stand.pool.query(`update account set display_name = 'Dana S.' where id = $1`, [(await account(named)).id]);
    await pay(named, { operator: 'dana s.' });
    await pay(phoned, { operator: stand.person(phoned).phone.slice(-10) });
    await pay(carded, { operator: (await account(carded)).cardNumber });
    for (let count = 0; count < 5; count += 1) await pay(14, { operator: 'Loner' });
    const found = await signals(`?kind=own_card&locationId=${stand.locationId}`);
    const of = async (index: number) => {
      const { id } = await account(index);
      return found
        .filter(({ accountId }) => accountId === id)
        .map(({ because, operator, count }) => [because, operator, count]);
    };
    expect(await of(named)).toEqual([['same_name', 'dana s.', 1]]);
    expect((await of(phoned)).map(([because]) => because)).toEqual(['same_phone']);
    expect((await of(carded)).map(([because]) => because)).toEqual(['same_card']);
    expect(await of(14)).toEqual([['only_this_operator', 'Loner', 5]]);
    expect(await of(loyal)).toEqual([]);
    const lone = found.find(({ operator }) => operator === 'Loner');
    expect(lone).toMatchObject({ points: '25.00', sentence: 'All 5 payments of the card were taken by one cashier.' });
    expect(lone.evidence).toHaveLength(5);
    expect(lone.evidence[0]).toMatchObject({ id: expect.stringMatching(/^pay_/), amount: '5.00' });
  });

  it('B-25 points earned at night of the location are found, night by night, and those of the day are not', async () => {
    for (const occurredAt of [
      '2026-11-02T22:59:59+05:00',
      '2026-11-02T23:00:00+05:00',
      '2026-11-03T05:59:59+05:00',
      '2026-11-03T06:00:00+05:00',
      '2026-11-03T23:30:00+05:00',
    ])
      await pay(15, { occurredAt, operator: 'Owl' });
    const found = await signals('?kind=night_accruals&from=2026-11-02&to=2026-11-04');
    const nights = found.filter(({ operator }) => operator === 'Owl');
    expect(nights.map(({ first, count }) => [first, count])).toEqual([
      ['2026-11-03T18:30:00.000Z', 1],
      ['2026-11-02T18:00:00.000Z', 2],
    ]);
    expect(await signals('?kind=night_accruals&from=2026-11-05&to=2026-11-06')).toEqual([]);
  });

  it('B-25 many adjustments of one account are found, with their reasons', async () => {
    const { id } = await account(16).then(async (found) => found ?? (await pay(16), await account(16)));
    for (const amount of ['5.00', '-2.00', '7.00'])
      // On a busy machine Temporal may take longer than the door waits for it: asked again under the same key.
      await until(`${amount} is taken in`, async () => {
        const body = { amount, reason: `gift of ${amount}` };
        const key = { 'idempotency-key': `many-${amount}` };
        const { status } = await stand.admin(`/accounts/${id}/adjustments`, body, 'POST', key);
        return status === 202 || status;
      });
    await stand.quiet();
    const [found, ...others] = await signals('?kind=many_adjustments');
    expect(others).toEqual([]);
    expect(found).toMatchObject({ accountId: id, count: 3, points: '10.00' });
    expect(found.evidence.map(({ reason }: Answer['body']) => reason).sort()).toEqual([
      'gift of -2.00',
      'gift of 5.00',
      'gift of 7.00',
    ]);
  });
});
