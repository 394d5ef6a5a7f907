import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** A database of one test file. */
export interface FreshDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Closes the pool and removes the database, also from under connections that were left open. */
  drop(): Promise<void>;
}

/** Copies the migrated template; the name only helps a person who looks at the server. */
export function freshDatabase(name: string): Promise<FreshDatabase> {
  return makeDatabase(name, 'bonus_template');
}

/** A database with no schema at all. */
export function emptyDatabase(name: string): Promise<FreshDatabase> {
  return makeDatabase(name, 'template0');
}

async function makeDatabase(name: string, template: string): Promise<FreshDatabase> {
  const database = `${name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(0, 40)}_${randomBytes(4).toString('hex')}`;
  await onServer(`CREATE DATABASE ${database} TEMPLATE ${template}`);
  const url = `${inject('postgresUrl')}/${database}`;
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  // Dropping the database ends idle connections; that is no failure of a test.
  pool.on('error', () => {});
  const drop = async () => {
    await pool.end();
    await onServer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  };
  return { url, pool, drop };
}

async function onServer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${inject('postgresUrl')}/postgres` });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
