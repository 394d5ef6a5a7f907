/**
 * Parked scopes of one address: after a 401 everything of the token, after a 402 or 403 everything of the location
 * (after a 403 on a write only its writes, because reading needs another right). One probe a minute passes, claimed by
 * `altegio_take`; when Altegio accepts it, the scope is free again.
 */
import type pg from 'pg';

export interface Parked {
  /** `token` or `location:{id}`. */
  scope: string;
  /** Altegio's HTTP status: 401, 402 or 403. */
  status: number;
  covers: 'all' | 'writes';
  since: Date;
}

/** What parking a scope came to. */
export interface ParkingNote {
  /** It was not parked before, in no process: the moment to tell a person. */
  readonly fresh: boolean;
  /** Nothing was parked, because the token that was refused is no longer the stored one. */
  readonly replaced: boolean;
}

/**
 * Parks a scope, or notes that its probe was refused again; what is parked for all stays so.
 * @param tokenVersion of the token that was refused, for the scope `token`
 */
export async function park(
  pool: pg.Pool,
  address: string,
  parking: Pick<Parked, 'scope' | 'status' | 'covers'>,
  tokenVersion: bigint,
): Promise<ParkingNote> {
  const { scope, status, covers } = parking;
  const result = await pool.query<ParkingNote>({
    name: 'altegio_park',
    text: 'select fresh, replaced from altegio_park($1, $2, $3, $4, $5)',
    values: [address, scope, status, covers, tokenVersion],
  });
  return result.rows[0] ?? { fresh: false, replaced: false };
}

/** What is parked, longest first. */
export async function parked(pool: pg.Pool, address: string): Promise<Parked[]> {
  const result = await pool.query<Parked>({
    name: 'altegio_parked',
    text: 'select scope, status, covers, since from altegio_parking where address = $1 order by since, scope',
    values: [address],
  });
  return result.rows;
}

/**
 * Frees a scope, or all of them, so that the next call is tried at once.
 * @returns how many were parked
 */
export async function unpark(pool: pg.Pool, address: string, scope?: string): Promise<number> {
  const result = await pool.query({
    name: 'altegio_unpark',
    text: 'delete from altegio_parking where address = $1 and ($2::text is null or scope = $2)',
    values: [address, scope ?? null],
  });
  return result.rowCount ?? 0;
}

/** Frees probed scopes that a call has shown to be open; a read shows nothing about one parked for writes. */
export async function unparkProbed(
  pool: pg.Pool,
  address: string,
  scopes: readonly string[],
  writes: boolean,
): Promise<number> {
  const result = await pool.query({
    name: 'altegio_unpark_probed',
    text: `delete from altegio_parking where address = $1 and scope = any ($2) and (covers = 'all' or $3)`,
    values: [address, [...scopes], writes],
  });
  return result.rowCount ?? 0;
}
