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
export function sendActionApplied(
  tx: Tx,
  id: string,
  outcome: Record<string, unknown> = {},
  operation: string | null = null,
): void {
  tx.send(
    `update operator_action set applied_at = now(), outcome = $2, operation = coalesce(operation, $3)
      where id = $1 and applied_at is null`,
    [id, JSON.stringify(outcome), operation],
  );
}

/** Notes why an action did not take effect; one that has, or does later, says that instead. */
export async function noteNotApplied(pool: pg.Pool, id: string, notApplied: string): Promise<void> {
  await pool.query('update operator_action set outcome = $2 where id = $1 and applied_at is null', [
    id,
    JSON.stringify({ notApplied }),
  ]);
}

/** An action as an operator reads it back. */
export interface ActionView {
  readonly id: string;
  readonly action: string;
  readonly subject: string;
  readonly chainId: bigint | null;
  readonly accountId: string | null;
  readonly operation: string | null;
  readonly reason: string;
  readonly actor: string;
  readonly askedAt: Date;
  readonly appliedAt: Date | null;
  readonly outcome: Readonly<Record<string, unknown>> | null;
}

/** Where a page ended: PostgreSQL's own text of the time, which keeps its microseconds, and the id. */
export type PagePlace = readonly [since: string, id: string];

/** What the audit is narrowed by; null does not narrow. */
export interface ActionFilter {
  readonly subject: string | null;
  readonly accountId: string | null;
  readonly after: PagePlace | null;
  readonly limit: number;
}

interface ActionSql {
  id: string;
  action: string;
  subject: string;
  chain_id: bigint | null;
  account_id: string | null;
  operation: string | null;
  reason: string;
  actor: string;
  asked_at: Date;
  applied_at: Date | null;
  outcome: ActionView['outcome'];
  asked_text: string;
}

const toView = ({ id, action, subject, operation, reason, actor, outcome, ...row }: ActionSql): ActionView => ({
  id,
  action,
  subject,
  chainId: row.chain_id,
  accountId: row.account_id,
  operation,
  reason,
  actor,
  askedAt: row.asked_at,
  appliedAt: row.applied_at,
  outcome,
});

/** A page of what was asked for, newest first. */
export async function listActions(
  pool: pg.Pool,
  { subject, accountId, after, limit }: ActionFilter,
): Promise<{ items: ActionView[]; next: PagePlace | null }> {
  const { rows } = await pool.query<ActionSql>(
    `select *, asked_at::text as asked_text from operator_action
      where ($1::text is null or subject = $1) and ($2::text is null or account_id = $2)
        and ($3::timestamptz is null or (asked_at, id) < ($3, $4::text))
      order by asked_at desc, id desc limit $5`,
    [subject, accountId, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
  );
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit).map(toView), next: last ? [last.asked_text, last.id] : null };
}
