import { beforeEach, describe, expect, it } from 'vitest';
import { CARD_1, CLIENT_1, PHONE_1, receiver, testSandbox } from './helpers.ts';
import type { ApiAnswer } from './helpers.ts';

const { api, control, controlRaw, balance } = await testSandbox();
const { url, received } = await receiver();

interface Visit {
  readonly visitId: number;
  readonly recordId: number;
}
const ITEMS = [
  { title: 'Mask', cost: '20.00', kind: 'good' },
  { title: 'Cut', cost: '3000.00' },
];
let visit: Visit;

beforeEach(async () => {
  await control('POST', '/reset', {});
  await control('POST', '/limits', { perSecond: 100_000, perMinute: 100_000 });
  await control('POST', '/webhooks', { delayMs: 3_600_000 });
  visit = await control<Visit>('POST', '/visits', { locationId: 101, phone: PHONE_1, items: ITEMS });
  await api('POST', '/hooks_settings/101', { urls: [url], active: 1, client: 1, record: 1, finances_operation: 1 });
});

const act = (action: string, body: object = {}): Promise<unknown> =>
  control('POST', `/visits/${visit.visitId}/${action}`, body);
const record = (query = ''): Promise<ApiAnswer> => api('GET', `/record/101/${visit.recordId}${query}`);
const details = (): Promise<ApiAnswer> => api('GET', `/visit/details/101/${visit.recordId}/${visit.visitId}`);
const withdraw = (amount: number): Promise<ApiAnswer> =>
  api('POST', `/visit/loyalty/apply_card_withdrawal/101/${CARD_1}`, {
    record_id: visit.recordId,
    visit_id: visit.visitId,
    amount,
  });

/** Everything sent since the last call, in the order in which it happened. */
async function events(): Promise<string[]> {
  const sent = await control<{ resource: string; event: string }[]>('POST', '/webhooks/flush', {});
  return sent.map(({ resource, event }) => `${resource}.${event}`);
}

