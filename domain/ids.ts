/** Workflow and operation ids, both ways. Internal ids only: what stands here is visible in Temporal for ever. */

/** `payment:{location}:{receipt}`, with `:{attempt}` from the second attempt on. A receipt holds no colon. */
export function paymentWorkflowId(locationId: bigint | string, receipt: string, attempt: number): string {
  const base = `payment:${locationId}:${receipt}`;
  return attempt === 1 ? base : `${base}:${attempt}`;
}

/** `refund:{location}:{receipt}:{refund}`, with `:{attempt}` from the second attempt on. */
export function refundWorkflowId(
  locationId: bigint | string,
  receipt: string,
  refund: string,
  attempt: number,
): string {
  const base = `refund:${locationId}:${receipt}:${refund}`;
  return attempt === 1 ? base : `${base}:${attempt}`;
}

/** `reconciliation:{chain}:{account}`. */
export function reconciliationWorkflowId(chainId: bigint | string, accountId: string): string {
  return `reconciliation:${chainId}:${accountId}`;
}

/** `visit:{location}:{visit}`. */
export function visitWorkflowId(locationId: bigint | string, visitId: bigint | string): string {
  return `visit:${locationId}:${visitId}`;
}

/** `cardIssue:{account}`. */
export function cardIssueWorkflowId(accountId: string): string {
  return `cardIssue:${accountId}`;
}

/** `adjustment:{account}:{id}`. */
export function adjustmentWorkflowId(accountId: string, adjustmentId: string): string {
  return `adjustment:${accountId}:${adjustmentId}`;
}

/** `gift:{account}:{kind}:{occasion}`. */
export function giftWorkflowId(accountId: string, kind: string, occasion: string): string {
  return `gift:${accountId}:${kind}:${occasion}`;
}

/** `deposit:{location}:{reference}`, with `:{attempt}` from the second attempt on. A reference holds no colon. */
export function depositWorkflowId(locationId: bigint | string, reference: string, attempt: number): string {
  const base = `deposit:${locationId}:${reference}`;
  return attempt === 1 ? base : `${base}:${attempt}`;
}

/** The id of an operation: its workflow's, with the run where that workflow id is used again and again. */
export function operationId(workflowId: string, runId: string): string {
  return /^(reconciliation|cardIssue|visit):/.test(workflowId) ? `${workflowId}/${runId}` : workflowId;
}

/** The account that a workflow id names; null for a payment's or a visit's, whose row knows it, and for what is no customer's. */
export function accountOfWorkflow(workflowId: string): string | null {
  return /^(?:adjustment:|cardIssue:|gift:|reconciliation:\d+:)(acc_[0-9a-z]{26})(?::|$)/.exec(workflowId)?.[1] ?? null;
}
