/** Warnings of points that will end: which night notes what of whom, and what operators see of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProgramTime, startProgramStand } from './program-stand.ts';
import type { Answer, Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startProgramStand('warnings');
});
afterAll(() => stand?.close());

const time = new ProgramTime(() => stand);
const { night, nextNight, daysPass, sweep, pay, program, endsIn, lotsOf, ledgerOf, enrol, untilActive } = time;

const warningsOf = async (query: string): Promise<Answer['body'][]> => {
  const answer = await stand.admin(`/warnings?${query}`);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body.items;
};
const amountOf = ({ amount }: { amount: string }): string => amount;
const daysUntil = (date: string, from: string): number => (Date.parse(date) - Date.parse(from)) / 86_400_000;

describe('the whole program', () => {
  it('V-38 3–10 % back, welcome and birthday gifts, half of a bill payable, earliest expiry burns first, warned of 7 and 3 days before', async () => {
    const settings = {
      accrual: {
        levels: [
          { from: '0.00', percent: '3', name: 'Bronze' },
          { from: '1000.00', percent: '5', name: 'Silver' },
          { from: '5000.00', percent: '10', name: 'Gold' },
        ],
        base: 'money',
      },
      redeem: { maxShare: '0.50' },
      lots: { lifetimeDays: 180, warnDays: [7, 3] },
      welcome: { amount: '300.00', lifetimeDays: 365 },
      birthday: { amount: '200.00', lifetimeDays: 90, days: 0 },
    };
    await program(settings);
    expect((await stand.admin(`/programs/${stand.programId}`)).body).toMatchObject(settings);
    const today = (await nextNight())[0]?.date ?? '';

    const accountId = await enrol('+77017780001', { birthDate: `1992${today.slice(4)}` });
    await untilActive(accountId, '300.00');
    await nextNight();
    await untilActive(accountId, '500.00');
    const earned = [];
    for (const [receipt, total] of [
      ['T-1', '1000.00'],
      ['T-2', '4000.00'],
      ['T-3', '100.00'],
    ])
      earned.push((await pay({ receipt, accountId, total, redeem: 'none' })).accrued);
    expect(earned).toEqual(['30.00', '200.00', '10.00']);

    // The birthday's points end first, though the welcome's are older.
    const over = await stand.till('/payments', { receipt: 'T-4', accountId, total: '300.00', redeem: '150.01' });
    expect(over).toMatchObject({ status: 422, body: { code: 'share_cap_exceeded', allowed: '150.00' } });
    expect(await pay({ receipt: 'T-4', accountId, total: '300.00', redeem: 'max' })).toMatchObject({
      redeemed: '150.00',
      due: '150.00',
      accrued: '15.00',
    });
    const left = async () => (await lotsOf(accountId)).items.map(({ remaining }: { remaining: string }) => remaining);
    expect(await left()).toEqual(['50.00', '30.00', '200.00', '10.00', '15.00', '300.00']);

    // 90 days: eight before the end nothing is said, then twice, and between the two some of it is spent.
    await daysPass(82);
    expect((await night())[0]).toMatchObject({ warnings: 0 });
    await daysPass(1);
    const [seventh] = (await lotsOf(accountId)).forecast;
    expect((await night())[0]).toMatchObject({ warnings: 1, expired: { amount: '0.00' } });
    await daysPass(4);
    await pay({ receipt: 'T-5', accountId, total: '40.00', redeem: 'max' });
    const { forecast } = await lotsOf(accountId);
    expect((await night())[0]).toMatchObject({ warnings: 1, expired: { amount: '0.00' } });
    const [third, first] = await warningsOf(`accountId=${accountId}`);
    expect(first).toMatchObject({ daysBefore: 7, amount: '50.00' });
    expect(third).toMatchObject({ daysBefore: 3, amount: '30.00', endsOn: first.endsOn });
    expect([seventh.amount, forecast[0].amount]).toEqual([first.amount, third.amount]);
    expect(daysUntil(first.endsOn, first.date)).toBe(7);
    expect(daysUntil(third.endsOn, third.date)).toBe(3);
    expect((await lotsOf(accountId)).warnings.map(amountOf)).toEqual(['50.00', '30.00']);

    const before = Number((await ledgerOf(accountId)).active);
    await daysPass(3);
    const [burnt] = await night();
    const [said] = await warningsOf(`accountId=${accountId}`);
    expect(burnt).toMatchObject({ date: said.endsOn, expired: { accounts: 1, amount: said.amount } });
    const after = await lotsOf(accountId);
    expect(after.warnings).toEqual([]);
    expect(after.forecast.map(amountOf)).toEqual(forecast.slice(1).map(amountOf));
    await sweep();
    await untilActive(accountId, (before - 30).toFixed(2));
  });
});

describe('nights that were missed', () => {
  it('are made up for: each end once, by its closest warning, and nothing of what has ended; a night done again notes nothing', async () => {
    await program({ lots: { warnDays: [7, 3] } });
    const accountId = await enrol('+77017780002');
    for (const [receipt, total] of [
      ['M-1', '100.00'],
      ['M-2', '200.00'],
      ['M-3', '300.00'],
      ['M-4', '400.00'],
    ])
      await pay({ receipt, accountId, total, redeem: 'none' });
    await untilActive(accountId, '50.00');
    await nextNight();
    // Ten nights without one: of these ends one has come by then, one is 2 days away, one 6, one 8.
    await endsIn(accountId, [9, 12, 16, 18]);
    await daysPass(10);
    const [told] = await night();
    expect(told).toMatchObject({ warnings: 2, expired: { accounts: 1, amount: '5.00' } });
    const noted = await warningsOf(`programId=${stand.programId}&date=${told?.date}&accountId=${accountId}`);
    const facts = noted.map(({ amount, daysBefore, endsOn, date }) => [amount, daysBefore, daysUntil(endsOn, date)]);
    expect(facts).toHaveLength(2);
    expect(facts).toEqual(
      expect.arrayContaining([
        ['10.00', 3, 2],
        ['15.00', 7, 6],
      ]),
    );
    expect((await stand.admin('/nights')).body.items[0]).toMatchObject({ date: told?.date, warnings: 2 });

    expect((await nextNight())[0]).toMatchObject({ warnings: 0 });
    expect(await warningsOf(`accountId=${accountId}`)).toEqual(noted);
    const page = (await stand.admin(`/warnings?accountId=${accountId}&limit=1`)).body;
    const rest = (await stand.admin(`/warnings?accountId=${accountId}&limit=1&cursor=${page.next}`)).body;
    expect([...page.items, ...rest.items, rest.next]).toEqual([...noted, null]);
    expect(await warningsOf(`programId=${stand.programId}&date=2020-01-01`)).toEqual([]);
    expect((await stand.admin('/warnings?date=today')).body).toMatchObject({ code: 'invalid_request' });
    await sweep();
    await untilActive(accountId, '45.00');
  });
});
