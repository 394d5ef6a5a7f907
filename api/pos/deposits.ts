/** Deposits at the till: money in, how one stands, and the sums for closing the day. */
import type { Request, Response, Router } from 'express';
import {
  abandonDepositOrder,
  type DepositIntake,
  type DepositOrder,
  findDepositOrder,
  takeDepositIn,
} from '../../activities/ledger/deposit-orders.ts';
import { readDepositReport } from '../../activities/ledger/deposit-report.ts';
import { viewDeposit } from '../../activities/ledger/deposit-view.ts';
import { type IdempotencyKey, keepAnswer, takeKey } from '../../activities/ledger/idempotency.ts';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import { formatAmount } from '../../domain/money.ts';
import { periodOf } from '../http/period.ts';
import { isProblemCode } from '../http/problem-table.ts';
import { Problem } from '../http/problem.ts';
import { parse } from '../http/validate.ts';
import { callerOf } from './auth.ts';
import { dueAt, passPointOfNoReturn } from './deadline.ts';
import { decideInTime, type PaymentDeps } from './decide.ts';
import { accountPath, depositsQuery, orderPath, topUpBody } from './deposit-bodies.ts';
import { dayDocument, depositDocument } from './deposit-documents.ts';
import { keyOfRequest, keyReused } from './idempotent.ts';
import { accountById } from './lookups.ts';

/** What the workflow of an order takes. */
export const depositInput = (order: DepositOrder) => ({
  orderId: order.id,
  chainId: String(order.chainId),
  locationId: String(order.locationId),
  accountId: order.accountId,
  reference: order.reference,
  attempt: order.attempt,
  kind: order.kind,
  amount: formatAmount(order.amount),
});

/** The reference stands for another order. */
export const referenceTaken = ({ fields, order }: Extract<DepositIntake, { kind: 'conflict' }>): Problem =>
  new Problem('receipt_conflict', {
    detail: `Reference ${order.reference} is taken by another deposit.`,
    errors: fields.map((path) => ({ path, message: 'differs from the deposit that has this reference' })),
  });

/** The problem of an order that moved nothing. */
export function declinedOrder({ declined, state }: DepositOrder): Problem {
  if (state === 'ABANDONED') return new Problem('unavailable', { detail: 'It was not begun; nothing has happened.' });
  const { code = 'internal', requested, allowed } = declined ?? {};
  return new Problem(isProblemCode(code) ? code : 'internal', {
    ...(requested === undefined ? {} : { requested }),
    ...(allowed === undefined ? {} : { allowed }),
  });
}

/** Waits for the decision; null when it is still PENDING, or nobody can tell. */
async function decide(deps: PaymentDeps, order: DepositOrder, until: number): Promise<DepositOrder | null> {
  if (order.state !== 'PENDING') return order;
  const { id } = order;
  const undecided = {
    id,
    start: (deadlineMs: number) => deps.starter.deposit(depositInput(order), deadlineMs),
    wait: (moment: number) => deps.decisions.waitForDeposit(id, moment),
    async giveUp() {
      await abandonDepositOrder(deps.pool, id);
      const row = await findDepositOrder(deps.pool, id);
      return row?.state === 'PENDING' ? null : row;
    },
  };
  return await decideInTime(deps, undecided, until);
}

const pendingDocument = ({ id, reference, workflowId }: DepositOrder) => ({
  id,
  reference,
  state: 'PENDING',
  workflowId,
});

function answerPending(res: Response, order: DepositOrder): void {
  res.status(202).location(`/v1/deposits/${order.id}`).json(pendingDocument(order));
}

async function takeIn(deps: PaymentDeps, caller: PosCaller, req: Request, res: Response): Promise<DepositIntake> {
  const { id: accountId } = parse(accountPath, req.params, 'path');
  const { reference, amount, tender, ...rest } = parse(topUpBody, req.body);
  await accountById(deps, caller, accountId);
  const intake = await takeDepositIn(deps.pool, caller, {
    ...{ reference, accountId, kind: 'top_up', amount, tender },
    terminal: rest.terminal ?? null,
    operator: rest.operator ?? null,
    actor: `till:${caller.keyId}`,
    reason: null,
    occurredAt: rest.occurredAt ?? null,
  });
  try {
    passPointOfNoReturn(res);
  } catch (late) {
    if (intake.kind === 'new') await abandonDepositOrder(deps.pool, intake.order.id);
    throw late;
  }
  return intake;
}

/** The answer that the key has already; null for a new request. */
async function keptAnswer(deps: PaymentDeps, caller: PosCaller, key: IdempotencyKey | null) {
  const kept = key && (await takeKey(deps.pool, caller.locationId, key));
  if (kept && !kept.sameBody) throw keyReused();
  return kept && kept.status !== null ? { status: kept.status, body: kept.answer as object } : null;
}

/** Money in. The reference makes it once, the key as well; only a final answer is kept under the key. */
async function topUp(deps: PaymentDeps, req: Request, res: Response): Promise<void> {
  const caller = callerOf(res);
  const key = keyOfRequest(req);
  const kept = await keptAnswer(deps, caller, key);
  if (kept) {
    res
      .status(kept.status)
      .set('Idempotent-Replayed', 'true')
      .json({ ...kept.body, replayed: true });
    return;
  }
  const intake = await takeIn(deps, caller, req, res);
  if (intake.kind === 'conflict') throw referenceTaken(intake);
  const decided = await decide(deps, intake.order, dueAt(res));
  if (!decided) {
    answerPending(res, intake.order);
    return;
  }
  if (!decided.answer) throw declinedOrder(decided);
  const replayed = intake.kind === 'repeat';
  const body = { ...decided.answer, replayed };
  if (key) await keepAnswer(deps.pool, caller.locationId, key, { status: 201, body });
  if (replayed) res.set('Idempotent-Replayed', 'true');
  res.status(201).location(`/v1/deposits/${decided.id}`).json(body);
}

async function showOrder(deps: PaymentDeps, req: Request, res: Response): Promise<void> {
  const { id } = parse(orderPath, req.params, 'path');
  const order = await findDepositOrder(deps.pool, id);
  if (!order) throw new Problem('deposit_not_found');
  if (order.locationId !== callerOf(res).locationId)
    throw new Problem('forbidden_location', { detail: 'The deposit was paid at another location than this key’s.' });
  if (order.state === 'PENDING') answerPending(res, order);
  else if (order.answer) res.json(order.answer);
  else throw declinedOrder(order);
}

/** Mounts the calls. */
export function mountDeposits(router: Router, deps: PaymentDeps): void {
  router.post('/accounts/:id/deposit', (req, res) => topUp(deps, req, res));
  router.get('/accounts/:id/deposit', async (req, res) => {
    const { id } = parse(accountPath, req.params, 'path');
    const account = await accountById(deps, callerOf(res), id);
    res.json(depositDocument(await viewDeposit(deps.pool, account.id)));
  });
  router.get('/deposits', async (req, res) => {
    const { chainId, locationId, timeZone } = callerOf(res);
    const period = periodOf(parse(depositsQuery, req.query, 'query'), timeZone);
    const { days } = await readDepositReport(deps.pool, { chainId, locationId, ...period });
    res.json({
      from: period.from && period.from.toISOString(),
      to: period.to && period.to.toISOString(),
      items: days.map(dayDocument),
    });
  });
  router.get('/deposits/:id', (req, res) => showOrder(deps, req, res));
}
