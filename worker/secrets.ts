import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from './errors.ts';

/** Makes the data folder; its secrets are protected file by file, because PostgreSQL may run as another user in it. */
export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  } catch (cause) {
    throw new StartError(`DATA_DIR ${dataDir} cannot be made: ${(cause as Error).message}.`, { cause });
  }
}

/** Reads the named secret of the data folder, or makes one of 32 random bytes (hexadecimal) on the first start. */
export function keepSecret(dataDir: string, name: string): string {
  return readKept(dataDir, name) ?? keep(dataDir, name, randomBytes(32).toString('hex'));
}

/** The value kept under this name, or null. */
export function readKept(dataDir: string, name: string): string | null {
  try {
    return readFileSync(join(dataDir, name), 'utf8').trim() || null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new StartError(`${join(dataDir, name)} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}

/** Stores a value readable by its owner only; the first of several writers wins, and its value is returned. */
export function keep(dataDir: string, name: string, value: string): string {
  makeDataDir(dataDir);
  const draft = join(dataDir, `${name}.${process.pid}.draft`);
  writeFileSync(draft, `${value}\n`, { mode: 0o600 });
  try {
    linkSync(draft, join(dataDir, name));
    return value;
  } catch (error) {
    const first = readKept(dataDir, name);
    if (first === null) throw error;
    return first;
  } finally {
    rmSync(draft, { force: true });
  }
}