describe('records', () => {
  it('come as Altegio sends them', async () => {
    const { body } = await record();
    expect(body.data).toMatchObject({
      id: visit.recordId,
      company_id: 101,
      visit_id: visit.visitId,
      services: [{ title: 'Cut', cost: 3000 }],
      goods_transactions: [{ title: 'Mask', cost: 20, amount: -1 }],
      client: { id: CLIENT_1, phone: `+${PHONE_1}` },
      attendance: 0,
      paid_full: 0,
      documents: [{ type_id: 7 }],
    });
    expect(body.data['datetime']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:00$/);
    expect(body.data['date']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(body.data['last_change_date']).toMatch(/\+0500$/);
    expect(body.data).not.toHaveProperty('finance_transactions');
  });

  it('have an empty list for a missing client, and one visit can hold several', async () => {
    const walkIn = await control<Visit>('POST', '/visits', { locationId: 101, items: ITEMS, visitId: visit.visitId });
    expect(walkIn.visitId).toBe(visit.visitId);
    expect((await api('GET', `/record/101/${walkIn.recordId}`)).body.data['client']).toEqual([]);
    const whole = await api('GET', `/visits/${visit.visitId}`);
    expect(whole.body.data).toMatchObject({
      attendance: 0,
      records: [{ id: visit.recordId }, { id: walkIn.recordId }],
    });
  });

  it('are listed by change, in pages, deleted ones only on request', async () => {
    const { body } = await api('GET', '/records/101?changed_after=2020-01-01&count=200');
    expect(body).toMatchObject({ data: [{ id: visit.recordId }], meta: { page: 1, total_count: 1 } });
    const later = encodeURIComponent(new Date(Date.now() + 60_000).toISOString());
    expect((await api('GET', `/records/101?changed_after=${later}`)).body.data).toEqual([]);
    expect((await api('GET', '/records/101?changed_after=soon')).status).toBe(422);
    await act('delete');
    expect(await events()).toEqual(['record.delete']);
    expect((await api('GET', '/records/101')).body.data).toEqual([]);
    expect((await api('GET', '/records/101?with_deleted=1')).body.data).toMatchObject([{ deleted: true }]);
    expect((await record()).status).toBe(404);
  });
});

describe('paying', () => {
  it('makes one finance transaction an item, then tells of record and client; paid before attended is fine', async () => {
    await act('pay');
    expect(await events()).toEqual([
      'finances_operation.create',
      'finances_operation.create',
      'record.update',
      'client.update',
    ]);
    const paid = await record('?include_finance_transactions=1');
    expect(paid.body.data).toMatchObject({
      paid_full: 1,
      payment_status: 1,
      attendance: 0,
      finance_transactions: [
        { expense_id: 7, target_type_id: 0, amount: 20, client: { phone: PHONE_1 } },
        { expense_id: 5, target_type_id: 1, amount: 3000 },
      ],
    });
    await act('attend');
    expect((await record()).body.data).toMatchObject({ attendance: 1, visit_attendance: 1, paid_full: 1 });
  });

  it('unpays by deleting, and pays again under new ids', async () => {
    await act('pay');
    const first = await api('GET', '/transactions/101');
    expect(first.body.data[0]).toMatchObject({
      id: expect.any(String),
      amount: '20.00',
      supplier: [],
      client: { id: String(CLIENT_1), phone: `+${PHONE_1}` },
      visit_id: visit.visitId,
      sold_item_type: 'goods_transaction',
    });
    await events();
    await act('unpay');
    expect(await events()).toEqual(['finances_operation.delete', 'finances_operation.delete', 'record.update']);
    expect((await record()).body.data).toMatchObject({ paid_full: 0 });
    expect((await api('GET', '/transactions/101')).body.data).toEqual([]);
    expect((await api('GET', '/transactions/101?deleted=1')).body.data).toHaveLength(2);
    await act('pay');
    const again: { id: string }[] = (await api('GET', '/transactions/101')).body.data;
    expect(again.map(({ id }) => id)).not.toContain(first.body.data[0]['id']);
  });

  it('leaves paid_full at 0 after a part, and follows an edit', async () => {
    await act('pay', { amount: '1000.00' });
    expect((await record('?include_finance_transactions=1')).body.data).toMatchObject({
      paid_full: 0,
      finance_transactions: [{ amount: 20 }, { amount: 980 }],
    });
    await act('edit', { items: [ITEMS[0], { title: 'Cut', cost: '980.00' }] });
    expect((await record()).body.data).toMatchObject({ paid_full: 1, services: [{ cost: 980 }] });
  });

  it('deleting a paid visit takes its payments along', async () => {
    await act('pay');
    await events();
    await act('delete');
    expect(await events()).toEqual(['finances_operation.delete', 'finances_operation.delete', 'record.delete']);
    expect(received.at(-1)?.body).toBeDefined();
    expect((await controlRaw('POST', `/visits/${visit.visitId}/pay`, {})).status).toBe(404);
  });
});

describe('bonus in a visit', () => {
  it('splits over the items in proportion to cost, keeps the sum, and leaves the rest to be paid', async () => {
    const { body, status } = await withdraw(100);
    expect(status).toBe(200);
    expect(body.data['loyalty_transactions']).toMatchObject([
      { type_id: 3, amount: 0.66, card_id: CARD_1, item_type_id: 7, is_loyalty_withdraw: true },
      { type_id: 3, amount: 99.34, item_type_id: 1, item_record_id: visit.recordId },
    ]);
    expect(body.data['items']).toMatchObject([{ cost: 20 }, { cost: 3000 }]);
    expect(await balance()).toBe('0.00');
    await act('pay');
    expect((await details()).body.data['payment_transactions']).toMatchObject([{ amount: 19.34 }, { amount: 2900.66 }]);
    expect((await record()).body.data).toMatchObject({ paid_full: 1 });
    expect((await api('GET', `/visit/loyalty/transactions/${visit.visitId}`)).body.data).toHaveLength(2);
  });

  it('caps silently by the balance and by what is left to pay; nothing left is no transaction and still 200', async () => {
    expect((await withdraw(150)).status).toBe(200);
    expect(await balance()).toBe('0.00');
    await control('POST', '/staff/adjust', { cardId: CARD_1, amount: '5000.00' });
    await withdraw(5000);
    expect(await balance()).toBe('2080.00');
    const full = await withdraw(10);
    expect(full.status).toBe(200);
    expect(await balance()).toBe('2080.00');
    expect((await record()).body.data).toMatchObject({ paid_full: 1 });
    expect((await withdraw(-1)).status).toBe(422);
  });

  it('cancel puts the sum back, and cancelled lines vanish from the journal or stay', async () => {
    await withdraw(100);
    const cancelled = await api('POST', `/visit/loyalty/cancel_card_withdrawal/101/${CARD_1}`, {
      record_id: visit.recordId,
      visit_id: visit.visitId,
    });
    expect(cancelled.body.data['loyalty_transactions']).toEqual([]);
    expect(await balance()).toBe('100.00');
    const days = 'created_after=2020-01-01&created_before=2099-01-01';
    const path = `/chain/9206/loyalty/transactions?${days}&visit_ids[]=${visit.visitId}`;
    expect((await api('GET', path)).body.data).toEqual([]);
    await control('POST', '/settings', { cancelledLines: 'stay' });
    expect((await api('GET', path)).body.data).toMatchObject([{ status_id: 2 }, { status_id: 2 }]);
  });

  it('answers 404 for a record that is not of the visit', async () => {
    const other = await control<Visit>('POST', '/visits', { locationId: 101, items: ITEMS });
    const body = { record_id: other.recordId, visit_id: visit.visitId, amount: 1 };
    expect((await api('POST', `/visit/loyalty/apply_card_withdrawal/101/${CARD_1}`, body)).status).toBe(404);
    expect((await api('GET', `/visit/details/101/${other.recordId}/${visit.visitId}`)).status).toBe(404);
  });
});
