import { inspect } from 'node:util';
import { DefaultLogger, Runtime, type LogEntry, type LogLevel } from '@temporalio/worker';

const levels: Record<string, LogLevel> = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', warn: 'WARN' };

/**
 * Prepares Temporal's native part; once a process, before the first connection. Its own signal handlers are switched
 * off: they would stop the worker before the API in front of it.
 */
export function installRuntime(logLevel: string): void {
  Runtime.install({ logger: new DefaultLogger(levels[logLevel] ?? 'ERROR', print), shutdownSignals: [] });
}

/** Our queues are split by kind of work on purpose; that one lacks the other's kind is nothing to warn of. */
const splitOnPurpose = /^No (workflows|activities|Nexus services) registered/;

function print({ level, message, timestampNanos, meta }: LogEntry): void {
  if (splitOnPurpose.test(message)) return;
  const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  console.error(`${at} ${level} ${message}${meta ? ` ${inspect(meta, { breakLength: Infinity })}` : ''}`);
}
