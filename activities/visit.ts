/** Settling a visit for everybody whom it concerns: the client, and whosever card paid in it. */
import { formatAmount } from '../domain/money.ts';
import type { FindingDeps } from './finding.ts';
import type { VisitInput } from './inputs.ts';
import type { OperationRef } from './ledger/posting.ts';
import { settleStoredVisit, type VisitOutcome } from './ledger/visits/settle.ts';
import type { VisitRef } from './ledger/visits/seen.ts';
import type { VisitSettled } from './texts.ts';

const OTHERS = `
  select account_id from visit where location_id = $1 and visit_id = $2 and account_id <> $3 order by account_id`;
const OPERATION_DONE = `update operation set state = 'done', finished_at = now() where id = $1`;

/** Settles it for the account that the workflow names, whose books the workflow makes equal, and for all others. */
export async function settleVisitSteps(
  deps: FindingDeps,
  input: VisitInput,
  operation: OperationRef,
  force: boolean,
): Promise<VisitSettled> {
  const { chainId, locationId, visitId, accountId } = input;
  const ref = { chainId: BigInt(chainId), locationId: BigInt(locationId), visitId: BigInt(visitId) };
  const settled = await settleStoredVisit(deps, ref, accountId, operation, force);
  if (settled.outcome === 'again') return { outcome: 'again' };
  const { rows } = await deps.pool.query<{ account_id: string }>(OTHERS, [locationId, visitId, accountId]);
  for (const other of rows) await settleForOther(deps, ref, { ...input, accountId: other.account_id }, operation);
  return texts(settled);
}

/** Another customer's part is an operation of its own, and a reconciliation makes both books equal. */
async function settleForOther(
  deps: FindingDeps,
  ref: VisitRef,
  { chainId, locationId, accountId }: VisitInput,
  operation: OperationRef,
): Promise<void> {
  const own = { ...operation, id: `${operation.id}/${accountId}` };
  const settled = await settleStoredVisit(deps, ref, accountId, own, true);
  await deps.pool.query(OPERATION_DONE, [own.id]);
  const moved = settled.outcome === 'settled' && (settled.posted.redeemed !== 0n || settled.posted.accrued !== 0n);
  const returned = settled.outcome === 'settled' && settled.returned + settled.clawedBack !== 0n;
  if (moved || returned) await deps.startReconciliation({ chainId, accountId, locationId, because: 'webhook' });
}

function texts(settled: Exclude<VisitOutcome, { outcome: 'again' }>): VisitSettled {
  if (settled.outcome !== 'settled') return { outcome: 'unread' };
  const { sums, violated, redeemed, returned, accrued, clawedBack } = settled;
  return {
    outcome: 'settled',
    state: sums.state,
    attendance: sums.attendance,
    sold: formatAmount(sums.sold),
    bonus: formatAmount(sums.bonus),
    due: formatAmount(sums.due),
    redeemed: formatAmount(redeemed),
    returned: formatAmount(returned),
    accrued: formatAmount(accrued),
    clawedBack: formatAmount(clawedBack),
    orderViolated: violated,
  };
}
