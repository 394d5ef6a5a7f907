import { beforeEach, describe, expect, it } from 'vitest';
import { CARD_1, CLIENT_1, PARTNER, PHONE_1, testSandbox, USER } from './helpers.ts';

const sandbox = await testSandbox();
const { api, control } = sandbox;
beforeEach(async () => {
  await control('POST', '/reset', {});
  await control('POST', '/limits', { perSecond: 100_000, perMinute: 100_000 });
});

describe('tokens', () => {
  it.each([
    ['no header', ''],
    ['partner only', `Bearer ${PARTNER}`],
    ['a wrong partner', `Bearer other, User ${USER}`],
    ['a wrong user', `Bearer ${PARTNER}, User other`],
  ])('answers 401 in the error envelope for %s', async (_name, authorization) => {
    const answer = await api('GET', '/groups', undefined, { authorization });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ success: false, data: null, meta: { message: 'Authentication needed.' } });
  });

  it('needs only the partner token for POST /auth, and gives the user token for the right password', async () => {
    const headers = { authorization: `Bearer ${PARTNER}` };
    expect((await api('POST', '/auth', { login: 'x', password: 'y' }, headers)).status).toBe(401);
    await control('POST', '/settings', { authFailure: 404 });
    expect((await api('POST', '/auth', { login: 'x', password: 'y' }, headers)).status).toBe(404);

    const { login, password, userToken } = await control<Record<string, string>>('POST', '/staff/password', {});
    expect((await api('GET', '/groups')).status).toBe(401);
    const answer = await api('POST', '/auth', { login, password }, headers);
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({ user_token: userToken, is_approved: true });
    const renewed = { authorization: `Bearer ${PARTNER}, User ${userToken}` };
    expect((await api('GET', '/groups', undefined, renewed)).status).toBe(200);
  });
});

describe('envelope and quirks', () => {
  it('sends ids as strings in the list of companies and as numbers in the single one', async () => {
    const list = await api('GET', '/companies?my=1&show_groups=1');
    expect(list.body.data[0]).toMatchObject({
      id: '101',
      active: '1',
      timezone_name: 'Asia/Almaty',
      main_group_id: 9206,
    });
    expect(list.body.meta).toEqual({ total_count: 3 });
    const one = await api('GET', '/company/102/?my=1&show_groups=1');
    expect(one.body.data).toMatchObject({
      id: 102,
      timezone_name: 'Europe/Berlin',
      main_group: { id: 9206, title: 'Sandbox chain' },
      groups: { '9206': { id: 9206 } },
    });
    expect((await api('GET', '/company/999/')).status).toBe(404);
  });

  it('sends rights as strings in /groups and meta as an empty list', async () => {
    const { body } = await api('GET', '/groups');
    expect(body).toMatchObject({
      success: true,
      data: [{ id: 9206, access: { loyalty_cards_manual_transactions_access: '1' } }],
      meta: [],
    });
  });

  it('spells one phone three ways: digits in paths, a plus in client objects, digits in the chain search', async () => {
    const chain = await api('GET', `/group/9206/clients/?phone=${PHONE_1}`);
    expect(chain.body.data).toMatchObject({ salon_group_id: 9206, phone: PHONE_1 });
    expect(chain.body.data['clients']).toHaveLength(3);
    const client = await api('GET', `/client/101/${CLIENT_1}`);
    expect(client.body.data).toMatchObject({ phone: `+${PHONE_1}`, custom_fields: {}, categories: [], balance: 0 });
    const withPlus = await api('GET', `/loyalty/cards/%2B${PHONE_1}/9206/101`);
    expect(withPlus.status).toBe(422);
    expect(withPlus.body.meta).toEqual({
      message: 'Validation failed',
      errors: { phone: ['Phone must contain 9 to 15 digits'] },
    });
  });

  it('drops the envelope without the version in Accept, and for loyalty answers when told to', async () => {
    const old = await api('GET', '/groups', undefined, { accept: '*/*' });
    expect(old.body).toMatchObject([{ id: 9206 }]);
    await control('POST', '/settings', { bareLoyalty: true });
    const cards = await api('GET', `/loyalty/client_cards/${CLIENT_1}`);
    expect(cards.body).toMatchObject([{ id: CARD_1, balance: 100, number: '0000920600000001' }]);
    expect((await api('GET', '/groups')).body.success).toBe(true);
  });

  it('speaks the language of the account and adds float noise on demand', async () => {
    await control('POST', '/settings', { language: 'ru', floatNoise: true });
    await control('POST', '/staff/adjust', { cardId: CARD_1, amount: '-15.65' });
    const cards = await api('GET', `/loyalty/client_cards/${CLIENT_1}`);
    expect(cards.text).toContain('"balance":84.349999999999994,');
    const client = await api('GET', `/client/101/${CLIENT_1}`);
    expect(client.body.data['importance']).toBe('Без класса важности');
  });

  it.each([
    ['402 in a location with an expired licence', { expiredLocations: [101] }, 402],
    ['403 in a location without the app', { uninstalledLocations: [101] }, 403],
    ['403 without the right to loyalty', { loyaltyAccess: false }, 403],
    ['403 without the right to manual transactions', { manualAccess: false }, 403],
  ])('answers %s', async (_name, settings, status) => {
    await control('POST', '/settings', settings);
    const answer = await sandbox.manual(1);
    expect(answer.status).toBe(status);
    expect(answer.body.success).toBe(false);
    expect(await sandbox.balance()).toBe('100.00');
  });

  it('answers 404 for what it does not know and 400 for a body that is no JSON', async () => {
    expect((await api('GET', '/nothing')).status).toBe(404);
    expect((await api('POST', '/loyalty/cards/101', '{')).status).toBe(400);
  });
});

