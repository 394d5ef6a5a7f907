/**
 * A further step of a payment comes in: one transaction in one round trip decides whether it is new, a repeat, or not
 * possible. The payment's row is locked, so that no decision falls between the look and the insert.
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { newId } from '../../domain/new-id.ts';
import { transaction, type Tx } from './database.ts';
import {
  type IdempotencyKey,
  type KeptAnswer,
  keyParameters,
  type KeySql,
  READ_KEY,
  TAKE_KEY,
  toKept,
} from './idempotency.ts';
import { PAYMENT_COLUMNS, type PaymentRow, type PaymentSql, toPayment } from './payment-row.ts';
import { canonicalJson } from './proof/canonical.ts';
import { STEP_COLUMNS, type StepKind, type StepRow, type StepSql, toStep } from './step-row.ts';

/** A step as understood; amounts are decimal texts. */
export interface StepRequest {
  readonly payment: PaymentRow;
  readonly kind: StepKind;
  /** The caller's name of a refund. */
  readonly ref: string | null;
  readonly request: Readonly<Record<string, unknown>>;
}

/** What the intake found. */
export type StepIntake =
  /** Its row is PENDING, or DONE where a payment that had taken nothing yet was voided at once. */
  | { readonly kind: 'new' | 'repeat'; readonly step: StepRow }
  /** The key's answer was a refusal; it is kept. */
  | { readonly kind: 'kept'; readonly status: number; readonly answer: unknown }
  | { readonly kind: 'keyReused' }
  /** The refund's name stands for another refund of this payment. */
  | { readonly kind: 'conflict'; readonly step: StepRow }
  /** Another capture or void of this payment is being decided. */
  | { readonly kind: 'busy' }
  /** Not in this state of the payment. */
  | { readonly kind: 'notNow'; readonly payment: PaymentRow };

const LOCK = `select 1 from payment where id = $1 for update`;

/** One minute past its answer nobody works on it any more: the ledger decides a step within 30 s or not at all. */
const FREE_ORPHANS = `
  update payment_step set state = 'ABANDONED', declined = '{"code":"unavailable"}', decided_at = now()
   where payment_id = $1 and state = 'PENDING' and answer_by < now() - interval '60 seconds'`;

/** The key is somebody's already when it says another body, a step or a kept refusal. */
const KEY_FREE = `not exists (select 1 from idempotency_key k where k.location_id = $4 and k.method = $5 and k.path = $6
  and k.key = $7 and (k.body_hash <> $8 or k.step_id is not null or k.status is not null))`;

/** A payment that nobody has decided yet has taken nothing, unless points are being taken in its visit: voided here and now. */
const VOID_PENDING = `
  with voided as (
    update payment set state = 'VOIDED', redeemed = 0, due = total, accrued = 0, decided_at = now()
     where id = $1 and state = 'PENDING' and not withdrawing and ${KEY_FREE} returning *)
  insert into payment_step (id, payment_id, location_id, kind, workflow_id, request, state, answer_by, decided_at)
  select $2, id, location_id, 'void', workflow_id, $3, 'DONE', now(), now() from voided`;

const NOTIFY = `select pg_notify('payment_decided', $1)`;

const COLUMNS = `(id, payment_id, location_id, kind, ref, attempt, workflow_id, request, answer_by)`;

const INSERT_STEP = `
  insert into payment_step ${COLUMNS}
  select $2, p.id, p.location_id, $9, null, 1, p.workflow_id, $3, now() + interval '3500 milliseconds' from payment p
   where p.id = $1 and p.state = 'AUTHORIZED' and ${KEY_FREE}
     and not exists (select 1 from payment_step o where o.payment_id = p.id and o.state = 'PENDING' and o.kind <> 'refund')
  on conflict do nothing`;

/** The workflow id is domain/ids.ts `refundWorkflowId`, written in SQL because the attempt is counted here. */
const INSERT_REFUND = `
  insert into payment_step ${COLUMNS}
  select $2, p.id, p.location_id, 'refund', $9, n.attempt,
         'refund:' || p.location_id::text || ':' || p.receipt || ':' || $9 || case when n.attempt = 1 then '' else ':' || n.attempt end,
         $3, now() + interval '3500 milliseconds'
    from payment p,
         (select count(*)::int + 1 as attempt from payment_step where payment_id = $1 and kind = 'refund' and ref = $9) n
   where p.id = $1 and p.state in ('CAPTURED', 'PARTIALLY_REFUNDED') and ${KEY_FREE}
     and not exists (select 1 from payment_step o where o.payment_id = $1 and o.kind = 'refund' and o.ref = $9
                        and o.state in ('PENDING', 'DONE', 'UNDONE'))
  on conflict do nothing`;

const LINK_KEY = `
  update idempotency_key set step_id = $6 where location_id = $1 and method = $2 and path = $3 and key = $4
     and body_hash = $5 and step_id is null and status is null and exists (select 1 from payment_step where id = $6)`;

const NO_KEY: IdempotencyKey = { method: '', path: '', key: '', bodyHash: Buffer.alloc(0) };

