/** The stack of a run: the whole product on ports and data of its own, with customers, sales and things to be named. */
import { mkdtempSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { loadConfig } from '../../worker/config.ts';
import { freePort } from '../../worker/ports.ts';
import { startStack, type Stack } from '../../worker/stack.ts';
import type { Report } from '../../worker/steps.ts';
import { BUDGET, type Doors, type Seeds, sow } from './seeds.ts';

/** A till asks far less than this; a fuzzer is not one. */
const KEY_REQUESTS_PER_MINUTE = '1000000';

/** A running stack with what the hooks name. */
export interface Place extends Doors {
  readonly stack: Stack;
  readonly folder: string;
  readonly seeds: Seeds;
}

/** Ports and data of its own; the environment's other settings hold. */
async function configOf(folder: string) {
  const [PORT, SANDBOX_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, POSTGRES_PORT] = await Promise.all(
    Array.from({ length: 5 }, async () => String(await freePort())),
  );
  const { perSecond, perMinute } = BUDGET;
  return loadConfig({
    TEMPORAL_CLI: process.env['TEMPORAL_CLI'],
    PORT,
    SANDBOX_PORT,
    TEMPORAL_PORT,
    TEMPORAL_UI_PORT,
    POSTGRES_PORT,
    DATA_DIR: folder,
    LOG_LEVEL: 'error',
    KEY_REQUESTS_PER_MINUTE,
    ALTEGIO_REQUESTS_PER_SECOND: String(perSecond),
    ALTEGIO_REQUESTS_PER_MINUTE: String(perMinute),
  });
}

/** Ids of steps: a till hears of one only with a 202, which nobody can ask for. */
async function stepsIn(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>('select id from payment_step');
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
}

/** Starts it. @throws StartError with one sentence. */
export async function startPlace(report: Report, cancelled: AbortSignal): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'bonus-fuzz-'));
  // PostgreSQL may run as another user, who has to get through.
  chmodSync(folder, 0o711);
  const config = await configOf(folder);
  const stack = await startStack(config, report, cancelled);
  const place = {
    stack,
    folder,
    baseUrl: `http://127.0.0.1:${config.port}`,
    sandboxUrl: `http://127.0.0.1:${config.sandboxPort}`,
    tillKey: stack.tillKey ?? '',
    adminToken: config.adminToken,
  };
  try {
    const seeds = await report.step('Customers and sales', () => sow(place));
    return { ...place, seeds: { ...seeds, known: { ...seeds.known, steps: await stepsIn(config.databaseUrl) } } };
  } catch (error) {
    await stack.close();
    throw error;
  }
}
