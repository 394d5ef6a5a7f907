import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './paths.ts';

/** Adds the variables of `.env` beside package.json to the environment; what is set already stays. */
export function loadEnvFile(): void {
  const file = join(packageRoot, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
}
