/** `/api/accounts/{id}/deposit` and `/payer`: an operator moves a deposit's money, and says who pays for whom. */
import { randomBytes } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { findAccount } from '../../activities/ledger/accounts-view.ts';
import {
  abandonDepositOrder,
  type DepositOrder,
  type DepositPlace,
  type DepositRequest,
  takeDepositIn,
} from '../../activities/ledger/deposit-orders.ts';
import { linkPayer, type PayerRefusal, unlinkPayer } from '../../activities/ledger/deposit-payers.ts';
import { type DepositPlan, rehearseDeposit } from '../../activities/ledger/deposit-rehearsal.ts';
import { findLocation } from '../../activities/ledger/locations.ts';
import { routeOf } from '../../activities/ledger/reconciliation-view.ts';
import { freeOf } from '../../domain/deposit.ts';
import { formatAmount } from '../../domain/money.ts';
import { newId } from '../../domain/new-id.ts';
import type { ApiDeps } from '../http/deps.ts';
import { route } from '../http/openapi.ts';
import { isProblemCode } from '../http/problem-table.ts';
import { Problem } from '../http/problem.ts';
import { ownId } from '../http/schemas.ts';
import { temporalWithin } from '../http/temporal-wait.ts';
import { parse } from '../http/validate.ts';
import { depositInput, referenceTaken } from '../pos/deposits.ts';
import { brief } from '../webhooks/brief.ts';
import { depositPlan, linkToWire, orderBody, orderStarted, payerLink } from './deposit-schemas.ts';
import { dryRunQuery, isDryRun } from './dry-run.ts';
import { once } from './once.ts';
import { accountIdFrom, personText } from './wire.ts';

/** The longest wait for Temporal to take the workflow. */
const START_TIMEOUT_MS = 4_000;

const payerBody = z.strictObject({ payerId: ownId('acc'), reason: personText(500) }).meta({ id: 'PayerRequest' });
const endBody = z.strictObject({ reason: personText(500) }).meta({ id: 'PayerEndRequest' });

const common = {
  tags: ['Deposits'],
  security: 'operator',
  method: 'post',
  params: z.object({ id: ownId('acc') }),
} as const;
route({
  ...common,
  path: '/api/accounts/{id}/deposit',
  summary: 'Put money into a deposit, or hand it back',
  description: 'In our book alone: Altegio has no call that takes money from a deposit, so it is not told.',
  headers: z.object({ 'Idempotency-Key': z.string().max(255).optional() }),
  query: dryRunQuery,
  body: orderBody,
  answers: {
    200: { description: 'With dryRun: what would happen; nothing has', schema: depositPlan },
    202: { description: 'The workflow that does it', schema: orderStarted },
  },
  problems: ['account_not_found', 'connection_not_found', 'insufficient_deposit', 'receipt_conflict'],
});
route({
  ...common,
  path: '/api/accounts/{id}/payer',
  summary: 'Let another customer’s deposit pay for this one',
  description:
    'A parent’s for a child’s sales: the own deposit pays first, the payer’s the rest. Both histories show it.',
  body: payerBody,
  answers: { 200: { description: 'The link; the same again is the one that is there', schema: payerLink } },
  problems: ['account_not_found', 'payer_not_possible'],
});
route({
  ...common,
  path: '/api/accounts/{id}/payer/end',
  summary: 'Nobody pays for this customer any more',
  description:
    'What is reserved for a payment under way still pays that one. The link stays in the list, with who ended it.',
  body: endBody,
  answers: { 200: { description: 'The link that was ended', schema: payerLink } },
  problems: ['account_not_found', 'payer_not_found'],
});

const REFUSED: Readonly<Record<PayerRefusal, string>> = {
  noPayer: 'There is no such customer to pay.',
  same: 'A customer’s own deposit pays without a link.',
  otherChain: 'Both have to be customers of one chain.',
  otherCurrency: 'Their programs are in different currencies.',
  inactive: 'The payer is switched off.',
  taken: 'Somebody else pays for this customer: end that first.',
};

async function existing({ pool }: ApiDeps, text: unknown): Promise<string> {
  const account = await findAccount(pool, accountIdFrom(text));
  if (!account) throw new Problem('account_not_found');
  return account.id;
}

/** Where the money is: the location that is named, which has to be of the customer's chain, or that of the card. */
async function placeOf({ pool }: ApiDeps, accountId: string, locationId: bigint | undefined) {
  const route = await routeOf(pool, accountId);
  if (!route) throw new Problem('account_not_found');
  if (locationId === undefined) return route;
  const location = await findLocation(pool, locationId);
  if (location?.chainId !== route.chainId)
    throw new Problem('connection_not_found', { detail: 'The customer’s chain has no such location.' });
  return { chainId: route.chainId, locationId };
}

