import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Altegio } from '../../activities/altegio/client/index.ts';
import { allowance, MAX_WAIT_MS } from '../../activities/altegio/client/lanes.ts';
import { createAltegioActivities } from '../../activities/index.ts';
import { chainSchedules } from '../../worker/schedules.ts';
import { parseSettings } from '../../worker/settings.ts';
import { cardReads, driftsOf, known, runNow } from './finding.ts';
import { pauseSchedules } from './schedules.ts';
import { startStand, type Stand } from './stand.ts';
import { altegioOf, depsOf, inside } from './steps.ts';
import { until } from './until.ts';

interface CaughtUp {
  readonly changed: number;
  readonly untold: number;
  readonly skipped: string | null;
}

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('changes');
  // Which way found a change is what these tests tell apart.
  await pauseSchedules(stand);
});
afterAll(() => stand?.close());
beforeEach(async () => {
  await stand.control('/faults', undefined, 'DELETE');
  await stand.control('/webhooks', { lost: 0, loyaltyCard: false });
  await stand.control('/settings', { journalLagMs: 0, uninstalledLocations: [] });
});

const adjust = (index: number, amount: string) =>
  stand.control('/staff/adjust', { cardId: stand.person(index).card?.id, amount });
const appointment = (index: number, status = 'create') =>
  stand.control('/appointments', { locationId: stand.locationId, phone: stand.person(index).phone, status });
const catchUp = () => runNow<CaughtUp>(stand, 'catchUp');
const plus = (balance: string, amount: number) => (Number(balance) + amount).toFixed(2);

async function watermark(): Promise<Date | null> {
  const { rows } = await stand.pool.query<{ caught_up_to: Date | null }>('select caught_up_to from location');
  return rows[0]?.caught_up_to ?? null;
}

async function inbox(resource: string): Promise<{ source: string; state: string }[]> {
  return (await stand.pool.query(`select source, state from inbox where resource = $1 order by id`, [resource])).rows;
}

