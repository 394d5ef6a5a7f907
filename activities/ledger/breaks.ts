/** Breaks as operators see and close them. */
import type pg from 'pg';
import { transaction } from './database.ts';
import { type AskedAction, type PagePlace, sendAction, sendActionApplied } from './operator-actions.ts';

/** A fact that a person has to look at; amounts in minor units. */
export interface BreakRow {
  readonly id: string;
  readonly kind: string;
  readonly chainId: bigint;
  readonly accountId: string;
  readonly operation: string | null;
  readonly workflowId: string | null;
  readonly amount: bigint | null;
  readonly readings: unknown;
  readonly since: Date;
  readonly closedAt: Date | null;
  readonly closedBy: string | null;
  readonly closeReason: string | null;
  readonly resolvedBy: string | null;
  /** PostgreSQL's own text of `since`, where a page ends. */
  readonly sinceText: string;
}

const BREAK = `
  select b.id, b.kind, b.chain_id as "chainId", b.account_id as "accountId", b.operation, o.workflow_id as "workflowId",
         b.amount, b.readings, b.since, b.closed_at as "closedAt", b.closed_by as "closedBy",
         b.close_reason as "closeReason", b.resolved_by as "resolvedBy", b.since::text as "sinceText"
    from break b left join operation o on o.id = b.operation`;

/** One break, or null. */
export async function findBreak(pool: pg.Pool, id: string): Promise<BreakRow | null> {
  const { rows } = await pool.query<BreakRow>(`${BREAK} where b.id = $1`, [id]);
  return rows[0] ?? null;
}

/** What a list of breaks is narrowed by; null does not narrow. */
export interface BreakFilter {
  readonly open: boolean | null;
  readonly accountId: string | null;
  readonly kind: string | null;
  readonly after: PagePlace | null;
  readonly limit: number;
}

/** A page of breaks, newest first. */
export async function listBreaks(
  pool: pg.Pool,
  { open, accountId, kind, after, limit }: BreakFilter,
): Promise<{ items: BreakRow[]; next: PagePlace | null }> {
  const { rows } = await pool.query<BreakRow>(
    `select * from (${BREAK}) found
      where ($1::boolean is null or ("closedAt" is null) = $1) and ($2::text is null or "accountId" = $2)
        and ($3::text is null or kind = $3) and ($4::timestamptz is null or (since, id) < ($4, $5::text))
      order by since desc, id desc limit $6`,
    [open, accountId, kind, after?.[0] ?? null, after?.[1] ?? null, limit + 1],
  );
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return { items: rows.slice(0, limit), next: last ? [last.sinceText, last.id] : null };
}

/** Closes a break that a person has looked at, with the audit in one transaction. False when it was closed already. */
export async function closeBreak(pool: pg.Pool, breakId: string, asked: AskedAction): Promise<boolean> {
  return await transaction(pool, async (tx) => {
    const closed = await tx.rows(
      `update break set closed_at = now(), closed_by = $2, close_reason = $3
        where id = $1 and closed_at is null returning id`,
      [breakId, asked.actor, asked.reason],
    );
    if (closed.length === 0) return false;
    sendAction(tx, asked);
    sendActionApplied(tx, asked.id);
    return true;
  });
}
