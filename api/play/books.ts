/** One customer in both books, with the workflows that keep them equal and every step these have done. */
import { findAccount, type AccountView } from '../../activities/ledger/accounts-view.ts';
import { listOperations, type OperationView } from '../../activities/ledger/operations-view.ts';
import type { HistoryStep } from '../../activities/ledger/proof/history-facts.ts';
import { listWrites, type WriteView } from '../../activities/ledger/writes-view.ts';
import { formatAmount } from '../../domain/money.ts';
import { temporalLink } from '../console/wire.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem } from '../http/problem.ts';
import { fetchFacts } from '../temporal-history.ts';
import type { Salon, SalonCard } from './salon.ts';

/** As many as a person looks at. */
const OPERATIONS = 4;
const WRITES = 6;

/** A customer of ours who is one of the sandbox's too. */
export interface PlayCustomer {
  readonly account: AccountView;
  /** The phone as the sandbox has it: digits. */
  readonly phone: string;
  /** The card our ledger is mirrored to; null before first contact. */
  readonly card: SalonCard | null;
}

/** Finds the customer. @throws Problem `account_not_found`, also for people whom the sandbox does not know */
export async function findCustomer({ pool }: ApiDeps, salon: Salon, accountId: string): Promise<PlayCustomer> {
  const account = await findAccount(pool, accountId);
  const phone = account?.phone?.replace('+', '') ?? '';
  const cards = phone === '' ? [] : await salon.cards(phone);
  if (!account || cards.length === 0) throw new Problem('account_not_found');
  const card = cards.find(({ id }) => BigInt(id) === account.altegio?.cardId) ?? null;
  return { account, phone, card };
}

/** Reads the steps of runs; those of a closed run are read once. */
export function createStepReader(deps: ApiDeps): (run: OperationView) => Promise<readonly HistoryStep[]> {
  const closed = new Map<string, readonly HistoryStep[]>();
  return async ({ workflowId, runId }) => {
    const known = closed.get(runId);
    if (known) return known;
    // Where Temporal is away the books are shown all the same.
    const facts = await fetchFacts(deps.temporal, workflowId, runId).catch(() => null);
    if (!facts) return [];
    if (facts.closedAs !== null) {
      if (closed.size >= 200) closed.clear();
      closed.set(runId, facts.steps);
    }
    return facts.steps;
  };
}

const writeDocument = ({ id, amount, state, operations, createdAt, settledAt }: WriteView) => ({
  id: String(id),
  amount: formatAmount(amount),
  state,
  operations,
  createdAt: createdAt.toISOString(),
  settledAt: settledAt?.toISOString() ?? null,
});

/** Both books and what moves them. */
export async function viewBooks(
  deps: ApiDeps,
  stepsOf: ReturnType<typeof createStepReader>,
  { account, card }: PlayCustomer,
): Promise<object> {
  const { pool, config } = deps;
  const [{ items }, writes] = await Promise.all([
    listOperations(pool, { state: null, accountId: account.id, after: null, limit: OPERATIONS }),
    listWrites(pool, account.id, WRITES),
  ]);
  const operations = items.map(async (operation) => ({
    id: operation.id,
    kind: operation.kind,
    workflowId: operation.workflowId,
    state: operation.state,
    waitsFor: operation.waitsFor,
    temporalUrl: temporalLink(config, operation.workflowId, operation.runId),
    createdAt: operation.createdAt.toISOString(),
    finishedAt: operation.finishedAt?.toISOString() ?? null,
    steps: await stepsOf(operation),
  }));
  return {
    state: account.state,
    ledger: formatAmount(account.target),
    altegio: card?.balance ?? null,
    breaks: account.breaks.map(({ kind }) => kind),
    operations: await Promise.all(operations),
    writes: writes.map(writeDocument),
  };
}
