/**
 * `npm run prove`: one operation from its key to both balances. Exit code 0 exactly once, 1 wrong or not to be found,
 * 2 not finished yet.
 */
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type pg from 'pg';
import { type Altegio, createAltegio } from '../activities/altegio/client/index.ts';
import { createPool } from '../activities/ledger/database.ts';
import { findReceipt } from '../activities/ledger/payment-row.ts';
import type { Subject } from '../activities/ledger/proof/evidence.ts';
import { type LiveLine, type Proof, prove } from '../activities/ledger/proof/prove.ts';
import { fetchFacts } from '../api/temporal-history.ts';
import { temporalWithin } from '../api/http/temporal-wait.ts';
import { CARD_MOVING_TYPES } from '../domain/journal.ts';
import { loadConfig } from './config.ts';
import { loadEnvFile } from './env-file.ts';
import { StartError } from './errors.ts';
import { findLedger } from './ledger-place.ts';
import { proofLines } from './proof-lines.ts';
import { parseSettings } from './settings.ts';

const USAGE =
  'Say what to prove: --payment pay_…, or --receipt R-1 --location 101, or --operation WORKFLOW_ID; --live asks Altegio again, --json prints all.';
const EXIT = { exactly_once: 0, wrong: 1, not_finished: 2 } as const;
const TEMPORAL_MS = 3_000;

interface Asked {
  readonly payment?: string;
  readonly receipt?: string;
  readonly location?: string;
  readonly operation?: string;
  readonly live?: boolean;
  readonly json?: boolean;
}

function readArguments(): Asked {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      options: { payment: text, receipt: text, location: text, operation: text, live: flag, json: flag },
    }).values;
  } catch (cause) {
    throw new StartError(USAGE, { cause });
  }
}

async function subjectOf(pool: pg.Pool, asked: Asked): Promise<Subject> {
  const { payment, receipt, location, operation } = asked;
  const ways = [payment, receipt, operation].filter((way) => way !== undefined);
  if (ways.length !== 1 || (receipt === undefined) !== (location === undefined)) throw new StartError(USAGE);
  if (payment !== undefined) return { paymentId: payment };
  if (operation !== undefined) return { workflowId: operation };
  if (location === undefined || receipt === undefined || !/^\d{1,18}$/.test(location)) throw new StartError(USAGE);
  const found = await findReceipt(pool, BigInt(location), receipt);
  if (!found) throw new StartError(`There is no payment of receipt ${receipt} at location ${location}.`);
  return { paymentId: found.id };
}

/** Temporal's history, or a failure when Temporal does not answer: then the kept one is read. */
async function temporalHistory(workflowId: string, runId: string, env: NodeJS.ProcessEnv) {
  const { TEMPORAL_ADDRESS, TEMPORAL_PORT, TEMPORAL_NAMESPACE } = parseSettings(env);
  const address = TEMPORAL_ADDRESS ?? `127.0.0.1:${TEMPORAL_PORT}`;
  const connection = await temporalWithin(TEMPORAL_MS, Connection.connect({ address, connectTimeout: TEMPORAL_MS }));
  try {
    const client = new Client({ connection, namespace: TEMPORAL_NAMESPACE });
    return await temporalWithin(TEMPORAL_MS, fetchFacts(client, workflowId, runId));
  } finally {
    await connection.close();
  }
}

function altegioOf(pool: pg.Pool, env: NodeJS.ProcessEnv): Altegio {
  const config = loadConfig(env);
  return createAltegio({
    baseUrl: config.altegioBaseUrl,
    partnerToken: config.altegioPartnerToken,
    userToken: config.altegioUserToken,
    timeoutMs: config.altegioTimeoutMs,
    requestsPerMinute: config.altegioRequestsPerMinute,
    requestsPerSecond: config.altegioRequestsPerSecond,
    pool,
  });
}

const journalOf =
  (altegio: Altegio) =>
  (chainId: bigint, from: Date, to: Date): Promise<readonly LiveLine[]> => {
    const day = (at: Date) => at.toISOString().slice(0, 10);
    const query = { chainId, from: day(from), to: day(to), types: [...CARD_MOVING_TYPES] };
    return altegio.journal(query, { lane: 'sweep' });
  };

async function proveIt(pool: pg.Pool, asked: Asked, env: NodeJS.ProcessEnv): Promise<Proof> {
  const subject = await subjectOf(pool, asked);
  const history = (workflowId: string, runId: string) => temporalHistory(workflowId, runId, env);
  const altegio = asked.live ? altegioOf(pool, env) : null;
  try {
    const proof = await prove({ pool, history, ...(altegio && { journal: journalOf(altegio) }) }, subject);
    if (!proof) throw new StartError('There is no such payment or operation.');
    return proof;
  } finally {
    await altegio?.close();
  }
}

async function run(): Promise<number> {
  const asked = readArguments();
  loadEnvFile();
  const pool = createPool(await findLedger(process.env), { max: 2, name: 'bonus-prove' });
  try {
    const proof = await proveIt(pool, asked, process.env);
    if (asked.json) console.log(JSON.stringify(proof, null, 2));
    else for (const line of proofLines(proof)) console.log(line);
    return EXIT[proof.verdict];
  } finally {
    await pool.end();
  }
}

/** What the operator can mend is one sentence; a fault of ours keeps its stack. */
function tell(error: unknown): number {
  console.error(error instanceof StartError ? error.message : error);
  return 1;
}

process.exit(await run().catch(tell));
