/** A payment's row as the decision reads it, and the bill its request was stored as. */
import { z } from 'zod';
import { parseAmount } from '../../domain/money.ts';
import type { Bill } from '../../domain/payment.ts';

/** Points are taken only this long after the request came. */
const TOO_LATE_SECONDS = 30;
const amountText = z.string().transform(parseAmount);
const storedRequest = z.object({
  allowPartial: z.boolean().nullish().transform(Boolean),
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
  declined: { code: string; allowed?: string } | null;
  left_ms: number;
  too_late: boolean;
  time_zone: string;
}

export const PAYMENT = `
  select payment.id, receipt, attempt, state, workflow_id, total, redeem, as_kind, request, redeemed, due, accrued,
         declined, location.time_zone, created_at < now() - interval '${TOO_LATE_SECONDS} seconds' as too_late,
         (extract(epoch from answer_by - now()) * 1000)::float8 as left_ms
    from payment join location on location.id = payment.location_id
   where payment.id = $1 for update of payment`;

/** The bill and what the till asked for. */
export function toBill(row: PaymentSql): Bill & { occurredAt: Date | null } {
  const { allowPartial, lines, money, occurredAt } = storedRequest.parse(row.request);
  const asked: Bill['asked'] =
    row.redeem === 'max' || row.redeem === 'none'
      ? { kind: row.redeem }
      : { kind: 'amount', amount: parseAmount(row.redeem) };
  const at = occurredAt ? new Date(occurredAt) : null;
  return { total: row.total, asked, allowPartial, as: row.as_kind, lines, money, occurredAt: at };
}
