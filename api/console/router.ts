/** The operator door, mounted at `/api`. */
import { Router } from 'express';
import type { ApiDeps } from '../http/deps.ts';
import { jsonBody } from '../http/json.ts';
import { accountsRouter } from './accounts.ts';
import { actionsRouter } from './actions.ts';
import { activityRouter } from './activity.ts';
import { adjustmentsRouter } from './adjustments.ts';
import { altegioRouter } from './altegio.ts';
import { operatorOnly } from './auth.ts';
import { breaksRouter } from './breaks.ts';
import { cardBatchesRouter } from './card-batches.ts';
import { cardRangesRouter } from './card-ranges.ts';
import { chainWritingRouter } from './chain-writing.ts';
import { connectionsRouter } from './connections.ts';
import { customerTypesRouter } from './customer-types.ts';
import { customersRouter } from './customers.ts';
import { depositsRouter } from './deposits.ts';
import { depositViewsRouter } from './deposit-views.ts';
import { refuseUnknownDryRun } from './dry-run.ts';
import { driftsRouter } from './drifts.ts';
import { keysRouter } from './keys.ts';
import { liabilityRouter } from './liability.ts';
import { locationsRouter } from './locations.ts';
import { nightsRouter } from './nights.ts';
import { operationsRouter } from './operations.ts';
import { printCheckRouter } from './print-check.ts';
import { programsRouter } from './programs.ts';
import { promotionsRouter } from './promotions.ts';
import { proofRouter } from './proof.ts';
import { reconciliationsRouter } from './reconciliations.ts';
import { reviewsRouter } from './reviews.ts';
import { shadowRouter } from './shadow.ts';
import { signalsRouter } from './signals.ts';
import { simulationsRouter } from './simulations.ts';
import { statementsRouter } from './statements.ts';
import { terminalsRouter } from './terminals.ts';
import { tillModelsRouter } from './till-models.ts';
import { undoRouter } from './undo.ts';
import { visitsRouter } from './visits.ts';
import { warningsRouter } from './warnings.ts';

/** Every call of the operator door; the token is asked for before anything of a request is read. */
export function operatorRouter(deps: ApiDeps): Router {
  const router = Router();
  router.use(operatorOnly(deps.config.adminToken), refuseUnknownDryRun, jsonBody());
  for (const calls of [
    connectionsRouter,
    locationsRouter,
    programsRouter,
    promotionsRouter,
    simulationsRouter,
    shadowRouter,
    keysRouter,
    tillModelsRouter,
    accountsRouter,
    adjustmentsRouter,
    depositsRouter,
    depositViewsRouter,
    operationsRouter,
    nightsRouter,
    undoRouter,
    warningsRouter,
    actionsRouter,
    breaksRouter,
    driftsRouter,
    visitsRouter,
    reconciliationsRouter,
    reviewsRouter,
    signalsRouter,
    altegioRouter,
    chainWritingRouter,
    proofRouter,
    statementsRouter,
    terminalsRouter,
    customerTypesRouter,
    customersRouter,
    cardRangesRouter,
    cardBatchesRouter,
    printCheckRouter,
    activityRouter,
    liabilityRouter,
  ])
    router.use(calls(deps));
  return router;
}
