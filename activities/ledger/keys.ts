/** POS keys: one per till and location. Only a hash is stored; the key itself is shown once. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import { newId } from '../../domain/new-id.ts';
import { isViolation } from './database.ts';

/** How a till takes points: as a means of payment, or by making the bill smaller (R14). */
export type AsKind = 'tender' | 'discount';

/** A key as an operator sees it. */
export interface PosKey {
  readonly id: string;
  readonly locationId: bigint;
  readonly name: string;
  readonly last4: string;
  /** The till model's way, else the key's own; null takes both. */
  readonly asKind: AsKind | null;
  readonly model: string | null;
  readonly active: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** What a key opens. */
export interface PosCaller {
  readonly keyId: string;
  readonly keyName: string;
  readonly last4: string;
  readonly active: boolean;
  readonly asKind: AsKind | null;
  readonly model: string | null;
  readonly locationId: bigint;
  readonly chainId: bigint;
  readonly timeZone: string;
}

/** The location is not connected. */
export class UnknownLocation extends Error {
  override readonly name = 'UnknownLocation';
}

/** The till model is not known. */
export class UnknownModel extends Error {
  override readonly name = 'UnknownModel';
}

interface KeySql {
  id: string;
  location_id: bigint | string;
  name: string;
  last4: string;
  as_kind: AsKind | null;
  model: string | null;
  active: boolean;
  created_at: Date;
  last_used_at: Date | null;
}

const toKey = (row: KeySql): PosKey => ({
  id: row.id,
  locationId: BigInt(row.location_id),
  name: row.name,
  last4: row.last4,
  asKind: row.as_kind,
  model: row.model,
  active: row.active,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
});

const AS_KIND = `coalesce((select m.as_kind from till_model m where m.name = model), as_kind) as as_kind`;
const COLUMNS = `id, location_id, name, last4, ${AS_KIND}, model, active, created_at, last_used_at`;

/** 256 random bits: a plain hash is enough, there is nothing to guess. */
const hashOf = (key: string): Buffer => createHash('sha256').update(key, 'utf8').digest();

/**
 * Makes a key; `key` is its only appearance in clear.
 * @throws UnknownLocation, UnknownModel
 */
export async function createKey(
  pool: pg.Pool,
  wanted: {
    readonly locationId: bigint;
    readonly name: string;
    readonly asKind?: AsKind | null;
    readonly model?: string | null;
  },
): Promise<PosKey & { readonly key: string }> {
  const key = `pos_${randomBytes(32).toString('base64url')}`;
  const id = newId('key', Date.now(), randomBytes);
  try {
    const { rows } = await pool.query<KeySql>(
      `insert into api_key (id, location_id, name, key_hash, last4, as_kind, model) values ($1, $2, $3, $4, $5, $6, $7)
       returning ${COLUMNS}`,
      [id, wanted.locationId, wanted.name, hashOf(key), key.slice(-4), wanted.asKind ?? null, wanted.model ?? null],
    );
    const [row] = rows;
    if (!row) throw new Error('an inserted key came back empty');
    return { ...toKey(row), key };
  } catch (error) {
    if (isViolation(error, '23503', 'api_key_model_fkey'))
      throw new UnknownModel(`there is no till model ${wanted.model}`, { cause: error });
    if (isViolation(error, '23503'))
      throw new UnknownLocation(`location ${wanted.locationId} is not connected`, { cause: error });
    throw error;
  }
}

/** Switches a key on or off; null when there is none. Every process follows within {@link CACHE_MS}. */
export async function setActive(pool: pg.Pool, id: string, active: boolean): Promise<PosKey | null> {
  const { rows } = await pool.query<KeySql>(`update api_key set active = $2 where id = $1 returning ${COLUMNS}`, [
    id,
    active,
  ]);
  return rows[0] ? toKey(rows[0]) : null;
}

/** All keys, of one location when named, oldest first. */
export async function listKeys(pool: pg.Pool, locationId: bigint | null): Promise<PosKey[]> {
  const { rows } = await pool.query<KeySql>(
    `select ${COLUMNS} from api_key where $1::bigint is null or location_id = $1 order by created_at, id`,
    [locationId],
  );
  return rows.map(toKey);
}

interface CallerSql {
  id: string;
  name: string;
  last4: string;
  active: boolean;
  as_kind: AsKind | null;
  model: string | null;
  key_hash: Buffer;
  location_id: bigint | string;
  chain_id: bigint | string;
  time_zone: string;
}

/** A change of a key holds within 2 s; one second of memory leaves the other for the query. */
const CACHE_MS = 1_000;
const CACHED_KEYS_MAX = 1_000;
const USED_EVERY_MS = 60_000;

/** Looks keys up for one process, with a short memory. */
export interface KeyRing {
  /** The caller of a key, active or not; null for an unknown key. */
  find(key: string): Promise<PosCaller | null>;
}

/** Makes the key ring. `onFault` hears of a failed note of use, which never fails the call itself. */
export function createKeyRing(pool: pg.Pool, onFault: (error: unknown) => void, now: () => number = Date.now): KeyRing {
  const seen = new Map<string, { readonly caller: PosCaller; readonly hash: Buffer; readonly readAt: number }>();
  const noted = new Map<string, number>();

  const noteUse = (id: string): void => {
    if (now() - (noted.get(id) ?? -USED_EVERY_MS) < USED_EVERY_MS) return;
    noted.set(id, now());
    pool.query('update api_key set last_used_at = now() where id = $1', [id]).catch(onFault);
  };

  const read = async (hash: Buffer) => {
    const { rows } = await pool.query<CallerSql>(
      `select k.id, k.name, k.last4, k.active, coalesce(m.as_kind, k.as_kind) as as_kind, k.model, k.key_hash, l.id as location_id, l.chain_id, l.time_zone
         from api_key k join location l on l.id = k.location_id left join till_model m on m.name = k.model where k.key_hash = $1`,
      [hash],
    );
    const [row] = rows;
    // The index has found it by value; this comparison is the one whose time tells nothing.
    if (!row || !timingSafeEqual(row.key_hash, hash)) return null;
    return {
      keyId: row.id,
      keyName: row.name,
      last4: row.last4,
      active: row.active,
      asKind: row.as_kind,
      model: row.model,
      locationId: BigInt(row.location_id),
      chainId: BigInt(row.chain_id),
      timeZone: row.time_zone,
    } satisfies PosCaller;
  };

  return {
    async find(key) {
      const hash = hashOf(key);
      const name = hash.toString('base64');
      const kept = seen.get(name);
      let caller = kept && now() - kept.readAt < CACHE_MS && timingSafeEqual(kept.hash, hash) ? kept.caller : undefined;
      if (!caller) {
        const readAt = now();
        caller = (await read(hash)) ?? undefined;
        if (!caller) return null;
        if (seen.size >= CACHED_KEYS_MAX) seen.clear();
        seen.set(name, { caller, hash, readAt });
      }
      if (caller.active) noteUse(caller.keyId);
      return caller;
    },
  };
}
