/**
 * `ledger:verify`: everything the ledger claims, computed again in one snapshot and bounded memory. Nothing is written.
 */
import type pg from 'pg';
import { type Finding, Findings } from './findings.ts';
import { type BooksSeen, verifyAccounts } from './verify-accounts.ts';
import { verifyDeposits } from './verify-deposits.ts';
import { verifyOperations } from './verify-operations.ts';
import { type NewestRoot, verifyRoots } from './verify-roots.ts';

/** What came of it. */
export interface Verification {
  readonly table: ReturnType<Findings['table']>;
  /** The first ones; `wrong` counts all. */
  readonly findings: readonly Finding[];
  readonly wrong: number;
  readonly books: BooksSeen;
  readonly roots: readonly NewestRoot[];
}

/** Verifies the whole ledger. @throws PostgreSQL's errors */
export async function verifyLedger(pool: pg.Pool): Promise<Verification> {
  const client = await pool.connect();
  try {
    // One snapshot: tills go on paying meanwhile, and none of their half-seen payments is a finding.
    await client.query('begin isolation level repeatable read read only');
    await client.query('set local statement_timeout = 0');
    await client.query('set local idle_in_transaction_session_timeout = 0');
    const findings = new Findings();
    const books = await verifyAccounts(client, findings);
    await verifyOperations(client, findings);
    await verifyDeposits(client, findings);
    const roots = await verifyRoots(client, findings);
    return { table: findings.table(), findings: findings.kept, wrong: findings.wrong, books, roots };
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}