const standing = (deposit: DepositPlan['before']) => ({
  balance: formatAmount(deposit.balance),
  held: formatAmount(deposit.held),
  available: formatAmount(freeOf(deposit)),
});

/** @throws Problem for what the ledger would refuse */
function refuse({ refused }: DepositPlan): void {
  if (!refused) return;
  const { code, requested, allowed } = refused;
  throw new Problem(isProblemCode(code) ? code : 'internal', { requested, allowed });
}

function planToWire(plan: DepositPlan, { kind, tender, amount }: DepositRequest): z.infer<typeof depositPlan> {
  const signed = kind === 'top_up' ? amount : -amount;
  return {
    transfers: [{ code: kind, tender, amount: formatAmount(signed) }],
    balance: { before: standing(plan.before), after: standing(plan.after) },
    altegio: 'not_mirrored',
  };
}

/** Starts the workflow, once; one that is there already is a repeat. @throws Problem when Temporal does not take it */
async function start(deps: ApiDeps, order: DepositOrder): Promise<void> {
  try {
    await temporalWithin(START_TIMEOUT_MS, deps.starter.deposit(depositInput(order), START_TIMEOUT_MS));
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    const { workflowId } = order;
    deps.logger.warn({ ...brief(error), workflowId }, 'a deposit could not be started');
    const detail = 'Temporal did not take it; the same call with the same reference starts it.';
    throw new Problem('unavailable', { detail, extra: { workflowId } });
  }
}

/** What the ledger would refuse is told at once, and its reference is free again. @throws Problem */
async function refuseOverdraft(
  { pool }: ApiDeps,
  place: DepositPlace,
  request: DepositRequest,
  { id }: DepositOrder,
): Promise<void> {
  if (request.kind === 'top_up') return;
  const plan = await rehearseDeposit(pool, place, { ...request, reference: id });
  if (plan.refused) await abandonDepositOrder(pool, id);
  refuse(plan);
}

async function order(deps: ApiDeps, req: Request, res: Response): Promise<void> {
  const accountId = await existing(deps, req.params['id']);
  const body = parse(orderBody, req.body);
  const { locationId, reference, ...asked } = body;
  const place = await placeOf(deps, accountId, locationId);
  const own = () => newId('dep', deps.clock.now(), randomBytes);
  const person = { terminal: null, operator: null, actor: 'operator', occurredAt: null } as const;
  const request = (name: string): DepositRequest => ({ ...asked, ...person, accountId, reference: name });
  if (isDryRun(req)) {
    const plan = await rehearseDeposit(deps.pool, place, request(own()));
    refuse(plan);
    res.json(planToWire(plan, request('')));
    return;
  }
  const scope = { locationId: place.locationId, body };
  await once(deps, req, res, scope, async (name) => {
    const wanted = request(reference ?? (name === null ? own() : `dep_${name}`));
    const intake = await takeDepositIn(deps.pool, place, wanted);
    if (intake.kind === 'conflict') throw referenceTaken(intake);
    if (intake.kind === 'new') await refuseOverdraft(deps, place, wanted, intake.order);
    if (intake.order.state === 'PENDING') await start(deps, intake.order);
    const { id, reference: made, workflowId } = intake.order;
    return { status: 202, body: { id, reference: made, workflowId } };
  });
}

/** The calls that change something. */
export function depositsRouter(deps: ApiDeps): Router {
  const router = Router();
  router.post('/accounts/:id/deposit', (req, res) => order(deps, req, res));
  router.post('/accounts/:id/payer', async (req, res) => {
    const accountId = await existing(deps, req.params.id);
    const { payerId, reason } = parse(payerBody, req.body);
    const link = await linkPayer(deps.pool, { accountId, payerId, by: 'operator', reason });
    if (typeof link === 'string') throw new Problem('payer_not_possible', { detail: REFUSED[link] });
    res.json(linkToWire(link));
  });
  router.post('/accounts/:id/payer/end', async (req, res) => {
    const accountId = await existing(deps, req.params.id);
    const { reason } = parse(endBody, req.body);
    const link = await unlinkPayer(deps.pool, { accountId, by: 'operator', reason });
    if (!link) throw new Problem('payer_not_found');
    res.json(linkToWire(link));
  });
  return router;
}
