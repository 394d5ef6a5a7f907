// docs/pos.md as a stranger reads it: what it tells to paste is pasted, and the typed client sells by its rules.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../docs/client/client.ts';
import { packageRoot } from '../../worker/paths.ts';
import { startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

const run = promisify(execFile);
let stand: Stand;
beforeAll(async () => {
  stand = await startStand('pos page');
});
afterAll(() => stand?.close());

const page = readFileSync(join(packageRoot, 'docs/pos.md'), 'utf8');
const firstBlock = /```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

/** The block as a stranger pastes it; only the three names above it are those of this stand. */
async function paste(block: string): Promise<Record<string, unknown>[]> {
  const place = { BONUS: stand.apiUrls[0], KEY: stand.key, PHONE: `+${stand.person(1).phone}` };
  const own = Object.entries(place).reduce((text, [name, value]) => {
    const line = new RegExp(`^${name}=.*$`, 'm');
    if (!line.test(text)) throw new Error(`the block does not set ${name}`);
    return text.replace(line, `${name}='${value}'`);
  }, block);
  const { stdout } = await run('bash', ['-ec', own]);
  const answers = stdout.trim().split('\n');
  return answers.map((answer) => JSON.parse(answer) as Record<string, unknown>);
}

test('the page opens with one sale in curl that runs as pasted, and pasted again takes nothing twice', async () => {
  expect(page.indexOf('```sh')).toBeLessThan(500);
  await stand.meet(stand.person(1));
  let [found, sale] = await paste(firstBlock);
  expect(found).toMatchObject({ account: { balance: { available: '100.00' } } });
  // Where the machine is busy a till may be told 202 or 503 first; it sends the same again, as the page says.
  await until('the sale is decided', async () => {
    if (sale?.['state'] !== 'CAPTURED') [found, sale] = await paste(firstBlock);
    return sale?.['state'] === 'CAPTURED' || sale;
  });
  expect(sale).toMatchObject({ state: 'CAPTURED', redeemed: '30.00', due: '70.00', accrued: '3.50' });
  const [, again] = await paste(firstBlock);
  expect(again).toMatchObject({ id: sale?.['id'], redeemed: '30.00', replayed: true });
  await stand.bothHold(stand.person(1), '73.50');
});

test('B-39 the typed client looks up, quotes, sells and reads the payment again', async () => {
  const client = createClient({ baseUrl: stand.apiUrls[0] ?? '', token: stand.key });
  await stand.meet(stand.person(2));
  const found = await client.settle('POST /v1/lookups', { body: { phone: `+${stand.person(2).phone}` } });
  if (!found.ok) throw new Error(found.problem.code);
  const { account } = found.body;
  expect(account.balance.available).toBe('250.00');
  const quote = await client.call('POST /v1/quotes', { body: { accountId: account.id, total: '200.00' } });
  expect(quote).toMatchObject({
    ok: true,
    body: { maxRedeemable: '60.00', methods: [{ type: 'bonus', max: '60.00' }, {}, {}, {}] },
  });
  const sale = await client.settle('POST /v1/payments', {
    body: { receipt: 'C-1', accountId: account.id, total: '200.00', redeem: 'max' },
  });
  if (!sale.ok || sale.status !== 201) throw new Error(JSON.stringify(sale));
  expect(sale.body).toMatchObject({ state: 'CAPTURED', redeemed: '60.00', due: '140.00', accrued: '7.00' });
  const later = await client.call('GET /v1/payments/{id}', { path: { id: sale.body.id } });
  expect(later).toMatchObject({ ok: true, status: 200, body: { id: sale.body.id, receipt: 'C-1' } });
  const unknown = await client.call('GET /v1/payments', { query: { receipt: 'C-unknown' } });
  expect(unknown).toMatchObject({
    ok: false,
    status: 404,
    problem: { code: 'payment_not_found', posAction: 'fix_request' },
  });
  await stand.bothHold(stand.person(2), '197.00');
});

