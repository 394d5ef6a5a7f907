/** A read that must show the card: one that Altegio does not show any more needs a person. */
import { parkOperation } from '../ledger/card-link.ts';
import type { OperationRef } from '../ledger/posting.ts';
import type { AltegioDeps } from './deps.ts';
import { needsOperator } from './failures.ts';
import { type BalanceRead, readBalance, type ReadOptions } from './read-balance.ts';

const SENTENCE = 'Altegio does not show this card any more; link or issue a card, then retry.';

/**
 * Reads the balance; a missing card becomes a break and parks the operation.
 * @throws the Altegio client's errors, and `NeedsOperator`
 */
export async function readOrPark(
  deps: AltegioDeps,
  accountId: string,
  operation: OperationRef,
  options: ReadOptions,
): Promise<Exclude<BalanceRead, { kind: 'missing' }>> {
  const seen = await readBalance(deps, accountId, options);
  if (seen.kind !== 'missing') return seen;
  await parkOperation(deps, accountId, operation, { kind: 'card_missing', sentence: SENTENCE });
  throw needsOperator(SENTENCE);
}
