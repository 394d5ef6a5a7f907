import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** True when this process runs the TypeScript sources (tsx), false when it runs the compiled `dist/`. */
export const runsFromSources: boolean = import.meta.url.endsWith('.ts');

/** The folder that holds package.json: the same for sources and for `dist/`, which lies one level deeper. */
export const packageRoot: string = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

/** The folder of the code that runs: the package root, or its `dist/`. */
export const codeRoot: string = runsFromSources ? packageRoot : join(packageRoot, 'dist');

/** Path of one of our modules as it runs now: `modulePath('sandbox/main')` ends in `.ts` or `.js`. */
export function modulePath(name: string): string {
  return join(codeRoot, `${name}.${runsFromSources ? 'ts' : 'js'}`);
}

function findPackageRoot(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No package.json above ${start}: the installation is incomplete.`);
    folder = parent;
  }
  return folder;
}
