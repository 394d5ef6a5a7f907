import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAltegio } from '../../activities/altegio/client/index.ts';
import { createAltegioActivities } from '../../activities/index.ts';
import { cardNumber, newBreakId } from '../../worker/services.ts';
import { startStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('activities');
});
afterAll(() => stand?.close());

describe('converge as an activity', () => {
  it('is safe to run by anyone at any time: ten at once on equal books change nothing', async () => {
    const person = stand.person(1);
    const paid = await stand.till('/payments', {
      receipt: 'A-1',
      phone: `+${person.phone}`,
      total: '10.00',
      redeem: '3.00',
    });
    await stand.bothHold(person, '97.35');
    await stand.quiet();
    const since = new Date().toISOString();
    const altegio = createAltegio({
      baseUrl: stand.sandbox.url,
      partnerToken: 'partner-test',
      userToken: 'user-test',
      timeoutMs: 1_000,
      requestsPerMinute: 6_000,
      requestsPerSecond: 200,
      pool: stand.pool,
    });
    const activities = createAltegioActivities({
      pool: stand.pool,
      altegio,
      timeoutMs: 1_000,
      newBreakId,
      newCardNumber: cardNumber,
      startReconciliation: async () => undefined,
    });
    const account = {
      chainId: String(stand.chainId),
      accountId: paid.body.account.id,
      locationId: String(stand.locationId),
    };
    const run = () => new MockActivityEnvironment().run((of) => activities.converge(of), account);
    const results = await Promise.all(Array.from({ length: 10 }, run));
    for (const result of results) expect(result).toMatchObject({ target: '97.35', altegio: '97.35', writes: [] });
    expect(await stand.calls(since)).toEqual([]);
    await altegio.close();
  });
});
