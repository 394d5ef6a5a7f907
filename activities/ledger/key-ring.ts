/** Whose a POS key is: asked on every call of a till, so answered from a short memory. */
import { timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import { type AsKind, hashOf, type PosCaller } from './keys.ts';

interface CallerSql {
  id: string;
  name: string;
  last4: string;
  active: boolean;
  as_kind: AsKind | null;
  model: string | null;
  program_id: string | null;
  ended: boolean;
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
      `select k.id, k.name, k.last4, k.active, coalesce(m.as_kind, k.as_kind) as as_kind, k.model, k.program_id, k.key_hash,
              l.id as location_id, l.chain_id, l.time_zone, coalesce(k.valid_until <= now(), false) as ended
         from api_key k join location l on l.id = k.location_id left join till_model m on m.name = k.model
        where k.key_hash = $1`,
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
      ended: row.ended,
      asKind: row.as_kind,
      model: row.model,
      programId: row.program_id,
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
      if (caller.active && !caller.ended) noteUse(caller.keyId);
      return caller;
    },
  };
}
