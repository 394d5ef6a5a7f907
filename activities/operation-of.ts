/** The operation that an activity posts under: its workflow's. */
import { Context } from '@temporalio/activity';
import { operationId } from '../domain/ids.ts';
import type { Because } from './inputs.ts';
import type { DriftWay, OperationRef } from './ledger/posting.ts';
import type { AccountRef } from './texts.ts';

const KINDS: Record<string, OperationRef['kind']> = {
  payment: 'payment',
  refund: 'refund',
  visit: 'visit',
  reconciliation: 'reconciliation',
  journalTail: 'reconciliation',
  adjustment: 'adjustment',
  cardIssue: 'card_issue',
  gift: 'gift',
};

const WAYS: Record<Because, DriftWay> = {
  webhook: 'event',
  catchUp: 'catch_up',
  journal: 'journal',
  sweep: 'sweep',
  operator: 'operator',
  payment: 'till',
};

/** What made a workflow of this type look; a reconciliation was told. */
function wayOf(workflowType: string, because: Because | undefined): DriftWay {
  if (because !== undefined) return WAYS[because];
  if (['payment', 'refund', 'cardIssue'].includes(workflowType)) return 'till';
  if (workflowType === 'journalTail') return 'journal';
  return workflowType === 'adjustment' ? 'operator' : 'event';
}

/** The operation of the workflow that runs this activity. */
export function operationOf(account: AccountRef & { readonly because?: Because }, actor?: string): OperationRef {
  const { workflowExecution, workflowType } = Context.current().info;
  if (!workflowExecution || !workflowType) throw new Error('an activity runs inside a workflow');
  const { workflowId, runId } = workflowExecution;
  return {
    id: operationId(workflowId, runId),
    kind: KINDS[workflowType] ?? 'reconciliation',
    workflowId,
    runId,
    locationId: BigInt(account.locationId),
    actor: actor ?? workflowType,
    way: wayOf(workflowType, account.because),
  };
}
