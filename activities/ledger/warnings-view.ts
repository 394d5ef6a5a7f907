/** Warnings as an operator, and later whoever sends messages, sees them. */
import type pg from 'pg';

/** A warning that a night noted; `amount` in minor units, days are local days of the program, `YYYY-MM-DD`. */
export interface WarningView {
  readonly id: bigint;
  readonly programId: string;
  readonly accountId: string;
  readonly endsOn: string;
  readonly daysBefore: number;
  readonly amount: bigint;
  /** The night that noted it. */
  readonly date: string;
  readonly notedAt: Date;
}

const WARNING = `
  select id, program_id as "programId", account_id as "accountId", ends_on::text as "endsOn", days_before as "daysBefore",
         amount, date::text, noted_at as "notedAt"
    from expiry_warning`;

/** A page of warnings, newest first; null does not narrow. `before` is the id where the page before ended. */
export async function listWarnings(
  pool: pg.Pool,
  filter: {
    readonly programId: string | null;
    readonly date: string | null;
    readonly accountId: string | null;
    readonly before: bigint | null;
    readonly limit: number;
  },
): Promise<{ items: WarningView[]; next: bigint | null }> {
  const { programId, date, accountId, before, limit } = filter;
  const { rows } = await pool.query<WarningView>(
    `${WARNING}
      where ($1::text is null or program_id = $1) and ($2::date is null or expiry_warning.date = $2)
        and ($3::text is null or account_id = $3) and ($4::bigint is null or id < $4)
      order by id desc limit $5`,
    [programId, date, accountId, before, limit + 1],
  );
  return { items: rows.slice(0, limit), next: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null };
}

/** What an account was warned of and no night has come to yet, soonest end first. */
export async function openWarnings(pool: pg.Pool, accountId: string): Promise<WarningView[]> {
  const { rows } = await pool.query<WarningView>(
    `${WARNING} as warning
      where account_id = $1
        and ends_on > coalesce((select max(night.date) from night where night.program_id = warning.program_id), '-infinity')
      order by ends_on, days_before desc`,
    [accountId],
  );
  return rows;
}
