/**
 * `POST /v1/batches`: sales made offline. They are kept in one transaction and become payments in the background; the
 * answer waits for them as long as a till waits. Whatever is not decided by then is told as 202 and asked for by sending
 * the same batch again, which makes nothing twice.
 */
import type { Request, Response } from 'express';
import { hashBody, keepAnswer, takeKey } from '../../activities/ledger/idempotency.ts';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import {
  countWaiting,
  keepSales,
  type KeptSale,
  type OfflineSale,
  readSales,
} from '../../activities/ledger/offline-sales.ts';
import type { ApiDeps } from '../http/deps.ts';
import { Problem, problemDocument, toProblem } from '../http/problem.ts';
import { parse } from '../http/validate.ts';
import { batchFrame, offlineItem } from './bodies.ts';
import { dueAt, passPointOfNoReturn } from './deadline.ts';
import { keyOfRequest, keyReused } from './idempotent.ts';
import type { OfflineSales } from './offline-drain.ts';
import { understand } from './payments.ts';
import { keptProblem } from './refusals.ts';

const DAY_MS = 86_400_000;
const OLDEST_MS = 35 * DAY_MS;
const AHEAD_MS = 5 * 60_000;
/** Of the till's time this much is left for reading the results. */
const READ_MS = 400;
const LOOK_MS = 100;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** An item as it came: a sale, or why it is none. */
interface Item {
  readonly offlineSeq: number | null;
  readonly receipt: string | null;
  readonly sale: OfflineSale | null;
  readonly problem: Problem | null;
}

const badMoment = (message: string): Problem =>
  new Problem('invalid_request', { detail: `occurredAt ${message}.`, errors: [{ path: 'occurredAt', message }] });

function outOfTime(occurredAt: Date, now: number): Problem | null {
  if (occurredAt.getTime() < now - OLDEST_MS) return badMoment('is more than 35 days ago');
  return occurredAt.getTime() > now + AHEAD_MS ? badMoment('is more than 5 minutes ahead') : null;
}

/** Reads one item; a bad one does not hold up the others. */
function readItem(deps: ApiDeps, caller: PosCaller, terminal: string, raw: unknown): Item {
  const said = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
  const { offlineSeq: number, ...hashed } = said;
  const offlineSeq = typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
  const receipt = typeof said['receipt'] === 'string' ? said['receipt'] : null;
  try {
    const { offlineSeq: seq, ...body } = parse(offlineItem, raw);
    const understood = understand(caller, { ...body, terminal: body.terminal ?? terminal });
    const request = { ...understood, details: { ...understood.details, offlineSeq: seq } };
    const sale = { offlineSeq: seq, request, bodyHash: hashBody(hashed) };
    return { offlineSeq: seq, receipt, sale, problem: outOfTime(body.occurredAt, deps.clock.now()) };
  } catch (error) {
    const problem = toProblem(error);
    if (problem.code === 'internal') throw error;
    return { offlineSeq, receipt, sale: null, problem };
  }
}

/** In the till's order; what has no number comes last. */
const inOrder = (a: Item, b: Item): number => (a.offlineSeq ?? Infinity) - (b.offlineSeq ?? Infinity) || 0;

const conflict = (receipt: string): Problem =>
  new Problem('receipt_conflict', {
    detail: `Receipt ${receipt} came with another body before.`,
    errors: [{ path: 'receipt', message: 'came with another body before' }],
  });

interface Result {
  readonly offlineSeq: number | null;
  readonly receipt: string | null;
  readonly status: number;
  readonly payment?: object;
  readonly problem?: object;
}

function resultOf(req: Request, res: Response, item: Item, kept: KeptSale | undefined, isNew: boolean): Result {
  const { offlineSeq, receipt, sale } = item;
  const refused = (problem: Problem): Result => ({
    offlineSeq,
    receipt,
    status: problem.status,
    problem: problemDocument(req, res, problem),
  });
  if (!sale || !kept) return refused(item.problem ?? new Problem('unavailable'));
  if (!kept.bodyHash.equals(sale.bodyHash)) return refused(conflict(kept.receipt));
  if (kept.problem) return refused(keptProblem(kept.problem));
  const { payment } = kept;
  if (!payment) return { offlineSeq, receipt, status: 202 };
  return { offlineSeq, receipt, status: 201, payment: { ...payment.answer, state: payment.state, replayed: !isNew } };
}

/** Keeps the batch, waits for its sales, and tells how each stands. */
async function work(
  deps: ApiDeps,
  caller: PosCaller,
  offline: OfflineSales,
  req: Request,
  res: Response,
): Promise<{ readonly status: number; readonly body: { readonly results: readonly Result[] } }> {
  const { pool } = deps;
  const { locationId } = caller;
  const { terminal, items: raws } = parse(batchFrame, req.body);
  const items = raws.map((raw) => readItem(deps, caller, terminal, raw)).sort(inOrder);
  const sales = items.flatMap(({ sale, problem }) => (sale && !problem ? [sale] : []));
  const fresh = await keepSales(pool, locationId, terminal, sales, () => passPointOfNoReturn(res));
  if (fresh.size > 0) offline.kick();
  const receipts = items.flatMap(({ sale }) => (sale ? [sale.request.receipt] : []));
  while (performance.now() < dueAt(res) - READ_MS && (await countWaiting(pool, locationId, receipts)) > 0)
    await sleep(LOOK_MS);
  const kept = await readSales(pool, locationId, receipts);
  const results = items.map((item) => {
    const receipt = item.sale?.request.receipt ?? '';
    return resultOf(req, res, item, kept.get(receipt), fresh.has(receipt));
  });
  return { status: results.some(({ status }) => status === 202) ? 202 : 200, body: { results } };
}

/** Handles the call. Only an answer in which everything is decided is kept under its Idempotency-Key. */
export async function postBatch(
  deps: ApiDeps,
  caller: PosCaller,
  offline: OfflineSales,
  req: Request,
  res: Response,
): Promise<void> {
  const key = keyOfRequest(req);
  const before = key && (await takeKey(deps.pool, caller.locationId, key));
  if (before && !before.sameBody) throw keyReused();
  if (before && before.status !== null) {
    res.status(before.status).set('Idempotent-Replayed', 'true').json(before.answer);
    return;
  }
  const answer = await work(deps, caller, offline, req, res);
  if (answer.status === 202) res.set('Retry-After', '2');
  else if (key) await keepAnswer(deps.pool, caller.locationId, key, answer);
  res.status(answer.status).json(answer.body);
}
