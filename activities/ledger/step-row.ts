/** A further step of a payment (capture, void, refund) as the doors read it. */
import type pg from 'pg';
import type { Tx } from './database.ts';

/** What a step does. */
export type StepKind = 'capture' | 'void' | 'refund';

/** `UNDONE`: a refund that an operator has taken back. */
export type StepState = 'PENDING' | 'DONE' | 'DECLINED' | 'ABANDONED' | 'UNDONE';

/** One step. */
export interface StepRow {
  readonly id: string;
  readonly paymentId: string;
  readonly locationId: bigint;
  readonly kind: StepKind;
  /** The caller's name of a refund. */
  readonly ref: string | null;
  readonly attempt: number;
  readonly workflowId: string;
  /** As it was understood; amounts are decimal texts. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly state: StepState;
  /** As it was sent; null until it is done, and for a void of a payment that had taken nothing yet. */
  readonly answer: Readonly<Record<string, unknown>> | null;
  readonly declined: { readonly code: string; readonly allowed?: string; readonly requested?: string } | null;
}

/** The columns {@link toStep} reads, of a step named `s`. */
export const STEP_COLUMNS = `s.id, s.payment_id, s.location_id, s.kind, s.ref, s.attempt, s.workflow_id, s.request, s.state, s.answer,
  s.declined`;

/** A row of {@link STEP_COLUMNS}. */
export interface StepSql {
  id: string;
  payment_id: string;
  location_id: string;
  kind: StepKind;
  ref: string | null;
  attempt: number;
  workflow_id: string;
  request: StepRow['request'];
  state: StepState;
  answer: StepRow['answer'];
  declined: StepRow['declined'];
}

/** Reads a row, whether its int8 came as text or as bigint. */
export const toStep = (row: StepSql): StepRow => ({
  id: row.id,
  paymentId: row.payment_id,
  locationId: BigInt(row.location_id),
  kind: row.kind,
  ref: row.ref,
  attempt: row.attempt,
  workflowId: row.workflow_id,
  request: row.request,
  state: row.state,
  answer: row.answer,
  declined: row.declined,
});

/** A step by its id, or null. */
export async function findStep(pool: pg.Pool, id: string): Promise<StepRow | null> {
  const { rows } = await pool.query<StepSql>(`select ${STEP_COLUMNS} from payment_step s where s.id = $1`, [id]);
  return rows[0] ? toStep(rows[0]) : null;
}

/**
 * Gives a step up before anything has happened; from then on nothing will, because it is decided only while it is PENDING.
 */
export async function abandonStep(pool: pg.Pool, id: string): Promise<void> {
  await pool.query(
    `update payment_step set state = 'ABANDONED', declined = '{"code":"unavailable"}', decided_at = now()
      where id = $1 and state = 'PENDING'`,
    [id],
  );
}

/** A step is decided only this long after it was asked for. */
const TOO_LATE_SECONDS = 30;

/** A step as its decision reads it, of a step named `s`. */
export const STEP_TO_DECIDE = `
  select s.id, s.kind, s.state, s.request, s.answer, s.declined,
         s.created_at < now() - interval '${TOO_LATE_SECONDS} seconds' as too_late
    from payment_step s`;

/** A row of {@link STEP_TO_DECIDE}. */
export interface StepToDecide extends Pick<StepSql, 'id' | 'kind' | 'state' | 'request' | 'answer' | 'declined'> {
  too_late: boolean;
}

/** Why a step is not done; amounts are decimal texts. */
export type StepRefusal = NonNullable<StepRow['declined']>;

/** Wakes whoever waits for a row; the answer itself is read from it. */
export function tell(tx: Tx, id: string): void {
  tx.send(`select pg_notify('payment_decided', $1)`, [id]);
}

/** The step is done; its answer is stored as it will be sent. */
export function sendDone(tx: Tx, stepId: string, answer: object): void {
  tx.send(`update payment_step set state = 'DONE', answer = $2, decided_at = now() where id = $1`, [
    stepId,
    JSON.stringify(answer),
  ]);
  tell(tx, stepId);
}

/** The step is not done and never will be. */
export function sendDeclined(tx: Tx, stepId: string, why: StepRefusal): void {
  tx.send(`update payment_step set state = 'DECLINED', declined = $2, decided_at = now() where id = $1`, [
    stepId,
    JSON.stringify(why),
  ]);
  tell(tx, stepId);
}
