// Migrations on a real PostgreSQL: repeated, concurrent, and on a database of a newer version.
import { runner } from 'node-pg-migrate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate, requireMigrated } from '../../worker/migrate.ts';
import { emptyDatabase, type FreshDatabase } from '../setup/database.ts';
import { seed } from './pos-stand.ts';

const tables = `SELECT count(*)::int AS n FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`;

describe('migrations', () => {
  let database: FreshDatabase;
  beforeAll(async () => void (database = await emptyDatabase('migrate')));
  afterAll(() => database.drop());

  const applied = async () => (await database.pool.query<{ name: string }>('SELECT name FROM pgmigrations')).rows;

  test('20 concurrent starts on an empty database are harmless', async () => {
    await expect(requireMigrated(database.url)).rejects.toThrow(/^The database lacks \d+ migration/);
    await Promise.all(Array.from({ length: 20 }, () => migrate(database.url)));
    const names = (await applied()).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
  });

  test('a second run changes nothing', async () => {
    const before = [await applied(), (await database.pool.query(tables)).rows];
    await migrate(database.url);
    await requireMigrated(database.url);
    expect([await applied(), (await database.pool.query(tables)).rows]).toEqual(before);
  });

  test('a database newer than the code is refused in one sentence, and left as it is', async () => {
    await database.pool.query(`INSERT INTO pgmigrations (name, run_on) VALUES ('9999_from_the_future', now())`);
    const sentence = 'The database is newer than this program (it has migration 9999_from_the_future)';
    await expect(migrate(database.url)).rejects.toThrow(sentence);
    await expect(requireMigrated(database.url)).rejects.toThrow(sentence);
  });

  test('a database that does not answer is named', async () => {
    await expect(migrate('postgres://nobody@127.0.0.1:1/none')).rejects.toThrow(
      /^The database of DATABASE_URL cannot be used/,
    );
  });
});

describe('a database of the version before payments in two steps, sites, customers and what a till asks around a sale', () => {
  let database: FreshDatabase;
  beforeAll(async () => void (database = await emptyDatabase('upgrade')));
  afterAll(() => database.drop());

  const one = async (text: string): Promise<unknown> => (await database.pool.query<object>(text)).rows[0];

  test('its rows are taken over: moments of sales, what went back, types and providers', async () => {
    const dir = 'activities/ledger/migrations';
    const to0010 = { direction: 'up', migrationsTable: 'pgmigrations', count: 10, log: () => {} } as const;
    await runner({ databaseUrl: database.url, dir, ...to0010 });
    const last = 'select name from pgmigrations order by id desc limit 1';
    expect(await one(last)).toEqual({ name: '0010_proof' });
    await seed(database.pool);
    await database.pool.query(`
      insert into account (id, chain_id, program_id, phone, display_name) values ('acc_1', 1, 'prg_main', '+77010000001', 'Ann');
      insert into payment (id, chain_id, location_id, receipt, attempt, state, account_id, program_id, program_version,
                           workflow_id, total, redeem, as_kind, request, redeemed, due, accrued, answer_by)
      values ('pay_1', 1, 101, 'R-1', 1, 'CAPTURED', 'acc_1', 'prg_main', 1, 'payment:101:R-1', 10000, '30.00', 'tender',
              '{"occurredAt":"2026-11-01T10:00:00+05:00"}', 3000, 7000, 350, now()),
             ('pay_2', 1, 101, 'R-2', 1, 'REFUNDED', 'acc_1', 'prg_main', 1, 'payment:101:R-2', 5000, 'none', 'tender',
              '{}', 0, 5000, 250, now());
      insert into hold (account_id, payment_id, amount, state, closed_at) values ('acc_1', 'pay_1', 3000, 'captured', now());
      insert into api_key (id, location_id, name, key_hash, last4) values ('key_1', 101, 'Till', '\\x00', '1234')`);
    await migrate(database.url);
    await requireMigrated(database.url);
    expect(await one("select happened_at, refunded::int, expires_at from payment where id = 'pay_1'")).toEqual({
      happened_at: new Date('2026-11-01T05:00:00Z'),
      refunded: 0,
      expires_at: null,
    });
    const moment = 'happened_at = created_at as at_once, refunded::int';
    expect(await one(`select ${moment} from payment where id = 'pay_2'`)).toEqual({ at_once: true, refunded: 5000 });
    expect(await one('select count(*)::int as moves from hold_move')).toEqual({ moves: 0 });
    const account = 'select t.name as type, a.enrolled, second_book(a) from account a';
    expect(await one(`${account} join customer_type t on t.id = a.type_id`)).toEqual({
      type: 'Standard',
      enrolled: false,
      second_book: true,
    });
    expect(await one('select count(distinct provider)::int as n, min(provider) as is from location')).toEqual({
      n: 1,
      is: 'altegio',
    });
    expect(await one("select program_id, model, valid_until from api_key where id = 'key_1'")).toEqual({
      program_id: null,
      model: null,
      valid_until: null,
    });
  });
});
