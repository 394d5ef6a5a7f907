import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { StartError } from './errors.ts';
import { lookUpProcess, lookUpStarted, waitUntilGone, type ProcessFacts } from './processes.ts';
import { makeDataDir } from './secrets.ts';

const startedProcess = z.object({ name: z.string(), pid: z.int(), command: z.string(), started: z.string() });
const runFile = z.object({ supervisor: startedProcess, parts: z.array(startedProcess) });
type StartedProcess = z.infer<typeof startedProcess>;

/**
 * `.data/run.json`: which processes this start has running, so that after a `kill -9` the next start stops exactly
 * those and no other.
 */
export class RunFile {
  private readonly path: string;
  private readonly supervisor: StartedProcess;
  private parts: StartedProcess[] = [];

  private constructor(path: string, supervisor: StartedProcess) {
    this.path = path;
    this.supervisor = supervisor;
  }

  /**
   * Claims the data folder for this process; parts that a killed start has left running are stopped first.
   * @throws StartError when another start is alive in this folder.
   */
  static async claim(dataDir: string): Promise<RunFile> {
    makeDataDir(dataDir);
    const path = join(dataDir, 'run.json');
    const earlier = readRunFile(path);
    if (earlier) {
      if (await isSame(earlier.supervisor)) {
        const { pid } = earlier.supervisor;
        throw new StartError(
          `The stack already runs in ${dataDir} as process ${pid}: stop it first with Ctrl-C there.`,
        );
      }
      // Reverse order of start: those that use a part go before it.
      for (const part of earlier.parts.toReversed()) await stopLeftover(part);
      rmSync(path, { force: true });
    }
    const facts = await requireFacts('supervisor', process.pid);
    const file = new RunFile(path, { name: 'supervisor', pid: process.pid, ...facts });
    file.create(dataDir);
    return file;
  }

  /** Notes a process that was just started. */
  async add(name: string, pid: number): Promise<void> {
    this.parts.push({ name, pid, ...(await requireFacts(name, pid)) });
    this.write();
  }

  /** Notes that a process has ended. */
  remove(pid: number): void {
    this.parts = this.parts.filter((part) => part.pid !== pid);
    this.write();
  }

  /** Gives the data folder back. */
  release(): void {
    rmSync(this.path, { force: true });
  }

  private create(dataDir: string): void {
    try {
      writeFileSync(this.path, this.text(), { mode: 0o600, flag: 'wx' });
    } catch (cause) {
      throw new StartError(`Another start is using ${dataDir} at this moment: wait until it has finished.`, { cause });
    }
  }

  private write(): void {
    const draft = `${this.path}.draft`;
    writeFileSync(draft, this.text(), { mode: 0o600 });
    renameSync(draft, this.path);
  }

  private text(): string {
    return JSON.stringify({ supervisor: this.supervisor, parts: this.parts }, null, 2);
  }
}

/** The names of the embedded parts of the start that is alive in this data folder; null when there is none. */
export async function runningParts(dataDir: string): Promise<readonly string[] | null> {
  const found = parseRunFile(join(dataDir, 'run.json'));
  return found && (await isSame(found.supervisor)) ? found.parts.map(({ name }) => name) : null;
}

function readRunFile(path: string): z.infer<typeof runFile> | null {
  const found = parseRunFile(path);
  // Absent, or cut short by a crash: there is nothing to go by, and ports in use are reported by themselves.
  if (!found) rmSync(path, { force: true });
  return found;
}

function parseRunFile(path: string): z.infer<typeof runFile> | null {
  try {
    return runFile.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

async function isSame(recorded: StartedProcess): Promise<boolean> {
  const now = await lookUpProcess(recorded.pid);
  if (!now?.command || now.started !== recorded.started) return false;
  // A wrapper that sets rights and then becomes the program was perhaps still itself when it was noted.
  return recorded.command.endsWith(now.command);
}

async function requireFacts(name: string, pid: number): Promise<ProcessFacts> {
  const facts = await lookUpStarted(pid);
  if (!facts) throw new StartError(`The process of ${name} ended right after its start.`);
  return facts;
}

async function stopLeftover(part: StartedProcess): Promise<void> {
  if (!(await isSame(part))) return;
  // SIGINT is PostgreSQL's fast shutdown, and an ordinary stop for the others.
  for (const [signal, waitMs] of [
    ['SIGINT', 15_000],
    ['SIGKILL', 5_000],
  ] as const) {
    process.kill(part.pid, signal);
    if (await waitUntilGone(part.pid, part, waitMs)) return;
  }
  throw new StartError(`${part.name} (process ${part.pid}) of an earlier start cannot be stopped: end it by hand.`);
}
