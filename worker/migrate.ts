import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { StartError } from './errors.ts';
import { packageRoot } from './paths.ts';

const table = 'pgmigrations';
const ledgerMigrations = join(packageRoot, 'activities', 'ledger', 'migrations');

/**
 * Brings the database to the newest schema. Harmless to run again and from many processes at once: one advisory lock
 * lets them through one by one.
 * @throws StartError when the database is newer than this code.
 */
export async function migrate(databaseUrl: string, directory: string = ledgerMigrations): Promise<void> {
  await compareNames(databaseUrl, directory);
  await runner({
    databaseUrl,
    dir: directory,
    direction: 'up',
    migrationsTable: table,
    advisoryLockMode: 'wait',
    singleTransaction: true,
    log: () => {},
  });
}

/**
 * Makes sure that the database has exactly the schema of this code; for roles that do not migrate by themselves.
 * @throws StartError when the database is newer, or older.
 */
export async function requireMigrated(databaseUrl: string, directory: string = ledgerMigrations): Promise<void> {
  const missing = await compareNames(databaseUrl, directory);
  if (missing.length > 0) {
    throw new StartError(
      `The database lacks ${missing.length} migration(s), the first is ${missing[0]}: run node dist/worker/migrate.js first.`,
    );
  }
}

/** The tool itself accepts a database with migrations unknown to it, so the names are compared before it runs. */
async function compareNames(databaseUrl: string, directory: string): Promise<string[]> {
  const [known, applied] = await Promise.all([namesIn(directory), appliedIn(databaseUrl)]);
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new StartError(
      `The database is newer than this program (it has migration ${unknown.at(-1)}): start the newer version.`,
    );
  }
  return known.filter((name) => !applied.includes(name));
}

async function namesIn(directory: string): Promise<string[]> {
  const files = await readdir(directory);
  return files
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .toSorted();
}

async function appliedIn(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  try {
    await client.connect();
    const { rows: found } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
      table,
    ]);
    if (!found[0]?.there) return [];
    const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${table} ORDER BY id`);
    return rows.map(({ name }) => name);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new StartError(`The database of DATABASE_URL cannot be used: ${message || code}.`, { cause });
  } finally {
    await client.end().catch(() => {});
  }
}

async function main(): Promise<void> {
  const databaseUrl = process.env['DATABASE_URL'];
  if (!databaseUrl) throw new StartError('DATABASE_URL is not set: migrate needs the database to work on.');
  await migrate(databaseUrl);
  console.log('The database has the newest schema.');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().catch((error: unknown) => {
    console.error(error instanceof StartError ? error.message : error);
    process.exitCode = 1;
  });
}
