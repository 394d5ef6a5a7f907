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

/** A port that was free a moment ago, chosen by the system. */
export async function freePort(): Promise<number> {
  const server = await listen(0, '127.0.0.1');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
  return address.port;
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
