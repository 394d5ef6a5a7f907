/**
 * What makes proof last: histories of finished operations are kept before Temporal forgets them, and finished days are
 * sealed. Beside the work of tills, in every worker; locks make several of them share it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import type { Logger } from 'pino';
import { sendHistory, type UnkeptOperation, withUnkept } from '../activities/ledger/proof/history-store.ts';
import { sealNextDay } from '../activities/ledger/proof/roots.ts';
import { fetchFacts } from '../api/temporal-history.ts';

const HISTORIES_EVERY_MS = 5_000;
const ROOTS_EVERY_MS = 60_000;
/** A workflow ends a moment after its operation. */
const SETTLED_SECONDS = 3;
/** Histories of one transaction, and of one pass. */
const AT_ONCE = 10;
const MOST_A_PASS = 500;
/** A workflow that still ran is looked at again after this long. */
const AGAIN_MS = 60_000;
/** What it needs. */
export interface ProofDeps {
  readonly pool: pg.Pool;
  readonly logger: Logger;
  readonly client: Client;
  /** The clock by which days end; tests set it. */
  readonly now?: () => Date;
}

/** Keeps what can be kept now; `running` remembers which workflows still ran, and until when they are left alone. */
export async function keepHistories(deps: ProofDeps, running: Map<string, number>): Promise<void> {
  for (let kept = 0; kept < MOST_A_PASS; kept += AT_ONCE) {
    const now = Date.now();
    for (const [id, until] of running) if (until < now) running.delete(id);
    const options = { settledSeconds: SETTLED_SECONDS, except: [...running.keys()], limit: AT_ONCE };
    let failure: unknown;
    const found = await withUnkept(deps.pool, options, async (tx, operations) => {
      const fetch = async (operation: UnkeptOperation) => {
        const facts = await fetchFacts(deps.client, operation.workflowId, operation.runId);
        if (facts && facts.closedAs === null) running.set(operation.id, now + AGAIN_MS);
        else sendHistory(tx, operation, facts);
      };
      // One that cannot be fetched must not undo the others of its page, nor hold up those behind it.
      const leave = (operation: UnkeptOperation) => (error: unknown) => {
        running.set(operation.id, now + AGAIN_MS);
        failure = error;
      };
      await Promise.all(operations.map((operation) => fetch(operation).catch(leave(operation))));
    });
    if (failure !== undefined) throw failure;
    if (found < AT_ONCE) return;
  }
}

/** Seals every finished day of every chain; each root is logged, so that it also stands where nobody of ours can write. */
export async function sealDays({ pool, logger, now = () => new Date() }: ProofDeps): Promise<void> {
  const { rows } = await pool.query<{ id: bigint }>('select id from chain order by id');
  for (const { id } of rows)
    for (let root = await sealNextDay(pool, id, now()); root; root = await sealNextDay(pool, id, now())) {
      const { chainId, day, accounts, transfers } = root;
      const counts = { accounts: String(accounts), transfers: String(transfers) };
      logger.info({ chainId: String(chainId), day, root: root.root, ...counts }, 'a day of the ledger is sealed');
    }
}

/** Starts both; answers how to stop them. */
export function keepProof(deps: ProofDeps): () => Promise<void> {
  const stop = new AbortController();
  const running = new Map<string, number>();
  const repeat = async (everyMs: number, what: string, work: () => Promise<void>) => {
    while (!stop.signal.aborted) {
      await work().catch((error: unknown) => deps.logger.warn({ err: error }, `${what}; it is tried again`));
      await delay(everyMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  };
  const loops = [
    repeat(HISTORIES_EVERY_MS, 'histories could not be kept', () => keepHistories(deps, running)),
    repeat(ROOTS_EVERY_MS, 'a day could not be sealed', () => sealDays(deps)),
  ];
  return async () => {
    stop.abort();
    await Promise.all(loops);
  };
}
