/** Starting workflows: the one place where Temporal's client is used to begin work. */
import {
  type Client,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WithStartWorkflowOperation,
} from '@temporalio/client';
import { WorkflowNotFoundError, type SearchAttributePair } from '@temporalio/common';
import { parseAmount } from '../domain/money.ts';
import {
  adjustmentWorkflowId,
  cardIssueWorkflowId,
  depositWorkflowId,
  giftWorkflowId,
  paymentWorkflowId,
  reconciliationWorkflowId,
  refundWorkflowId,
  visitWorkflowId,
} from '../domain/ids.ts';
import {
  type AdjustmentInput,
  type CardIssueInput,
  DECIDED_UPDATE,
  type DepositInput,
  DIRTY_SIGNAL,
  type GiftInput,
  type PaymentInput,
  type ReconciliationInput,
  type RefundInput,
  STEP_SIGNAL,
  TASK_QUEUE,
  type VisitInput,
  WORKFLOW,
} from '../workflows/contract.ts';
import { SEARCH } from '../workflows/search-attributes.ts';

/** How workflows are started. Every method is safe to call again for the same thing. */
export interface Starter {
  /** Starts a payment; resolves when Temporal has it. @throws when Temporal did not take it within the deadline. */
  payment(input: PaymentInput, deadlineMs: number): Promise<void>;
  /**
   * Tells a payment's workflow that a capture or a void waits in the ledger; one that was ended by force is started again.
   * @throws when Temporal did not take it within the deadline, and when the workflow has ended by itself
   */
  step(input: PaymentInput, deadlineMs: number): Promise<void>;
  /** Starts a refund. @throws when Temporal did not take it within the deadline. */
  refund(input: RefundInput, deadlineMs: number): Promise<void>;
  /** Starts a reconciliation, or tells the one under way to look again. */
  reconciliation(input: ReconciliationInput): Promise<void>;
  /** Starts a visit's run, or tells the one under way that something else happened to the visit. */
  visit(input: VisitInput): Promise<void>;
  /** Starts the first contact of an account, or joins the one under way. */
  cardIssue(input: CardIssueInput): Promise<void>;
  /** Starts an adjustment; a repeat is refused by Temporal and harmless. */
  adjustment(input: AdjustmentInput): Promise<void>;
  /** Starts a deposit's order. @throws when Temporal did not take it within the deadline. */
  deposit(input: DepositInput, deadlineMs: number): Promise<void>;
  /** Starts a gift; one that was posted is posted once all the same. */
  gift(input: GiftInput): Promise<void>;
  /** Signals the open run of a workflow. @returns false when it is over or was never started */
  tell(workflowId: string, signal: string, ...args: readonly unknown[]): Promise<boolean>;
  /** Whether a run of this workflow is open. */
  isOpen(workflowId: string): Promise<boolean>;
}

/** `eager`: client and worker share one connection in this process, so a payment's first step runs without a hop. */
export interface StarterOptions {
  readonly client: Client;
  readonly eager: boolean;
  readonly taskQueuePrefix: string;
}

function attributes(accountId: string, locationId: string, amount?: string): SearchAttributePair[] {
  return [
    { key: SEARCH.accountId, value: accountId },
    { key: SEARCH.locationId, value: locationId },
    { key: SEARCH.phase, value: 'started' },
    ...(amount === undefined ? [] : [{ key: SEARCH.amountMinor, value: Number(parseAmount(amount)) }]),
  ];
}

