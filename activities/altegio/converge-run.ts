/** What the steps of one converge run share: whose card it is, what was done so far, and how the card is read. */
import type { ActionRequest } from '../ledger/apply-action.ts';
import { adoptBalance, type Found, type SeenBalance } from '../ledger/mirror-actions.ts';
import type { OperationRef } from '../ledger/posting.ts';
import type { AltegioDeps } from './deps.ts';
import { readOrPark } from './read-or-park.ts';
import { noCardYet, switched } from './waits.ts';

/** A write that this run saw confirmed; amounts in minor units. */
export interface ConfirmedWrite {
  readonly amount: bigint;
  readonly balance: bigint;
}

/** One run of converge; see converge.ts. */
export interface Run {
  readonly deps: AltegioDeps;
  readonly accountId: string;
  readonly operation: OperationRef;
  readonly signal: AbortSignal;
  readonly writes: ConfirmedWrite[];
  drift: bigint;
  /** An operator lets the ledger give way: instead of sending what is missing, it is adopted. */
  givesWay: ActionRequest | null;
}

/** Adds what was adopted to the run's drift. */
export function note(run: Run, found: Pick<Found, 'drift'>): void {
  run.drift += found.drift;
}

/** Reads the balance in the writers' lane. */
export async function read(run: Run): Promise<SeenBalance> {
  const { deps, accountId, operation, signal } = run;
  const seen = await readOrPark(deps, accountId, operation, { lane: 'write', signal });
  if (seen.kind === 'noCard') throw noCardYet();
  if (seen.kind === 'noSecondBook') throw switched();
  return seen;
}

/** Adopts a balance that was read, unless the card moved under the reader. */
export async function adopt(run: Run, seen: SeenBalance): Promise<void> {
  const found = await adoptBalance(run.deps, run.accountId, seen, run.operation);
  if (!found.superseded) note(run, found);
}
