/** Telling "PostgreSQL is away" from "the statement is wrong". */

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]);
/** SQLSTATE: connection exceptions, shutdown and crash recovery, too many connections, cannot connect now, disk full, waited too long. */
const SQLSTATE = /^(08...|57P0[1-3]|53[13]00|57014|55P03)$/;
/** The driver's own errors carry no code. */
const DRIVER =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end)/;

/** Whether the error means that the database cannot be reached or is shutting down; a repeat may succeed. */
export function isDatabaseDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (SQLSTATE.test(code) || DRIVER.test(error.message)) return true;
  const syscall = 'syscall' in error ? error.syscall : undefined;
  if (NETWORK.has(code)) return code !== 'ENOENT' || syscall === 'connect';
  return error.cause instanceof Error && isDatabaseDown(error.cause);
}
