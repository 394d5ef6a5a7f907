// Keys of tills, and what a stranger, a wrong key or a till run wild comes to at each door.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkflowNotFoundError } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../worker/paths.ts';
import { type Answer, call, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

/** Few, so that a till run wild needs few calls to meet the limit. */
const PER_MINUTE = 240;
const AT_ONCE = PER_MINUTE / 6;

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('keys', { keyRequestsPerMinute: PER_MINUTE });
});
afterAll(() => stand?.close());

async function must(answer: Promise<Answer>): Promise<Answer['body']> {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return body;
}

const newKey = (more: object = {}) =>
  must(stand.admin('/keys', { locationId: stand.locationId, name: 'Till', ...more }));
const asTill = (key: string, path: string, body?: unknown) =>
  stand.till(path, body, { headers: { authorization: `Bearer ${key}` } });

/** Rows that a refused call must not add; what schedules and caches write is not among them. */
async function rows(): Promise<unknown> {
  const tables = ['payment', 'account', 'operation', 'transfer', 'inbox', 'idempotency_key', 'api_key'];
  const counts = tables.map((table) => `(select count(*) from ${table}) as ${table}`).join(', ');
  return (await stand.pool.query(`select ${counts}`)).rows[0];
}

const pay = (receipt: string) => ({
  receipt,
  phone: `+${stand.person(3).phone}`,
  total: '10.00',
  redeem: 'none',
});

