/** What API and worker share in a process: the database, the Altegio client, the log. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { pino, type Logger } from 'pino';
import { type Altegio, createAltegio } from '../activities/altegio/client/index.ts';
import { createPool } from '../activities/ledger/database.ts';
import { doorLogger } from '../api/http/app.ts';
import { type CardRange, newCardNumber } from '../domain/card-number.ts';
import { newId } from '../domain/new-id.ts';
import type { Config } from './config.ts';

/** See the file's header. */
export interface Services {
  readonly pool: pg.Pool;
  readonly altegio: Altegio;
  readonly logger: Logger;
  close(): Promise<void>;
}

/** Connections of one process; the worker's activities and the doors share them. */
const POOL_SIZE = 20;

/** Opens them. Nothing is sent to Altegio before the first use. */
export async function createServices(config: Config): Promise<Services> {
  const logger = doorLogger(pino({ level: config.logLevel }));
  const pool = createPool(config.databaseUrl, { max: POOL_SIZE, name: `bonus-${config.role}` });
  const altegio = createAltegio({
    baseUrl: config.altegioBaseUrl,
    partnerToken: config.altegioPartnerToken,
    userToken: config.altegioUserToken,
    secretsKey: config.secretsKey,
    timeoutMs: config.altegioTimeoutMs,
    requestsPerMinute: config.altegioRequestsPerMinute,
    requestsPerSecond: config.altegioRequestsPerSecond,
    pool,
    logger,
  });
  // A stored token that cannot be read is told at the start, once; a database that is away now tells by itself.
  await altegio.access().catch(() => undefined);
  return {
    pool,
    altegio,
    logger,
    async close() {
      await altegio.close();
      await pool.end();
    },
  };
}

/** A new break's id. */
export const newBreakId = (): string => newId('brk', Date.now(), randomBytes);
/** A new card number of ours. */
export const cardNumber = (range?: CardRange): string => newCardNumber(randomBytes, range);
