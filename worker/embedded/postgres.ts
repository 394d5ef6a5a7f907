import { existsSync, readFileSync, renameSync, rmSync, writeFileSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { StartError } from '../errors.ts';
import { lookUpProcess } from '../processes.ts';
import { startChild, unlessExited, type Child } from './child.ts';
import { findPostgres, type PostgresPrograms } from './postgres-programs.ts';
import { runAsDatabaseUser, type DatabaseUser } from './postgres-user.ts';

/** How the embedded PostgreSQL is to run. */
export interface PostgresOptions {
  /** Its data folder; made on the first start. */
  readonly folder: string;
  readonly logFile: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Off only for tests: a power cut may then lose data. */
  readonly fsync?: boolean;
  /** Called with the process id as soon as the server runs. */
  readonly onStarted?: (pid: number) => Promise<void>;
}

/** Makes the data folder if needed, starts the server and makes the database. */
export async function startPostgres(options: PostgresOptions): Promise<Child> {
  const programs = await findPostgres();
  const user = await runAsDatabaseUser(options.folder, programs);
  if (!existsSync(join(options.folder, 'PG_VERSION'))) await initialise(options, programs, user);
  await removeStaleLock(options.folder);
  const child = await startChild({
    name: 'PostgreSQL',
    ...user.wrap(programs.postgres, serverArguments(options)),
    ...user.spawnAs,
    logFile: options.logFile,
  });
  try {
    await options.onStarted?.(child.pid);
    await unlessExited(child, waitUntilReady(options));
    await makeDatabase(options);
  } catch (error) {
    await stopPostgres(child);
    throw error;
  }
  return child;
}

/** Fast shutdown: open transactions are rolled back, everything committed is kept. */
export function stopPostgres(child: Child): Promise<void> {
  return child.stop('SIGINT', 20_000);
}

function serverArguments(options: PostgresOptions): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    // TCP only: a socket file in /tmp would outlive a kill and collide with other servers.
    unix_socket_directories: '',
    max_connections: '200',
    ...(options.fsync === false ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', options.folder, '-p', String(options.port), ...flags];
}

/** A first start that is killed half-way leaves only the draft folder, which the next start makes anew. */
async function initialise(options: PostgresOptions, programs: PostgresPrograms, user: DatabaseUser): Promise<void> {
  const draft = `${options.folder}.draft`;
  const passwordFile = `${options.folder}.password`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (user.owner) {
    chownSync(draft, user.owner.uid, user.owner.gid);
    chownSync(passwordFile, user.owner.uid, user.owner.gid);
  }
  try {
    const child = await startChild({
      name: 'initdb',
      ...user.wrap(programs.initdb, [
        ...['--pgdata', draft, '--auth', 'scram-sha-256', '--username', options.user, '--pwfile', passwordFile],
        ...['--encoding', 'UTF8', '--locale', 'C', '--no-instructions'],
        ...(options.fsync === false ? ['--no-sync'] : []),
      ]),
      ...user.spawnAs,
      logFile: options.logFile,
    });
    const end = await child.exited;
    if (!end.includes('(exit code 0)')) throw new StartError(end);
    renameSync(draft, options.folder);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** After a crash the lock file may name a process id that now belongs to some other program; PostgreSQL refuses then. */
async function removeStaleLock(folder: string): Promise<void> {
  const lock = join(folder, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  const holder = await lookUpProcess(pid);
  if (!holder?.command.includes('postgres')) rmSync(lock, { force: true });
}

async function waitUntilReady(options: PostgresOptions): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const client = clientOf(options);
    try {
      await client.connect();
      return;
    } catch (cause) {
      // After a kill it replays its log first and refuses connections meanwhile.
      if (Date.now() > deadline) throw new StartError('PostgreSQL did not accept a connection in 60 s.', { cause });
      await sleep(50);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

async function makeDatabase(options: PostgresOptions): Promise<void> {
  const client = clientOf(options);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [options.database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(options.database)}`);
  } finally {
    await client.end();
  }
}

function clientOf(options: PostgresOptions): pg.Client {
  const { port, user, password } = options;
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database: 'postgres' });
  // The server may go away under an idle client while we stop; the caller's query reports what matters.
  client.on('error', () => {});
  return client;
}
