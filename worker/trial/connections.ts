/** The trial's own eyes: connections to the database and to Temporal, and the race against the end of everything. */
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import type { Place } from './command.ts';
import type { Addresses } from './stack.ts';

/** Open connections. */
export interface Connections {
  readonly pool: pg.Pool;
  readonly client: Client;
}

/** Opens them for the time of the work. */
export async function withConnections<T>(
  { databaseUrl, temporal }: Addresses,
  work: (connections: Connections) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on('error', () => {});
  const connection = await Connection.connect({ address: temporal });
  try {
    return await work({ pool, client: new Client({ connection }) });
  } finally {
    await connection.close();
    await pool.end();
  }
}

/** Waits for work, unless the run is stopped or a part of the stack is gone for good: then it throws why. */
export function unlessStopped({ stack, signal }: Place): <T>(work: Promise<T>) => Promise<T> {
  const stopped = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  // It may come while nobody waits for it.
  stopped.catch(() => {});
  return (work) => Promise.race([work, stack.failed, stopped]);
}
