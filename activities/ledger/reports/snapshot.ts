/** Reading a report from one moment of the ledger, in a transaction that PostgreSQL itself lets write nothing. */
import type pg from 'pg';

/** Runs `work` on one snapshot. @throws whatever a statement that would write is refused with */
export async function onSnapshot<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin isolation level repeatable read read only');
    return await work(client);
  } finally {
    await client.query('rollback').catch((failure: unknown) => {
      broken = failure instanceof Error ? failure : new Error(String(failure));
    });
    client.release(broken);
  }
}
