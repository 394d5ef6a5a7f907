/** The inbox's other way in: changes that Altegio shows and no webhook has told of. */
import type pg from 'pg';
import type { NewEvent } from './inbox.ts';

/** Where a location's catch-up stands. */
export interface CatchUpPlace {
  readonly chainId: bigint;
  /** IANA name. */
  readonly timeZone: string;
  /** Everything that changed before is in the inbox; null before the first run. */
  readonly caughtUpTo: Date | null;
  /** What changed before the location was connected is no business of ours. */
  readonly connectedAt: Date;
  /** The database's clock. */
  readonly now: Date;
}

/** Null for a location that is not connected, or whose points are not kept in Altegio now. */
export async function catchUpPlace(pool: pg.Pool, locationId: bigint): Promise<CatchUpPlace | null> {
  const { rows } = await pool.query<CatchUpPlace>(
    `select chain_id as "chainId", time_zone as "timeZone", caught_up_to as "caughtUpTo", connected_at as "connectedAt",
            clock_timestamp() as now
       from location where id = $1 and provider = 'altegio'`,
    [locationId],
  );
  return rows[0] ?? null;
}

/**
 * What a visit is judged by. Altegio's stamps have whole seconds: an appointment that is made and paid within one of them
 * is stamped alike before and after, so the stamp alone does not say that its payment was told of.
 */
const judgedBy = (event: string): string => {
  const data = `${event}.body->'data'`;
  const isSet = (field: string) => `coalesce(${data}->>'${field}' in ('1', 'true'), false)`;
  return `(${isSet('paid_full')}, ${data}->>'attendance', ${event}.status = 'delete' or ${isSet('deleted')})`;
};

// Told of is what the inbox has with the same stamp of change and the same look, whatever became of it.
const STORE = `
  insert into inbox (location_id, chain_id, resource, resource_id, status, body, body_hash, changed_at, source)
  select $1, $2, resource, resource_id, status, body, decode(hash, 'hex'), changed_at, 'catch_up'
    from unnest($3::text[], $4::text[], $5::text[], $6::jsonb[], $7::text[], $8::timestamptz[])
      as event (resource, resource_id, status, body, hash, changed_at)
   where not exists (
     select 1 from inbox told
      where told.location_id = $1 and told.resource = event.resource and told.resource_id = event.resource_id
        and (told.changed_at = event.changed_at
               and ${judgedBy('told')} is not distinct from ${judgedBy('event')}
             or event.changed_at is null and told.body_hash = decode(event.hash, 'hex')))`;

const CHUNK = 200;

/** Stores the events that nobody has told of. @returns how many they were */
export async function storeUntold(
  pool: pg.Pool,
  place: { readonly locationId: bigint; readonly chainId: bigint },
  events: readonly Omit<NewEvent, 'ignored'>[],
): Promise<number> {
  let stored = 0;
  for (let start = 0; start < events.length; start += CHUNK) {
    const chunk = events.slice(start, start + CHUNK);
    const result = await pool.query(STORE, [
      place.locationId,
      place.chainId,
      chunk.map(({ resource }) => resource),
      chunk.map(({ resourceId }) => resourceId),
      chunk.map(({ status }) => status),
      chunk.map(({ body }) => body),
      chunk.map(({ hash }) => hash),
      chunk.map(({ changedAt }) => changedAt),
    ]);
    stored += result.rowCount ?? 0;
  }
  return stored;
}

/** Moves the watermark; only after everything before it was stored. */
export async function setCaughtUp(pool: pg.Pool, locationId: bigint, upTo: Date): Promise<void> {
  await pool.query('update location set caught_up_to = greatest(caught_up_to, $2) where id = $1', [locationId, upTo]);
}
