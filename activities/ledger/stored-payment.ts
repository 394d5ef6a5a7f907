/** A payment's row as the decision reads it, and the bill its request was stored as. */
import { z } from 'zod';
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
    .array(z.object({ type: z.enum(['cash', 'card', 'deposit', 'giftCard', 'other']), amount: amountText }))
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
});

/** The row, locked for the decision. */
export interface PaymentSql {
  id: string;
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
}

export const PAYMENT = `
  select payment.id, receipt, attempt, state, workflow_id, total, redeem, as_kind, request, redeemed, due, accrued, percent,
         declined, location.time_zone, payment.created_at < now() - interval '${TOO_LATE_SECONDS} seconds' as too_late,
         (extract(epoch from answer_by - now()) * 1000)::float8 as left_ms, expires_at,
         (extract(epoch from expires_at - now()) * 1000)::float8 as hold_left_ms, captured_total, captured, refunded,
         answer, (select amount from hold where hold.payment_id = payment.id and hold.state = 'open') as held,
         version.settings
    from payment
    join location on location.id = payment.location_id
    join program_version version on version.program_id = payment.program_id and version.version = payment.program_version
   where payment.id = $1 for update of payment`;

/** The settings a payment was taken in under; what was changed since is no part of it. */
export const settingsOf = (row: Pick<PaymentSql, 'settings'>): ProgramSettings => programSettings.parse(row.settings);

/** The bill and what the till asked for. */
export function toBill(row: PaymentSql): Bill & { occurredAt: Date | null; capture: boolean; tip: bigint | null } {
  const { allowPartial, lines, money, occurredAt, capture, tip } = storedRequest.parse(row.request);
  const asked: Bill['asked'] =
    row.redeem === 'max' || row.redeem === 'none'
      ? { kind: row.redeem }
      : { kind: 'amount', amount: parseAmount(row.redeem) };
  const at = occurredAt ? new Date(occurredAt) : null;
  return { total: row.total, asked, allowPartial, as: row.as_kind, lines, money, occurredAt: at, capture, tip };
}

/** The bill as it was captured: the payment's own, but for what the capture named. */
export function capturedBill(row: PaymentSql): ReturnType<typeof toBill> {
  const bill = { ...toBill(row), total: row.captured_total ?? row.total };
  return row.captured === null ? bill : { ...bill, ...storedBill.parse(row.captured) };
}
