/** Warnings in the night, in batches of accounts: what will end so many days from now is noted, once. */
import type pg from 'pg';
import { warnedDays, warningsOf } from '../../../domain/warnings.ts';
import { transaction } from '../database.ts';
import { burnsOf, ENDING, type EndingSql } from '../ending-lots.ts';
import type { Cursor } from './lots.ts';
import { type Night, sendCounts } from './night-log.ts';
import type { Batch } from './people.ts';

const ENDS = `
  account.program_id = $1 and lot.account_id > $2 and lot.remaining > lot.held
  and exists (select from unnest($4::timestamptz[], $5::timestamptz[]) as day (after, until)
               where lot.expires_at > day.after and lot.expires_at <= day.until)`;

// Each half walks the index of its lots in the order of accounts. What waits for a person has no day to end on.
const ACCOUNTS = `
  select id from (
    (select distinct lot.account_id as id from lot join account on account.id = lot.account_id
      where lot.state = 'active' and lot.remaining > 0 and ${ENDS} order by 1 limit $3)
    union
    (select distinct lot.account_id from lot join account on account.id = lot.account_id
      where lot.state = 'pending' and lot.remaining > 0 and lot.activates_at is not null and ${ENDS} order by 1 limit $3)
  ) due order by id limit $3`;

const NOTE = `
  with noted as (
    insert into expiry_warning (program_id, date, account_id, ends_on, days_before, amount)
    select $1, $2, part.* from unnest($3::text[], $4::date[], $5::integer[], $6::bigint[]) as part
    on conflict (account_id, ends_on, days_before) do nothing returning 1
  )
  select count(*)::int from noted`;

/** Notes what the night warns of in a batch of accounts. What was noted before stays as it was said. */
export async function noteWarnings(pool: pg.Pool, night: Night, { after, size }: Batch): Promise<Cursor> {
  const { programId, date, settings } = night;
  const days = warnedDays(night, settings.lots.warnDays);
  if (days.length === 0) return null;
  const ranges = [days.map((day) => new Date(day.after)), days.map((day) => new Date(day.until))];
  return await transaction(pool, async (tx) => {
    const due = await tx.rows<{ id: string }>(ACCOUNTS, [programId, after, size, ...ranges]);
    if (due.length === 0) return null;
    const accounts = await tx.rows<EndingSql>(ENDING, [due.map(({ id }) => id)]);
    const warnings = accounts.flatMap(({ id, debt, lots }) =>
      warningsOf(burnsOf(lots ?? [], debt), days).map((warning) => ({ id, ...warning })),
    );
    const [noted] = await tx.rows<{ count: number }>(NOTE, [
      programId,
      date,
      warnings.map(({ id }) => id),
      warnings.map(({ endsOn }) => endsOn),
      warnings.map(({ daysBefore }) => daysBefore),
      warnings.map(({ amount }) => amount),
    ]);
    sendCounts(tx, night, { warnings: noted?.count ?? 0 });
    return due.length < size ? null : (due.at(-1)?.id ?? null);
  });
}
