// Connecting a location, on the real sandbox: what is probed, what is stored, what is left alone.
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type Body, CHAIN, LOCATION, type Stand, startStand } from './operator-stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('operator-connections');
});

const FOREIGN = 'https://crm.example/altegio?k=1';
const steps = (body: Body) =>
  (body['steps'] as { key: string; state: string; reason?: string }[]).map(({ key, state }) => `${key} ${state}`);
const reason = (body: Body, n: number) => (body['steps'] as { reason?: string }[])[n - 1]?.reason ?? '';
const hooks = async () =>
  (await stand.sandbox.api('GET', `/hooks_settings/${LOCATION}`)).body.data as Record<string, unknown>;

describe('before anything is connected', () => {
  test('M-02 a location Altegio does not know is answered with a reason and stores nothing', async () => {
    const before = await stand.counts();
    const { status, body } = await stand.call('POST', '/api/connections', { locationId: 99_999 });
    expect(status).toBe(200);
    expect(steps(body)).toEqual(['branch failed', 'chain todo', 'service_user todo', 'card_type todo', 'link todo']);
    expect(reason(body, 1)).toContain('99999');
    expect(body).toMatchObject({ chain: null, webhookUrl: null });
    expect(await stand.counts()).toEqual(before);
  });

  test.each([
    [401, 'ALTEGIO_USER_TOKEN'],
    [403, 'support@message.help'],
  ])('V-42 a %i says what is wrong', async (fault, hint) => {
    await stand.sandbox.control('POST', '/faults', { call: 'any', fault: String(fault), times: 1 });
    const { body } = await stand.call('POST', '/api/connections', { locationId: LOCATION });
    await stand.sandbox.control('DELETE', '/faults');
    await stand.deps.altegio.unpark();
    expect(steps(body)[0]).toBe('branch failed');
    expect(reason(body, 1)).toContain(hint);
    expect((await stand.counts())['location']).toBe(0);
  });

  test('M-03 a location in no chain makes step 2 failed with a reason that says so', async () => {
    const { altegio } = stand.deps;
    const alone = { id: 555n, title: 'Alone', timeZone: 'Asia/Almaty', address: null, chain: null };
    const spy = vi.spyOn(altegio, 'location').mockResolvedValue(alone);
    const { status, body } = await stand.call('POST', '/api/connections', { locationId: 555 });
    spy.mockRestore();
    expect(status).toBe(200);
    expect(steps(body).slice(0, 3)).toEqual(['branch ok', 'chain failed', 'service_user todo']);
    expect(reason(body, 2)).toContain('no chain');
    expect((await stand.counts())['location']).toBe(0);
  });

  test('M-02 nothing works for a location that is not connected, and nothing is written', async () => {
    const before = await stand.counts();
    expect((await stand.call('GET', `/api/connections/${LOCATION}`)).status).toBe(404);
    expect((await stand.call('GET', `/api/chains/${CHAIN}/card-types`)).status).toBe(404);
    expect((await stand.call('POST', '/api/keys', { locationId: LOCATION, name: 'Till' })).status).toBe(404);
    expect((await stand.call('POST', '/api/reconciliations', { chainId: CHAIN })).status).toBe(404);
    expect(await stand.counts()).toEqual(before);
    expect(stand.starter.reconciliations).toEqual([]);
  });
});

describe('connecting', () => {
  test('M-02 M-03 the first time answers 201 with the chain, a repeat 200 with the same address', async () => {
    await stand.sandbox.api('POST', `/hooks_settings/${LOCATION}`, {
      urls: [FOREIGN],
      active: 1,
      client: 0,
      salon: 1,
      staff_custom: 1,
    });
    const first = await stand.call('POST', '/api/connections', { locationId: LOCATION });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      locationId: LOCATION,
      chain: { id: CHAIN, title: 'Sandbox chain' },
      webhook: { registered: true, lastReceivedAt: null },
    });
    expect(steps(first.body)).toEqual(['branch ok', 'chain ok', 'service_user todo', 'card_type todo', 'link todo']);
    for (const n of [3, 4, 5]) expect(reason(first.body, n)).not.toBe('');
    const again = await stand.call('POST', '/api/connections', { locationId: LOCATION });
    expect(again.status).toBe(200);
    expect(again.body['webhookUrl']).toBe(first.body['webhookUrl']);
    const got = await stand.call('GET', `/api/connections/${LOCATION}`);
    expect(got).toMatchObject({ status: 200, body: { webhookUrl: first.body['webhookUrl'] } });
  });

  test('V-45 the address holds 32 random bytes', async () => {
    const one = await stand.connect();
    const other = await stand.connect(LOCATION + 1);
    expect(one).toMatch(/^\/webhooks\/altegio\/[A-Za-z0-9_-]{43}$/);
    expect(other).not.toBe(one);
  });

  test('V-45 our address is put beside those of others, once, and other settings stay', async () => {
    const path = await stand.connect();
    const settings = await hooks();
    expect(settings['urls']).toEqual([FOREIGN, `${stand.url}${path}`]);
    expect(settings).toMatchObject({
      salon: 1,
      client: 1,
      record: 1,
      goods_operations_sale: 1,
      finances_operation: 1,
    });
    const posted = (
      await stand.sandbox.control<{ method: string; path: string; body: unknown }[]>('GET', '/requests')
    ).filter(({ method, path: called }) => method === 'POST' && called.includes('hooks_settings'));
    expect(posted.at(-1)?.body).toMatchObject({ self_sending: 0 });
  });

  test('V-45 an address taken out by hand is shown as not registered', async () => {
    await stand.sandbox.api('POST', `/hooks_settings/${LOCATION}`, { urls: [FOREIGN], active: 1 });
    const { body } = await stand.call('GET', `/api/connections/${LOCATION}`);
    expect(body['webhook']).toMatchObject({ registered: false });
    await stand.connect();
    expect((await stand.call('GET', `/api/connections/${LOCATION}`)).body['webhook']).toMatchObject({
      registered: true,
    });
  });

  test('card types are listed with their titles unchanged', async () => {
    const { status, body } = await stand.call('GET', `/api/chains/${CHAIN}/card-types`);
    expect(status).toBe(200);
    expect(body).toEqual([
      { id: 8230, title: 'Cashback' },
      { id: 8231, title: 'VIP' },
    ]);
    const { altegio } = stand.deps;
    const titles = ['Бонусы 💎', 'x', 'я'.repeat(255)];
    const spy = vi
      .spyOn(altegio, 'cardTypes')
      .mockResolvedValue(titles.map((title, index) => ({ id: BigInt(index + 1), title })));
    const odd = await stand.call('GET', `/api/chains/${CHAIN}/card-types`);
    spy.mockRestore();
    expect((odd.body as unknown as { title: string }[]).map(({ title }) => title)).toEqual(titles);
  });
});
