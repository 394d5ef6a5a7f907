/** The common end of every balance change: a card if there is none, converge until equal, close the operation. */
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  patched,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { cardIssueWorkflowId } from '../domain/ids.ts';
import { altegioStep, ledger } from './activities.ts';
import { type CardIssueInput, MAY_ISSUE_SIGNAL, RETRY_SIGNAL, WORKFLOW } from './contract.ts';
import type { Progress } from './progress.ts';
import { altegioQueue, type StepOwner, untilDone } from './rounds.ts';
import { SEARCH } from './search-attributes.ts';

/** Where both books stand at the end, decimal texts. */
export interface BookEnd {
  readonly target: string;
  readonly altegio: string;
  readonly dirtySeq: string;
}

/**
 * Converges and closes the operation, even when the workflow is cancelled meanwhile: nobody leaves a card unequal.
 * `done` is the sentence that current details then say.
 */
export function closeBooks(progress: Progress, owner: StepOwner, done: string): Promise<BookEnd> {
  return CancellationScope.nonCancellable(() => close(progress, owner, done));
}

async function close(progress: Progress, owner: StepOwner, done: string): Promise<BookEnd> {
  for (;;) {
    const equal = await convergeOrIssue(progress, owner);
    progress.saw({ ledger: equal.target, altegio: equal.altegio });
    const end = await ledger.finish(owner);
    // Asked while the books were closed: it is obeyed all the same, and they are made equal again.
    if (progress.requests.next()) continue;
    const sentences = [done, ...progress.requests.done()].join('. ');
    progress.enter('matched', `${sentences}. Both books are equal: ${equal.altegio}.`);
    progress.index([{ key: SEARCH.cardId, value: equal.cardId }]);
    // Of the moment they were equal: by now the next operation may have moved the target, and converges by itself.
    return { target: equal.target, altegio: equal.altegio, dirtySeq: end.dirtySeq };
  }
}

/** What a step says of a customer without a card; see activities/altegio/waits.ts. */
const NO_CARD = 'NoCardYet';

/** Writes what is missing; a customer without a card gets one. */
export async function convergeOrIssue(progress: Progress, owner: StepOwner) {
  const summary = 'Altegio: write what is missing until both books are equal';
  return await untilDone(progress, owner, summary, async (activities, attempts) => {
    try {
      return await altegioStep(altegioQueue(), summary, attempts, NO_CARD).converge(owner);
    } catch (error) {
      if (!isNoCard(error)) throw error;
      progress.waits('The customer has no altegio card yet; workflow cardIssue adopts or issues it.', 0);
      await issueCard(owner);
      return await activities.converge(owner);
    }
  });
}

function isNoCard(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'type' in cause && cause.type === NO_CARD;
}

/** Issues the card once a customer, however many workflows meet the customer first; joins the one under way. */
export async function issueCard(owner: StepOwner): Promise<void> {
  const workflowId = cardIssueWorkflowId(owner.accountId);
  const { chainId, accountId, locationId } = owner;
  const input: CardIssueInput = { chainId, accountId, locationId, mayIssue: true };
  for (;;) {
    try {
      await executeChild(WORKFLOW.cardIssue, {
        workflowId,
        args: [input],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        staticSummary: 'First contact with the altegio card',
      });
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (await join(workflowId)) return;
    }
  }
}

/** Tells the run under way that points wait for the card. @returns false when it has ended meanwhile */
async function join(workflowId: string): Promise<boolean> {
  // Runs recorded before only asked it to try again, whether it might issue a card or not.
  const mayTell = patched('may-issue');
  const joined = getExternalWorkflowHandle(workflowId).signal(mayTell ? MAY_ISSUE_SIGNAL : RETRY_SIGNAL);
  return await joined.then(
    () => true,
    () => !mayTell,
  );
}
