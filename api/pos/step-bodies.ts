/** What the further steps of a payment take: capture, void and refund. */
import { z } from 'zod';
import { nonNegativeAmount, oneOf, ownId, positiveAmount, receipt } from '../http/schemas.ts';
import { lines, money, redeem, uniqueIds } from './bodies.ts';

/** `POST /v1/payments/{id}/capture`; what is left out stays as it was authorized. */
export const captureBody = z
  .strictObject({
    total: positiveAmount.optional().meta({ description: 'The bill where it has become smaller' }),
    lines: lines.optional(),
    redeem: redeem.optional(),
    money: z.array(money).min(1).max(20).optional(),
    tip: nonNegativeAmount.optional(),
  })
  .meta({ id: 'CaptureRequest' });

/** `POST /v1/payments/{id}/void`. */
export const voidBody = z
  .strictObject({ reason: z.string().trim().min(1).max(255).optional() })
  .meta({ id: 'VoidRequest' });

const refundName = z
  .string()
  .regex(/^[A-Za-z0-9._/-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ / -')
  .meta({ description: 'The till’s own name of the refund, unique in its payment for ever', example: 'RF-1' });

const refundLine = z.strictObject({
  id: z.string().trim().min(1).max(64),
  amount: positiveAmount.optional().meta({ description: 'A part of the line; without it, what is left of the line' }),
});

const LINES_MAX = 500;

const refundFields = {
  refund: refundName,
  amount: positiveAmount.optional().meta({ description: 'Part of the bill, points and money together' }),
  lines: z.array(refundLine).min(1).max(LINES_MAX).superRefine(uniqueIds).optional(),
};

const PARTS = ['amount', 'lines'] as const;

function amountOrLines(body: { amount?: unknown; lines?: unknown }, context: z.RefinementCtx): void {
  if ((body.amount === undefined) !== (body.lines === undefined)) return;
  const path = [body.amount === undefined ? 'amount' : 'lines'];
  context.addIssue({ code: 'custom', path, message: `give exactly one of ${PARTS.join(', ')}` });
}

/** `POST /v1/payments/{id}/refunds`. */
export const refundBody = z
  .strictObject(refundFields)
  .superRefine(amountOrLines)
  .meta({ id: 'RefundRequest', ...oneOf(PARTS) });

/** `POST /v1/refunds`. */
export const refundByReceiptBody = z
  .strictObject({ receipt, ...refundFields })
  .superRefine(amountOrLines)
  .meta({ id: 'RefundByReceiptRequest', ...oneOf(PARTS) });

/** A refund's body as understood. */
export type RefundBody = z.output<typeof refundBody>;

/** `GET /v1/steps/{id}`. */
export const stepPath = z.strictObject({ id: ownId('stp') });
