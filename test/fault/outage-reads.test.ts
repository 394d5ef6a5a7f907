// Altegio's reads fail: the program's `whenAltegioDown` decides, and the till is answered within its four seconds.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startStand, type Stand } from '../service/stand.ts';
import { behave, matchedByItself, misbehave, moved, oneEffect, pay, writesOf } from './books.ts';

/** Redeemed 30.00 of 100.00 and 3.50 earned, in minor units. */
const FULL = -2_650;
/** Longer than any deadline of a read. */
const FOR_EVER = { fault: 'hang', ms: 8_000 };
const MOST_TRIES = 3;

// With API and worker in one process a payment starts eagerly, between processes by Update-with-Start.
describe.each([
  { where: 'one process', apis: 1 },
  { where: 'separate processes', apis: 2 },
])('reads fail, API and worker in $where', ({ apis }) => {
  let stand: Stand;
  let next = 4;
  beforeAll(async () => {
    stand = await startStand('reads', { apis, timeoutMs: 3_000 });
  });
  afterAll(() => stand?.close());
  afterEach(() => behave(stand));

  /** A customer whom we know and who has points enough, as Altegio begins to misbehave. */
  async function customer(fault: Record<string, unknown>) {
    let person = stand.person(next);
    while (Number(person.card?.balance) < 30) person = stand.person((next += 1));
    const place = next;
    next += 1;
    const accountId = await stand.meet(person);
    const opening = await stand.altegio(person);
    await misbehave(stand, { call: 'read', ...fault });
    return { person, accountId, opening, receipt: `R-${place}` };
  }

  it.each([{ fault: '5xx_before' }, { fault: 'drop_before' }, FOR_EVER])(
    'refuse: $fault is 503 and takes nothing, ever; the receipt works when Altegio is back',
    async (fault) => {
      const { person, accountId, opening, receipt } = await customer(fault);
      const refused = await pay(stand, { receipt, accountId });
      expect(refused.body).toMatchObject({ status: 503, code: 'altegio_unavailable', retryable: true });
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      const { body } = await stand.till(`/payments?receipt=${receipt}`);
      expect(body).toMatchObject({ state: 'ABANDONED', attempt: 1, redeemed: '0.00' });

      await behave(stand);
      await stand.quiet();
      expect(await writesOf(stand, person)).toEqual([]);
      expect((await stand.account(person)).ledger.available).toBe(opening);
      expect(await stand.altegio(person)).toBe(opening);

      const paid = await pay(stand, { receipt, accountId });
      expect(paid.status, JSON.stringify(paid.body)).toBe(201);
      expect(paid.body).toMatchObject({ state: 'CAPTURED', attempt: 2, redeemed: '30.00' });
      await matchedByItself(stand, paid.body);
      await oneEffect(stand, person, opening, FULL);
    },
  );

  it('earning goes on while reads are down', async () => {
    const { person, accountId, opening, receipt } = await customer({ fault: '5xx_before' });
    const paid = await pay(stand, { receipt, accountId, redeem: 'none' });
    expect(paid.status, JSON.stringify(paid.body)).toBe(201);
    expect(paid.body).toMatchObject({ state: 'CAPTURED', redeemed: '0.00', due: '100.00', accrued: '5.00' });
    await behave(stand);
    await matchedByItself(stand, paid.body);
    await oneEffect(stand, person, opening, 500);
  });

  it('a read of two seconds is waited for: the answer is in time and right', async () => {
    const { person, accountId, opening, receipt } = await customer({ fault: 'delay', ms: 2_000 });
    const paid = await pay(stand, { receipt, accountId });
    expect(paid.status, JSON.stringify(paid.body)).toBe(201);
    expect(paid.body).toMatchObject({ state: 'CAPTURED', redeemed: '30.00', due: '70.00', accrued: '3.50' });
    expect(paid.body.mirror.altegio).toBe(opening);
    expect(paid.body.account.balance.available).toBe(moved(opening, FULL));
    await behave(stand);
    await matchedByItself(stand, paid.body);
    await oneEffect(stand, person, opening, FULL);
  });

  describe('trustLedger up to 20.00', () => {
    beforeAll(async () => {
      const {
        id: _id,
        version: _version,
        createdAt: _at,
        cardTypeTitle: _title,
        provider: _provider,
        ...settings
      } = (await stand.admin(`/programs/${stand.programId}`)).body;
      const redeem = { ...settings.redeem, whenAltegioDown: 'trustLedger', trustCap: '20.00' };
      const changed = await stand.admin(`/programs/${stand.programId}`, { ...settings, redeem }, 'PUT');
      expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    });

    it.each([{ fault: '5xx_before' }, FOR_EVER])('$fault: "max" takes the cap, 30.00 is too much', async (fault) => {
      const { person, accountId, opening, receipt } = await customer(fault);
      const tooMuch = await pay(stand, { receipt, accountId, redeem: '30.00' });
      expect(tooMuch.status).toBe(422);
      expect(tooMuch.body).toMatchObject({ code: 'insufficient_points', requested: '30.00', allowed: '20.00' });
      // Who waited in vain for a read has little of the till's four seconds left: a busy machine asks for another try.
      let paid = await pay(stand, { receipt, accountId, redeem: 'max' });
      for (let tries = 1; paid.status === 503 && tries < MOST_TRIES; tries += 1)
        paid = await pay(stand, { receipt, accountId, redeem: 'max' });
      expect(paid.status, JSON.stringify(paid.body)).toBe(201);
      expect(paid.body).toMatchObject({ redeemed: '20.00', due: '80.00', accrued: '4.00' });
      await behave(stand);
      await matchedByItself(stand, paid.body);
      await oneEffect(stand, person, opening, -1_600);
    });
  });
});
