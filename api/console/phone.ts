/** A phone that an operator writes. */
import { PhoneError, toE164 } from '../../domain/phone.ts';
import { Problem } from '../http/problem.ts';

/** E.164; without a leading plus it is read in the country, where one is given. @throws Problem naming `phone` */
export function phoneFrom(text: string, where: 'query' | 'body', country?: string): string {
  try {
    return toE164(text, text.startsWith('+') ? undefined : country);
  } catch (error) {
    if (!(error instanceof PhoneError)) throw error;
    const errors = [{ path: 'phone', message: error.message }];
    throw new Problem('invalid_request', { detail: `Not as documented in the ${where}: phone.`, errors });
  }
}
