/** The program schemathesis: kept in `.tools/`, installed there from PyPI with the versions of `requirements.txt`. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '../../worker/errors.ts';
import { packageRoot } from '../../worker/paths.ts';

const run = promisify(execFile);
export const FUZZ_FOLDER = join(packageRoot, 'test', 'fuzz');
const requirements = join(FUZZ_FOLDER, 'requirements.txt');
const INSTALL_MS = 600_000;

/** Path of the program. @throws StartError with one sentence when it cannot be installed. */
export async function findSchemathesis(progress: (text: string) => void): Promise<string> {
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(packageRoot, '.tools', `schemathesis-${version}`);
  const program = join(folder, 'bin', 'schemathesis');
  if (existsSync(program)) return program;
  progress('installing schemathesis from PyPI');
  try {
    // An environment of Python knows its own place, so it is made there; the program is put into it last.
    await rm(folder, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', folder], { timeout: INSTALL_MS });
    const flags = ['--quiet', '--disable-pip-version-check', '--no-deps', '--requirement', requirements];
    await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...flags], { timeout: INSTALL_MS });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const said = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
    throw new StartError(`schemathesis could not be installed; it needs Python 3.10 with venv and pip: ${said}`);
  }
  return program;
}
