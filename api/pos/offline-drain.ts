/**
 * Offline sales become payments: one till's sales one after the other, in its own order, in whichever process comes
 * first. What cannot be decided now waits and is tried again; only what will stay refused ends without a payment.
 */
import {
  aloneOn,
  type AskedSale,
  nextSale,
  type OfflineQueue,
  settleSale,
  waitingQueues,
} from '../../activities/ledger/offline-sales.ts';
import { type PaymentRequest, takePaymentIn } from '../../activities/ledger/payment-intake.ts';
import type { PaymentRow, PaymentState } from '../../activities/ledger/payment-row.ts';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { earningTenders } from '../../domain/offline.ts';
import type { MoneyTender } from '../../domain/payment.ts';
import type { ApiDeps } from '../http/deps.ts';
import { PROBLEMS } from '../http/problem-table.ts';
import type { Problem } from '../http/problem.ts';
import { createAdmission } from './admission.ts';
import type { Decisions } from './decisions.ts';
import type { PaymentDeps } from './decide.ts';
import { decide } from './payments.ts';
import { declinedProblem, refusalOf } from './refusals.ts';

/** The work on offline sales of one process. */
export interface OfflineSales {
  /** Says that sales have come. */
  kick(): void;
  /** Ends after the sales under way. */
  close(): Promise<void>;
}

/** What could not be decided, or was left by a process that died, is tried again that often. */
const REPEAT_MS = 2_000;
const DECISION_MS = 3_600;
/** Tills whose sales are worked on side by side; each holds a connection. Live tills have places of their own. */
const AT_ONCE = 2;
/** Tills that one pass comes to, so that those which cannot go on never keep the others waiting. */
const QUEUES = 200;

interface StoredMoney {
  readonly type: MoneyTender['type'];
  readonly amount: string;
}

/** The same sale without its redemption; what was asked stays in its details. */
function withoutPoints(request: PaymentRequest): PaymentRequest {
  const { redeem, total, details } = request;
  if (redeem === 'none') return request;
  const stored = (details['money'] ?? []) as readonly StoredMoney[];
  const given = stored.map((item) => ({ ...item, amount: parseAmount(item.amount) }));
  const tenders = earningTenders(total, given, redeem === 'max' ? null : parseAmount(redeem));
  const money = tenders.map((item) => ({ ...item, amount: formatAmount(item.amount) }));
  return { ...request, redeem: 'none', details: { ...details, money, refusedRedemption: redeem } };
}

/** The same sale paid otherwise than by a deposit that holds too little: it is made already, and its money was given. */
function withoutDeposit(request: PaymentRequest): PaymentRequest {
  const stored = (request.details['money'] ?? []) as readonly StoredMoney[];
  const asked = stored.filter(({ type }) => type === 'deposit').map(({ amount }) => parseAmount(amount));
  const refusedDeposit = formatAmount(asked.reduce((sum, amount) => sum + amount, 0n));
  const money = stored.map((item) => (item.type === 'deposit' ? { ...item, type: 'other' } : item));
  return { ...request, details: { ...request.details, money, refusedDeposit } };
}

/** The till reserved points for this receipt while it was online: it is sold when that is over, in whichever way. */
const NOT_SOLD: ReadonlySet<PaymentState> = new Set(['AUTHORIZED', 'VOIDED', 'EXPIRED']);

type Outcome = 'later' | { readonly paymentId: string } | { readonly problem: Problem };

/** A till that lost its answer online sends the sale again offline: it is the payment that was made then. */
const isTheSame = (fields: readonly string[], payment: PaymentRow, asked: PaymentRequest): boolean =>
  fields.every((field) => field === 'redeem' && payment.redeem === asked.redeem);

async function takeIn(deps: PaymentDeps, queue: OfflineQueue, sale: AskedSale): Promise<PaymentRow | Problem> {
  const { request: asked, programId } = sale;
  const request = withoutPoints(asked);
  const intake = await takePaymentIn(deps.pool, { ...queue, programId }, request, null);
  if (intake.kind === 'conflict' && isTheSame(intake.fields, intake.payment, asked)) return intake.payment;
  const refusal = refusalOf(intake, request);
  if (refusal) return refusal;
  if (!('payment' in intake)) throw new Error('an offline sale was neither taken in nor refused');
  return intake.payment;
}

async function settle(deps: PaymentDeps, queue: OfflineQueue, sale: AskedSale): Promise<Outcome> {
  const taken = await takeIn(deps, queue, sale);
  if (!('receipt' in taken)) return PROBLEMS[taken.code].retryable ? 'later' : { problem: taken };
  const decided = await decide(deps, taken, performance.now() + DECISION_MS);
  if (!decided || NOT_SOLD.has(decided.state)) return 'later';
  if (decided.answer) return { paymentId: decided.id };
  const problem = declinedProblem(decided);
  if (problem.code === 'insufficient_deposit')
    return await settle(deps, queue, { ...sale, request: withoutDeposit(sale.request) });
  // The time of a till that waits is over long ago: the next attempt has new time.
  return PROBLEMS[problem.code].retryable || problem.code === 'timed_out' ? 'later' : { problem };
}

async function drain(deps: PaymentDeps, queue: OfflineQueue, stopped: () => boolean): Promise<void> {
  for (let sale = await nextSale(deps.pool, queue); sale && !stopped(); sale = await nextSale(deps.pool, queue)) {
    const outcome = await settle(deps, queue, sale);
    if (outcome === 'later') return;
    const kept =
      'problem' in outcome ? { problem: { code: outcome.problem.code, ...outcome.problem.options } } : outcome;
    await settleSale(deps.pool, queue.locationId, sale.request.receipt, kept);
  }
}

/** Starts the work of this process. */
export function startOfflineSales(base: ApiDeps & { readonly decisions: Decisions }): OfflineSales {
  const deps: PaymentDeps = { ...base, admission: createAdmission(AT_ONCE) };
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let again = false;

  const unfinished = (error: unknown): void =>
    deps.logger.warn({ err: error }, 'offline sales could not be worked on; they are kept');

  const drainAlone = async (queue: OfflineQueue): Promise<void> => {
    const work = (): Promise<void> => drain(deps, queue, () => stopped);
    await aloneOn(deps.pool, queue, work).catch(unfinished);
  };

  const pass = async (): Promise<void> => {
    const queues = await waitingQueues(deps.pool, QUEUES);
    const work = async (): Promise<void> => {
      for (let queue = queues.shift(); queue && !stopped; queue = queues.shift()) await drainAlone(queue);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  };

  const run = (): void => {
    if (stopped) return;
    clearTimeout(timer);
    if (running) {
      again = true;
      return;
    }
    again = false;
    running = pass()
      .catch(unfinished)
      .finally(() => {
        running = null;
        if (again) run();
        else if (!stopped) timer = setTimeout(run, REPEAT_MS);
      });
  };

  run();
  return {
    kick: run,
    async close() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
