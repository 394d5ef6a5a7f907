import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { StartError } from './errors.ts';

/** A port that a part is about to listen on, with the variable that moves it. */
export interface WantedPort {
  readonly port: number;
  readonly variable: string;
  readonly part: string;
}

/**
 * Makes sure that every wanted port is free and wanted once.
 * @throws StartError with one sentence that names the first port in the way and the variable that moves it.
 */
export async function requireFreePorts(wanted: readonly WantedPort[]): Promise<void> {
  const taken = new Map<number, WantedPort>();
  for (const want of wanted) {
    const { port, variable, part } = want;
    const other = taken.get(port);
    if (other) throw new StartError(`${variable} and ${other.variable} are both ${port}: give each part its own port.`);
    taken.set(port, want);
    if (!(await isFree(port))) {
      throw new StartError(
        `Port ${port} for ${part} is in use by another program: stop that program or set ${variable} to a free port.`,
      );
    }
  }
}

/**
 * Below what any system hands out by itself (Linux from 32768, others from 49152): else an outgoing connection could take
 * the port while the process that listens there is restarted.
 */
const OWN_PORTS = { from: 20_000, below: 32_000 } as const;
const TRIES = 100;
/** Nobody may listen yet on a port that was told of a moment ago: each is tried once. */
const toldOf = new Set<number>();

/** A port that was free a moment ago, another one each time. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(OWN_PORTS.from, OWN_PORTS.below);
    if (toldOf.has(port)) continue;
    toldOf.add(port);
    if (await isFree(port)) return port;
  }
  throw new StartError(`No free port was found from ${OWN_PORTS.from} to ${OWN_PORTS.below - 1}.`);
}

async function isFree(port: number): Promise<boolean> {
  // A program on one address only does not always stop a listener on all addresses, so both are tried.
  for (const host of [undefined, '127.0.0.1']) {
    try {
      const server = await listen(port, host);
      await new Promise((resolve) => server.close(resolve));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES') throw new StartError(`Port ${port} may not be used by this user: choose one above 1023.`);
      return false;
    }
  }
  return true;
}

function listen(port: number, host: string | undefined) {
  return new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, ...(host ? { host } : {}) }, () => resolve(server));
  });
}
