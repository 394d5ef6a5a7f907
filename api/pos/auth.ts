/** The POS door's key. A refusal says what is wrong with it, and never more than its last four characters (V-42). */
import type { RequestHandler, Response } from 'express';
import type { KeyRing } from '../../activities/ledger/key-ring.ts';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import { PhoneError, toE164 } from '../../domain/phone.ts';
import { countryOf } from '../http/country.ts';
import { Problem } from '../http/problem.ts';

const BEARER = /^Bearer +(\S+) *$/i;

/** Lets a request in by its key and remembers whose it is. */
export function posAuth(ring: KeyRing): RequestHandler {
  return async (req, res, next) => {
    const header = req.get('authorization');
    if (header === undefined)
      throw new Problem('invalid_key', { detail: 'Send the POS key as "Authorization: Bearer <key>".' });
    const key = BEARER.exec(header)?.[1];
    if (key === undefined)
      throw new Problem('invalid_key', { detail: 'The Authorization header is not "Bearer <key>".' });
    const caller = await ring.find(key);
    if (!caller) {
      const shown = key.length > 12 ? ` that ends in ${key.slice(-4)}` : '';
      throw new Problem('invalid_key', { detail: `The POS key${shown} is not known; make one for this location.` });
    }
    if (!caller.active) {
      const detail = `The POS key "${caller.keyName}" that ends in ${caller.last4} is switched off; switch it on or use another.`;
      throw new Problem('key_disabled', { detail });
    }
    if (caller.ended) {
      const detail = `The POS key "${caller.keyName}" that ends in ${caller.last4} was replaced by another, and its time is over.`;
      throw new Problem('key_disabled', { detail });
    }
    res.locals['caller'] = caller;
    next();
  };
}

/** Whose request it is; only below {@link posAuth}. */
export function callerOf(res: Response): PosCaller {
  return res.locals['caller'] as PosCaller;
}

/** A phone of a till as E.164, read in the country of its location. @throws Problem naming the field. */
export function phoneAt(caller: PosCaller, text: string, path = 'phone'): string {
  try {
    return toE164(text, text.startsWith('+') ? undefined : countryOf(caller.timeZone));
  } catch (error) {
    if (!(error instanceof PhoneError)) throw error;
    throw new Problem('invalid_request', {
      detail: 'The phone cannot be read.',
      errors: [{ path, message: error.message }],
    });
  }
}
