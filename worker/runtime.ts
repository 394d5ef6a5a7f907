import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';

const levels: Record<string, LogLevel> = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', warn: 'WARN' };

/**
 * Prepares Temporal's native part; once a process, before the first connection. Its own signal handlers are switched
 * off: they would stop the worker before the API in front of it.
 */
export function installRuntime(logLevel: string): void {
  Runtime.install({ logger: new DefaultLogger(levels[logLevel] ?? 'ERROR'), shutdownSignals: [] });
}
