/** The Idempotency-Key header, and repeats of calls that are no payment. */
import type { Request, Response } from 'express';
import { hashBody, type IdempotencyKey, keepAnswer, takeKey } from '../../activities/ledger/idempotency.ts';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** The request's key in its scope; null without one. @throws Problem for a key that is no key. */
export function keyOfRequest(req: Request): IdempotencyKey | null {
  const key = req.get('idempotency-key');
  if (key === undefined) return null;
  if (!KEY.test(key)) {
    const message = 'must be 1 to 255 visible ASCII characters';
    throw new Problem('invalid_request', { errors: [{ path: 'Idempotency-Key', message }] });
  }
  // Where a body may be left out, none says what an empty one says.
  const bodyHash = hashBody((req.body as unknown) ?? {});
  return { method: req.method, path: `${req.baseUrl}${req.path}`, key, bodyHash };
}

/** The key came with another body before. */
export const keyReused = (): Problem =>
  new Problem('idempotency_key_reused', {
    detail: 'This Idempotency-Key came with another body before; use a new one for a new request.',
    errors: [{ path: 'Idempotency-Key', message: 'came with another body before' }],
  });

/**
 * Answers a call that writes nothing of value: a repeat with its key gets the kept answer. Only answers are kept, so a
 * problem is judged anew. `answer` may set a status other than 200.
 */
export async function answerOnce(
  deps: ApiDeps,
  caller: PosCaller,
  req: Request,
  res: Response,
  answer: () => Promise<object>,
): Promise<void> {
  const key = keyOfRequest(req);
  if (!key) {
    res.json(await answer());
    return;
  }
  const kept = await takeKey(deps.pool, caller.locationId, key);
  if (!kept.sameBody) throw keyReused();
  if (kept.status !== null) {
    res.status(kept.status).set('Idempotent-Replayed', 'true').json(kept.answer);
    return;
  }
  const body = await answer();
  await keepAnswer(deps.pool, caller.locationId, key, { status: res.statusCode, body });
  res.json(body);
}