test('B-39 the typed client goes the rest of the page: two steps, refunds, offline, the day, the till itself', async () => {
  const client = createClient({ baseUrl: stand.apiUrls[0] ?? '', token: stand.key });
  const accountId = await stand.meet(stand.person(6));
  const before = Number((await stand.account(stand.person(6))).ledger.active);
  const hold = await client.settle('POST /v1/payments', {
    body: { receipt: 'C-3', accountId, total: '100.00', redeem: '10.00', capture: false, terminal: 'till-1' },
  });
  if (!hold.ok) throw new Error(hold.problem.code);
  expect(hold.body).toMatchObject({ state: 'AUTHORIZED', due: '90.00' });
  const path = { id: hold.body.id };
  const captured = await client.settle('POST /v1/payments/{id}/capture', { path, body: {} });
  expect(captured).toMatchObject({ ok: true, status: 200, body: { state: 'CAPTURED', accrued: '4.50' } });
  const late = await client.settle('POST /v1/payments/{id}/void', { path, body: {} });
  expect(late).toMatchObject({ ok: false, status: 409, problem: { code: 'already_captured' } });
  const part = await client.settle('POST /v1/payments/{id}/refunds', {
    path,
    body: { refund: 'RF-1', amount: '40.00' },
  });
  expect(part).toMatchObject({ ok: true, status: 201, body: { moneyToReturn: '36.00', pointsReturned: '4.00' } });
  const rest = await client.settle('POST /v1/refunds', { body: { receipt: 'C-3', refund: 'RF-2', amount: '60.00' } });
  expect(rest).toMatchObject({ ok: true, body: { moneyToReturn: '54.00', payment: { state: 'REFUNDED' } } });
  const offline = await client.settle('POST /v1/batches', {
    body: {
      terminal: 'till-1',
      items: [
        {
          offlineSeq: 1,
          receipt: 'C-4',
          accountId,
          total: '20.00',
          redeem: 'none',
          occurredAt: new Date().toISOString(),
        },
      ],
    },
  });
  expect(offline).toMatchObject({ ok: true, status: 200, body: { results: [{ offlineSeq: 1, status: 201 }] } });
  const day = await client.call('GET /v1/payments', {
    query: { from: new Date(Date.now() - 3_600_000).toISOString(), terminal: 'till-1' },
  });
  expect(day).toMatchObject({ ok: true, body: { sums: { count: 2, total: '120.00', refunded: '100.00' } } });
  const alive = await client.settle('POST /v1/heartbeats', { body: { terminal: 'till-1' } });
  expect(alive).toMatchObject({ ok: true, body: { terminal: 'till-1' } });
  const config = await client.call('GET /v1/config', {});
  expect(config).toMatchObject({ ok: true, body: { minorDigits: 2 } });
  await stand.bothHold(stand.person(6), (before + 1).toFixed(2));
});

test('the checklist’s cable: an answer that is lost after sending takes points once', async () => {
  const lost: number[] = [];
  /** A line that breaks after the first answer was given. */
  const line: typeof fetch = async (address, init) => {
    const answer = await fetch(address, init);
    if (lost.push(answer.status) === 1) throw new TypeError('the line broke');
    return answer;
  };
  const client = createClient({ baseUrl: stand.apiUrls[0] ?? '', token: stand.key, fetch: line });
  const accountId = await stand.meet(stand.person(4));
  const before = Number((await stand.account(stand.person(4))).ledger.active);
  const sale = await client.settle('POST /v1/payments', {
    body: { receipt: 'C-2', accountId, total: '100.00', redeem: '10.00' },
  });
  // Only a 503 says that nothing was begun, so that the repeat is the first.
  const replayed = lost[0] !== 503;
  expect(sale).toMatchObject({ ok: true, status: 201, body: { redeemed: '10.00', replayed } });
  expect(lost.length).toBeGreaterThan(1);
  await stand.bothHold(stand.person(4), (before - 10 + 4.5).toFixed(2));
});
