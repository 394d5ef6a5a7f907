/** Idempotency-Key on the operator door: the same key and body get the same answer. */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { hashBody, type IdempotencyKey, keepAnswer, takeKey } from '../../activities/ledger/idempotency.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** What a call is about: the location its key is kept under, and its body as understood. */
export interface Scope {
  readonly locationId: bigint;
  readonly body: unknown;
}

/** An answer to be kept. */
export interface OnceAnswer {
  readonly status: number;
  readonly body: object;
}

function keyFrom(req: Request, body: unknown): IdempotencyKey | null {
  const key = req.get('idempotency-key');
  if (key === undefined) return null;
  if (!KEY.test(key)) {
    const errors = [{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }];
    throw new Problem('invalid_request', { detail: 'Not as documented in the headers: Idempotency-Key.', errors });
  }
  return { method: req.method, path: `${req.baseUrl}${req.path}`, key, bodyHash: hashBody(body) };
}

/** 26 characters that the same call always gets: what it makes has one id, also when its answer was lost. */
function nameOf(key: IdempotencyKey): string {
  return createHash('sha256').update(`${key.path}\n${key.key}`).digest('hex').slice(0, 26);
}

/**
 * Answers a call, from what is kept or by doing `work`. `work` gets a name that is the same in every repeat, or null
 * when the caller sent no key; it must be harmless to do again, because a crash may come before the answer is kept.
 */
export async function once(
  { pool }: Pick<ApiDeps, 'pool'>,
  req: Request,
  res: Response,
  { locationId, body }: Scope,
  work: (name: string | null) => Promise<OnceAnswer>,
): Promise<void> {
  const key = keyFrom(req, body);
  if (key === null) {
    const answer = await work(null);
    res.status(answer.status).json(answer.body);
    return;
  }
  const kept = await takeKey(pool, locationId, key);
  if (!kept.sameBody) throw new Problem('idempotency_key_reused');
  if (kept.status !== null) {
    res.set('Idempotent-Replayed', 'true').status(kept.status).json(kept.answer);
    return;
  }
  const answer = await work(nameOf(key));
  await keepAnswer(pool, locationId, key, answer);
  res.status(answer.status).json(answer.body);
}