/** Makes the starter of one process. */
export function createStarter({ client, eager, taskQueuePrefix }: StarterOptions): Starter {
  const taskQueue = `${taskQueuePrefix}${TASK_QUEUE.orchestration}`;
  const workflow = client.workflow;
  const paymentOf = (input: PaymentInput) => ({
    workflowId: paymentWorkflowId(input.locationId, input.receipt, input.attempt),
    taskQueue,
    args: [input] satisfies [PaymentInput],
    typedSearchAttributes: attributes(input.accountId, input.locationId, input.total),
    staticSummary: `Receipt ${input.receipt}, bill ${input.total}`,
  });
  return {
    async payment(input, deadlineMs) {
      const options = {
        ...paymentOf(input),
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      };
      await client.withDeadline(Date.now() + deadlineMs, async () => {
        if (eager) {
          await workflow.start(WORKFLOW.payment, { ...options, requestEagerStart: true });
          return;
        }
        const start = new WithStartWorkflowOperation(WORKFLOW.payment, options);
        await workflow.startUpdateWithStart(DECIDED_UPDATE, {
          startWorkflowOperation: start,
          updateId: input.paymentId,
          waitForStage: 'ACCEPTED',
        });
      });
    },
    async step(input, deadlineMs) {
      await client.withDeadline(Date.now() + deadlineMs, () =>
        workflow.signalWithStart(WORKFLOW.payment, {
          ...paymentOf(input),
          signal: STEP_SIGNAL,
          // A payment is decided once: whatever the new run does first is answered from the ledger.
          workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        }),
      );
    },
    async refund(input, deadlineMs) {
      await client.withDeadline(Date.now() + deadlineMs, () =>
        workflow.start(WORKFLOW.refund, {
          workflowId: refundWorkflowId(input.locationId, input.receipt, input.refund, input.attempt),
          taskQueue,
          args: [input],
          workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
          ...(eager && { requestEagerStart: true }),
          typedSearchAttributes: attributes(input.accountId, input.locationId),
          staticSummary: `Receipt ${input.receipt}, refund ${input.refund}`,
        }),
      );
    },
    async reconciliation(input) {
      await workflow.signalWithStart(WORKFLOW.reconciliation, {
        workflowId: reconciliationWorkflowId(input.chainId, input.accountId),
        taskQueue,
        args: [input],
        signal: DIRTY_SIGNAL,
        signalArgs: [input.because],
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        typedSearchAttributes: attributes(input.accountId, input.locationId),
        staticSummary: `Customer ${input.accountId}: compare both books`,
      });
    },
    async visit(input) {
      await workflow.signalWithStart(WORKFLOW.visit, {
        workflowId: visitWorkflowId(input.locationId, input.visitId),
        taskQueue,
        args: [input],
        signal: DIRTY_SIGNAL,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        typedSearchAttributes: attributes(input.accountId, input.locationId),
        staticSummary: `Visit ${input.visitId} of ${input.accountId}`,
      });
    },
    async cardIssue(input) {
      await workflow.start(WORKFLOW.cardIssue, {
        workflowId: cardIssueWorkflowId(input.accountId),
        taskQueue,
        args: [input],
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        typedSearchAttributes: attributes(input.accountId, input.locationId),
        staticSummary: `Customer ${input.accountId}: first contact with the altegio card`,
      });
    },
    async adjustment(input) {
      await workflow.start(WORKFLOW.adjustment, {
        workflowId: adjustmentWorkflowId(input.accountId, input.adjustmentId),
        taskQueue,
        args: [input],
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        typedSearchAttributes: attributes(input.accountId, input.locationId, input.amount),
        staticSummary: `Adjustment ${input.amount} of ${input.accountId}`,
      });
    },
    async gift(input) {
      await workflow.start(WORKFLOW.gift, {
        workflowId: giftWorkflowId(input.accountId, input.kind, input.occasion),
        taskQueue,
        args: [input],
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        typedSearchAttributes: attributes(input.accountId, input.locationId),
        staticSummary: `Gift ${input.kind} ${input.occasion} of ${input.accountId}`,
      });
    },
    async deposit(input, deadlineMs) {
      await client.withDeadline(Date.now() + deadlineMs, () =>
        workflow.start(WORKFLOW.deposit, {
          workflowId: depositWorkflowId(input.locationId, input.reference, input.attempt),
          taskQueue,
          args: [input],
          workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
          workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
          ...(eager && { requestEagerStart: true }),
          typedSearchAttributes: attributes(input.accountId, input.locationId, input.amount),
          staticSummary: `Deposit ${input.reference}: ${input.kind === 'top_up' ? 'in' : 'out'} ${input.amount}`,
        }),
      );
    },
    async tell(workflowId, signal, ...args) {
      try {
        await workflow.getHandle(workflowId).signal(signal, ...args);
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
    async isOpen(workflowId) {
      try {
        return (await workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  };
}