/** Sends everything at once; PostgreSQL runs the statements in order, each seeing the ones before. */
function sendAll(tx: Tx, stepId: string, step: StepRequest, key: IdempotencyKey | null) {
  const { payment, kind, ref, request } = step;
  const scope = keyParameters(payment.locationId, key ?? NO_KEY);
  if (key) tx.send(TAKE_KEY, scope);
  tx.send(LOCK, [payment.id]);
  tx.send(FREE_ORPHANS, [payment.id]);
  const fenced = [payment.id, stepId, JSON.stringify(request), ...scope];
  if (kind === 'void') {
    tx.send(VOID_PENDING, fenced);
    tx.send(NOTIFY, [payment.id]);
  }
  if (kind === 'refund') tx.send(INSERT_REFUND, [...fenced, ref]);
  else tx.send(INSERT_STEP, [...fenced, kind]);
  if (key) tx.send(LINK_KEY, [...scope, stepId]);
  const columns = `select ${STEP_COLUMNS} from payment_step s`;
  return {
    own: tx.rows<StepSql>(`${columns} where s.id = $1`, [stepId]),
    same: tx.rows<StepSql>(
      `${columns} where s.payment_id = $1 and s.kind = $2 and s.ref is not distinct from $3
          and s.state in ('PENDING', 'DONE', 'UNDONE') order by s.created_at desc limit 1`,
      [payment.id, kind, ref],
    ),
    waiting: tx.rows<StepSql>(`${columns} where s.payment_id = $1 and s.state = 'PENDING' and s.kind <> 'refund'`, [
      payment.id,
    ]),
    byKey: tx.rows<StepSql>(
      `${columns} join idempotency_key k on k.step_id = s.id
        where k.location_id = $1 and k.method = $2 and k.path = $3 and k.key = $4 and k.body_hash = $5`,
      scope,
    ),
    kept: tx.rows<KeySql>(READ_KEY, scope),
    payment: tx.rows<PaymentSql>(`select ${PAYMENT_COLUMNS} from payment p where p.id = $1`, [payment.id]),
  };
}

interface Seen {
  readonly own: StepRow | null;
  readonly same: StepRow | null;
  readonly waiting: StepRow | null;
  readonly byKey: StepRow | null;
  readonly kept: KeptAnswer | null;
  readonly payment: PaymentRow;
}

async function attemptIntake(
  pool: pg.Pool,
  stepId: string,
  step: StepRequest,
  key: IdempotencyKey | null,
): Promise<Seen> {
  // The promises are wrapped, not awaited: COMMIT leaves with the statements, and the whole costs one round trip.
  const sent = await transaction(pool, (tx) => Promise.resolve(sendAll(tx, stepId, step, key)));
  const [own, same, waiting, byKey, kept, payments] = await Promise.all([
    sent.own,
    sent.same,
    sent.waiting,
    sent.byKey,
    sent.kept,
    sent.payment,
  ]);
  const [payment] = payments;
  if (!payment) throw new Error(`payment ${step.payment.id} vanished`);
  const first = (rows: StepSql[]): StepRow | null => (rows[0] ? toStep(rows[0]) : null);
  return {
    own: first(own),
    same: first(same),
    waiting: first(waiting),
    byKey: first(byKey),
    kept: key && kept[0] ? toKept(kept[0]) : null,
    payment: toPayment(payment),
  };
}

/** Reads what the transaction left; null when another one decided in between and the intake has to look again. */
function judge({ own, same, waiting, byKey, kept, payment }: Seen, asked: StepRequest): StepIntake | null {
  if (kept && !kept.sameBody) return { kind: 'keyReused' };
  if (own) return { kind: 'new', step: own };
  if (kept && kept.status !== null) return { kind: 'kept', status: kept.status, answer: kept.answer };
  if (byKey) return byKey.state === 'ABANDONED' ? null : { kind: 'repeat', step: byKey };
  // Why a payment is voided is no part of what is asked for.
  const equal = same && (same.kind === 'void' || canonicalJson(same.request) === canonicalJson(asked.request));
  if (same && equal) return { kind: 'repeat', step: same };
  if (same?.kind === 'refund') return { kind: 'conflict', step: same };
  if (asked.kind !== 'refund' && waiting) return { kind: 'busy' };
  return { kind: 'notNow', payment };
}

/** Races are rare and each look settles one; a caller that loses this often meets a fault, not a race. */
const LOOKS_MAX = 5;

/** Takes a step in. The row of a `new` one is committed. */
export async function takeStepIn(pool: pg.Pool, step: StepRequest, key: IdempotencyKey | null): Promise<StepIntake> {
  const stepId = newId('stp', Date.now(), randomBytes);
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const intake = judge(await attemptIntake(pool, stepId, step, key), step);
    if (!intake) continue;
    if (intake.kind === 'repeat' && key)
      await pool.query(LINK_KEY, [...keyParameters(step.payment.locationId, key), intake.step.id]);
    return intake;
  }
  throw new Error(`a ${step.kind} of ${step.payment.id} could not be taken in`);
}
