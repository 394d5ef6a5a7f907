/** The database that a command looks into: DATABASE_URL, or the embedded one of the stack that runs in the data folder. */
import { resolve } from 'node:path';
import { embeddedDatabase } from './config.ts';
import { StartError } from './errors.ts';
import { requireMigrated } from './migrate.ts';
import { runningParts } from './run-file.ts';
import { readKept } from './secrets.ts';
import { parseSettings } from './settings.ts';

/**
 * Finds it. Nothing is made or started.
 * @throws StartError with one sentence: there is none, it is not running, or its schema is another one.
 */
export async function findLedger(env: NodeJS.ProcessEnv): Promise<string> {
  const { DATABASE_URL, DATA_DIR, POSTGRES_PORT } = parseSettings(env);
  const url = DATABASE_URL ?? (await embedded(resolve(DATA_DIR), POSTGRES_PORT));
  await requireMigrated(url);
  return url;
}

async function embedded(dataDir: string, port: number): Promise<string> {
  const password = readKept(dataDir, 'postgres-password');
  if (password === null) {
    throw new StartError(
      `There is no database: DATABASE_URL is not set, and ${dataDir} holds none; npm start makes one.`,
    );
  }
  if ((await runningParts(dataDir)) === null) {
    throw new StartError(
      `The database in ${dataDir} is not running: start the stack with npm start in another terminal, then run this again.`,
    );
  }
  return `postgres://${embeddedDatabase.user}:${password}@127.0.0.1:${port}/${embeddedDatabase.name}`;
}