describe('clients', () => {
  it('makes, changes, finds and deletes a client', async () => {
    const made = await api('POST', '/clients/101', { name: 'New', phone: '+7 701 555 00 11', email: 'n@x.kz' });
    expect(made.status).toBe(201);
    expect(made.body.data).toMatchObject({ name: 'New', phone: '+77015550011', email: 'n@x.kz' });
    const id: number = made.body.data['id'];
    expect((await api('POST', '/clients/101', { name: 'Twin', phone: '77015550011' })).status).toBe(422);
    expect((await api('PUT', `/client/101/${id}`, { name: 'Newer', phone: '77015550011' })).status).toBe(200);
    const search = { fields: ['name', 'phone'], filters: [{ type: 'quick_search', state: { value: '5550011' } }] };
    const found = await api('POST', '/company/101/clients/search', search);
    expect(found.body).toMatchObject({
      data: [{ id, name: 'Newer', phone: '+77015550011' }],
      meta: { total_count: 1 },
    });
    expect((await api('DELETE', `/client/101/${id}`)).status).toBe(204);
    expect((await api('GET', `/client/101/${id}`)).status).toBe(404);
  });

  it('pages the search, refuses a bad filter with 400, lists changes by time', async () => {
    const page = await api('POST', '/company/101/clients/search', { page: 2, page_size: 30 });
    expect(page.body.data).toHaveLength(20);
    expect((await api('POST', '/company/101/clients/search', { filters: [{ type: 'no' }] })).status).toBe(400);
    // A salon's clients were there before anybody looked: a start of the sandbox is no change of theirs.
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
    const changed = await api('GET', `/clients/101?changed_after=${encodeURIComponent(hourAgo)}`);
    expect(changed.body).toMatchObject({ data: [], meta: { page: 1, total_count: 0 } });
    expect((await api('GET', '/clients/101?changed_after=2020-01-01')).body.data).toHaveLength(20);
  });

  it('shows the rights of the user in a location', async () => {
    const { body } = await api('GET', '/user/permissions/101');
    expect(body.data).toMatchObject({ loyalty: { loyalty_cards_manual_transactions_access: true } });
  });
});
