/** Nights of programs: which have begun, how far they are, what they came to. One row a program and local day. */
import type pg from 'pg';
import { localDay } from '../../../domain/lot-dates.ts';
import { type ProgramSettings, programSettings } from '../../../domain/program.ts';
import type { Tx } from '../database.ts';

/** A night to work on. */
export interface Night {
  readonly programId: string;
  readonly chainId: bigint;
  /** The local day, `YYYY-MM-DD`. */
  readonly date: string;
  /** When it began: what is due by then is done. */
  readonly asOf: Date;
  readonly version: number;
  readonly settings: ProgramSettings;
  readonly timeZone: string;
  /** The last day before it that was done; null for the program's first. */
  readonly lastDone: string | null;
}

interface ProgramSql {
  id: string;
  chain_id: bigint;
  version: number;
  settings: unknown;
  time_zone: string | null;
}

// Without a time zone of its own a program lives in that of the chain's first location.
const PROGRAMS = `
  select p.id, p.chain_id, v.version, v.settings,
         coalesce(v.settings ->> 'timeZone',
                  (select l.time_zone from location l where l.chain_id = p.chain_id order by l.connected_at, l.id limit 1)
         ) as time_zone
    from program p
    join lateral (select version, settings from program_version
                   where program_id = p.id order by version desc limit 1) v on true`;

const OPEN = `
  insert into night (program_id, date, as_of) values ($1, $2, $3)
  on conflict (program_id, date) do update set as_of = night.as_of where night.finished_at is null
  returning program_id`;

/**
 * Opens the nights of a chain's programs, but for those in shadow, whose local day has begun by `now`, epoch milliseconds, and is not done yet. A
 * night that was never finished is done with the next one: what was due then is due still.
 */
export async function openNights(
  pool: pg.Pool,
  chainId: bigint,
  now: number,
): Promise<{ programId: string; date: string }[]> {
  const { rows } = await pool.query<ProgramSql>(
    `${PROGRAMS} where p.chain_id = $1 and p.shadow_since is null order by p.created_at, p.id`,
    [chainId],
  );
  const opened: { programId: string; date: string }[] = [];
  for (const { id: programId, time_zone: timeZone } of rows) {
    if (timeZone === null) continue;
    const { date, beganAt } = localDay(now, timeZone);
    const { rowCount } = await pool.query(OPEN, [programId, date, new Date(beganAt)]);
    if (rowCount === 1) opened.push({ programId, date });
  }
  return opened;
}

/** A night that was opened, with its program's newest settings. @throws when it was not */
export async function findNight(pool: pg.Pool, programId: string, date: string): Promise<Night> {
  const { rows } = await pool.query<ProgramSql & { as_of: Date; time_zone: string; last_done: string | null }>(
    `select program.*, night.as_of,
            (select max(done.date)::text from night done
              where done.program_id = program.id and done.date < night.date and done.finished_at is not null) as last_done
       from (${PROGRAMS}) program
       join night on night.program_id = program.id and night.date = $2 where program.id = $1`,
    [programId, date],
  );
  const [row] = rows;
  if (!row) throw new Error(`the night ${date} of ${programId} was not opened`);
  const settings = programSettings.parse(row.settings);
  const { chain_id: chainId, as_of: asOf, version, time_zone: timeZone, last_done: lastDone } = row;
  return { programId, chainId, date, asOf, version, settings, timeZone, lastDone };
}

/** What a batch of a night came to; points in minor units. */
export interface NightCounts {
  readonly gifts?: number;
  readonly levels?: number;
  readonly activated_accounts?: number;
  readonly activated?: bigint;
  readonly expired_accounts?: number;
  readonly expired?: bigint;
  readonly warnings?: number;
}

/** Adds what a batch came to, in its transaction. */
export function sendCounts(tx: Tx, { programId, date }: Night, counts: NightCounts): void {
  const added = Object.entries(counts).filter(([, count]) => Number(count) > 0);
  if (added.length === 0) return;
  const sets = added.map(([column], index) => `${column} = ${column} + $${index + 3}`).join(', ');
  tx.send(`update night set ${sets} where program_id = $1 and date = $2`, [
    programId,
    date,
    ...added.map(([, count]) => count),
  ]);
}

// Earlier nights that were cut off are done with this one.
const CLOSE = `
  update night set finished_at = now() where program_id = $1 and date <= $2 and finished_at is null`;
const OPERATIONS_DONE = `
  update operation set state = 'done', finished_at = now() where id = any($1::text[]) and state <> 'done'`;

/** Ends a night with its operations. */
export async function closeNight(pool: pg.Pool, programId: string, date: string): Promise<NightView> {
  await pool.query(OPERATIONS_DONE, [
    [nightOperation('activation', programId, date), nightOperation('expiry', programId, date)],
  ]);
  await pool.query(CLOSE, [programId, date]);
  const { rows } = await pool.query<NightView>(`${NIGHT} where program_id = $1 and date = $2`, [programId, date]);
  if (!rows[0]) throw new Error(`the night ${date} of ${programId} was not opened`);
  return rows[0];
}

/** The operation under which a night posts: one for all of its accounts. */
export const nightOperation = (kind: 'activation' | 'expiry', programId: string, date: string): string =>
  `${kind}:${programId}:${date}`;

/** A night as told; points in minor units. */
export interface NightView {
  readonly programId: string;
  readonly date: string;
  readonly asOf: Date;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly gifts: bigint;
  readonly activatedAccounts: bigint;
  readonly activated: bigint;
  readonly levels: bigint;
  readonly expiredAccounts: bigint;
  readonly expired: bigint;
  readonly warnings: bigint;
}

const NIGHT = `
  select program_id as "programId", date::text, as_of as "asOf", started_at as "startedAt", finished_at as "finishedAt", gifts,
         activated_accounts as "activatedAccounts", activated, levels, expired_accounts as "expiredAccounts", expired, warnings
    from night`;

/** A page of nights, newest day first; `after` is where the page before ended. */
export async function listNights(
  pool: pg.Pool,
  filter: {
    readonly chainId: bigint | null;
    readonly after: { readonly date: string; readonly programId: string } | null;
    readonly limit: number;
  },
): Promise<NightView[]> {
  const { rows } = await pool.query<NightView>(
    `${NIGHT} where ($1::bigint is null or program_id in (select id from program where chain_id = $1))
       and ($2::date is null or (date, program_id) < ($2::date, $3::text))
      order by date desc, program_id desc limit $4`,
    [filter.chainId, filter.after?.date ?? null, filter.after?.programId ?? null, filter.limit],
  );
  return rows;
}
