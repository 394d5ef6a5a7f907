import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AltegioThrottled, type Permit } from '../../activities/altegio/client/index.ts';
import { freshDatabase, type FreshDatabase } from '../setup/database.ts';
import { complaint, densest, failure, json, startStand, type Stand } from './altegio-client-stand.ts';

let database: FreshDatabase;
let stand: Stand;

beforeAll(async () => {
  database = await freshDatabase('altegio_budget');
  stand = await startStand(database.pool, { requestsPerSecond: 5, requestsPerMinute: 200 });
});
afterAll(async () => {
  await stand.close();
  await database.drop();
});
beforeEach(async () => {
  await database.pool.query('delete from altegio_budget');
  stand.seen.length = 0;
  stand.answer(json(200, []));
});

describe('on the real clock', () => {
  it('8 takers with connections of their own share 5 a second', async () => {
    const pools = Array.from({ length: 8 }, () => new pg.Pool({ connectionString: database.url, max: 1 }));
    const clients = pools.map((pool) => stand.another({ pool }));
    const arrivals: number[] = [];
    stand.answer((seen, response, request) => {
      arrivals.push(performance.now());
      json(200, [])(seen, response, request);
    });
    const until = performance.now() + 4_000;
    await Promise.all(
      clients.map(async (client) => {
        while (performance.now() < until) {
          await client.cardsByClient(1n, { lane: 'till', maxWaitMs: 500 }).catch((error: unknown) => {
            if (!(error instanceof AltegioThrottled)) throw error;
          });
        }
      }),
    );
    await Promise.all(pools.map((pool) => pool.end()));
    // Callers and server share this process: one that is held up sees a call later than it came, hence the room.
    expect(densest(arrivals, 700)).toBeLessThanOrEqual(5);
    expect(arrivals.length).toBeGreaterThanOrEqual(15);
    const { rows } = await database.pool.query<{ ms: string }>(
      'select extract(epoch from t) * 1000 as ms from altegio_budget, unnest(sent_at[2:]) t',
    );
    expect(
      densest(
        rows.map(({ ms }) => Number(ms)),
        1_299,
      ),
    ).toBeLessThanOrEqual(5);
  });

  it('a call costs one question to PostgreSQL and an answered one none afterwards', async () => {
    let queries = 0;
    const counted = new Proxy(database.pool, {
      get: (target, key) => {
        if (key !== 'query') return Reflect.get(target, key) as unknown;
        queries += 1;
        return target.query.bind(target);
      },
    });
    await stand.another({ pool: counted }).cardsByClient(1n, { lane: 'till' });
    expect(queries).toBe(1);
  });

  it('a slot whose answer came too late for the guard of the windows is given back and taken anew', async () => {
    let asked = 0;
    const slow = new Proxy(database.pool, {
      get: (target, key) => {
        if (key !== 'query') return Reflect.get(target, key) as unknown;
        return async (query: { name?: string }) => {
          const answer: unknown = await target.query(query as pg.QueryConfig);
          if (query.name === 'altegio_take' && ++asked === 1) await new Promise((resolve) => setTimeout(resolve, 400));
          return answer;
        };
      },
    });
    await stand.another({ pool: slow }).cardsByClient(1n, { lane: 'till' });
    expect(asked).toBe(2);
    const { rows } = await database.pool.query<{ taken: string; age: number }>(
      `select sent_count[cardinality(sent_count)] as taken,
              extract(epoch from clock_timestamp() - sent_at[cardinality(sent_at)])::float8 as age from altegio_budget`,
    );
    expect(Number(rows[0]?.taken), 'one call counts').toBe(1);
    expect(rows[0]?.age).toBeLessThan(0.3);
  });

  it('throttles at once when the wait would be too long, and says for how long', async () => {
    for (let call = 0; call < 5; call += 1) await stand.altegio.cardsByClient(1n, { lane: 'till' });
    const error = await failure(stand.altegio.cardsByClient(1n, { lane: 'till', maxWaitMs: 100 }));
    expect(error).toBeInstanceOf(AltegioThrottled);
    expect(error).toMatchObject({ sent: false, status: undefined });
    expect((error as AltegioThrottled).retryAfterMs).toBeGreaterThan(100);
    expect((error as AltegioThrottled).retryAfterMs).toBeLessThanOrEqual(1_300);
    expect(stand.seen).toHaveLength(5);
    // With patience it goes through.
    await stand.altegio.cardsByClient(1n, { lane: 'till', maxWaitMs: 2_000 });
    expect(stand.seen).toHaveLength(6);
  });

  it('serves those who wait in one process in their order', async () => {
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 9 }, async (_, n) => {
        await stand.altegio.acquire('write', { maxWaitMs: 5_000 });
        order.push(n);
      }),
    );
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('a permit given back is free for the next; it serves one call only', async () => {
    const permits: Permit[] = [];
    for (let call = 0; call < 5; call += 1) permits.push(await stand.altegio.acquire('till'));
    await failure(stand.altegio.acquire('till', { maxWaitMs: 0 }));
    await permits[2]?.giveBack();
    await permits[2]?.giveBack();
    const again = await stand.altegio.acquire('till', { maxWaitMs: 0 });
    await failure(stand.altegio.acquire('till', { maxWaitMs: 0 }));
    await stand.altegio.cardsByClient(1n, { lane: 'till', permit: again });
    await again.giveBack();
    await failure(stand.altegio.acquire('till', { maxWaitMs: 0 }));
    expect((await failure(stand.altegio.cardsByClient(1n, { lane: 'till', permit: again }))).message).toMatch(
      /serves one call/,
    );
  });

  it('a permit that has lain too long is renewed before its call, or the call is throttled unsent', async () => {
    const permit = await stand.altegio.acquire('write');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await stand.altegio.cardsByClient(1n, { lane: 'write', permit });
    const { rows } = await database.pool.query<{ age: number }>(
      'select extract(epoch from clock_timestamp() - sent_at[cardinality(sent_at)])::float8 as age from altegio_budget',
    );
    expect(rows[0]?.age).toBeLessThan(0.15);

    const late = await stand.altegio.acquire('write');
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (let call = 0; call < 4; call += 1) {
      await stand.altegio.cardsByClient(1n, { lane: 'till', maxWaitMs: 0 }).catch(() => undefined);
    }
    const before = stand.seen.length;
    const error = await failure(stand.altegio.cardsByClient(1n, { lane: 'write', permit: late }));
    expect(error).toBeInstanceOf(AltegioThrottled);
    expect(error).toMatchObject({ sent: false });
    expect(stand.seen).toHaveLength(before);
  });
});

