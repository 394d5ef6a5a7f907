import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Puts a program in its place in one step, so that a start that is killed meanwhile leaves no half of it. */
export async function placeExecutable(target: string, content: Buffer): Promise<void> {
  const draft = `${target}.${process.pid}.draft`;
  await mkdir(dirname(target), { recursive: true });
  try {
    await writeFile(draft, content, { mode: 0o755 });
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
}
