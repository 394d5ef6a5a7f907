/** `/api/reconciliations`: comparing both books now, and how they stand. */
import { Router } from 'express';
import { z } from 'zod';
import { anyLocation } from '../../activities/ledger/connections.ts';
import {
  type AccountRoute,
  markDirty,
  reconciliationSummary,
  routeOf,
  routesOfChain,
} from '../../activities/ledger/reconciliation-view.ts';
import { reconciliationWorkflowId } from '../../domain/ids.ts';
import { formatAmount } from '../../domain/money.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { Problem } from '../http/problem.ts';
import { altegioId, amountText, ownId } from '../http/schemas.ts';
import { parse } from '../http/validate.ts';
import { brief } from '../webhooks/brief.ts';
import { temporalWithin } from '../http/temporal-wait.ts';

const wanted = z
  .strictObject({ accountId: ownId('acc').optional(), chainId: altegioId.optional() })
  .superRefine(({ accountId, chainId }, context) => {
    if ((accountId === undefined) === (chainId === undefined))
      context.addIssue({ code: 'custom', path: ['accountId'], message: 'either accountId or chainId has to be sent' });
  });
const summaryQuery = z.strictObject({ chainId: altegioId.optional() });
const summarySchema = z.object({
  accounts: z.int(),
  matched: z.int(),
  syncing: z.int(),
  needsOperator: z.int(),
  ledgerTotal: amountText.meta({ description: 'What Altegio should hold by our ledger' }),
  altegioTotal: amountText.meta({ description: 'What Altegio holds, as last proven' }),
});

const PAGE = 200;
const STARTS_AT_ONCE = 8;
const START_TIMEOUT_MS = 4_000;

const common = { tags: ['Reconciliation'], security: 'operator' } as const;
route({
  ...common,
  method: 'post',
  path: '/api/reconciliations',
  summary: 'Compare both books of an account, or of every account of a chain, now',
  body: wanted,
  examples: {
    account: { summary: 'One customer', value: { accountId: 'acc_01kajd6x0q8m4v2rtn5c7w9yzb' } },
    chain: { summary: 'Everybody of a chain', value: { chainId: 101 } },
  },
  answers: { 202: { description: 'The workflows', schema: z.object({ workflowIds: z.array(z.string()) }) } },
  problems: ['account_not_found', 'connection_not_found'],
});
route({
  ...common,
  method: 'get',
  path: '/api/reconciliation',
  summary: 'How both books stand',
  query: summaryQuery,
  answers: { 200: { description: 'Counts and totals of one moment', schema: summarySchema } },
  problems: ['connection_not_found'],
});

async function startAll(deps: ApiDeps, routes: readonly AccountRoute[]): Promise<string[]> {
  // One under way has perhaps read already: it looks again before it ends.
  await markDirty(
    deps.pool,
    routes.map(({ accountId }) => accountId),
  );
  const waiting = [...routes];
  const run = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { accountId, chainId, locationId } = next;
      const input = { accountId, chainId: `${chainId}`, locationId: `${locationId}`, because: 'operator' } as const;
      await temporalWithin(START_TIMEOUT_MS, deps.starter.reconciliation(input));
    }
  };
  try {
    await Promise.all(Array.from({ length: STARTS_AT_ONCE }, run));
  } catch (error) {
    waiting.length = 0;
    deps.logger.warn({ ...brief(error) }, 'reconciliations could not be started');
    throw new Problem('unavailable', { detail: 'Temporal does not answer; a repeat starts what is missing.' });
  }
  return routes.map(({ chainId, accountId }) => reconciliationWorkflowId(chainId, accountId));
}

/** Starts a reconciliation of every account of a chain. @throws Problem when Temporal does not take them all */
export async function startChain(deps: ApiDeps, chainId: bigint): Promise<string[]> {
  const workflowIds: string[] = [];
  for (let after = ''; ;) {
    const routes = await routesOfChain(deps.pool, chainId, after, PAGE);
    const last = routes.at(-1);
    if (!last) return workflowIds;
    workflowIds.push(...(await startAll(deps, routes)));
    after = last.accountId;
  }
}

async function refuseUnknown(deps: ApiDeps, chainId: bigint): Promise<void> {
  if (await anyLocation(deps.pool, chainId)) return;
  const errors = [{ path: 'chainId', message: 'is no connected chain' }];
  throw new Problem('connection_not_found', { detail: 'No location of this chain is connected.', errors });
}

/** The reconciliation calls. */
export function reconciliationsRouter(deps: ApiDeps): Router {
  const router = Router();
  router.post('/reconciliations', async (req, res) => {
    const { accountId, chainId } = parse(wanted, req.body);
    if (chainId !== undefined) {
      await refuseUnknown(deps, chainId);
      res.status(202).json({ workflowIds: await startChain(deps, chainId) });
      return;
    }
    const found = accountId === undefined ? null : await routeOf(deps.pool, accountId);
    if (!found) throw new Problem('account_not_found');
    res.status(202).json({ workflowIds: await startAll(deps, [found]) });
  });
  router.get('/reconciliation', async (req, res) => {
    const { chainId } = parse(summaryQuery, req.query, 'query');
    if (chainId !== undefined) await refuseUnknown(deps, chainId);
    const { ledgerTotal, altegioTotal, ...counts } = await reconciliationSummary(deps.pool, chainId ?? null);
    res.json({ ...counts, ledgerTotal: formatAmount(ledgerTotal), altegioTotal: formatAmount(altegioTotal) });
  });
  return router;
}
