/** Terminals and when each last said that it is there. */
import type pg from 'pg';

/** A terminal says so this often (seconds), and counts as silent after three times that. */
export const HEARTBEAT_SECONDS = 60;
const SILENT_SECONDS = 3 * HEARTBEAT_SECONDS;

/** A terminal as an operator sees it. */
export interface Terminal {
  readonly locationId: bigint;
  readonly locationTitle: string;
  readonly name: string;
  readonly keyName: string;
  readonly lastSeenAt: Date;
  readonly secondsAgo: number;
  readonly silent: boolean;
}

/** Notes a heartbeat. @returns when, by the database's clock */
export async function seeTerminal(
  pool: pg.Pool,
  { locationId, keyId }: { readonly locationId: bigint; readonly keyId: string },
  name: string,
): Promise<Date> {
  const { rows } = await pool.query<{ last_seen_at: Date }>(
    `insert into terminal (location_id, name, key_id) values ($1, $2, $3)
     on conflict (location_id, name) do update set key_id = excluded.key_id, last_seen_at = now()
     returning last_seen_at`,
    [locationId, name, keyId],
  );
  if (!rows[0]) throw new Error('an upserted terminal came back empty');
  return rows[0].last_seen_at;
}

/** All terminals, the one that is silent longest first. */
export async function listTerminals(pool: pg.Pool): Promise<Terminal[]> {
  const { rows } = await pool.query<Terminal>(
    `select t.location_id as "locationId", l.title as "locationTitle", t.name, k.name as "keyName",
            t.last_seen_at as "lastSeenAt", age.seconds as "secondsAgo", age.seconds > $1 as silent
       from terminal t
       join location l on l.id = t.location_id
       join api_key k on k.id = t.key_id,
            lateral (select extract(epoch from now() - t.last_seen_at)::float8 as seconds) age
      order by t.last_seen_at, t.location_id, t.name`,
    [SILENT_SECONDS],
  );
  return rows;
}
