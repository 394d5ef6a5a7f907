/** The workflows of a later build: today's sources with a change, bundled in a temporary folder. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { packageRoot } from '../../worker/paths.ts';

/** Name of the patch that {@link patchedBuild} makes. */
export const PATCH = 'says-that-it-has-started';

const FIRST_STEP = 'setCurrentDetails(first);';
const NEW_COMMAND = "upsertSearchAttributes([{ key: SEARCH.phase, value: 'started' }]);";

/** A new first command of every run, only in runs that start with it: open ones go on as they began. */
export function patchedBuild(): Promise<{ code: string }> {
  return build(`if (patched('${PATCH}')) ${NEW_COMMAND}`);
}

/** The same without the gate: an open run would not do what its history says. */
export function incompatibleBuild(): Promise<{ code: string }> {
  return build(NEW_COMMAND);
}

async function build(change: string): Promise<{ code: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'bonus-build-'));
  try {
    for (const part of ['workflows', 'domain'])
      cpSync(join(packageRoot, part), join(folder, part), { recursive: true });
    cpSync(join(packageRoot, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
    const file = join(folder, 'workflows', 'progress.ts');
    const before = readFileSync(file, 'utf8');
    const after = before
      .replace(FIRST_STEP, `${FIRST_STEP}\n  ${change}`)
      .replace('  setCurrentDetails,', '  setCurrentDetails,\n  patched,');
    if (!after.includes(change) || !after.includes('  patched,')) throw new Error('progress.ts begins otherwise now');
    writeFileSync(file, after);
    const { code } = await bundleWorkflowCode({ workflowsPath: join(folder, 'workflows', 'index.ts'), logger: quiet });
    return { code };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const silent = () => {};
const quiet = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };
