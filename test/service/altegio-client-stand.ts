/** A scripted other side and a client against it, for the tests of the Altegio client. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type pg from 'pg';
import { createAltegio, type Altegio, type AltegioOptions } from '../../activities/altegio/client/index.ts';

export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Answer = (seen: Seen, response: ServerResponse, request: IncomingMessage) => void;

export interface Stand {
  altegio: Altegio;
  baseUrl: string;
  /** What reached the other side, in order. */
  seen: Seen[];
  /** Warnings and notices of the client. */
  log: string[];
  answer(next: Answer): void;
  /** A second process: same address, same database, own connections. */
  another(overrides?: Partial<AltegioOptions>): Altegio;
  close(): Promise<void>;
}

/** Answers with an envelope. */
export function json(status: number, data: unknown, meta: unknown = []): Answer {
  return (_seen, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ success: status < 400, data, meta }));
  };
}

/** Answers with an error as Altegio writes it. */
export function complaint(status: number, message = 'Access denied.'): Answer {
  return json(status, null, { message });
}

export async function startStand(pool: pg.Pool, overrides: Partial<AltegioOptions> = {}): Promise<Stand> {
  let next: Answer = json(200, []);
  const seen: Seen[] = [];
  const log: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const entry = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      seen.push(entry);
      next(entry, response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  const clients: Altegio[] = [];
  const note = (details: object, message: string): void => void log.push(`${message} ${JSON.stringify(details)}`);
  const another = (more: Partial<AltegioOptions> = {}): Altegio => {
    const made = createAltegio({
      baseUrl,
      partnerToken: 'partner-secret',
      userToken: 'user-secret',
      timeoutMs: 1_000,
      requestsPerMinute: 10_000,
      requestsPerSecond: 1_000,
      pool,
      logger: { error: note, warn: note, info: note },
      ...overrides,
      ...more,
    });
    clients.push(made);
    return made;
  };
  return {
    altegio: another(),
    baseUrl,
    seen,
    log,
    another,
    answer: (answer) => {
      next = answer;
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The error a promise ends with. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

/** The largest number of instants inside any sliding window of `span` milliseconds (half open). */
export function densest(instants: number[], span: number): number {
  const sorted = [...instants].sort((a, b) => a - b);
  let from = 0;
  let most = 0;
  sorted.forEach((instant, index) => {
    while (instant - (sorted[from] ?? instant) >= span) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}
