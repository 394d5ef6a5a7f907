import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AltegioThrottled,
  AltegioUnauthorised,
  AltegioUnknownOutcome,
  AltegioUnreachable,
  type CallOptions,
} from '../../activities/altegio/client/index.ts';
import { freshDatabase, type FreshDatabase } from '../setup/database.ts';
import { complaint, failure, json, startStand, type Stand } from './altegio-client-stand.ts';

let database: FreshDatabase;
let stand: Stand;
const till: CallOptions = { lane: 'till' };
const write: CallOptions = { lane: 'write' };
const card = { id: 7, balance: 10, number: '1', type_id: 8230 };
const spend = (locationId = 1050n) => ({ locationId, cardId: 7n, amount: -100n, title: 'R-1 −1.00' });
const lookUp = (locationId = 1050n) => ({ phone: '+77010000011', chainId: 9206n, locationId });

beforeAll(async () => {
  database = await freshDatabase('altegio_breaker');
  stand = await startStand(database.pool);
});
afterAll(async () => {
  await stand.close();
  await database.drop();
});
beforeEach(async () => {
  await database.pool.query('delete from altegio_budget');
  await database.pool.query('delete from altegio_parking');
  stand.seen.length = 0;
  stand.log.length = 0;
  stand.answer(json(200, []));
});

const nextProbe = (table: string) => database.pool.query(`update ${table} set probe_at = clock_timestamp()`);

describe('the breaker', () => {
  async function open(): Promise<void> {
    stand.answer(complaint(503));
    const others = [stand.altegio, stand.another()];
    for (let call = 0; call < 5; call += 1) {
      await failure((others[call % 2] ?? stand.altegio).cardsByClient(1n, till));
    }
    stand.seen.length = 0;
  }

  it('opens after 5 outages within 10 s of any process; then nothing is sent, tills included', async () => {
    await open();
    for (const call of [
      () => stand.altegio.manualTransaction(spend(), write),
      () => stand.another().cardsByPhone(lookUp(), till),
    ]) {
      const error = (await failure(call())) as AltegioUnreachable;
      expect(error).toBeInstanceOf(AltegioUnreachable);
      expect(error).toMatchObject({ sent: false });
      expect(error.retryAfterMs).toBeGreaterThan(3_000);
      expect(error.retryAfterMs).toBeLessThanOrEqual(5_000);
    }
    expect(await failure(stand.altegio.acquire('write'))).toBeInstanceOf(AltegioUnreachable);
    expect(stand.seen).toHaveLength(0);
    expect(stand.log).toEqual([expect.stringContaining('Altegio does not answer')]);
  });

  it('lets one probe through every 5 s, and stays open while probes fail', async () => {
    await open();
    await nextProbe('altegio_budget');
    const errors = await Promise.all(
      Array.from({ length: 6 }, (_, n) => failure((n % 2 ? stand.another() : stand.altegio).cardsByClient(1n, till))),
    );
    expect(errors.filter((error) => error instanceof AltegioUnknownOutcome)).toHaveLength(1);
    expect(errors.filter((error) => error instanceof AltegioUnreachable)).toHaveLength(5);
    expect(stand.seen).toHaveLength(1);
    expect(await failure(stand.altegio.cardsByClient(1n, till))).toBeInstanceOf(AltegioUnreachable);
  });

  it.each([
    ['a good answer', json(200, [])],
    ['a definite refusal', complaint(404)],
    ['a 429', complaint(429)],
  ])('closes when the probe gets %s', async (_title, answer) => {
    await open();
    await nextProbe('altegio_budget');
    stand.answer(answer);
    await stand.altegio.cardsByClient(1n, till).catch(() => undefined);
    expect(stand.seen).toHaveLength(1);
    stand.answer(json(200, []));
    const next = await stand.another().cardsByClient(1n, { ...till, maxWaitMs: 1_500 });
    expect(next).toEqual([]);
    expect(stand.log.at(-1)).toContain('Altegio answers again');
  });

  it('a probe given back unused may be taken by the next at once', async () => {
    await open();
    await nextProbe('altegio_budget');
    const permit = await stand.altegio.acquire('write');
    expect(await failure(stand.altegio.acquire('write'))).toBeInstanceOf(AltegioUnreachable);
    await permit.giveBack();
    stand.answer(json(200, []));
    expect(await stand.altegio.cardsByClient(1n, till)).toEqual([]);
  });

  it('counts calls that cannot be sent, and time-outs, but not definite refusals nor hasty deadlines', async () => {
    stand.answer(complaint(422));
    for (let call = 0; call < 8; call += 1) await failure(stand.altegio.manualTransaction(spend(), write));
    stand.answer(() => undefined);
    for (let call = 0; call < 6; call += 1) await failure(stand.altegio.cardsByClient(1n, { ...till, timeoutMs: 20 }));
    stand.answer(json(200, []));
    expect(await stand.altegio.cardsByClient(1n, till)).toEqual([]);

    const dead = stand.another({ baseUrl: 'http://127.0.0.1:1/api/v1' });
    const errors = [];
    for (let call = 0; call < 6; call += 1) errors.push((await failure(dead.cardsByClient(1n, till))).message);
    expect(errors[4]).toContain('ECONNREFUSED');
    expect(errors[5]).toContain('only a probe');
    // Another address has a breaker of its own.
    expect(await stand.altegio.cardsByClient(1n, till)).toEqual([]);
  });

  it('does not open for writes that fail while reads are answered: a till may still redeem', async () => {
    stand.answer(complaint(503));
    for (let call = 0; call < 8; call += 1) await failure(stand.altegio.manualTransaction(spend(), write));
    stand.answer(json(200, []));
    expect(await stand.altegio.cardsByClient(1n, till)).toEqual([]);
  });

  it('does not open for outages more than 10 s apart', async () => {
    stand.answer(complaint(500));
    for (let call = 0; call < 4; call += 1) await failure(stand.altegio.cardsByClient(1n, till));
    await database.pool.query(
      `update altegio_budget set failures = array(select f - interval '10 s' from unnest(failures) f)`,
    );
    for (let call = 0; call < 4; call += 1) await failure(stand.altegio.cardsByClient(1n, till));
    expect(await failure(stand.altegio.cardsByClient(1n, till))).toBeInstanceOf(AltegioUnknownOutcome);
    expect(await failure(stand.altegio.cardsByClient(1n, till))).toBeInstanceOf(AltegioUnreachable);
  });
});

