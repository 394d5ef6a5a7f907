/** A program's settings at work: versions, what a refund gives back of lots, and currencies. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProgramTime, startProgramStand } from './program-stand.ts';
import type { Answer, Stand } from './stand.ts';

const DAY_MS = 86_400_000;

/** What the program is made with. */
const FIRST = {
  name: 'Glow',
  accrual: {
    levels: [
      { from: '0.00', percent: '5', name: 'Friend' },
      { from: '1000.00', percent: '7' },
    ],
    base: 'money',
  },
  redeem: { maxShare: '0.40' },
  lots: { lifetimeDays: 200 },
  welcome: { amount: '50.00', lifetimeDays: 30 },
  birthday: { amount: '20.00', lifetimeDays: 40, days: -2 },
  referral: { referrer: '30.00', referred: '10.00' },
  rounding: 'half_up',
};

let stand: Stand;
beforeAll(async () => {
  stand = await startProgramStand('program rules', FIRST);
});
afterAll(() => stand?.close());

const time = new ProgramTime(() => stand);
const { nextNight, sweep, holding, pay, program, lotsOf, enrol, untilActive } = time;

async function refund(paymentId: string, amount: string, name: string): Promise<Answer['body']> {
  const answer = await stand.till(`/payments/${paymentId}/refunds`, { refund: name, amount });
  expect([200, 201], JSON.stringify(answer.body)).toContain(answer.status);
  return answer.body;
}

describe('versions', () => {
  it('M-09 the card is configured by settings that are kept as a version; a change makes a new one, and old transfers keep theirs', async () => {
    expect((await stand.admin(`/programs/${stand.programId}`)).body).toMatchObject({ ...FIRST, version: 1 });
    const accountId = await enrol('+77017790001');
    await untilActive(accountId, '50.00');
    const first = await pay({ receipt: 'V-1', accountId, total: '100.10', redeem: 'none' });
    expect(first.accrued).toBe('5.01');
    const second = await pay({ receipt: 'V-2', accountId, total: '20.00', redeem: 'max' });
    expect(second).toMatchObject({ redeemed: '8.00', accrued: '0.60' });
    await untilActive(accountId, '47.61');
    const transfers = async (): Promise<Answer['body'][]> =>
      (await stand.admin(`/accounts/${accountId}/transfers?lang=en`)).body.items;
    const versions = (items: Answer['body'][]) => items.map(({ why }) => /version \d+/.exec(why)?.[0]);
    const old = await transfers();
    expect(versions(old)).toEqual(['version 1', 'version 1', 'version 1', 'version 1']);

    const next = {
      accrual: { levels: [{ from: '0.00', percent: '10' }], base: 'money' },
      redeem: { maxShare: '0.10' },
    };
    expect(await program({ ...next, rounding: 'floor', lots: { lifetimeDays: 90 } })).toBe(2);
    expect((await stand.admin(`/programs/${stand.programId}`)).body).toMatchObject({ ...next, version: 2 });
    const third = await pay({ receipt: 'V-3', accountId, total: '100.15', redeem: 'max' });
    expect(third).toMatchObject({ redeemed: '10.01', accrued: '9.01' });
    const after = await transfers();
    expect(after.slice(2)).toEqual(old);
    expect(versions(after.slice(0, 2))).toContain('version 2');
    const lots: { operation: string; createdAt: string; expiresAt: string }[] = (await lotsOf(accountId)).items;
    const lives = (workflowId: string): number => {
      const lot = lots.find(({ operation }) => operation === workflowId);
      return Math.round((Date.parse(lot?.expiresAt ?? '') - Date.parse(lot?.createdAt ?? '')) / DAY_MS);
    };
    expect([200, 199]).toContain(lives(first.workflowId));
    expect([90, 89]).toContain(lives(third.workflowId));

    // 5 % of what is left of the old sale, rounded half up, whatever the program says now.
    const given = await refund(first.id, '50.05', 'half');
    expect(given).toMatchObject({ moneyToReturn: '50.05', pointsReturned: '0.00', accrualClawedBack: '2.51' });
    expect((await refund(first.id, '50.05', 'rest')).accrualClawedBack).toBe('2.50');
    await untilActive(accountId, '41.60');
  });
});

