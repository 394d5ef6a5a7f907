/** POS keys: one per till, of a location and, where said, of one program. Only a hash is stored; the key itself is shown once. */
import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { newId } from '../../domain/new-id.ts';
import { isViolation, transaction } from './database.ts';

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
  /** The only program it opens; null: all of its location. */
  readonly programId: string | null;
  readonly active: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  /** Rotated: the key that takes its place, and when this one ends. */
  readonly replacedBy: string | null;
  readonly validUntil: Date | null;
}

/** What a key opens. */
export interface PosCaller {
  readonly keyId: string;
  readonly keyName: string;
  readonly last4: string;
  readonly active: boolean;
  readonly asKind: AsKind | null;
  readonly model: string | null;
  /** Its time is over, because it was rotated. */
  readonly ended: boolean;
  readonly locationId: bigint;
  readonly chainId: bigint;
  readonly programId: string | null;
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

/** The program is none of the location's chain. */
export class UnknownProgram extends Error {
  override readonly name = 'UnknownProgram';
}

/** A key that is switched off, or rotated already, is not rotated. */
export class NotRotatable extends Error {
  override readonly name = 'NotRotatable';
}

interface KeySql {
  id: string;
  location_id: bigint | string;
  name: string;
  last4: string;
  as_kind: AsKind | null;
  model: string | null;
  program_id: string | null;
  active: boolean;
  created_at: Date;
  last_used_at: Date | null;
  replaced_by: string | null;
  valid_until: Date | null;
}

const toKey = (row: KeySql): PosKey => ({
  id: row.id,
  locationId: BigInt(row.location_id),
  name: row.name,
  last4: row.last4,
  asKind: row.as_kind,
  model: row.model,
  programId: row.program_id,
  active: row.active,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  replacedBy: row.replaced_by,
  validUntil: row.valid_until,
});

const AS_KIND = `coalesce((select m.as_kind from till_model m where m.name = model), as_kind) as as_kind`;
const COLUMNS = `id, location_id, name, last4, ${AS_KIND}, model, program_id, active, created_at, last_used_at, replaced_by,
  valid_until`;

/** What is stored of a key. 256 random bits: a plain hash is enough, there is nothing to guess. */
export const hashOf = (key: string): Buffer => createHash('sha256').update(key, 'utf8').digest();

/** What a key is made for. */
export interface NewKey {
  readonly locationId: bigint;
  readonly name: string;
  readonly asKind?: AsKind | null;
  readonly model?: string | null;
  readonly programId?: string | null;
}

const INSERT = `
  insert into api_key (id, location_id, name, key_hash, last4, as_kind, program_id, model)
  select $1, $2, $3, $4, $5, $6, $7, $8
   where $7::text is null
      or exists (select 1 from program p join location l on l.chain_id = p.chain_id where l.id = $2 and p.id = $7)
  returning ${COLUMNS}`;

/** A new key and the values of its row; the key itself is in clear only here. */
function draw(wanted: NewKey): { key: string; row: unknown[] } {
  const key = `pos_${randomBytes(32).toString('base64url')}`;
  const { locationId, name, asKind = null, programId = null, model = null } = wanted;
  const id = newId('key', Date.now(), randomBytes);
  return { key, row: [id, locationId, name, hashOf(key), key.slice(-4), asKind, programId, model] };
}

/**
 * Makes a key; `key` is its only appearance in clear.
 * @throws UnknownLocation, UnknownModel, UnknownProgram
 */
export async function createKey(pool: pg.Pool, wanted: NewKey): Promise<PosKey & { readonly key: string }> {
  const { key, row: values } = draw(wanted);
  const { locationId, programId } = wanted;
  try {
    const [row] = (await pool.query<KeySql>(INSERT, values)).rows;
    if (row) return { ...toKey(row), key };
  } catch (error) {
    if (isViolation(error, '23503', 'api_key_model_fkey'))
      throw new UnknownModel(`there is no till model ${wanted.model}`, { cause: error });
    if (!isViolation(error, '23503')) throw error;
    throw new UnknownLocation(`location ${locationId} is not connected`, { cause: error });
  }
  const { rowCount } = await pool.query('select 1 from location where id = $1', [locationId]);
  if (!rowCount) throw new UnknownLocation(`location ${locationId} is not connected`);
  throw new UnknownProgram(`program ${programId} is none of location ${locationId}`);
}

/**
 * Makes a key of the same till beside this one, which stays valid for `overlapMinutes`. Null when there is none.
 * @throws NotRotatable
 */
export async function rotateKey(
  pool: pg.Pool,
  id: string,
  overlapMinutes: number,
): Promise<{ readonly made: PosKey & { readonly key: string }; readonly old: PosKey } | null> {
  return await transaction(pool, async (tx) => {
    const [found] = await tx.rows<KeySql>(`select ${COLUMNS} from api_key where id = $1 for update`, [id]);
    if (!found) return null;
    if (!found.active) throw new NotRotatable('The key is switched off; make a new one, or switch it on first.');
    if (found.replaced_by !== null) throw new NotRotatable('The key has been rotated already; rotate its successor.');
    const { key, row: values } = draw(toKey(found));
    const [made] = await tx.rows<KeySql>(INSERT, values);
    const [old] = await tx.rows<KeySql>(
      `update api_key set replaced_by = $2, valid_until = now() + make_interval(mins => $3) where id = $1
       returning ${COLUMNS}`,
      [id, made?.id, overlapMinutes],
    );
    if (!made || !old) throw new Error('a locked key vanished');
    return { made: { ...toKey(made), key }, old: toKey(old) };
  });
}

/** Switches a key on or off; null when there is none. Every process follows within the key ring's memory. */
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
