import { beforeEach, describe, expect, it } from 'vitest';
import { parseAmount, splitByWeight } from '../../sandbox/core/money.ts';
import { dayRange, parseWhen } from '../../sandbox/core/time.ts';
import { CARD_1, PHONE_1, testSandbox } from './helpers.ts';

const { sandbox, api, control, controlRaw, manual, balance } = await testSandbox();
const origin = sandbox.url.replace('/api/v1', '');
beforeEach(async () => {
  await control('POST', '/reset', {});
  await control('POST', '/limits', { perSecond: 100_000, perMinute: 100_000 });
});

describe('staff', () => {
  it('adds and takes by hand, never below zero', async () => {
    expect(await control('POST', '/staff/adjust', { cardId: CARD_1, amount: '50.00' })).toMatchObject({
      balance: '150.00',
    });
    expect(await control('POST', '/staff/adjust', { cardId: CARD_1, amount: -50 })).toMatchObject({
      balance: '100.00',
    });
    const refused = await controlRaw('POST', '/staff/adjust', { cardId: CARD_1, amount: '-100.01' });
    expect(refused).toMatchObject({ status: 422, body: { error: { path: 'amount', message: expect.any(String) } } });
    expect((await controlRaw('POST', '/staff/adjust', { cardId: 5, amount: '1' })).status).toBe(404);
  });

  it.each([
    ['amount', { cardId: CARD_1, amount: '1.005' }],
    ['amount', { cardId: CARD_1, amount: '1e2' }],
    ['cardId', { cardId: 'x', amount: '1.00' }],
    ['title', { cardId: CARD_1, amount: '1.00', title: 'x' }],
  ])('names the field %s of bad input', async (path, body) => {
    const answer = await controlRaw('POST', '/staff/adjust', body);
    expect(answer).toMatchObject({ status: 400, body: { error: { path, message: expect.stringMatching(/\.$/) } } });
    expect(await balance()).toBe('100.00');
  });

  it('makes native lines; expiry takes at most what is there', async () => {
    await control('POST', '/native', { cardId: CARD_1, amount: '5.00', type: 2 });
    await control('POST', '/native', { cardId: CARD_1, amount: '2.00', type: 4 });
    expect(await balance()).toBe('107.00');
    await control('POST', '/native', { cardId: CARD_1, amount: '500.00', type: 7 });
    expect(await balance()).toBe('0.00');
  });

  it('makes and updates appointments, the latest of the client unless named', async () => {
    const who = { locationId: 102, phone: PHONE_1 };
    const made = await control<{ recordId: number }>('POST', '/appointments', who);
    const same = await control<{ recordId: number }>('POST', '/appointments', { ...who, status: 'update' });
    expect(same).toEqual(made);
    const unknown = { locationId: 102, status: 'update', recordId: 1 };
    expect((await controlRaw('POST', '/appointments', unknown)).status).toBe(404);
    expect((await controlRaw('POST', '/appointments', { locationId: 102, phone: '77770000000' })).status).toBe(404);
  });
});

