import { beforeEach, describe, expect, it } from 'vitest';
import { CARD_1, CLIENT_1, PHONE_1, receiver, testSandbox, until } from './helpers.ts';
import type { Received } from './helpers.ts';

const { api, control, controlRaw, manual } = await testSandbox();
const { url, received, names } = await receiver();

interface Sent {
  readonly url: string;
  readonly status: number;
}

beforeEach(async () => {
  await control('POST', '/reset', {});
  await control('POST', '/limits', { perSecond: 100_000, perMinute: 100_000 });
  // Nothing leaves by itself: the tests flush, so that none of them has to sleep.
  await control('POST', '/webhooks', { delayMs: 3_600_000 });
  received.length = 0;
});

const register = (more: object = {}): Promise<{ status: number }> =>
  api('POST', '/hooks_settings/101', { urls: [url], active: 1, client: 1, record: 1, finances_operation: 1, ...more });
const flush = (): Promise<Sent[]> => control<Sent[]>('POST', '/webhooks/flush', {});
const appointment = (status: 'create' | 'update'): Promise<{ recordId: number }> =>
  control('POST', '/appointments', { locationId: 101, phone: PHONE_1, status });

describe('hooks settings', () => {
  it('reads defaults, replaces everything with 201, shows self_sending to nobody, one location at a time', async () => {
    const before = await api('GET', '/hooks_settings/101');
    expect(before.body.data).toMatchObject({ urls: [], active: 1, record: 1, client: 1, finances_operation: 1 });
    expect(before.text).not.toContain('self_sending');
    const replaced = await api('POST', '/hooks_settings/101', { urls: [url], active: 1, record: 1, self_sending: 1 });
    expect(replaced.status).toBe(201);
    const after = await api('GET', '/hooks_settings/101');
    expect(after.body.data).toMatchObject({ urls: [url], active: 1, record: 1, client: 0, finances_operation: 0 });
    expect((await api('GET', '/hooks_settings/102')).body.data).toMatchObject({ urls: [] });
    expect((await api('GET', '/hooks_settings/999')).status).toBe(404);
    expect((await api('POST', '/hooks_settings/101', { urls: 'x' })).status).toBe(422);
    await control('POST', '/settings', { webhookAccess: false });
    expect((await api('GET', '/hooks_settings/101')).status).toBe(403);
  });
});

describe('delivery', () => {
  it('sends an event once, after the delay, also when the receiver refuses it', async () => {
    const refusing = await receiver(500);
    await register({ urls: [refusing.url] });
    await control('POST', '/webhooks', { delayMs: 150 });
    const started = Date.now();
    const { recordId } = await appointment('create');
    await until(async () => (await control<{ deliveries: Sent[] }>('GET', '/webhooks')).deliveries.length === 1);
    expect(refusing.received).toHaveLength(1);
    const first = refusing.received[0] as Received;
    expect(first.at - started).toBeGreaterThanOrEqual(149);
    expect(first.body).toMatchObject({
      company_id: 101,
      resource: 'record',
      resource_id: recordId,
      status: 'create',
      data: { id: recordId, client: { id: CLIENT_1, phone: `+${PHONE_1}` }, deleted: false, paid_full: 0 },
    });
    const report = await control<{ pending: number; deliveries: Sent[] }>('GET', '/webhooks');
    expect(report).toMatchObject({ pending: 0, deliveries: [{ status: 500 }] });
    // Nothing is tried again: not even a flush finds anything left.
    expect(await flush()).toEqual([]);
    expect(refusing.received).toHaveLength(1);
  });

  it('hides what the API itself has caused, unless self_sending is 1', async () => {
    await control('POST', '/webhooks', { loyaltyCard: true });
    const client = { name: 'Changed', phone: PHONE_1 };
    await register();
    await manual(1);
    await api('PUT', `/client/101/${CLIENT_1}`, client);
    await flush();
    expect(names()).toEqual([]);
    await register({ self_sending: 1 });
    await manual(1);
    await api('PUT', `/client/101/${CLIENT_1}`, client);
    await flush();
    expect(names().sort()).toEqual(['client.update', 'loyalty_card.update']);
    expect(received.find(({ body }) => body.resource === 'loyalty_card')?.body.data).toEqual({
      id: CARD_1,
      balance: 102,
      number: '0000920600000001',
      phone: PHONE_1,
    });
  });

  it('tells of a change by staff only with the loyaltyCard switch', async () => {
    await register();
    await control('POST', '/staff/adjust', { cardId: CARD_1, amount: '50.00' });
    expect(await flush()).toEqual([]);
    await control('POST', '/webhooks', { loyaltyCard: true });
    await control('POST', '/staff/adjust', { cardId: CARD_1, amount: '50.00' });
    await flush();
    expect(names()).toEqual(['loyalty_card.update']);
  });

  it('obeys the flags and the active switch of the location', async () => {
    await register({ record: 0 });
    await appointment('create');
    await register({ active: 0 });
    await appointment('update');
    expect(await flush()).toEqual([]);
  });

  it('loses and doubles events on demand, word for word', async () => {
    await register();
    await control('POST', '/webhooks', { lost: 1 });
    await appointment('create');
    expect(await flush()).toEqual([]);
    await control('POST', '/webhooks', { lost: 0, duplicate: 1, reorder: true });
    await appointment('update');
    expect(await flush()).toHaveLength(2);
    expect(received).toHaveLength(2);
    expect(received[0]?.body).toEqual(received[1]?.body);
  });

  it('forges one event at once and answers what each receiver said', async () => {
    await register();
    const event = { locationId: 101, resource: 'record', resourceId: 7, status: 'delete', data: { id: 7 } };
    const sent = await control<Sent[]>('POST', '/webhooks/send', event);
    expect(sent).toMatchObject([{ url, status: 200, resource: 'record', event: 'delete' }]);
    expect(received[0]?.body).toEqual({
      company_id: 101,
      resource: 'record',
      resource_id: 7,
      status: 'delete',
      data: { id: 7 },
    });
    expect((await controlRaw('POST', '/webhooks/send', { ...event, status: 'gone' })).status).toBe(400);
  });

  it('notes a receiver that is not there as status 0', async () => {
    await register({ urls: ['http://127.0.0.1:9/'] });
    await appointment('create');
    expect(await flush()).toMatchObject([{ status: 0 }]);
  });
});