describe('after a 429', () => {
  it('nothing is sent for 1 s; again within a minute lengthens the pause up to 60 s', async () => {
    stand.answer(complaint(429, 'Превышен лимит запросов, попробуйте повторить запрос через 0 секунд'));
    const pauses: number[] = [];
    for (let strike = 0; strike < 5; strike += 1) {
      const error = (await failure(stand.altegio.cardsByClient(1n, { lane: 'till' }))) as AltegioThrottled;
      expect(error).toBeInstanceOf(AltegioThrottled);
      expect(error).toMatchObject({ status: 429, sent: true });
      pauses.push(Math.round((error.retryAfterMs ?? 0) / 1_000));
      const refused = await failure(stand.another().cardsByClient(1n, { lane: 'till', maxWaitMs: 0 }));
      expect(refused).toMatchObject({ name: 'AltegioThrottled', sent: false });
      // The pause is over.
      await database.pool.query(
        "update altegio_budget set blocked_until = clock_timestamp(), sent_at = '{-infinity}', sent_count = '{0}'",
      );
    }
    expect(pauses).toEqual([1, 4, 16, 60, 60]);
    expect(stand.seen).toHaveLength(5);
    await database.pool.query("update altegio_budget set blocked_until = clock_timestamp() - interval '61 s'");
    const error = (await failure(stand.altegio.cardsByClient(1n, { lane: 'till' }))) as AltegioThrottled;
    expect(Math.round((error.retryAfterMs ?? 0) / 1_000)).toBe(1);
  });

  it('calls of one burst count as one', async () => {
    stand.answer((seen, response, request) => setTimeout(() => complaint(429)(seen, response, request), 100));
    const errors = await Promise.all(
      Array.from({ length: 4 }, () => failure(stand.altegio.cardsByClient(1n, { lane: 'till' }))),
    );
    for (const error of errors) {
      expect(error).toMatchObject({ status: 429 });
      expect((error as AltegioThrottled).retryAfterMs).toBeLessThanOrEqual(1_000);
    }
  });
});
