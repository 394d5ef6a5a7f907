/** A payment's row as the decision reads it, and the bill its request was stored as. */
import { z } from 'zod';
import type { SeenToday } from '../../domain/limits.ts';
import { parseAmount } from '../../domain/money.ts';
import type { Bill } from '../../domain/payment.ts';
import { type ProgramSettings, programSettings } from '../../domain/program.ts';

/** Points are taken only this long after the request came. */
const TOO_LATE_SECONDS = 30;
const amountText = z.string().transform(parseAmount);
const optionalAmount = z
  .string()
  .nullish()
  .transform((text) => (text == null ? null : parseAmount(text)));

/** What a payment says of its bill, and a capture that changes it again. */
export const storedBill = z.object({
  lines: z
    .array(
      z.object({
        id: z.string(),
        category: z
          .string()
          .nullish()
          .transform((text) => text ?? undefined),
        amount: amountText,
      }),
    )
    .nullish()
    .transform((lines) => lines ?? []),
  money: z
    .array(z.object({ type: z.enum(['cash', 'card', 'deposit', 'giftCard', 'other', 'money']), amount: amountText }))
    .nullish()
    .transform((money) => money ?? []),
  tip: optionalAmount,
});
const storedRequest = storedBill.extend({
  allowPartial: z.boolean().nullish().transform(Boolean),
  /** False for a payment in two steps. */
  capture: z
    .boolean()
    .nullish()
    .transform((capture) => capture ?? true),
  occurredAt: z.string().nullish(),
  refusedRedemption: z.string().nullish(),
  refusedDeposit: z.string().nullish(),
});

/**
 * SQL of what a payment `p` would have earned in shadow, minor units, null where its program was not in it; what went back
 * in part earns in proportion.
 */
export const EARNED_IN_SHADOW = 'p.shadow_accrued * (coalesce(p.captured_total, p.total) - p.refunded) / p.total';

/** The row, locked for the decision. */
export interface PaymentSql {
  id: string;
  location_id: bigint;
  customer_type_id: string;
  receipt: string;
  attempt: number;
  state: string;
  workflow_id: string;
  total: bigint;
  redeem: string;
  as_kind: 'tender' | 'discount';
  request: unknown;
  redeemed: bigint | null;
  due: bigint | null;
  accrued: bigint | null;
  percent: string | null;
  declined: { code: string; allowed?: string } | null;
  left_ms: number;
  too_late: boolean;
  time_zone: string;
  operator: string | null;
  card_payments: number;
  card_points: bigint;
  operator_payments: number;
  operator_points: bigint;
  answer: Readonly<Record<string, unknown>> | null;
  /** Points reserved for it now. */
  held: bigint | null;
  expires_at: Date | null;
  /** Milliseconds until its reservation ends; not positive when it has ended. */
  hold_left_ms: number | null;
  captured_total: bigint | null;
  captured: unknown;
  refunded: bigint;
  /** Of the program's version that it was taken in under. */
  settings: unknown;
  visit_id: bigint | null;
  record_id: bigint | null;
  /** Points are being taken in its visit: nothing but what becomes of that decides it. */
  withdrawing: boolean;
}

/** Sales of the payment's own day, in the program's time zone, that `whose` names; none is counted without limits. */
const soldToday = (name: string, whose: string): string => `
    cross join lateral (
      select count(*)::int as payments, coalesce(sum(sold.accrued), 0)::bigint as points
        from payment sold
       where program.limits is not null and ${whose} and sold.id <> payment.id
         and sold.state in ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED')
         and sold.happened_at >= day.begins at time zone program.zone
         and sold.happened_at < (day.begins + interval '1 day') at time zone program.zone) ${name}`;

export const PAYMENT = `
  select payment.id, location_id, (select type_id from account where id = payment.account_id) as customer_type_id, receipt, attempt, payment.state, workflow_id, total, redeem, as_kind, request, redeemed,
         due, accrued, percent, declined, location.time_zone, request->>'operator' as operator,
         card.payments as card_payments, card.points as card_points,
         operator.payments as operator_payments, operator.points as operator_points,
         payment.created_at < now() - interval '${TOO_LATE_SECONDS} seconds' as too_late,
         (extract(epoch from answer_by - now()) * 1000)::float8 as left_ms, expires_at,
         (extract(epoch from expires_at - now()) * 1000)::float8 as hold_left_ms, captured_total, captured, refunded,
         answer, (select amount from hold where hold.payment_id = payment.id and hold.state = 'open') as held,
         version.settings, visit_id, record_id, withdrawing
    from payment
    join location on location.id = payment.location_id
    join program_version version on version.program_id = payment.program_id and version.version = payment.program_version
    cross join lateral (
      select settings->'limits' as limits, coalesce(settings->>'timeZone', location.time_zone) as zone
        from program_version where program_id = payment.program_id order by version desc limit 1) program
    cross join lateral (select date_trunc('day', payment.happened_at at time zone program.zone) as begins) day
    ${soldToday('card', 'sold.account_id = payment.account_id')}
    ${soldToday('operator', "sold.location_id = payment.location_id and sold.request->>'operator' = payment.request->>'operator'")}
   where payment.id = $1 for update of payment`;

/** What the limits compare with. */
export const seenToday = (row: PaymentSql): SeenToday => ({
  card: { payments: row.card_payments, points: row.card_points },
  operator: row.operator === null ? null : { payments: row.operator_payments, points: row.operator_points },
});

/** The settings a payment was taken in under; what was changed since is no part of it. */
export const settingsOf = (row: Pick<PaymentSql, 'settings'>): ProgramSettings => programSettings.parse(row.settings);

/** A stored request as a bill, and what else its answer says. */
export interface StoredBill extends Bill {
  readonly occurredAt: Date | null;
  /** What the till promised to take while it was offline, and is not taken: a decimal text, or `max`. */
  readonly refusedRedemption: string | null;
  /** What it took for paid by deposit, and was not: a decimal text. */
  readonly refusedDeposit: string | null;
  /** False for a payment in two steps. */
  readonly capture: boolean;
  readonly tip: bigint | null;
}

/** The bill and what the till asked for. */
export function toBill(row: PaymentSql): StoredBill {
  const { occurredAt, refusedRedemption, refusedDeposit, ...stored } = storedRequest.parse(row.request);
  const asked: Bill['asked'] =
    row.redeem === 'max' || row.redeem === 'none'
      ? { kind: row.redeem }
      : { kind: 'amount', amount: parseAmount(row.redeem) };
  const at = occurredAt ? new Date(occurredAt) : null;
  const { total, as_kind: kind, location_id: locationId, customer_type_id: customerTypeId } = row;
  const facts = {
    occurredAt: at,
    refusedRedemption: refusedRedemption ?? null,
    refusedDeposit: refusedDeposit ?? null,
  };
  return { total, asked, as: kind, locationId, customerTypeId, ...stored, ...facts };
}

/** The bill as it was captured: the payment's own, but for what the capture named. */
export function capturedBill(row: PaymentSql): StoredBill {
  const bill = { ...toBill(row), total: row.captured_total ?? row.total };
  return row.captured === null ? bill : { ...bill, ...storedBill.parse(row.captured) };
}
