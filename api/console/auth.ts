/** Who may use the operator door. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { Problem } from '../http/problem.ts';

const sha256 = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/** Lets callers with the token pass. Hashes are compared, so neither length nor likeness shows in the time it takes. */
export function operatorOnly(adminToken: string): RequestHandler {
  const wanted = sha256(adminToken);
  return (req, _res, next) => {
    const given = /^Bearer ([^\s]+)$/i.exec(req.get('authorization') ?? '')?.[1];
    if (given === undefined)
      throw new Problem('unauthorised', { detail: 'Send "Authorization: Bearer <ADMIN_TOKEN>".' });
    if (!timingSafeEqual(sha256(given), wanted))
      throw new Problem('unauthorised', { detail: 'This is not the ADMIN_TOKEN of this installation.' });
    next();
  };
}
