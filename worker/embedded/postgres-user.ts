import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StartError } from '../errors.ts';
import type { PostgresPrograms } from './postgres-programs.ts';

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** Who PostgreSQL runs as, and how its command line becomes theirs. */
export interface DatabaseUser {
  /** Owner of the data folder; undefined when that is whoever runs us. */
  readonly owner?: Ids;
  /** The ids to start its programs with. */
  readonly spawnAs: Partial<Ids>;
  wrap(command: string, args: readonly string[]): { command: string; args: readonly string[] };
}

const plain = (command: string, args: readonly string[]) => ({ command, args });

/**
 * PostgreSQL refuses to run as root. An ordinary user runs it as himself; root runs it as the owner of its data
 * folder, on the first start as `postgres` if there is such a user and as `nobody` if not.
 */
export async function runAsDatabaseUser(folder: string, programs: PostgresPrograms): Promise<DatabaseUser> {
  if (process.getuid?.() !== 0) return { spawnAs: {}, wrap: plain };
  const owner = ownerOf(folder) ?? idsOf('postgres') ?? idsOf('nobody');
  if (!owner) {
    throw new StartError('PostgreSQL does not run as root and there is no user postgres or nobody: set DATABASE_URL.');
  }
  mkdirSync(dirname(folder), { recursive: true, mode: 0o711 });
  if (isReachable(folder) && isReachable(programs.postgres)) return { owner, spawnAs: owner, wrap: plain };
  return { owner, spawnAs: {}, wrap: (command, args) => throughClosedFolders(owner, command, args) };
}

/** In a folder closed to others (such as /root) that user keeps one right of root: to pass through closed folders. */
function throughClosedFolders(owner: Ids, command: string, args: readonly string[]) {
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  if (!setpriv) {
    throw new StartError(
      `PostgreSQL does not run as root and other users cannot enter ${dirname(command)}: move the project or set DATABASE_URL.`,
    );
  }
  const { uid, gid } = owner;
  // The last one makes access(2), by which initdb looks for its neighbour, respect that right too.
  const rights = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup'];
  return {
    command: setpriv,
    args: [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...rights, command, ...args],
  };
}

function ownerOf(folder: string): Ids | null {
  if (!existsSync(folder)) return null;
  const { uid, gid } = statSync(folder);
  return uid === 0 ? null : { uid, gid };
}

function idsOf(user: string): Ids | null {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

/** Whether every folder above the path lets other users pass. */
function isReachable(path: string): boolean {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
