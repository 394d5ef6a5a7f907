/** What the POS door takes. Everything is checked here; nothing is written and no workflow starts for a bad body. */
import { z } from 'zod';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import {
  cardNumber,
  nonNegativeAmount,
  ownId,
  phone,
  positiveAmount,
  receipt,
  shortText,
  timestamp,
} from '../http/schemas.ts';

const CUSTOMER_FIELDS = ['accountId', 'cardNumber', 'phone'] as const;

/** The same rule in the OpenAPI document. */
const oneOf = (fields: readonly string[]) => ({ oneOf: fields.map((field) => ({ required: [field] })) });

/** Refuses a body that names no customer or several. */
function exactlyOne(fields: readonly string[]) {
  return (body: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void => {
    const given = fields.filter((field) => body[field] !== undefined);
    if (given.length === 1) return;
    const path = [given[1] ?? fields[0] ?? ''];
    context.addIssue({ code: 'custom', path, message: `give exactly one of ${fields.join(', ')}` });
  };
}

const LOOKUP_FIELDS = ['phone', 'cardNumber', 'scan'] as const;
const SCAN_MAX = 512;

/** `POST /v1/lookups`. */
export const lookupBody = z
  .strictObject({
    phone: phone.optional(),
    cardNumber: cardNumber.optional(),
    scan: z.string().trim().min(1).max(SCAN_MAX).optional().meta({ description: 'Raw text of a scanner or a swipe' }),
  })
  .superRefine(exactlyOne(LOOKUP_FIELDS))
  .meta({ id: 'Lookup', ...oneOf(LOOKUP_FIELDS) });

const REDEEM_ERROR = 'must be "max", "none" or an amount such as "30.00"';

/** How many points to take; the inner form is `max`, `none` or a decimal text. Zero is `none`. */
const redeem = z
  .union([z.string(), z.number()], { error: REDEEM_ERROR })
  .transform((value, context): string => {
    if (value === 'max' || value === 'none') return value;
    try {
      const amount = parseAmount(value);
      if (amount === 0n) return 'none';
      if (amount > 0n) return formatAmount(amount);
      context.addIssue({ code: 'custom', message: 'must not be negative' });
    } catch {
      context.addIssue({ code: 'custom', message: REDEEM_ERROR });
    }
    return z.NEVER;
  })
  .meta({
    type: ['string', 'number'],
    pattern: '^(max|none|\\d{1,13}(\\.\\d{1,2})?)$',
    description: '"max", "none" or an amount',
    example: '30.00',
  });

const LINES_MAX = 500;
const VAT = /^\d{1,2}(\.\d{1,2})?$|^100$/;

const line = z.strictObject({
  id: z.string().trim().min(1).max(64),
  title: z.string().trim().min(1).max(255),
  category: z.string().trim().min(1).max(128).optional(),
  amount: nonNegativeAmount,
  vatRate: z
    .union([z.string(), z.number()])
    .transform(String)
    .refine((rate) => VAT.test(rate), 'must be a percent such as "12"')
    .optional()
    .meta({ type: ['string', 'number'], example: '12' }),
});

/** A refund names lines by id, so no two of a bill may share one. */
function uniqueIds(lines: readonly { readonly id: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { id }] of lines.entries()) {
    if (seen.has(id)) context.addIssue({ code: 'custom', path: [index, 'id'], message: 'is the id of another line' });
    seen.add(id);
  }
}

const lines = z.array(line).min(1).max(LINES_MAX).superRefine(uniqueIds);

/** `POST /v1/quotes`. */
export const quoteBody = z
  .strictObject({ accountId: ownId('acc'), total: positiveAmount, lines: lines.optional() })
  .meta({ id: 'QuoteRequest' });

const money = z.strictObject({
  type: z.enum(['cash', 'card', 'deposit', 'giftCard', 'other']),
  amount: nonNegativeAmount,
});

/** `POST /v1/payments`. */
export const paymentBody = z
  .strictObject({
    receipt,
    accountId: ownId('acc').optional(),
    cardNumber: cardNumber.optional(),
    phone: phone.optional(),
    total: positiveAmount,
    redeem,
    allowPartial: z
      .boolean()
      .optional()
      .meta({ description: 'Take fewer points when not all that were asked can be taken' }),
    as: z.enum(['tender', 'discount']).optional(),
    capture: z.literal(true, { error: 'must be true: a payment in two steps is not built yet' }).optional(),
    lines: lines.optional(),
    money: z.array(money).min(1).max(20).optional(),
    tip: nonNegativeAmount.optional(),
    occurredAt: timestamp.optional(),
    terminal: shortText.optional(),
    operator: shortText.optional(),
  })
  .superRefine(exactlyOne(CUSTOMER_FIELDS))
  .meta({ id: 'PaymentRequest', ...oneOf(CUSTOMER_FIELDS) });

/** A payment's body as understood. */
export type PaymentBody = z.output<typeof paymentBody>;

/** `GET /v1/payments/{id}`. */
export const paymentPath = z.strictObject({ id: ownId('pay') });

/** `GET /v1/payments?receipt=`. */
export const receiptQuery = z.strictObject({ receipt });
