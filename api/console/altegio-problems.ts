/** What an operator is told when Altegio does not do what we ask. */
import {
  AltegioError,
  AltegioNotFound,
  AltegioRefused,
  AltegioUnauthorised,
} from '../../activities/altegio/client/index.ts';
import { Problem } from '../http/problem.ts';

/** Bounds of a call that a person waits for. */
export const OPERATOR_CALL = { lane: 'write', maxWaitMs: 3_000 } as const;

/** One sentence on what is wrong and what to do about it. `what` names the thing asked for. */
export function reasonOf(error: AltegioError, what: string, serviceEmail: string): string {
  if (error instanceof AltegioNotFound) return `Altegio knows no ${what}; check its number.`;
  if (error instanceof AltegioUnauthorised) {
    if (error.status === 402) return 'The licence of this location has expired in Altegio; renew it there.';
    if (error.status === 403)
      return `Altegio does not let our user see ${what}; connect the application there and give ${serviceEmail} the rights.`;
    return 'Altegio does not accept our tokens; check ALTEGIO_PARTNER_TOKEN and ALTEGIO_USER_TOKEN (a changed password ends a user token).';
  }
  if (error instanceof AltegioRefused) return `Altegio refused: ${error.message}`;
  return 'Altegio does not answer now; try again in a minute.';
}

/** The problem an error of Altegio's is; anything else is thrown on. */
export function altegioProblem(error: unknown, what: string, serviceEmail: string): Problem {
  if (!(error instanceof AltegioError)) throw error;
  const detail = reasonOf(error, what, serviceEmail);
  if (error instanceof AltegioNotFound) return new Problem('not_found', { detail });
  if (error instanceof AltegioUnauthorised || error instanceof AltegioRefused)
    return new Problem('altegio_refused', { detail });
  return new Problem('altegio_unavailable', { detail });
}
