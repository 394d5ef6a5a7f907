/** What the client is made with, and what a call may say. */
import type pg from 'pg';
import type { Permit } from './budget.ts';
import type { Lane } from './lanes.ts';

/** What is told to the log; pino's logger fits. Never carries phones, names or tokens. */
export interface AltegioLogger {
  error(details: object, message: string): void;
  warn(details: object, message: string): void;
  info(details: object, message: string): void;
}

export interface AltegioOptions {
  /** Ends in `/api/v1`. */
  baseUrl: string;
  partnerToken: string;
  /** A function is asked before every call; what it throws counts as being unauthorised. */
  userToken: string | (() => Promise<string>);
  /** 64 hexadecimal digits that stored tokens are encrypted with; without it only `userToken` counts. */
  secretsKey?: string | undefined;
  /** Default deadline of one HTTP call in milliseconds, body included. */
  timeoutMs: number;
  requestsPerMinute: number;
  requestsPerSecond: number;
  pool: pg.Pool;
  logger?: AltegioLogger | undefined;
  /** Monotonic milliseconds, for tests. */
  now?: (() => number) | undefined;
}

export interface CallOptions {
  lane: Lane;
  /** Deadline of the HTTP call in milliseconds (of each page, where there are several). */
  timeoutMs?: number | undefined;
  /** Longest wait for the budget in milliseconds; by default 1,000 for tills and 5,000 otherwise. */
  maxWaitMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** The location whose parking counts, for calls that do not name one themselves. */
  locationId?: bigint | undefined;
  /** A slot taken before. One that has lain for more than 100 ms is renewed, without waiting unless `maxWaitMs` says so. */
  permit?: Permit | undefined;
  /** Not sent after this moment, of the monotonic clock: a process that was paused must not send late. */
  sendBy?: number | undefined;
  /** A user token to try out: what is parked does not hold the call back, nor does its outcome park or free anything. */
  asToken?: string | undefined;
}
