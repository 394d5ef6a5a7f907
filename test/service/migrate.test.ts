// Migrations on a real PostgreSQL: repeated, concurrent, and on a database of a newer version.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate, requireMigrated } from '../../worker/migrate.ts';
import { emptyDatabase, type FreshDatabase } from '../setup/database.ts';

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