describe('parking', () => {
  it('after a 401 nothing is sent in any location; one probe a minute, and success frees', async () => {
    stand.answer(complaint(401, 'Authentication needed.'));
    expect(await failure(stand.altegio.cardsByPhone(lookUp(), till))).toMatchObject({ status: 401, sent: true });
    stand.answer(json(200, []));
    for (const call of [
      () => stand.altegio.manualTransaction(spend(1051n), write),
      () => stand.another().cardsByPhone(lookUp(), till),
      () => stand.altegio.hooks(1050n, write),
      () => stand.altegio.acquire('write', { locationId: 1050n }),
    ]) {
      const error = (await failure(call())) as AltegioUnauthorised;
      expect(error).toBeInstanceOf(AltegioUnauthorised);
      expect(error).toMatchObject({ status: 401, sent: false });
      expect(error.retryAfterMs).toBeGreaterThan(50_000);
      expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
    }
    expect(stand.seen).toHaveLength(1);
    expect(await stand.altegio.parked()).toEqual([
      { scope: 'token', status: 401, covers: 'all', since: expect.any(Date) as Date },
    ]);

    // The minute is over: a refused probe leaves it parked and tells nobody again.
    await nextProbe('altegio_parking');
    stand.answer(complaint(401));
    await failure(stand.altegio.cardsByPhone(lookUp(), till));
    expect(await failure(stand.altegio.cardsByPhone(lookUp(), till))).toMatchObject({ sent: false });
    expect(stand.log.filter((line) => line.includes('refuses us'))).toHaveLength(1);

    await nextProbe('altegio_parking');
    stand.answer(json(200, []));
    const tried = await Promise.allSettled(Array.from({ length: 5 }, () => stand.altegio.cardsByPhone(lookUp(), till)));
    expect(tried.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    expect(await stand.altegio.parked()).toEqual([]);
    expect(await stand.altegio.cardsByPhone(lookUp(), till)).toEqual([]);
  });

  it.each([402, 403])('a %d on a read parks its location only', async (status) => {
    stand.answer(complaint(status));
    await failure(stand.altegio.cardsByPhone(lookUp(1050n), till));
    stand.answer(json(200, card));
    expect(await failure(stand.altegio.manualTransaction(spend(1050n), write))).toMatchObject({ status, sent: false });
    expect(await failure(stand.altegio.cardsByPhone(lookUp(1050n), till))).toMatchObject({ status, sent: false });
    expect(await stand.altegio.manualTransaction(spend(1051n), write)).toEqual({ balance: 1000n });
    expect(await stand.altegio.parked()).toMatchObject([{ scope: 'location:1050', status, covers: 'all' }]);
  });

  it('a 403 on a write parks the writes of its location, and only a write frees them', async () => {
    stand.answer(complaint(403));
    await failure(stand.altegio.manualTransaction(spend(), write));
    expect(await failure(stand.altegio.manualTransaction(spend(), write))).toMatchObject({ sent: false });
    await nextProbe('altegio_parking');
    stand.answer(json(200, []));
    expect(await stand.altegio.cardsByPhone(lookUp(), till)).toEqual([]);
    expect(await stand.altegio.parked()).toHaveLength(1);
    stand.answer(json(200, card));
    expect(await stand.altegio.manualTransaction(spend(), write)).toEqual({ balance: 1000n });
    expect(await stand.altegio.parked()).toEqual([]);
    expect(stand.log.at(-1)).toContain('accepts us again');
  });

  it('a missing right to settings parks nothing', async () => {
    stand.answer(complaint(403));
    expect(await failure(stand.altegio.hooks(1050n, write))).toBeInstanceOf(AltegioUnauthorised);
    expect(await failure(stand.altegio.permissions(1050n, write))).toBeInstanceOf(AltegioUnauthorised);
    expect(await stand.altegio.parked()).toEqual([]);
  });

  it('an operator frees one scope or all', async () => {
    stand.answer(complaint(403));
    await failure(stand.altegio.manualTransaction(spend(1050n), write));
    await failure(stand.altegio.manualTransaction(spend(1051n), write));
    expect(await stand.altegio.unpark('location:1050')).toBe(1);
    expect(await stand.altegio.unpark()).toBe(1);
    stand.answer(json(200, card));
    expect(await stand.altegio.manualTransaction(spend(1050n), write)).toEqual({ balance: 1000n });
  });

  it('a probe that is answered 5xx or 429 shows nothing', async () => {
    stand.answer(complaint(401));
    await failure(stand.altegio.cardsByPhone(lookUp(), till));
    await nextProbe('altegio_parking');
    stand.answer(complaint(500));
    await failure(stand.altegio.cardsByPhone(lookUp(), till));
    expect(await stand.altegio.parked()).toHaveLength(1);
    await nextProbe('altegio_parking');
    stand.answer(complaint(429));
    expect(await failure(stand.altegio.cardsByPhone(lookUp(), till))).toBeInstanceOf(AltegioThrottled);
    expect(await stand.altegio.parked()).toHaveLength(1);
  });
});