describe('changes that no event announces', () => {
  it('B-08 the intervals find a manual change within 90 s: the journal every minute, one fetch and one read at their slowest', () => {
    const settings = parseSettings({});
    const config = {
      taskQueue: 'orchestration',
      altegioRequestsPerMinute: settings.ALTEGIO_REQUESTS_PER_MINUTE,
      catchUpSeconds: settings.CATCH_UP_SECONDS,
      sweepHours: settings.SWEEP_HOURS,
    };
    const schedules = chainSchedules('1', config);
    const tail = schedules.find(({ id }) => id === 'journalTail:1');
    const callSeconds = (settings.ALTEGIO_TIMEOUT_MS + MAX_WAIT_MS.write) / 1_000;
    expect((tail?.intervalSeconds ?? Infinity) + 2 * callSeconds).toBeLessThanOrEqual(90);
    const sweep = schedules.find(({ id }) => id === 'sweep:1');
    const [{ cards }] = (sweep?.args ?? [{ cards: Infinity }]) as [{ cards: number }];
    const room = allowance('sweep', 5, config.altegioRequestsPerMinute).perMinute;
    expect((cards * 60) / (sweep?.intervalSeconds ?? 0)).toBeLessThanOrEqual(room / 8);
  });

  it('B-08 staff change a card and no event comes: the schedule of the journal names it, with the time it took, at one read of the card', async () => {
    const accountId = await known(stand, 1);
    const before = await stand.altegio(stand.person(1));
    await stand.control('/webhooks', { lost: 1 });
    await stand.quiet();
    const reads = await cardReads(stand, 1);
    await adjust(1, '5.00');
    await stand.client.schedule.getHandle(`journalTail:${stand.chainId}`).trigger();
    await stand.bothHold(stand.person(1), plus(before, 5));
    await stand.quiet();
    expect((await cardReads(stand, 1)) - reads).toBe(1);
    const [drift] = await driftsOf(stand, accountId);
    expect(drift).toMatchObject({
      amount: '5.00',
      way: 'journal',
      state: 'explained',
      causes: [{ cause: 'staff_top_up', amount: '5.00' }],
      evidence: {
        expected: before,
        balance: plus(before, 5),
        workflowId: `reconciliation:${stand.chainId}:${accountId}`,
      },
    });
    expect(drift?.detectSeconds).toBeGreaterThan(0);
    expect(Date.parse(drift?.notBefore ?? '')).toBeLessThan(Date.parse(drift?.foundAt ?? ''));
    expect(drift?.equalSeconds).toBeGreaterThanOrEqual(0);
    const metrics = await (await fetch(`${stand.apiUrls[0]}/metrics`)).text();
    expect(metrics).toContain('drift_detect_seconds_bucket{way="journal",le="+Inf"} 1');
    expect(metrics).toContain('drift_equal_seconds_count{way="journal"} 1');
    expect(metrics).toContain('drifts{way="journal",cause="staff_top_up"} 1');
  });

  it('B-08 a change whose journal line never shows is found by the sweep; equal cards are proven at one read each', async () => {
    const accountId = await known(stand, 2);
    const before = await stand.altegio(stand.person(2));
    await stand.control('/webhooks', { lost: 1 });
    await stand.control('/settings', { journalLagMs: 3_600_000 });
    await stand.quiet();
    await adjust(2, '-3.00');
    expect(await runNow(stand, 'sweep')).toMatchObject({ different: 1, stopped: null });
    await stand.bothHold(stand.person(2), plus(before, -3));
    await stand.quiet();
    const [drift] = await driftsOf(stand, accountId);
    expect(drift).toMatchObject({ amount: '-3.00', way: 'sweep', state: 'unknown', causes: [{ cause: 'unknown' }] });

    const proven = async () => Date.parse((await stand.account(stand.person(2))).altegio.seenAt);
    const last = await proven();
    const reads = await cardReads(stand, 2);
    const { rows: cards } = await stand.pool.query('select 1 from altegio_card');
    expect(await runNow(stand, 'sweep')).toEqual({ equal: cards.length, different: 0, stopped: null });
    expect(await proven()).toBeGreaterThan(last);
    expect((await cardReads(stand, 2)) - reads).toBe(1);
  });

  it('B-08 a sweep stops where the call budget ends or Altegio locks us out, and goes on next time', async () => {
    await stand.control('/faults', { call: 'read', fault: '429', times: 1 });
    expect(await runNow<{ stopped: string }>(stand, 'sweep')).toMatchObject({ equal: 0, different: 0 });
    await stand.control('/faults', undefined, 'DELETE');
    await until('it goes on', async () => {
      const swept = await runNow<{ equal: number }>(stand, 'sweep');
      return swept.equal > 0 ? true : swept;
    });
  });

  it('M-18 with client, appointment and payment events but none of a loyalty card, everything converges', async () => {
    const person = stand.person(3);
    const cardId = person.card?.id;
    await known(stand, 3);
    await adjust(3, '80.00');
    await appointment(3);
    const { locationId } = stand;
    const items = [{ title: 'Cut', cost: '100.00' }];
    const visit = await stand.control('/visits', { locationId, phone: person.phone, items, attendance: 1 });
    await stand.control(`/visits/${visit.visitId}/withdraw`, { cardId, amount: '30.00' });
    await stand.control(`/visits/${visit.visitId}/pay`, {});
    await stand.control('/native', { cardId, amount: '7.00', type: 2 });
    await until('all events have come', async () => (await stand.control('/webhooks')).pending === 0);
    // The accrual is announced by nothing; the journal's schedule names it.
    await runNow(stand, 'journalTail');
    await stand.bothHold(person, await stand.altegio(person));
    await stand.control(`/visits/${visit.visitId}/giveBack`, { cardId });
    await until('all events have come', async () => (await stand.control('/webhooks')).pending === 0);
    await stand.quiet();
    const paid = await stand.till('/payments', {
      receipt: 'M18-1',
      phone: `+${person.phone}`,
      total: '100.00',
      redeem: '20.00',
    });
    expect(paid.body).toMatchObject({ state: 'CAPTURED', redeemed: '20.00' });
    await stand.quiet();
    const account = await stand.account(person);
    expect(await stand.altegio(person)).toBe(account.target);
    expect(account.target).toBe('71.00');
    expect(await inbox('loyalty_card')).toEqual([]);
    const resources = new Set(
      (await stand.pool.query('select resource from inbox')).rows.map(({ resource }) => resource),
    );
    expect(resources).toEqual(new Set(['client', 'finances_operation', 'record']));
  });
});

