/** The audit of what people asked for: kept before it is done, never deleted. */
import type pg from 'pg';
import type { Tx } from './database.ts';

/** What somebody asked for. */
export interface AskedAction {
  readonly id: string;
  readonly action: string;
  /** What it is done to: a workflow id, a break's id, `chain:{id}`, `token`. */
  readonly subject: string;
  readonly chainId?: bigint | null;
  readonly accountId?: string | null;
  readonly operation?: string | null;
  readonly reason: string;
  readonly actor: string;
}

const ASKED = `
  insert into operator_action (id, action, subject, chain_id, account_id, operation, reason, actor)
  values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing`;

function parametersOf(asked: AskedAction): unknown[] {
  const { id, action, subject, chainId = null, accountId = null, operation = null, reason, actor } = asked;
  return [id, action, subject, chainId, accountId, operation, reason, actor];
}

/** Keeps what was asked; a repeat of the same id keeps the first. */
export async function keepAction(pool: pg.Pool, asked: AskedAction): Promise<void> {
  await pool.query(ASKED, parametersOf(asked));
}

/** The same inside a transaction that also does it. */
export function sendAction(tx: Tx, asked: AskedAction): void {
  tx.send(ASKED, parametersOf(asked));
}

/** Marks an action as done. `outcome` holds decimal texts and ids. */
export function sendActionApplied(tx: Tx, id: string, outcome: Record<string, unknown> = {}): void {
  tx.send('update operator_action set applied_at = now(), outcome = $2 where id = $1 and applied_at is null', [
    id,
    JSON.stringify(outcome),
  ]);
}