describe('a refund', () => {
  it('V-40 gives points back to their lots with the old expiry, of an expired lot none or for days of grace, and takes earned ones back', async () => {
    const kinds = [
      { index: 1, lots: { returned: 'stay_expired' }, pointsExpired: '7.50', left: '0.00' },
      { index: 2, lots: { returned: 'grace', graceDays: 7 }, pointsExpired: '0.00', left: '7.50' },
    ];
    for (const { index, lots, pointsExpired, left } of kinds) {
      await program({ lots });
      const accountId = await holding(index, '0.00');
      await pay({ receipt: `W-${index}`, accountId, total: '300.00', redeem: 'none' });
      const [earned] = (await lotsOf(accountId)).items;
      const sale = await pay({ receipt: `X-${index}`, accountId, total: '115.00', redeem: '15.00' });
      expect(sale).toMatchObject({ due: '100.00', accrued: '5.00' });

      const first = await refund(sale.id, '57.50', 'first');
      expect(first).toMatchObject({ pointsReturned: '7.50', moneyToReturn: '50.00', accrualClawedBack: '2.50' });
      const [back, ...others] = (await lotsOf(accountId)).items;
      expect(back).toEqual({ ...earned, remaining: '7.50' });
      expect(others).toMatchObject([{ code: 'accrual', remaining: '2.50' }]);

      await stand.pool.query(`update lot set expires_at = now() - interval '1 day' where id = $1`, [earned.id]);
      const second = await refund(sale.id, '57.50', 'second');
      expect(second).toMatchObject({ pointsReturned: '7.50', pointsExpired, accrualClawedBack: '2.50' });
      expect((await nextNight())[0]?.expired).toEqual({ accounts: 1, amount: '7.50' });
      await sweep();
      await stand.bothHold(stand.person(index), left);
      const { items, forecast } = await lotsOf(accountId);
      const amounts = left === '0.00' ? [] : [left];
      expect(items.map(({ remaining }: { remaining: string }) => remaining)).toEqual(amounts);
      expect(forecast.map(({ amount }: { amount: string }) => amount)).toEqual(amounts);
      for (const { at } of forecast) {
        expect(Date.parse(at) - Date.now()).toBeGreaterThan(6 * DAY_MS);
        expect(Date.parse(at) - Date.now()).toBeLessThanOrEqual(8 * DAY_MS);
      }
    }
    await program({});
  });
});

describe('currencies', () => {
  /** The rows of a document that people read: a receipt's page, or the statement as CSV. */
  const read = async (path: string, accept: string, key: string): Promise<string> => {
    const headers = { authorization: `Bearer ${key}`, accept };
    const answer = await fetch(`${stand.apiUrls[0]}${path}`, { headers });
    expect(answer.status).toBe(200);
    return await answer.text();
  };
  const rowsOf = (html: string): string[] =>
    [...html.matchAll(/<dt[^>]*>([^<]*)<\/dt><dd[^>]*>([^<]*)<\/dd>/g)].map(([, left, right]) => `${left} ${right}`);

  for (const { currency, shownDecimals, index, whole } of [
    { currency: 'VND', shownDecimals: 0, index: 6, whole: ['150000', '7500', '0'] },
    { currency: 'KZT', shownDecimals: 2, index: 7, whole: ['150000.00', '7500.00', '0.00'] },
  ])
    it(`B-34 1 point is 1 ${currency}, exact in both books, and shown with ${shownDecimals} decimals where it is whole`, async () => {
      const [total, points, nothing] = whole;
      await program({ currency });
      const config = (await stand.till('/config')).body;
      expect(config).toMatchObject({ currency, shownDecimals, minorDigits: 2 });
      const accountId = await holding(index, '0.00');
      const round = await pay({ receipt: `${currency}-1`, accountId, total: '150000', redeem: 'none' });
      expect(round).toMatchObject({ total: '150000.00', accrued: '7500.00' });
      const odd = await pay({ receipt: `${currency}-2`, accountId, total: '333.33', redeem: '0.01' });
      expect(odd).toMatchObject({ redeemed: '0.01', due: '333.32', accrued: '16.66' });
      await stand.bothHold(stand.person(index), '7516.65');

      const receipt = async (id: string) =>
        rowsOf(await read(`/v1/payments/${id}/receipt?lang=en`, 'text/html', stand.key));
      expect(await receipt(round.id)).toEqual(
        expect.arrayContaining([
          `Total ${currency} ${total}`,
          `Money ${total}`,
          `Taken ${nothing}`,
          `Earned +${points}`,
        ]),
      );
      expect(await receipt(odd.id)).toEqual(
        expect.arrayContaining([
          `Total ${currency} 333.33`,
          'Money 333.32',
          'Taken −0.01',
          'Earned +16.66',
          'Now 7516.65',
        ]),
      );
      const json = (await stand.till(`/payments/${round.id}/receipt`)).body;
      expect(json).toMatchObject({ currency, total: '150000.00', bonus: { earned: '7500.00', now: '7500.00' } });

      const statement = (await stand.admin(`/accounts/${accountId}/statement`)).body;
      expect(statement).toMatchObject({ currency, closing: { ledger: '7516.65', altegio: '7516.65' } });
      const csv = await read(`/api/accounts/${accountId}/statement?lang=en`, 'text/csv', 'admin-test');
      const cells = csv.split('\r\n').flatMap((line) => line.split(','));
      expect(cells).toEqual(expect.arrayContaining([points, '16.66', '-0.01', '7516.65', nothing]));
      if (shownDecimals === 0) expect(cells.filter((cell) => /^-?\d+\.00$/.test(cell))).toEqual([]);
    });
});
