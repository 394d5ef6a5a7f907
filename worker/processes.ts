import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What the system says about a process now: enough to know whether it is still the one that we started. */
export interface ProcessFacts {
  readonly command: string;
  /** Opaque; the same for the life of a process and different for a later one with the same id. */
  readonly started: string;
}

const run = promisify(execFile);

/** Looks a process up by its id; null when there is none. */
export async function lookUpProcess(pid: number): Promise<ProcessFacts | null> {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

/** While a process still becomes its program (between execve's first and last step) the system names no command. */
const BECOMES_WITHIN = { tries: 200, everyMs: 10 } as const;

/** Looks a process up that was started a moment ago, with its command; null when it has ended. */
export async function lookUpStarted(pid: number, lookUp = lookUpProcess): Promise<ProcessFacts | null> {
  let facts = await lookUp(pid);
  for (let tries = 0; facts?.command === '' && tries < BECOMES_WITHIN.tries; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, BECOMES_WITHIN.everyMs));
    facts = await lookUp(pid);
  }
  return facts;
}

/** Waits until a process is gone; false when it is still there after the given time. */
export async function waitUntilGone(pid: number, facts: ProcessFacts, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const now = await lookUpProcess(pid);
    if (now?.started !== facts.started) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

async function fromProc(pid: number): Promise<ProcessFacts | null> {
  try {
    const [commandLine, stat] = await Promise.all([
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The name in parentheses may hold spaces; after it come the state (field 3) … and the start time (field 22).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return null;
    return { command: commandLine.replaceAll('\0', ' ').trim(), started: fields[19] ?? '' };
  } catch {
    return null;
  }
}

async function fromPs(pid: number): Promise<ProcessFacts | null> {
  try {
    const { stdout } = await run('ps', ['-ww', '-o', 'lstart=,command=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    // `lstart` is five words: Sat Nov 21 21:38:00 2026.
    const words = stdout.trim().split(/\s+/);
    return words.length > 5 ? { started: words.slice(0, 5).join(' '), command: words.slice(5).join(' ') } : null;
  } catch {
    return null;
  }
}
