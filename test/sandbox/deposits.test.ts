import { beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_1, PHONE_1, testSandbox } from './helpers.ts';

const { api, control } = await testSandbox();
beforeEach(async () => {
  await control('POST', '/reset', {});
  await control('POST', '/limits', { perSecond: 100_000, perMinute: 100_000 });
});

describe('deposits', () => {
  it('are listed by phone, by client and for the chain, with their type and client, balances as numbers', async () => {
    const opened = await control<{ id: number }>('POST', '/deposits', { phone: PHONE_1, balance: '1200.50' });
    await control('POST', '/deposits', { phone: '77019999999', balance: '1.00' });
    const row = {
      deposit: { id: opened.id, balance: 1200.5, blocked: false, salon_group_id: 9206, deposit_type_id: 1 },
      deposit_type: { id: 1, title: 'Main', deleted: false },
      client: { id: CLIENT_1 },
    };
    const byPhone = await api('GET', `/deposits/chain/9206/phone/${PHONE_1}`);
    expect(byPhone.body).toMatchObject({ success: true, data: [row], meta: { count: 1 } });
    expect((await api('GET', `/deposits/company/101/client/${CLIENT_1}`)).body.data).toMatchObject([row]);
    expect((await api('GET', '/deposits/chain/9206?page=1&limit=1')).body).toMatchObject({
      data: [row],
      meta: { count: 2 },
    });
    expect((await api('GET', '/deposits/chain/9206?balance_from=2')).body).toMatchObject({ meta: { count: 1 } });
    expect((await api('GET', '/deposits/chain/9207')).status).toBe(404);
  });

  it('take a top-up, and there is no call that takes money out', async () => {
    const { id } = await control<{ id: number }>('POST', '/deposits', { phone: PHONE_1, balance: '10.00' });
    const body = { client_id: CLIENT_1, deposit_id: id, amount: 5.25, account_id: 37 };
    const topped = await api('POST', '/deposits_operations/101', body);
    expect(topped.status).toBe(200);
    expect(topped.body.data).toMatchObject({
      document: { type_id: 9 },
      deposits_transactions: [{ deposit_id: id, amount: 5.25, deposit: { balance: 15.25 } }],
      payment_transactions: [{ expense_id: 10, account_id: 37 }],
    });
    expect((await api('POST', '/deposits_operations/101', { ...body, amount: -1 })).status).toBe(422);
    expect((await api('POST', '/deposits_operations/101', { ...body, deposit_id: id + 99 })).status).toBe(404);
    expect((await api('DELETE', `/deposits_operations/101/${id}`)).status).toBe(404);
  });
});
