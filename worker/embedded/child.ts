import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from '../errors.ts';

/** How to run one embedded part. */
export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** Open a channel that closes when this process ends, however it ends. */
  readonly ipc?: boolean;
}

/** A started part. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Resolves with one sentence when the process ends, asked or not. */
  readonly exited: Promise<string>;
  /** Asks it to end, and kills its group when it does not in time. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<void>;
}

/**
 * Starts a part in a process group of its own, so that a Ctrl-C of the terminal reaches us only and the parts end in
 * our order.
 * @throws StartError when the program cannot be started.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = spawnDetached(options);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(new StartError(`${options.name} cannot be started: ${cause.message}.`, { cause }));
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new StartError(`${options.name} cannot be started: it has no process id.`);
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(
        `${options.name} ended (${signal ?? `exit code ${code}`}); its last words: ${lastWords(options.logFile)}`,
      );
    });
  });
  return { name: options.name, pid, exited, stop: (signal, graceMs) => stopChild(child, pid, exited, signal, graceMs) };
}

/** Fails with the reason when the part ends before the awaited thing happens. */
export async function unlessExited<T>(child: Child, awaited: Promise<T>): Promise<T> {
  return Promise.race([
    awaited,
    child.exited.then((reason) => {
      throw new StartError(reason);
    }),
  ]);
}

function spawnDetached(options: ChildOptions): ChildProcess {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a', 0o600);
  const stdio: StdioOptions = ['ignore', log, log, ...(options.ipc ? (['ipc'] as const) : [])];
  try {
    return spawn(options.command, options.args, {
      detached: true,
      stdio,
      env: options.env ?? process.env,
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
  } finally {
    closeSync(log);
  }
}

async function stopChild(
  child: ChildProcess,
  pid: number,
  exited: Promise<string>,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  process.kill(pid, signal);
  const timer = setTimeout(() => killGroup(pid), graceMs);
  await exited;
  clearTimeout(timer);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended between the check and the signal.
  }
}

function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
  return lines.at(-1)?.slice(0, 300) || '(none)';
}
