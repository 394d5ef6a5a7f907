/** The step of a deposit's workflow: short, idempotent, run as a local activity. */
import { formatAmount } from '../domain/money.ts';
import type { DepositInput } from './inputs.ts';
import type { FindingDeps } from './finding.ts';
import { decideDeposit } from './ledger/deposit-decision.ts';
import type { DepositDecided } from './texts.ts';

/** See the file's header. */
export function createDepositActivities({ pool }: Pick<FindingDeps, 'pool'>) {
  return {
    /** One transaction: moves the money, or says why not, and stores the answer. */
    async commitDeposit({ orderId }: DepositInput): Promise<DepositDecided> {
      const decided = await decideDeposit(pool, orderId);
      if (decided.outcome !== 'done') return decided;
      return { outcome: 'done', balance: formatAmount(decided.balance) };
    },
  };
}
