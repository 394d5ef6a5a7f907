/** Which Altegio locations we are connected to. A location that is not here starts nothing and writes nothing. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import { transaction } from './database.ts';

/** A connected location. */
export interface Connection {
  readonly locationId: bigint;
  readonly title: string;
  readonly timeZone: string;
  readonly chain: { readonly id: bigint; readonly title: string };
  readonly webhookToken: string;
  readonly webhookRegistered: boolean;
  readonly lastEventAt: Date | null;
}

/** What Altegio says about a location, and the token to use if it is new. */
export interface NewConnection {
  readonly locationId: bigint;
  readonly title: string;
  readonly timeZone: string;
  /** As a receipt shows it. */
  readonly address: string | null;
  readonly chain: { readonly id: bigint; readonly title: string };
  readonly webhookToken: string;
}

interface ConnectionSql {
  id: bigint;
  title: string;
  time_zone: string;
  chain_id: bigint;
  chain_title: string;
  webhook_token: string;
  webhook_registered: boolean;
  last_event_at: Date | null;
}

const CONNECTION = `
  select location.id, location.title, time_zone, chain_id, chain.title as chain_title, webhook_token,
         webhook_registered, last_event_at
    from location join chain on chain.id = chain_id`;

const toConnection = (row: ConnectionSql): Connection => ({
  locationId: row.id,
  title: row.title,
  timeZone: row.time_zone,
  chain: { id: row.chain_id, title: row.chain_title },
  webhookToken: row.webhook_token,
  webhookRegistered: row.webhook_registered,
  lastEventAt: row.last_event_at,
});

/** The connection of a location, or null when it is not connected. */
export async function findConnection(pool: pg.Pool, locationId: bigint): Promise<Connection | null> {
  const { rows } = await pool.query<ConnectionSql>(`${CONNECTION} where location.id = $1`, [locationId]);
  return rows[0] ? toConnection(rows[0]) : null;
}

/**
 * Stores a connection or refreshes its titles. The token of the first time stays: the address registered in Altegio
 * holds it. A location keeps its chain, because its accounts do.
 */
export async function saveConnection(
  pool: pg.Pool,
  given: NewConnection,
): Promise<{ connection: Connection; created: boolean }> {
  return transaction(pool, async (tx) => {
    tx.send(`insert into chain (id, title) values ($1, $2) on conflict (id) do update set title = excluded.title`, [
      given.chain.id,
      given.chain.title,
    ]);
    const inserted = await tx.rows(
      `insert into location (id, chain_id, title, time_zone, webhook_token) values ($1, $2, $3, $4, $5)
       on conflict (id) do nothing returning id`,
      [given.locationId, given.chain.id, given.title, given.timeZone, given.webhookToken],
    );
    tx.send('update location set title = $2, time_zone = $3, address = $4 where id = $1', [
      given.locationId,
      given.title,
      given.timeZone,
      given.address,
    ]);
    const [row] = await tx.rows<ConnectionSql>(`${CONNECTION} where location.id = $1`, [given.locationId]);
    if (!row) throw new Error(`location ${given.locationId} vanished while it was stored`);
    return { connection: toConnection(row), created: inserted.length === 1 };
  });
}

/** Remembers whether Altegio's settings of the location carry our address. */
export async function setWebhookRegistered(pool: pg.Pool, locationId: bigint, registered: boolean): Promise<void> {
  await pool.query(
    'update location set webhook_registered = $2 where id = $1 and webhook_registered is distinct from $2',
    [locationId, registered],
  );
}

/** The location a webhook token belongs to. */
export interface WebhookOwner {
  readonly locationId: bigint;
  readonly chainId: bigint;
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Finds the location of a webhook token. Only hashes are compared, in PostgreSQL and again in constant time here, so
 * the time an answer takes says nothing about a token that nearly matches.
 */
export async function findWebhookOwner(pool: pg.Pool, token: string): Promise<WebhookOwner | null> {
  const hash = sha256(token);
  const { rows } = await pool.query<{ id: bigint; chain_id: bigint; webhook_token: string }>(
    `select id, chain_id, webhook_token from location where sha256(convert_to(webhook_token, 'UTF8')) = $1`,
    [hash],
  );
  const row = rows.find(({ webhook_token }) => timingSafeEqual(sha256(webhook_token), hash));
  return row ? { locationId: row.id, chainId: row.chain_id } : null;
}

/** The chain's first connected location: calls of the chain may go through it. Null when the chain is unknown. */
export async function anyLocation(pool: pg.Pool, chainId: bigint): Promise<{ id: bigint; timeZone: string } | null> {
  const { rows } = await pool.query<{ id: bigint; time_zone: string }>(
    'select id, time_zone from location where chain_id = $1 order by connected_at, id limit 1',
    [chainId],
  );
  return rows[0] ? { id: rows[0].id, timeZone: rows[0].time_zone } : null;
}

/** Every connected location, by id. */
export async function listLocations(pool: pg.Pool): Promise<{ id: bigint; title: string }[]> {
  return (await pool.query<{ id: bigint; title: string }>('select id, title from location order by id')).rows;
}

/** The zone whose days a report uses: the location's, or the first connected one's; UTC where there is none. */
export async function anyTimeZone(pool: pg.Pool, locationId: bigint | null): Promise<string> {
  const { rows } = await pool.query<{ time_zone: string }>(
    'select time_zone from location where $1::bigint is null or id = $1 order by connected_at, id limit 1',
    [locationId],
  );
  return rows[0]?.time_zone ?? 'UTC';
}
