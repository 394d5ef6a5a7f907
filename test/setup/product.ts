import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../worker/paths.ts';
import { freePort } from '../../worker/ports.ts';

/** The environment of a start that meets nothing else on this machine. */
export interface OwnPlace {
  readonly dataDir: string;
  readonly env: Record<string, string>;
  remove(): void;
}

/** A data folder and ports of its own. */
export async function ownPlace(): Promise<OwnPlace> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bonus-start-'));
  const env: Record<string, string> = { DATA_DIR: dataDir };
  for (const name of ['PORT', 'SANDBOX_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT', 'POSTGRES_PORT']) {
    env[name] = String(await freePort());
  }
  return { dataDir, env, remove: () => rmSync(dataDir, { recursive: true, force: true }) };
}

/** Says that `npm test` has just compiled what is to be tested. */
export const BUILT = 'PRODUCT_IS_BUILT';

/** Compiles the product the way `npm start` does, unless `npm test` has. */
export function build(): void {
  if (process.env[BUILT] === undefined) buildNow();
}

/** Compiles the product; quick when nothing has changed. */
export function buildNow(): void {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: packageRoot,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm run build failed:\n${stdout}${stderr}`);
}

/** The built product as a process, with what it prints. */
export class Product {
  output = '';
  readonly exitCode: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(env: Record<string, string>) {
    this.child = spawn(process.execPath, [join(packageRoot, 'dist', 'worker', 'main.js')], {
      cwd: packageRoot,
      // Nothing of the machine's own settings reaches it, but the way to its programs.
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TEMPORAL_CLI: process.env['TEMPORAL_CLI'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    // `close` comes after the last output; `exit` may come before it.
    this.exitCode = new Promise((resolve) => this.child.once('close', resolve));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits for a line in its output; fails with the whole output when it ends or takes too long. */
  async printed(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpMatchArray> {
    const deadline = Date.now() + timeoutMs;
    let ended = false;
    void this.exitCode.then(() => (ended = true));
    for (;;) {
      const found = this.output.match(pattern);
      if (found) return found;
      if (ended || Date.now() > deadline) throw new Error(`${String(pattern)} was not printed:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.child.kill(signal);
    return this.exitCode;
  }
}

/** The processes that a start has running, by its own run file. */
export function partsOf(dataDir: string): { name: string; pid: number }[] {
  const { parts } = JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as {
    parts: { name: string; pid: number }[];
  };
  return parts;
}
