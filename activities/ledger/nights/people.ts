/** Levels and birthdays in the night, in batches of accounts. */
import type pg from 'pg';
import { BIRTHDAY_GAP_DAYS, birthdaysDue } from '../../../domain/gifts.ts';
import { levelOf } from '../../../domain/levels.ts';
import { transaction } from '../database.ts';
import type { Cursor } from './lots.ts';
import { type Night, sendCounts } from './night-log.ts';

/** After which account a batch begins, and how many it has at most. */
export interface Batch {
  readonly after: string;
  readonly size: number;
}

const ACCOUNTS = `
  select id, spent, level from account where program_id = $1 and id > $2 order by id limit $3`;

// What was spent meanwhile is the next night's; who has no level yet gets one without having changed it.
const CHANGE = `
  with change as (select * from unnest($1::text[], $2::text[], $3::bigint[]) as part (id, level, spent))
  update account set level = change.level, level_since = now()
    from change where account.id = change.id and account.spent = change.spent`;

/** Writes down the level that each account has reached by money spent. */
export async function setLevels(pool: pg.Pool, night: Night, { after, size }: Batch): Promise<Cursor> {
  const { programId, settings } = night;
  return await transaction(pool, async (tx) => {
    const accounts = await tx.rows<{ id: string; spent: bigint; level: string | null }>(ACCOUNTS, [
      programId,
      after,
      size,
    ]);
    const changed = accounts
      .map((account) => ({ ...account, reached: levelOf(settings.accrual.levels, account.spent).name }))
      .filter(({ level, reached }) => level !== reached);
    if (changed.length > 0)
      tx.send(CHANGE, [
        changed.map(({ id }) => id),
        changed.map(({ reached }) => reached),
        changed.map(({ spent }) => spent),
      ]);
    sendCounts(tx, night, { levels: changed.filter(({ level }) => level !== null).length });
    return accounts.length < size ? null : (accounts.at(-1)?.id ?? null);
  });
}

// One birthday a year, however often the date is edited: by the year, and by the days since the last.
const BIRTHDAYS = `
  with due as (
    select a.id from account a
     where a.program_id = $1 and a.id > $2 and a.state <> 'inactive' and a.birth_date is not null
       and (extract(month from a.birth_date) * 100 + extract(day from a.birth_date))::int = any($3::int[])
       and not exists (select 1 from gift g
                        where g.account_id = a.id and g.kind = 'birthday' and g.due_on > $4::date - $5::int)
     order by a.id limit $6
  ), made as (
    insert into gift (account_id, kind, occasion, program_version, due_on)
    select id, 'birthday', extract(year from $4::date)::text, $7, $4::date from due on conflict do nothing
    returning account_id
  )
  select (select count(*)::int from due) as due, (select count(*)::int from made) as made, (select max(id) from due) as last`;

/** Makes the birthday gifts of the day due; a gift is posted by a workflow of its own. */
export async function giveBirthdays(pool: pg.Pool, night: Night, { after, size }: Batch): Promise<Cursor> {
  const { programId, date, version, settings } = night;
  const { birthday } = settings;
  if (!birthday) return null;
  return await transaction(pool, async (tx) => {
    const days = birthdaysDue(date, birthday.days);
    const [row] = await tx.rows<{ due: number; made: number; last: string | null }>(BIRTHDAYS, [
      programId,
      after,
      days,
      date,
      BIRTHDAY_GAP_DAYS,
      size,
      version,
    ]);
    sendCounts(tx, night, { gifts: row?.made ?? 0 });
    return row && row.due === size ? row.last : null;
  });
}