describe('webhooks that never came', () => {
  it('W-23 are caught up within one period: an appointment, a client, and the change of the balance behind them', async () => {
    const accountId = await known(stand, 6);
    const before = await stand.altegio(stand.person(6));
    await stand.quiet();
    await catchUp();
    await stand.control('/webhooks', { lost: 1 });
    await adjust(6, '4.00');
    await appointment(6);
    expect(await catchUp()).toMatchObject({ untold: 1, skipped: null });
    await stand.bothHold(stand.person(6), plus(before, 4));
    await stand.quiet();
    expect(await driftsOf(stand, accountId)).toMatchObject([{ amount: '4.00', way: 'catch_up' }]);
    expect((await inbox('record')).at(-1)).toEqual({ source: 'catch_up', state: 'started' });

    const items = [{ title: 'Cut', cost: '10.00' }];
    const { locationId } = stand;
    const visit = await stand.control('/visits', { locationId, phone: stand.person(6).phone, items, attendance: 1 });
    await stand.control(`/visits/${visit.visitId}/pay`, {});
    await catchUp();
    expect((await inbox('client')).at(-1)).toMatchObject({ source: 'catch_up' });
    await stand.quiet();
  });

  it('W-23 a payment within the second that the appointment was made and told of in is caught up all the same', async () => {
    await known(stand, 9);
    await until('a second begins', async () => Date.now() % 1_000 < 100, 5_000, 10);
    const items = [{ title: 'Cut', cost: '10.00' }];
    const { locationId } = stand;
    const made = { locationId, phone: stand.person(9).phone, items, attendance: 1 };
    const { visitId } = await stand.control('/visits', made);
    await until('its webhooks came', async () => (await stand.control('/webhooks')).pending === 0, 5_000, 10);
    await stand.control('/webhooks', { lost: 1 });
    await stand.control(`/visits/${visitId}/pay`, {});
    await catchUp();
    expect((await inbox('record')).at(-1)).toMatchObject({ source: 'catch_up' });
    const seen = async () => (await stand.admin(`/visits?locationId=${locationId}&visitId=${visitId}`)).body.items;
    await until('the visit is settled', async () => (await seen())[0]?.state === 'settled' || (await seen()), 60_000);
    const stored = (await inbox('record')).length;
    expect(await catchUp()).toMatchObject({ untold: 0 });
    expect((await inbox('record')).length).toBe(stored);
    await stand.quiet();
  });

  it('W-23 a change that a webhook told of, or that was caught up before, starts nothing and costs no read of the card', async () => {
    await known(stand, 7);
    await appointment(7);
    await until('its webhook came', async () => (await stand.control('/webhooks')).pending === 0);
    await until('it is worked on', async () => (await inbox('record')).at(-1)?.state === 'started');
    await stand.quiet();
    await catchUp();
    await stand.quiet();
    const reads = await cardReads(stand, 7);
    const stored = (await inbox('record')).length;
    const again = await catchUp();
    expect(again).toMatchObject({ untold: 0, skipped: null });
    expect(again.changed).toBeGreaterThan(0);
    expect((await inbox('record')).length).toBe(stored);
    await stand.quiet();
    expect(await cardReads(stand, 7)).toBe(reads);
  });

  it(
    'W-23 Altegio answers 5xx or 429: the watermark stays, and the next run catches everything up',
    { timeout: 150_000 },
    async () => {
      const altegio = altegioOf(stand);
      const activities = createAltegioActivities(depsOf(stand, altegio));
      const accountId = await known(stand, 8);
      await stand.control('/webhooks', { lost: 1 });
      await catchUp();
      const last = await watermark();
      await adjust(8, '2.00');
      await appointment(8);
      for (const fault of ['5xx_before', '429']) {
        await stand.control('/faults', { call: 'any', fault });
        // One attempt; the workflow makes three.
        const once = () => activities.catchUpLocation(String(stand.locationId));
        await expect(inside('catchUp', 'catchUp:test', once)).rejects.toThrow();
        expect(await watermark()).toEqual(last);
        await stand.control('/faults', undefined, 'DELETE');
      }
      await until('Altegio may be asked again', async () => {
        const found = await catchUp().catch(() => null);
        return found?.untold === 1 ? true : found;
      });
      await until('the change is found', async () => (await driftsOf(stand, accountId)).length === 1);
      await altegio.close();
      expect((await watermark())?.getTime()).toBeGreaterThan(last?.getTime() ?? Infinity);
      await stand.quiet();
    },
  );

  it('W-23 after an outage of ours it asks from the watermark on, by the clock of the location, however long ago that is', async () => {
    const days = (count: number) => new Date(Date.now() - count * 86_400_000);
    const place = `update location set caught_up_to = $1, connected_at = $2, time_zone = 'America/Lima'`;
    const altegio = altegioOf(stand);
    const asked: number[] = [];
    const changes: Altegio['changes'] = async ({ since }) => {
      expect(since).toMatch(/-05:00$/);
      asked.push(Date.parse(since));
      return { rows: [], complete: true };
    };
    const activities = createAltegioActivities(depsOf(stand, { ...altegio, changes }));
    const from = days(3);
    await stand.pool.query(place, [from, days(9)]);
    await inside('catchUp', 'catchUp:test', () => activities.catchUpLocation(String(stand.locationId)));
    expect(asked).toHaveLength(2);
    for (const since of asked) {
      expect(from.getTime() - since).toBeGreaterThanOrEqual(15 * 60_000);
      expect(from.getTime() - since).toBeLessThan(15 * 60_000 + 2_000);
    }
    expect((await watermark())?.getTime()).toBeGreaterThan(days(1).getTime());
    await stand.pool.query(place, [new Date(), new Date()]);
    await altegio.close();
  });

  it('W-23 a location that Altegio has locked us out of is skipped without noise, and its watermark stays', async () => {
    await stand.control('/settings', { uninstalledLocations: [stand.locationId] });
    const last = await watermark();
    expect(await catchUp()).toMatchObject({ changed: 0, untold: 0, skipped: expect.stringContaining('refuses') });
    expect(await watermark()).toEqual(last);
  });

  it('W-23 a list of several pages that moves while it is read loses nothing', async () => {
    await stand.control('/webhooks', { lost: 1 });
    const items = [{ title: 'Cut', cost: '10.00' }];
    const walkIn = (startsAt: string) => stand.control('/visits', { locationId: stand.locationId, items, startsAt });
    for (let start = 0; start < 210; start += 15)
      await Promise.all(Array.from({ length: 15 }, () => walkIn('2030-01-01T10:00:00Z')));
    await stand.control('/requests', undefined, 'DELETE');
    await stand.control('/faults', { call: 'any', fault: 'delay', ms: 400 });
    const running = catchUp();
    await until('the first page was read', async () => {
      const rows = (await stand.control('/requests?path=/records/')) as unknown[];
      return rows.length >= 1;
    });
    const early = await walkIn('2020-01-01T10:00:00Z');
    expect(await running).toMatchObject({ skipped: null });
    const kept = await stand.pool.query(`select 1 from inbox where resource = 'record' and resource_id = $1`, [
      String(early.recordId),
    ]);
    expect(kept.rowCount).toBe(1);
    const { rows } = await stand.pool.query<{ all: number }>(
      `select count(distinct resource_id)::int as all from inbox where resource = 'record' and source = 'catch_up'`,
    );
    expect(rows[0]?.all).toBeGreaterThanOrEqual(211);
  });
});
