/** Reading a run's history from Temporal: for the proof, and for keeping it. */
import { type Client, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { factsOf, type HistoryFacts } from '../activities/ledger/proof/history-facts.ts';

/** A history takes at most that long; nobody waits for a Temporal that is away. */
const FETCH_MS = 2_000;
/** `INVALID_ARGUMENT`: what stands in the row is no run id, so there is no such run. */
const INVALID_ARGUMENT = 3;

/** The history of a run as Temporal has it; null when it is gone. @throws when Temporal cannot be asked */
export async function fetchFacts(client: Client, workflowId: string, runId: string): Promise<HistoryFacts | null> {
  try {
    const history = await client.withDeadline(Date.now() + FETCH_MS, () =>
      client.workflow.getHandle(workflowId, runId).fetchHistory(),
    );
    return factsOf(history);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    if (isGrpcServiceError(error) && Number(error.code) === INVALID_ARGUMENT) return null;
    throw error;
  }
}
