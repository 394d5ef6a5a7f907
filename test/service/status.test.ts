// What the service says of itself: how its parts stand, which tills are there, and what is not there yet.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../setup/product.ts';
import { Roles } from './processes.ts';
import { call, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

const PARTS = ['altegio', 'api', 'database', 'temporal', 'worker'];

let stand: Stand;
let roles: Roles;
beforeAll(async () => {
  build();
  stand = await startStand('status', { worker: false });
  roles = new Roles(stand, { altegioTimeoutMs: 3_000 });
});
afterAll(async () => {
  await roles?.close();
  await stand?.close();
});

const status = async () => (await call(`${stand.apiUrls[0]}/status`)).body;

describe('the status page', () => {
  it('P-22 without login it shows every part with its age; a worker killed with -9 is down within 30 s, one stopped in order at once', async () => {
    const before = await status();
    expect(Object.keys(before.parts).sort()).toEqual(PARTS);
    expect(before).toMatchObject({ status: 'down', parts: { worker: 'down' }, ages: { worker: null } });

    const worker = await roles.worker();
    await until('the worker is seen', async () => (await status()).parts.worker === 'ok');
    // A card met for the first time is adopted with its journal.
    expect((await stand.till('/lookups', { phone: `+${stand.person(1).phone}` })).status).toBe(200);
    await until('Altegio has shown its journal', async () => (await status()).ages.altegio !== null);
    const now = await status();
    expect(now).toMatchObject({ status: 'ok', parts: { api: 'ok', database: 'ok', temporal: 'ok', altegio: 'ok' } });
    for (const age of Object.values(now.ages)) expect(age).toBeGreaterThanOrEqual(0);
    expect(now.ages.worker).toBeLessThanOrEqual(15);
    expect((await stand.till('/status')).body).toMatchObject({ status: 'ok', parts: now.parts });

    await roles.kill(worker);
    await until('the killed worker is down', async () => (await status()).parts.worker === 'down', 30_000);
    expect(await status()).toMatchObject({ status: 'down', parts: { api: 'ok', database: 'ok', temporal: 'ok' } });
    const html = await fetch(`${stand.apiUrls[0]}/status`, { headers: { accept: 'text/html' } });
    expect(html.headers.get('content-type')).toContain('text/html');
    const page = await html.text();
    expect(page).toMatch(/<tr id="worker">.*<td class="bad">down<\/td><td class="soft">seen \d+ s ago/);
    for (const part of PARTS) expect(page).toContain(`<tr id="${part}">`);

    const second = await roles.worker();
    await until('another worker is seen', async () => (await status()).parts.worker === 'ok');
    await second.stop('SIGTERM');
    expect(
      (await stand.pool.query("select seen_at from worker_beat where seen_at > now() - interval '10 s'")).rows,
    ).toEqual([]);
  });
});

describe('a till and its service', () => {
  it('a heartbeat feeds "last seen", which tells a silent terminal from one that is there', async () => {
    const beat = await stand.till('/heartbeats', { terminal: 'Desk 1' });
    expect(beat).toMatchObject({ status: 200, body: { terminal: 'Desk 1', everySeconds: 60 } });
    await stand.till('/heartbeats', { terminal: 'Desk 2' });
    await stand.pool.query(`update terminal set last_seen_at = now() - interval '4 minutes' where name = 'Desk 2'`);
    const { items } = (await stand.admin('/terminals')).body;
    expect(items).toMatchObject([
      { terminal: 'Desk 2', locationId: stand.locationId, keyName: 'Till 1', silent: true },
      { terminal: 'Desk 1', lastSeenAt: beat.body.seenAt, silent: false },
    ]);
    expect((await stand.till('/heartbeats', { terminal: 'Desk 2' })).status).toBe(200);
    const again = (await stand.admin('/terminals')).body.items;
    expect(again.map(({ silent }: { silent: boolean }) => silent)).toEqual([false, false]);
    const bad = await stand.till('/heartbeats', { terminal: '' });
    expect([bad.status, bad.body.errors[0].path]).toEqual([400, 'terminal']);
  });

  it('P-11 rewards are said to be coming, on the page without a control and to a till as 501', async () => {
    const answer = await stand.till('/rewards');
    expect(answer).toMatchObject({
      status: 501,
      body: { code: 'rewards_not_available', posAction: 'pay_without_points' },
    });
    const page = await (await fetch(`${stand.apiUrls[0]}/help`)).text();
    const section = /<h2 id="rewards">Rewards<\/h2>([^]*?)<\/main>/.exec(page)?.[1] ?? '';
    expect(section).toMatch(/Coming soon/);
    expect(section).not.toMatch(/<(button|a|input|form)\b/);
  });

  it('a till learns what it has to know about its location and its program', async () => {
    const { status: code, body } = await stand.till('/config');
    expect(code).toBe(200);
    expect(body).toMatchObject({
      location: { id: stand.locationId, name: 'Sandbox Almaty' },
      provider: 'altegio',
      timeZone: 'Asia/Almaty',
      currency: 'KZT',
      minorDigits: 2,
      as: null,
      holdMinutes: 15,
      maxShare: '0.30',
      programs: [{ id: stand.programId, name: 'Bonus', minMoney: '0.00' }],
      heartbeatSeconds: 60,
    });
  });
});