describe('who may call', () => {
  it('W-21 an unknown webhook token is 404 and nothing is written, a body over 1 MiB is 413, a wrong key 401, a foreign location 403, too many calls 429, and secrets are compared in constant time', async () => {
    const { key } = await newKey();
    const paid = await must(asTill(key, '/payments', pay('W21-0')));
    const { rows: tokens } = await stand.pool.query<{ webhook_token: string }>('select webhook_token from location');
    const token = tokens[0]?.webhook_token ?? '';
    const before = await rows();
    const url = `${stand.apiUrls[0]}/webhooks/altegio/`;
    const event = { company_id: stand.locationId, resource: 'client', resource_id: 1, status: 'create', data: {} };
    for (const wrong of [
      'x',
      'A'.repeat(43),
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      token.slice(1),
    ])
      expect((await call(`${url}${wrong}`, { body: event })).status).toBe(404);
    const large = { ...event, data: { comment: 'x'.repeat(1024 * 1024) } };
    expect((await call(`${url}${token}`, { body: large })).status).toBe(413);
    expect((await asTill(key, '/payments', { ...pay('W21-1'), operator: 'x'.repeat(1024 * 1024) })).status).toBe(413);

    for (const wrong of ['pos_x', `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`, stand.programId])
      expect(await asTill(wrong, '/payments', pay('W21-2'))).toMatchObject({
        status: 401,
        body: { code: 'invalid_key' },
      });
    await must(stand.admin('/connections', { locationId: stand.locationId + 1 }));
    const other = await newKey({ locationId: stand.locationId + 1 });
    const foreign = await asTill(other.key, `/payments/${paid.id}`);
    expect(foreign).toMatchObject({ status: 403, body: { code: 'forbidden_location' } });
    for (const path of [`/accounts/${paid.account.id}/adjustments`, '/keys'])
      expect(
        await stand.admin(path, { amount: '1.00', reason: 'x' }, undefined, { authorization: `Bearer ${key}` }),
      ).toMatchObject({ status: 401, body: { code: 'unauthorised' } });
    expect(await rows()).toEqual({ ...(before as object), api_key: (before as { api_key: bigint }).api_key + 1n });

    const wild = await newKey();
    const burst = await Promise.all(Array.from({ length: AT_ONCE }, () => asTill(wild.key, '/lookups', {})));
    expect(burst.map(({ status }) => status)).toEqual(Array(AT_ONCE).fill(400));
    const refused = await asTill(wild.key, '/payments', pay('W21-3'));
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', retryable: true } });
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(10);
    expect((await asTill(key, `/payments/${paid.id}`)).status).toBe(200);

    const { rows: kept } = await stand.pool.query<{ key_hash: Buffer }>('select key_hash from api_key');
    for (const { key_hash: hash } of kept) expect([hash.length, hash.includes(key)]).toEqual([32, false]);
    for (const file of ['activities/ledger/key-ring.ts', 'activities/ledger/connections.ts', 'api/console/auth.ts'])
      expect(readFileSync(join(packageRoot, file), 'utf8'), file).toMatch(/timingSafeEqual\((row\.|sha256\()/);
    await stand.quiet();
  });

  it('a key switched off is refused within 2 s in words that name it, starts no workflow, and works again when switched on', async () => {
    const made = await newKey({ name: 'Bar' });
    expect((await asTill(made.key, '/lookups', {})).status).toBe(400);
    const { items } = await must(stand.admin('/keys'));
    const listed = items.find(({ id }: { id: string }) => id === made.id);
    expect(listed).toMatchObject({ name: 'Bar', last4: made.key.slice(-4), active: true });
    expect(JSON.stringify(items)).not.toContain(made.key);
    await until('its use is noted', async () => {
      const now = (await must(stand.admin('/keys'))).items.find(({ id }: { id: string }) => id === made.id);
      return Math.abs(Date.now() - Date.parse(now.lastUsedAt)) < 30_000 ? true : now;
    });

    const before = await rows();
    await must(stand.admin(`/keys/${made.id}`, { active: false }, 'PATCH'));
    await until('it is refused', async () => (await asTill(made.key, '/lookups', {})).status === 401, 2_000);
    const refused = await asTill(made.key, '/payments', pay('P23-1'));
    expect(refused).toMatchObject({ status: 401, body: { code: 'key_disabled' } });
    expect(refused.body.detail).toContain(made.last4);
    expect(await rows()).toEqual(before);
    const workflow = stand.client.workflow.getHandle(`payment:${stand.locationId}:P23-1`);
    await expect(workflow.describe()).rejects.toThrow(WorkflowNotFoundError);
    await must(stand.admin(`/keys/${made.id}`, { active: true }, 'PATCH'));
    await until('it works again', async () => (await asTill(made.key, '/lookups', {})).status === 400, 2_000);
  });

  it('a rotated key is valid beside its successor for the stated time only', async () => {
    const first = await newKey({ name: 'Desk', as: 'discount' });
    const second = await must(stand.admin(`/keys/${first.id}/rotate`, { overlapMinutes: 60 }));
    expect(second).toMatchObject({ name: 'Desk', as: 'discount', replaces: { id: first.id, replacedBy: second.id } });
    expect(Date.parse(second.replaces.validUntil) - Date.now()).toBeGreaterThan(3_500_000);
    for (const { key } of [first, second]) expect((await asTill(key, '/lookups', {})).status).toBe(400);
    expect(await stand.admin(`/keys/${first.id}/rotate`, {})).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });

    const third = await must(stand.admin(`/keys/${second.id}/rotate`, { overlapMinutes: 0 }));
    await until('the old one is over', async () => (await asTill(second.key, '/lookups', {})).status === 401, 2_000);
    expect((await asTill(second.key, '/lookups', {})).body).toMatchObject({ code: 'key_disabled' });
    expect((await asTill(third.key, '/lookups', {})).status).toBe(400);
    expect((await stand.admin('/keys/key_00000000000000000000000000/rotate', {})).status).toBe(404);
  });

  it('a key of one program finds and pays with that program only', async () => {
    const types = await must(stand.admin(`/chains/${stand.chainId}/card-types`));
    const vip = types.find(({ title }: { title: string }) => title === 'VIP');
    await stand.control('/settings', { promotions: [] });
    const program = await must(
      stand.admin('/programs', {
        ...{ chainId: stand.chainId, cardTypeId: vip.id, name: 'VIP', currency: 'KZT' },
        accrual: { levels: [{ from: '0.00', percent: '10' }] },
        redeem: {},
      }),
    );
    const phone = `+${stand.person(4).phone}`;
    const body = { phone, total: '100.00', redeem: 'none' };
    const keys = await Promise.all(
      [stand.programId, program.id].map((programId) => newKey({ programId }).then(({ key }) => key)),
    );
    const accrued: string[] = [];
    for (const [index, key] of keys.entries()) {
      const answer = await must(asTill(key, '/payments', { ...body, receipt: `PRG-${index}` }));
      accrued.push(answer.accrued);
    }
    expect(accrued).toEqual(['5.00', '10.00']);
    await stand.quiet();
    const balance = async (key: string) => (await must(asTill(key, '/lookups', { phone }))).account.balance.active;
    expect(await balance(keys[1] ?? '')).toBe('10.00');
    expect(await asTill(stand.key, '/payments', { ...body, receipt: 'PRG-2' })).toMatchObject({
      status: 409,
      body: { code: 'card_choice_required' },
    });
    const unknown = await stand.admin('/keys', {
      ...{ locationId: stand.locationId, name: 'x', programId: 'prg_00000000000000000000000000' },
    });
    expect([unknown.status, unknown.body.errors[0].path]).toEqual([404, 'programId']);
  });
});
