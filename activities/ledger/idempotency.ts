/**
 * Idempotency keys: a repeat of a call with the same key gets the same answer. Scope: location, method and path; kept
 * 35 days. A key that led to a payment points to it; one that led to a refusal keeps that answer.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { canonicalJson } from './proof/canonical.ts';

/** A caller's key in its scope, with what the body said. */
export interface IdempotencyKey {
  readonly method: string;
  readonly path: string;
  readonly key: string;
  readonly bodyHash: Buffer;
}

/** The key's row as it stands. */
export interface KeptAnswer {
  readonly sameBody: boolean;
  readonly paymentId: string | null;
  /** The step of a payment that it led to. */
  readonly stepId: string | null;
  readonly status: number | null;
  readonly answer: unknown;
}

/** What two bodies that mean the same have in common. */
export function hashBody(body: unknown): Buffer {
  return createHash('sha256').update(canonicalJson(body)).digest();
}

/**
 * Takes the key: $1 location, $2 method, $3 path, $4 key, $5 body hash. A key older than 35 days is taken anew; a key
 * whose payment or step was abandoned (503) is free for the next attempt, because a 503 is never kept.
 */
export const TAKE_KEY = `
  insert into idempotency_key as k (location_id, method, path, key, body_hash) values ($1, $2, $3, $4, $5)
  on conflict (location_id, method, path, key) do update
     set body_hash = excluded.body_hash, payment_id = null, step_id = null, status = null, answer = null, created_at = now()
   where k.created_at < now() - interval '35 days'
      or (k.body_hash = excluded.body_hash
          and (exists (select 1 from payment p where p.id = k.payment_id and p.state = 'ABANDONED')
               or exists (select 1 from payment_step s where s.id = k.step_id and s.state = 'ABANDONED')))`;

/** Reads the key; parameters as {@link TAKE_KEY}. */
export const READ_KEY = `
  select body_hash = $5 as same_body, payment_id, step_id, status, answer
    from idempotency_key where location_id = $1 and method = $2 and path = $3 and key = $4`;

/** The row that {@link READ_KEY} answers. */
export interface KeySql {
  same_body: boolean;
  payment_id: string | null;
  step_id: string | null;
  status: number | null;
  answer: unknown;
}

/** The parameters of both statements. */
export const keyParameters = (locationId: bigint, key: IdempotencyKey): unknown[] => [
  locationId,
  key.method,
  key.path,
  key.key,
  key.bodyHash,
];

/** A key's row as the callers read it. */
export const toKept = (row: KeySql): KeptAnswer => ({
  sameBody: row.same_body,
  paymentId: row.payment_id,
  stepId: row.step_id,
  status: row.status,
  answer: row.answer,
});

/** Takes a key outside a payment, in one round trip. */
export async function takeKey(pool: pg.Pool, locationId: bigint, key: IdempotencyKey): Promise<KeptAnswer> {
  const parameters = keyParameters(locationId, key);
  const client = await pool.connect();
  try {
    // One connection keeps the order; on a pipelined one both travel together.
    const [, read] = await Promise.all([
      client.query(TAKE_KEY, parameters),
      client.query<KeySql>(READ_KEY, parameters),
    ]);
    const [row] = read.rows;
    if (!row) throw new Error('an idempotency key vanished between two statements');
    return toKept(row);
  } finally {
    client.release();
  }
}

/** Keeps an answer under its key, unless one is kept already. */
export async function keepAnswer(
  pool: pg.Pool,
  locationId: bigint,
  key: IdempotencyKey,
  answer: { readonly status: number; readonly body: unknown },
): Promise<void> {
  await pool.query(
    `update idempotency_key set status = $6, answer = $7
      where location_id = $1 and method = $2 and path = $3 and key = $4 and body_hash = $5
        and payment_id is null and step_id is null and status is null`,
    [...keyParameters(locationId, key), answer.status, JSON.stringify(answer.body)],
  );
}
