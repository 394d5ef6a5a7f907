/** The operation that an activity posts under: its workflow's. */
import { Context } from '@temporalio/activity';
import { operationId } from '../domain/ids.ts';
import type { OperationRef } from './ledger/posting.ts';
import type { AccountRef } from './texts.ts';

const KINDS: Record<string, OperationRef['kind']> = {
  payment: 'payment',
  reconciliation: 'reconciliation',
  journalTail: 'reconciliation',
  adjustment: 'adjustment',
  cardIssue: 'card_issue',
};

/** The operation of the workflow that runs this activity. */
export function operationOf(account: AccountRef, actor?: string): OperationRef {
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
  };
}
