/** Whether a till takes points as a means of payment or by making the bill smaller: a setting of its model or key (R14). */
import type { AsKind, PosCaller } from '../../activities/ledger/keys.ts';
import { Problem } from '../http/problem.ts';

/** The way this call takes points. @throws Problem `redeem_kind_mismatch` naming the right one */
export function redeemKind({ asKind, model }: PosCaller, wanted: AsKind | undefined): AsKind {
  if (wanted !== undefined && asKind !== null && wanted !== asKind) {
    const who = model === null ? 'This key' : `The till model "${model}"`;
    throw new Problem('redeem_kind_mismatch', {
      detail: `${who} takes points as ${asKind}.`,
      errors: [{ path: 'as', message: `must be "${asKind}" with this key` }],
    });
  }
  return wanted ?? asKind ?? 'tender';
}
