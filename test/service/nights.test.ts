/** The night of a program: points become active and end, levels, and what operators see of it; gifts; any instant. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AltegioDeps } from '../../activities/altegio/deps.ts';
import { sweep as sweepCards } from '../../activities/altegio/sweep.ts';
import { ProgramTime, startProgramStand } from './program-stand.ts';
import type { Stand } from './stand.ts';
import { until } from './until.ts';

const DAY_MS = 86_400_000;

let stand: Stand;
beforeAll(async () => {
  stand = await startProgramStand('nights');
});
afterAll(() => stand?.close());

const time = new ProgramTime(() => stand);
const { night, nextNight, sweep, holding, pay, program, endsIn, lotsOf, ledgerOf, codesOf, enrol, untilActive } = time;

describe('points that end', () => {
  it('C-44 the table of lots says date and amount, earliest first, and exactly that then ends, in both books', async () => {
    const accountId = await holding(1, '0.00');
    for (const [place, total] of ['100.00', '200.00', '300.00'].entries())
      await pay({ receipt: `E-${place}`, accountId, total, redeem: 'none' });
    await stand.bothHold(stand.person(1), '30.00');
    await endsIn(accountId, [1, -1, 0]);
    const { forecast } = await lotsOf(accountId);
    expect(forecast.map(({ amount }: { amount: string }) => amount)).toEqual(['10.00', '15.00', '5.00']);
    const days = forecast.map(({ at }: { at: string }) => Date.parse(at));
    expect(days.map((at: number) => (at - days[1]) / DAY_MS)).toEqual([-1, 0, 1]);
    const found = await stand.till('/lookups', { phone: `+${stand.person(1).phone}` });
    expect(found.body.account.nextExpiry).toEqual(forecast[0]);
    const [told] = await nextNight();
    expect(told).toMatchObject({ programId: stand.programId, expired: { accounts: 1, amount: '25.00' } });
    expect((await lotsOf(accountId)).forecast).toEqual([forecast[2]]);
    expect(await ledgerOf(accountId)).toMatchObject({ active: '5.00', available: '5.00' });
    const nights = (await stand.admin(`/nights?chainId=${stand.chainId}`)).body;
    expect(nights.items[0]).toMatchObject({ date: told?.date, expired: { accounts: 1, amount: '25.00' } });
    expect(nights.waiting).toMatchObject({ cards: 1 });
    expect(Date.parse(nights.waiting.lastEqualAt)).toBeGreaterThan(Date.now());
    await sweep();
    await stand.bothHold(stand.person(1), '5.00');
    await until('nobody waits', async () => {
      const { waiting } = (await stand.admin('/nights')).body;
      return waiting.cards === 0 && waiting.lastEqualAt === null ? true : waiting;
    });
    await time.daysPass(1);
    expect((await nextNight())[0]?.expired).toEqual({ accounts: 1, amount: forecast[2].amount });
    expect((await lotsOf(accountId)).forecast).toEqual([]);
    await sweep();
    await stand.bothHold(stand.person(1), '0.00');
  });

  it('a card whose telling was cut off is the first that the next run tells', async () => {
    const accountId = await holding(9, '0.00');
    await pay({ receipt: 'CUT-OFF', accountId, total: '100.00', redeem: 'none' });
    await stand.bothHold(stand.person(9), '5.00');
    await endsIn(accountId, [-1]);
    await nextNight();
    const of = { chainId: BigInt(stand.chainId), hours: 24, cards: 1, waiting: 100 };
    const deps = { pool: stand.pool, altegio: stand.altegioClient } as AltegioDeps;
    const killed = (): Promise<void> => Promise.reject(new Error('the worker was killed'));
    await expect(sweepCards(deps, of, new AbortController().signal, killed)).rejects.toThrow('killed');
    await sweep();
    await stand.bothHold(stand.person(9), '0.00');
  });

  it('a day is done once: the second run of the same date finds nothing to do', async () => {
    const accountId = await holding(2, '0.00');
    await pay({ receipt: 'ONCE', accountId, total: '100.00', redeem: 'none' });
    await stand.bothHold(stand.person(2), '5.00');
    await nextNight();
    await endsIn(accountId, [-1]);
    expect(await night()).toEqual([]);
    expect(await ledgerOf(accountId)).toMatchObject({ active: '5.00' });
    const [told] = await nextNight();
    expect(told?.expired).toEqual({ accounts: 1, amount: '5.00' });
    await sweep();
    await stand.bothHold(stand.person(2), '0.00');
  });

  it('reserved points do not end in the night; they end when the reservation does', async () => {
    const accountId = await holding(3, '0.00');
    await pay({ receipt: 'HELD-0', accountId, total: '1000.00', redeem: 'none' });
    await stand.bothHold(stand.person(3), '50.00');
    const { id } = await pay({ receipt: 'HELD', accountId, total: '40.00', redeem: '30.00', capture: false });
    await stand.bothHold(stand.person(3), '20.00');
    await endsIn(accountId, [-1]);
    const [told] = await nextNight();
    expect(told?.expired).toEqual({ accounts: 1, amount: '20.00' });
    expect(await ledgerOf(accountId)).toMatchObject({ active: '30.00', held: '30.00' });
    const voided = await stand.till(`/payments/${id}/void`, {});
    expect(voided.body.account.balance).toMatchObject({ active: '0.00', held: '0.00' });
    expect((await codesOf(accountId)).slice(0, 2)).toEqual(['expiry', 'expiry']);
    await stand.bothHold(stand.person(3), '0.00');
  });

  it('a night and a till that take the same points at the same moment never take them twice', async () => {
    const accountId = await holding(4, '0.00');
    await pay({ receipt: 'RACE-0', accountId, total: '1000.00', redeem: 'none' });
    await stand.bothHold(stand.person(4), '50.00');
    await endsIn(accountId, [-1]);
    const sale = { receipt: 'RACE', accountId, total: '50.00', redeem: '50.00' };
    const [[told], paid] = await Promise.all([nextNight(), stand.till('/payments', sale)]);
    const sold = paid.status === 201;
    if (!sold) expect(paid.body).toMatchObject({ code: 'insufficient_points' });
    expect(told?.expired).toEqual(sold ? { accounts: 0, amount: '0.00' } : { accounts: 1, amount: '50.00' });
    await sweep();
    await stand.bothHold(stand.person(4), '0.00');
  });
});

describe('points that become active', () => {
  it('wait for their day, then move from pending to active in both books, and end a lifetime after it', async () => {
    const accountId = await holding(5, '0.00');
    await program({ lots: { lifetimeDays: 30, pendingDays: 14 } });
    await pay({ receipt: 'PENDING', accountId, total: '100.00', redeem: 'none' });
    await stand.quiet();
    expect(await ledgerOf(accountId)).toMatchObject({ active: '0.00', pending: '5.00' });
    const [lot] = (await lotsOf(accountId)).items;
    expect((Date.parse(lot.expiresAt) - Date.parse(lot.activatesAt)) / DAY_MS).toBe(30);
    await nextNight();
    expect(await ledgerOf(accountId)).toMatchObject({ pending: '5.00' });
    await stand.pool.query(
      `update lot set activates_at = now() - interval '1 day' where account_id = $1 and state = 'pending'`,
      [accountId],
    );
    const [told] = await nextNight();
    expect(told?.activated).toEqual({ accounts: 1, amount: '5.00' });
    expect(await ledgerOf(accountId)).toMatchObject({ active: '5.00', pending: '0.00' });
    await sweep();
    await stand.bothHold(stand.person(5), '5.00');
    await program({});
  });
});

describe('points that end together', () => {
  it('every purchase moves them on; a lot made under other settings keeps its own date', async () => {
    const accountId = await holding(6, '0.00');
    await pay({ receipt: 'Q-0', accountId, total: '100.00', redeem: 'none' });
    await program({ lots: { mode: 'quiet', lifetimeDays: 90 } });
    await pay({ receipt: 'Q-1', accountId, total: '200.00', redeem: 'none' });
    await endsIn(accountId, [5, 1]);
    await pay({ receipt: 'Q-2', accountId, total: '300.00', redeem: 'none' });
    await stand.bothHold(stand.person(6), '30.00');
    const { forecast } = await lotsOf(accountId);
    expect(forecast.map(({ amount }: { amount: string }) => amount)).toEqual(['5.00', '25.00']);
    const [first, second] = forecast.map(({ at }: { at: string }) => Date.parse(at));
    expect((second - first) / DAY_MS).toBe(85);
    await program({});
  });
});

describe('levels', () => {
  it('M-13 V-37 M-09 exactly on a threshold is the upper level for the next payment; a refund lowers it; the night writes it down', async () => {
    const accountId = await holding(7, '0.00');
    const levels = [
      { from: '0.00', percent: '5' },
      { from: '100.00', percent: '10', name: 'Gold card' },
    ];
    const levelOf = async () => (await stand.admin(`/accounts/${accountId}`)).body.level;
    await program({ accrual: { levels } });
    const first = await pay({ receipt: 'L-1', accountId, total: '100.00', redeem: 'none' });
    const second = await pay({ receipt: 'L-2', accountId, total: '100.00', redeem: 'none' });
    expect([first.accrued, second.accrued]).toEqual(['5.00', '10.00']);
    expect(await levelOf()).toEqual({ name: 'Gold card', percent: '10', since: null });
    await nextNight();
    expect((await levelOf()).since).not.toBeNull();
    await stand.till(`/payments/${second.id}/refunds`, { refund: 'RF', amount: '100.00' });
    await stand.till(`/payments/${first.id}/refunds`, { refund: 'RF', amount: '0.01' });
    expect(await levelOf()).toEqual({ name: 'Bronze', percent: '5', since: null });
    const third = await pay({ receipt: 'L-3', accountId, total: '100.00', redeem: 'none' });
    expect(third.accrued).toBe('5.00');
    await program({});
    const { items } = (await stand.admin(`/accounts/${accountId}/transfers`)).body;
    expect(
      items.filter(({ code }: { code: string }) => code === 'accrual').map(({ amount }: { amount: string }) => amount),
    ).toEqual(['5.00', '10.00', '5.00']);
    await stand.quiet();
  });
});

describe('gifts', () => {
  const fresh = (digits: string) => `+7701777${digits}`;

  it('a welcome gift comes once, with a lifetime of its own, to whoever is met first after the program gives one', async () => {
    await program({ welcome: { amount: '500', lifetimeDays: 10 } });
    const accountId = await enrol(fresh('0001'));
    await untilActive(accountId, '500.00');
    const [lot] = (await lotsOf(accountId)).items;
    const days = (Date.parse(lot.expiresAt) - Date.now()) / DAY_MS;
    expect(days).toBeGreaterThan(8.9);
    expect(days).toBeLessThan(10.1);
    expect((await stand.till('/accounts', { phone: fresh('0001') })).status).toBe(200);
    await stand.quiet();
    expect(await codesOf(accountId)).toEqual(['accrual']);
    await program({});
    expect(await codesOf(await enrol(fresh('0002')))).toEqual([]);
  });

  it('V-39 a birthday gift comes N days before or after, once a year also when the date is edited', async () => {
    await program({ birthday: { amount: '100', days: -3 } });
    const accountId = await enrol(fresh('0003'), { birthDate: '1990-05-10' });
    await nextNight();
    expect(await codesOf(accountId)).toEqual([]);
    const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(5, 10);
    const born = async (monthDay: string) => {
      const answer = await stand.admin(`/customers/${accountId}`, { birthDate: `1992-${monthDay}` }, 'PATCH');
      expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    };
    await born(inDays(2));
    const [told] = await nextNight();
    expect(told?.gifts).toBe(1);
    await untilActive(accountId, '100.00');
    await born(inDays(1));
    expect((await nextNight())[0]?.gifts).toBe(0);
    const changes = (await stand.admin(`/customers/${accountId}/changes`)).body.items;
    expect(changes.filter(({ field }: { field: string }) => field === 'birthDate')).toHaveLength(2);

    await program({ birthday: { amount: '70', days: 3 } });
    const later = await enrol(fresh('0006'), { birthDate: `1990-${inDays(-1)}` });
    expect((await nextNight())[0]?.gifts).toBe(0);
    expect((await stand.admin(`/customers/${later}`, { birthDate: `1990-${inDays(-4)}` }, 'PATCH')).status).toBe(200);
    expect((await nextNight())[0]?.gifts).toBe(1);
    await untilActive(later, '70.00');
    await program({});
  });

  it('both sides of a referral are thanked after the first paid sale, once', async () => {
    await program({
      referral: { referrer: '300', referred: '200' },
      accrual: { levels: [{ from: '0.00', percent: '0' }] },
    });
    const friend = await enrol(fresh('0004'));
    const accountId = await enrol(fresh('0005'), { referredBy: friend });
    await stand.quiet();
    expect(await codesOf(accountId)).toEqual([]);
    await pay({ receipt: 'REF-1', accountId, total: '100.00', redeem: 'none' });
    await Promise.all([untilActive(accountId, '200.00'), untilActive(friend, '300.00')]);
    await pay({ receipt: 'REF-2', accountId, total: '100.00', redeem: 'none' });
    await stand.quiet();
    expect([await codesOf(accountId), await codesOf(friend)]).toEqual([['accrual'], ['accrual']]);
    await program({});
  });
});

describe('any instant', () => {
  it('B-04 the balance as of an instant, and as we knew it then; after a late event they differ', async () => {
    const accountId = await holding(8, '0.00');
    const now = Date.now();
    const iso = (hoursAgo: number) => new Date(now - hoursAgo * 3_600_000).toISOString();
    const item = { offlineSeq: 1, receipt: 'LATE', accountId, total: '100.00', redeem: 'none', occurredAt: iso(2) };
    const sent = await stand.till('/batches', { terminal: 'T', items: [item] });
    expect(sent.body.results[0]).toMatchObject({ payment: { state: 'CAPTURED' } });
    const at = async (query: string) => (await stand.admin(`/accounts/${accountId}?${query}`)).body.ledger.active;
    expect(await at(`at=${iso(1)}`)).toBe('5.00');
    expect(await at(`at=${iso(1)}&knownAt=${iso(1)}`)).toBe('0.00');
    expect(await at(`knownAt=${iso(1)}`)).toBe('0.00');
    expect(await at(`at=${iso(3)}`)).toBe('0.00');
    expect(await at(`at=${new Date().toISOString()}`)).toBe('5.00');
    const { id } = await pay({ receipt: 'AT', accountId, total: '5.00', redeem: '5.00', capture: false });
    const then = new Date().toISOString();
    await stand.till(`/payments/${id}/void`, {});
    const held = (await stand.admin(`/accounts/${accountId}?at=${then}`)).body;
    expect(held).toMatchObject({
      at: then,
      ledger: { active: '5.00', held: '5.00', available: '0.00' },
      target: '0.00',
    });
    expect((await stand.admin(`/accounts/${accountId}?at=yesterday`)).status).toBe(400);
    await stand.bothHold(stand.person(8), '5.00');
  });
});
