// Altegio's limits as they are, 5 calls a second and 200 a minute, on both sides: more comes at once than fits.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStand, type Stand } from '../service/stand.ts';
import { matchedByItself, oneEffect, pay } from './books.ts';

/** Redeemed 30.00 of 100.00 and 3.50 earned, in minor units. */
const DELTA = -2_650;
const PAYMENTS = 12;

interface Limits {
  readonly refused: number;
  readonly peakPerSecond: number;
  readonly peakPerMinute: number;
}

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('limits', { perSecond: 5, perMinute: 200 });
});
afterAll(() => stand?.close());

it('12 payments at once: every one is answered in time, Altegio refuses none, all end equal with one effect', async () => {
  const people = stand.clients.filter(({ card }) => Number(card?.balance) >= 30).slice(0, PAYMENTS);
  const sales = [];
  // Met one after the other, so that no lookup is refused for want of a call.
  for (const person of people) {
    const accountId = await stand.meet(person);
    sales.push({ person, accountId, opening: await stand.altegio(person), receipt: `L-${sales.length}` });
  }
  expect(sales).toHaveLength(PAYMENTS);
  const answers = await Promise.all(sales.map((sale) => pay(stand, sale)));
  for (const { status, body } of answers) {
    // Whoever could not be given a call of Altegio's in time hears so; everybody else has paid.
    if (status === 503) expect(body.code).toBe('altegio_unavailable');
    else expect(body, JSON.stringify(body)).toMatchObject({ state: 'CAPTURED', redeemed: '30.00' });
  }
  const paid = answers.filter(({ status }) => status === 201);
  // In the till's time fit two full seconds of reads, and nearly always a third.
  expect(paid.length).toBeGreaterThanOrEqual(10);
  for (const { body } of paid) await matchedByItself(stand, body);
  for (const [index, { person, opening }] of sales.entries())
    await oneEffect(stand, person, opening, answers[index]?.status === 201 ? DELTA : 0);
  const limits = (await stand.control('/limits')) as Limits;
  expect(limits.refused).toBe(0);
  expect(limits.peakPerSecond).toBeLessThanOrEqual(5);
  expect(limits.peakPerMinute).toBeLessThanOrEqual(200);
});
