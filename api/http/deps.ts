/** What the doors are built from; the composition root gives it. */
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import type { Logger } from 'pino';
import type { Altegio } from '../../activities/altegio/client/index.ts';
import type { Starter } from '../starts.ts';

/** Settings of the API; the process's own configuration is a superset. */
export interface ApiConfig {
  readonly port: number;
  readonly publicUrl: string;
  readonly adminToken: string;
  /** Null when nothing may link to a Temporal UI. */
  readonly temporalUiUrl: string | null;
  readonly temporalNamespace: string;
  readonly altegioTimeoutMs: number;
  readonly serviceEmail: string;
  /** Whom to ask for help, as every failure page says: an e-mail address, a phone or an address of the web. */
  readonly supportContact: string;
  /** Calls that one POS key may make of one process. */
  readonly keyRequestsPerMinute: number;
  readonly taskQueuePrefix: string;
  readonly role: 'all' | 'api' | 'worker';
}

/** Parts of the process that the API shares with its worker. */
export interface ApiServices {
  readonly pool: pg.Pool;
  readonly altegio: Altegio;
  readonly logger: Logger;
}

/** Time, so that tests can set it. Epoch milliseconds. */
export interface Clock {
  now(): number;
}

/** What a door gets. */
export interface ApiDeps extends ApiServices {
  readonly starter: Starter;
  readonly config: ApiConfig;
  readonly clock: Clock;
  /** Temporal's client for queries and signals; beginning work goes through `starter`. */
  readonly temporal: Client;
  temporalHealthy(): Promise<boolean>;
}