describe('the machine', () => {
  it('shows chain and settings without tokens, and changes settings in parts', async () => {
    const chain = await controlRaw('GET', '/chain');
    expect(chain.body).toMatchObject({
      id: 9206,
      locations: [{ id: 101, timeZone: 'Asia/Almaty' }, { id: 102 }, { id: 103, timeZone: 'America/New_York' }],
      cardTypes: [{ id: 8230 }, { id: 8231 }],
    });
    expect(JSON.stringify(chain.body)).not.toMatch(/token|test/);
    const changed = await control('POST', '/settings', { withdrawalSign: 'negative' });
    expect(changed).toMatchObject({ withdrawalSign: 'negative', negativeResult: 'refuse', journalLagMs: 0 });
    expect((await controlRaw('POST', '/settings', { negativeResult: 'maybe' })).status).toBe(400);
  });

  it('logs requests in order and filters them by time, id and path', async () => {
    await manual(1);
    const middle = new Date().toISOString();
    await api('GET', '/groups?x=1');
    const all = await control<{ id: number; at: string; path: string }[]>('GET', '/requests');
    expect(all).toMatchObject([
      { method: 'POST', body: { amount: 1, title: 'R-1 -30.00' }, status: 200, applied: true },
      { method: 'GET', path: '/api/v1/groups', query: '?x=1', body: null, status: 200, applied: false },
    ]);
    const since = (value: string | number): Promise<unknown[]> =>
      control('GET', `/requests?since=${encodeURIComponent(value)}`);
    expect(await since(all[0]?.id ?? 0)).toHaveLength(1);
    expect((await since(middle)).length).toBeGreaterThan(0);
    expect(await control('GET', '/requests?path=manual')).toHaveLength(1);
    expect((await controlRaw('GET', '/requests?since=yesterday')).status).toBe(400);
    await control('DELETE', '/requests');
    expect(await control('GET', '/requests')).toEqual([]);
  });

  it('goes back to the seed, token and settings included', async () => {
    await manual(-40);
    await control('POST', '/settings', { language: 'ru' });
    await control('POST', '/staff/password', {});
    await control('POST', '/faults', { call: 'any', fault: 'hang' });
    await control('POST', '/reset', {});
    expect(await balance()).toBe('100.00');
    expect((await api('GET', '/groups')).status).toBe(200);
    expect(await control('GET', '/settings')).toMatchObject({ language: 'en' });
    expect(await control('GET', '/limits')).toMatchObject({ perSecond: 5, perMinute: 200 });
  });

  it('serves a page without outside hosts, and its health', async () => {
    const page = await fetch(`${origin}/`);
    const html = await page.text();
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(html).toContain('<title>Altegio sandbox</title>');
    expect(html).not.toMatch(/(src|href)="https?:/);
    expect(await (await fetch(`${origin}/healthz`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${origin}/control/nothing`)).status).toBe(404);
    const broken = await fetch(`${origin}/control/limits`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(broken.status).toBe(400);
  });
});

describe('amounts and times', () => {
  it('reads decimals as text, so nothing is lost to floats', () => {
    expect(parseAmount(100.5)).toEqual({ minor: 10_050, exact: true });
    expect(parseAmount('-0.295')).toEqual({ minor: -30, exact: false });
    expect(parseAmount(0.1 + 0.2)).toEqual({ minor: 30, exact: false });
    expect(parseAmount('-0')).toEqual({ minor: 0, exact: true });
    for (const wrong of ['', '1,5', '1e3', 'NaN', null, {}, Number.NaN, '1234567890123']) {
      expect(parseAmount(wrong)).toBeUndefined();
    }
  });

  it('splits by weight and keeps the sum', () => {
    expect(splitByWeight(10_000, [2000, 300_000])).toEqual([66, 9934]);
    expect(splitByWeight(100, [50, 50, 50])).toEqual([33, 33, 34]);
    expect(splitByWeight(2, [1, 1, 1])).toEqual([0, 1, 1]);
    expect(splitByWeight(100, [0, 0])).toEqual([0, 0]);
  });

  it('knows how long a local day is, also when the clocks change', () => {
    const hours = (day: string, zone: string): number => {
      const { from, until } = dayRange(day, day, zone);
      return (until - from) / 3_600_000;
    };
    expect(hours('2026-03-29', 'Europe/Berlin')).toBe(23);
    expect(hours('2026-10-25', 'Europe/Berlin')).toBe(25);
    expect(hours('2026-10-25', 'Asia/Almaty')).toBe(24);
  });

  it('reads every spelling of a time', () => {
    const instant = Date.parse('2026-04-20T13:30:00Z');
    for (const text of [
      '2026-04-20T18:30:00+05:00',
      '2026-04-20T18:30:00 0500',
      '2026-04-20 18:30:00',
      '2026-04-20T13:30:00Z',
    ]) {
      expect(parseWhen(text, 'Asia/Almaty')).toBe(instant);
    }
    expect(parseWhen('2026-04-20', 'Asia/Almaty')).toBe(Date.parse('2026-04-19T19:00:00Z'));
    expect(parseWhen('20.04.2026', 'Asia/Almaty')).toBeUndefined();
  });
});
