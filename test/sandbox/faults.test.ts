import { beforeEach, describe, expect, it } from 'vitest';
import { CARD_1, CLIENT_1, PHONE_1, testSandbox, until } from './helpers.ts';

const { api, control, controlRaw, manual, balance } = await testSandbox();
beforeEach(async () => {
  await control('POST', '/reset', {});
  await control('POST', '/limits', { perSecond: 100_000, perMinute: 100_000 });
});

const fault = (name: string, more: object = {}): Promise<unknown> =>
  control('POST', '/faults', { call: 'write', fault: name, times: 1, ...more });
const outcome = (call: Promise<{ status: number }>): Promise<number | 'dropped'> =>
  call.then(
    ({ status }) => status,
    () => 'dropped' as const,
  );
const lastRequest = async (): Promise<Record<string, unknown> | undefined> =>
  (await control<Record<string, unknown>[]>('GET', '/requests')).at(-1);

describe('faults of a write', () => {
  it.each([
    ['5xx_before', 503, '100.00', 503, false],
    ['5xx_after', 503, '90.00', 503, true],
    ['drop_before', 'dropped', '100.00', 0, false],
    ['drop_after', 'dropped', '90.00', 0, true],
    ['401', 401, '100.00', 401, false],
    ['402', 402, '100.00', 402, false],
    ['403', 403, '100.00', 403, false],
    ['404', 404, '100.00', 404, false],
    ['422', 422, '100.00', 422, false],
    ['429', 429, '100.00', 429, false],
  ])('%s', async (name, seen, left, status, applied) => {
    await fault(name);
    expect(await outcome(manual(-10))).toBe(seen);
    expect(await balance()).toBe(left);
    expect(await lastRequest()).toMatchObject({ method: 'POST', status, applied, body: { amount: -10 } });
    // Once means once.
    expect((await manual(-10)).status).toBe(200);
  });

  it('answers faults that are answers in the error envelope, and a broken backend as HTML', async () => {
    await fault('403');
    expect((await manual(1)).body).toEqual({ success: false, data: null, meta: { message: 'Access denied.' } });
    await fault('5xx_before');
    expect((await manual(1)).text).toContain('<html>');
  });

  it('delay answers normally, later', async () => {
    await fault('delay', { ms: 120 });
    const started = performance.now();
    expect((await manual(-10)).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(118);
    expect(await balance()).toBe('90.00');
  });

  it('hang gives no answer, drops after its time and applies nothing', async () => {
    await fault('hang', { ms: 200 });
    const call = outcome(manual(-10));
    await until(async () => (await lastRequest())?.['status'] === 0);
    expect(await call).toBe('dropped');
    expect(await balance()).toBe('100.00');
  });

  it('late apply drops the caller first and applies afterwards', async () => {
    await fault('late_apply', { ms: 700 });
    expect(await outcome(manual(-10))).toBe('dropped');
    expect(await balance()).toBe('100.00');
    expect(await lastRequest()).toMatchObject({ status: 0, applied: false });
    await until(async () => (await balance()) === '90.00');
    expect(await lastRequest()).toMatchObject({ status: 0, applied: true });
  });
});

describe('answers that are not true', () => {
  it('wrong_echo applies the change and answers another balance', async () => {
    await fault('wrong_echo', { amount: '2.50' });
    expect((await manual(-10)).body.data).toMatchObject({ balance: 92.5 });
    expect(await balance()).toBe('90.00');
  });

  it('absent leaves the rows out', async () => {
    const read = async () => (await api('GET', `/loyalty/client_cards/${CLIENT_1}`)).body.data as unknown[];
    await fault('absent', { call: 'read' });
    expect(await read()).toEqual([]);
    expect(await read()).toHaveLength(1);
  });
});

describe('reset', () => {
  it('drops a late apply that has not landed yet', async () => {
    await fault('late_apply', { ms: 400 });
    expect(await outcome(manual(-10))).toBe('dropped');
    await control('POST', '/reset', {});
    // The second one is due after the first, so once it has landed the first one would have, too.
    await fault('late_apply', { ms: 500 });
    await outcome(manual(-1));
    await until(async () => (await balance()) === '99.00');
  });
});

describe('choice of calls', () => {
  it('tells reads, writes, the journal and issuing apart', async () => {
    const calls = {
      read: () => api('GET', `/loyalty/client_cards/${CLIENT_1}`),
      write: () => manual(1),
      journal: () => api('GET', '/chain/9206/loyalty/transactions?created_after=2026-01-01&created_before=2026-01-02'),
      issue: () => api('POST', '/loyalty/cards/101', {}),
    };
    const hit: Record<string, string[]> = {};
    for (const kind of ['read', 'write', 'journal', 'issue', 'any']) {
      await control('POST', '/faults', { call: kind, fault: '403' });
      const statuses = await Promise.all(Object.values(calls).map(async (call) => (await call()).status));
      hit[kind] = Object.keys(calls).filter((_name, index) => statuses[index] === 403);
      await control('DELETE', '/faults');
    }
    expect(hit).toEqual({
      read: ['read'],
      write: ['write', 'issue'],
      journal: ['journal'],
      issue: ['issue'],
      any: ['read', 'write', 'journal', 'issue'],
    });
  });

  it('fires at random by share, first match first', async () => {
    await control('POST', '/faults', { call: 'write', fault: '5xx_before', share: 0.5 });
    await control('POST', '/faults', { call: 'write', fault: '5xx_after' });
    for (let count = 0; count < 60; count += 1) expect((await manual(1, CARD_1)).status).toBe(503);
    const hits = (await control<{ hits: number }[]>('GET', '/faults')).map((entry) => entry.hits);
    expect(hits.reduce((sum, count) => sum + count, 0)).toBe(60);
    // Either of them never firing in 60 tries at one half would be a chance of 2 in 10^18.
    expect(Math.min(...hits)).toBeGreaterThan(0);
    expect(await balance()).toBe(`${100 + (hits[1] ?? 0)}.00`);
  });

  it('aims at one card, one person or one address, after so many calls', async () => {
    const card2 = CARD_1 + 1;
    const cards = (phone: string) => api('GET', `/loyalty/cards/${phone}/9206/101`);
    await fault('403', { match: { cardId: card2 } });
    expect((await manual(1)).status).toBe(200);
    expect((await manual(1, card2)).status).toBe(403);
    await fault('403', { call: 'read', match: { phone: PHONE_1 }, skip: 1 });
    expect((await cards('77010600002')).status).toBe(200);
    const seen = [await cards(PHONE_1), await cards(PHONE_1), await cards(PHONE_1)].map(({ status }) => status);
    expect(seen).toEqual([200, 403, 200]);
    await fault('403', { call: 'lookup', match: { path: `phone=${PHONE_1}` } });
    expect((await api('GET', `/group/9206/clients/?phone=${PHONE_1}`)).status).toBe(403);
    await fault('403', { call: 'issue', match: { phone: PHONE_1 } });
    const issue = { loyalty_card_number: '1', loyalty_card_type_id: 8230, phone: Number(PHONE_1) };
    expect((await api('POST', '/loyalty/cards/101', issue)).status).toBe(403);
    await fault('404', { match: { text: '"amount":-7' } });
    expect([(await manual(7)).status, (await manual(-7)).status]).toEqual([200, 404]);
    const hits = (await control<{ hits: number }[]>('GET', '/faults')).map((entry) => entry.hits);
    expect(hits).toEqual([1, 1, 1, 1, 1]);
  });

  it('one fault can be ended alone', async () => {
    const { id } = (await fault('403')) as { id: number };
    await fault('404');
    await control('DELETE', `/faults/${id}`);
    expect((await manual(1)).status).toBe(404);
    expect((await controlRaw('DELETE', `/faults/${id}`)).status).toBe(404);
  });

  it('refuses a bad fault in one sentence', async () => {
    const bad = await controlRaw('POST', '/faults', { call: 'write', fault: 'hang', twice: true });
    expect(bad).toEqual({
      status: 400,
      body: { error: { path: 'twice', message: 'The field twice: is not known here.' } },
    });
    expect((await controlRaw('POST', '/faults', { call: 'write', fault: 'hang', share: 2 })).status).toBe(400);
  });
});
