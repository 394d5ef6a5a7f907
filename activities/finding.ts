/** Steps that find what no event announces, by schedule. */
import { Context } from '@temporalio/activity';
import { catchUp, type CaughtUp } from './altegio/catch-up.ts';
import type { AltegioDeps } from './altegio/deps.ts';
import { toFailure } from './altegio/failures.ts';
import { sweep, type Swept } from './altegio/sweep.ts';
import type { ReconciliationInput, VisitInput } from './inputs.ts';

/** What they need. */
export interface FindingDeps extends AltegioDeps {
  readonly startReconciliation: (input: ReconciliationInput) => Promise<void>;
  readonly startVisit: (input: VisitInput) => Promise<void>;
}

/** Steps on Altegio's queue. */
export function createFindingActivities(deps: FindingDeps) {
  return {
    /** Puts what changed at a location, and no webhook has told of, into the inbox. */
    async catchUpLocation(locationId: string): Promise<CaughtUp> {
      try {
        return await catchUp(deps, BigInt(locationId), Context.current().cancellationSignal);
      } catch (error) {
        throw toFailure(error);
      }
    },

    /** Reads the cards of a chain that were proven longest ago and starts a reconciliation where one differs. */
    async sweepCards(input: {
      readonly chainId: string;
      readonly hours: number;
      readonly cards: number;
      readonly waiting?: number;
    }): Promise<Swept> {
      const { chainId } = input;
      const signal = Context.current().cancellationSignal;
      try {
        return await sweep(deps, { ...input, chainId: BigInt(chainId) }, signal, ({ accountId, locationId }) =>
          deps.startReconciliation({ chainId, accountId, locationId: String(locationId), because: 'sweep' }),
        );
      } catch (error) {
        throw toFailure(error);
      }
    },
  };
}
