/** When workers last said that they work. */
import type pg from 'pg';

// A killed worker leaves its row; after a day it tells nothing any more.
const FORGET = `delete from worker_beat where seen_at < now() - interval '1 day'`;
const BEAT = `
  insert into worker_beat (id) values ($1) on conflict (id) do update set seen_at = clock_timestamp()`;

/** A worker works. */
export async function beat(pool: pg.Pool, id: string): Promise<void> {
  await Promise.all([pool.query(BEAT, [id]), pool.query(FORGET)]);
}

/** A worker was stopped in order. */
export async function endBeat(pool: pg.Pool, id: string): Promise<void> {
  await pool.query('delete from worker_beat where id = $1', [id]);
}

/** Seconds since the newest beat, by the database's clock; null when there is none. */
export async function secondsSinceBeat(pool: pg.Pool): Promise<number | null> {
  const { rows } = await pool.query<{ age: number | null }>(
    'select extract(epoch from clock_timestamp() - max(seen_at))::float8 as age from worker_beat',
  );
  return rows[0]?.age ?? null;
}
