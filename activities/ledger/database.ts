/** PostgreSQL: the pool and the transaction. A transaction sends its statements without waiting one by one. */
import pg from 'pg';

/** PostgreSQL's int8 arrives as bigint; timestamps arrive as Date. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, BigInt);

/** Opens a pool whose connections are pipelined: statements sent together cost one round trip. */
export function createPool(url: string, options: { readonly max?: number; readonly name?: string } = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: options.name ?? 'bonus',
    types,
    pipeline: true,
    connectionTimeoutMillis: 2_000,
    // A stalled database must not hold a till's answer.
    options: '-c statement_timeout=10000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=15000',
  } as pg.PoolConfig);
  // Without a listener an idle connection that the server closes would end the process; the next query reports it.
  pool.on('error', () => undefined);
  // Nor may one that is in use: its queries fail and tell whoever asked.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** A transaction under way. */
export interface Tx {
  /** Runs a statement and waits for its rows. */
  rows<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Sends a statement without waiting; its failure fails the transaction at the end. */
  send(text: string, values?: readonly unknown[]): void;
}

/** The transaction did not commit although no statement reported why. */
export class NotCommitted extends Error {
  override readonly name = 'NotCommitted';
}

/**
 * Runs `work` in one transaction at READ COMMITTED. BEGIN travels with the first statement and COMMIT with the last, so
 * a transaction that reads once and then only sends costs two round trips.
 * @throws what a statement threw; then nothing of the transaction has happened.
 */
export async function transaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const sent: Promise<unknown>[] = [];
  const track = <R>(promise: Promise<R>): Promise<R> => {
    sent.push(promise);
    // The first failure is reported at the end; later ones ("transaction is aborted") are echoes of it.
    promise.catch(() => undefined);
    return promise;
  };
  const query = (text: string, values: readonly unknown[] = []) => track(client.query(text, [...values]));
  let broken: Error | undefined;
  try {
    void query('begin');
    const result = await work({
      rows: <Row>(text: string, values?: readonly unknown[]) => {
        const rows = query(text, values).then((result) => result.rows as Row[]);
        // Whoever asked may never come to await it, because another statement failed first.
        rows.catch(() => undefined);
        return rows;
      },
      send: (text, values) => void query(text, values),
    });
    const commit = query('commit');
    await Promise.all(sent);
    // After an error PostgreSQL answers COMMIT with ROLLBACK and no error of its own.
    if ((await commit).command !== 'COMMIT') throw new NotCommitted('the transaction was rolled back');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: unknown) => {
      broken = failure instanceof Error ? failure : new Error(String(failure));
    });
    throw withoutRow(await firstFailure(sent, error));
  } finally {
    client.release(broken);
  }
}

/** A statement that failed unawaited makes the next awaited one say only "transaction is aborted": tell the first. */
async function firstFailure(sent: readonly Promise<unknown>[], thrown: unknown): Promise<unknown> {
  if (!isViolation(thrown, '25P02')) return thrown;
  const settled = await Promise.allSettled(sent);
  const failed = settled.find((result) => result.status === 'rejected');
  return failed ? failed.reason : thrown;
}

/** PostgreSQL's detail quotes the row, and with it a phone: it must not travel into logs and histories. */
function withoutRow(error: unknown): unknown {
  if (error instanceof pg.DatabaseError) error.detail = undefined;
  return error;
}

/** True when the error is PostgreSQL's with this SQLSTATE (and constraint, when named). */
export function isViolation(error: unknown, code: string, constraint?: string): boolean {
  return error instanceof pg.DatabaseError && error.code === code && (!constraint || error.constraint === constraint);
}
