import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Altegio } from '../../activities/altegio/client/index.ts';
import { keepAdjustment } from '../../activities/ledger/adjust.ts';
import { createAltegioActivities, createLedgerActivities } from '../../activities/index.ts';
import { startStand, type Stand } from './stand.ts';
import { altegioOf, depsOf, inside } from './steps.ts';

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
    const altegio = altegioOf(stand);
    const activities = createAltegioActivities(depsOf(stand, altegio));
    const account = {
      chainId: String(stand.chainId),
      accountId: paid.body.account.id,
      locationId: String(stand.locationId),
    };
    const run = () => inside('payment', 'payment:test', () => activities.converge(account));
    const results = await Promise.all(Array.from({ length: 10 }, run));
    for (const result of results) expect(result).toMatchObject({ target: '97.35', altegio: '97.35', writes: [] });
    expect(await stand.calls(since)).toEqual([]);
    await altegio.close();
  });

  it('sends nothing later than a second after the row was made, however long the way to the call was', async () => {
    const person = stand.person(2);
    const accountId = await stand.meet(person);
    await stand.quiet();
    const since = new Date().toISOString();
    const altegio = altegioOf(stand);
    const place = { chainId: String(stand.chainId), accountId, locationId: String(stand.locationId) };
    const deps = depsOf(stand, altegio);
    const change = { ...place, adjustmentId: 'adj_late', amount: '7.00' };
    const id = `adjustment:${accountId}:late`;
    const asked = { workflowId: id, accountId, amount: 700n, reason: 'test', actor: 'test' };
    await keepAdjustment(stand.pool, asked);
    await inside('adjustment', id, () =>
      createLedgerActivities(deps).commitAdjustment({ ...change, allowNegative: false }),
    );
    const manualTransaction: Altegio['manualTransaction'] = async (query, options) => {
      await delay(1_100);
      return await altegio.manualTransaction(query, options);
    };
    const late = createAltegioActivities(depsOf(stand, { ...altegio, manualTransaction }));
    await expect(inside('adjustment', id, () => late.converge(place))).rejects.toThrow(/paused/);
    expect(await stand.appliedWrites(since)).toBe(0);
    const writes = 'select w.state from altegio_write w join altegio_card using (card_id) where account_id = $1';
    expect((await stand.pool.query(writes, [accountId])).rows).toEqual([{ state: 'refused' }]);
    const done = await inside('adjustment', id, () => createAltegioActivities(deps).converge(place));
    expect(done).toMatchObject({ target: '257.00', altegio: '257.00' });
    expect(await stand.appliedWrites(since)).toBe(1);
    await altegio.close();
  });
});
