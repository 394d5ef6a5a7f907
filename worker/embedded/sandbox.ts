import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../errors.ts';
import { modulePath, runsFromSources } from '../paths.ts';
import { startChild, unlessExited, type Child } from './child.ts';

/** How the Altegio sandbox is to run. */
export interface SandboxOptions {
  readonly port: number;
  readonly folder: string;
  readonly partnerToken: string;
  readonly userToken: string;
  readonly logFile: string;
  /** Called with the process id as soon as it runs. */
  readonly onStarted?: (pid: number) => Promise<void>;
}

/** Starts the stand-in for Altegio as a process of its own: the product meets it over HTTP only. */
export async function startSandbox(options: SandboxOptions): Promise<Child> {
  const child = await startChild({
    name: 'the Altegio sandbox',
    command: process.execPath,
    args: [...(runsFromSources ? ['--import', 'tsx'] : []), modulePath('sandbox/main')],
    // Nothing of ours reaches it: it is the other side.
    env: {
      PATH: process.env['PATH'],
      SANDBOX_PORT: String(options.port),
      SANDBOX_DIR: options.folder,
      SANDBOX_PARTNER_TOKEN: options.partnerToken,
      SANDBOX_USER_TOKEN: options.userToken,
    },
    logFile: options.logFile,
    ipc: true,
  });
  try {
    await options.onStarted?.(child.pid);
    await unlessExited(child, waitUntilReady(options.port));
  } catch (error) {
    await stopSandbox(child);
    throw error;
  }
  return child;
}

/** Ordinary stop; its state is on disk at any moment. */
export function stopSandbox(child: Child): Promise<void> {
  return child.stop('SIGTERM', 5_000);
}

async function waitUntilReady(port: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(1_000) });
      if (answer.status === 200) return;
    } catch {
      // Not listening yet.
    }
    if (Date.now() > deadline) throw new StartError('The Altegio sandbox did not answer in 30 s.');
    await sleep(100);
  }
}
