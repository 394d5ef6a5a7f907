import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { codeRoot, modulePath, packageRoot, runsFromSources } from './paths.ts';

const cacheFile = join(packageRoot, runsFromSources ? '.data' : 'dist', 'workflow-bundle.js');
const bundledFolders = ['workflows', 'domain'];

/**
 * The workflows and the rules they use as one script, built at most once a version of the code: it takes seconds, and a
 * start has better things to do.
 */
export async function workflowBundle(): Promise<{ code: string }> {
  return { code: readFileSync(await workflowBundleFile(), 'utf8') };
}

/** Path of that script, which is built first if the code has changed. */
export async function workflowBundleFile(): Promise<string> {
  // Beside the script, not in it: the worker reads the source map from the script's end.
  const markFile = `${cacheFile}.sources`;
  const mark = hashOfSources();
  if (existsSync(cacheFile) && existsSync(markFile) && readFileSync(markFile, 'utf8') === mark) return cacheFile;
  const { code } = await bundleWorkflowCode({ workflowsPath: modulePath('workflows/index'), logger: quietLogger });
  mkdirSync(dirname(cacheFile), { recursive: true });
  const draft = `${cacheFile}.${process.pid}.draft`;
  writeFileSync(draft, code);
  renameSync(draft, cacheFile);
  writeFileSync(markFile, mark);
  return cacheFile;
}

/** Bundling tells its size and its module count; only what goes wrong is of interest. */
const quietLogger = {
  log: () => {},
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: (message: string) => console.warn(message),
  error: (message: string) => console.error(message),
};

function hashOfSources(): string {
  const hash = createHash('sha256').update(
    readFileSync(createRequire(import.meta.url).resolve('@temporalio/worker/package.json')),
  );
  for (const folder of bundledFolders) {
    for (const file of sourcesIn(join(codeRoot, folder)))
      hash.update(file.slice(codeRoot.length)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|js)$/.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}
