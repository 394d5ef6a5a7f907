/** What the POS door takes. Everything is checked here; nothing is written and no workflow starts for a bad body. */
import { z } from 'zod';
import { PAYMENT_STATES } from '../../activities/ledger/payment-row.ts';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { pageQuery } from '../http/pages.ts';
import { moment } from '../http/period.ts';
import {
  birthDate,
  cardNumber,
  nonNegativeAmount,
  oneOf,
  ownId,
  phone,
  positiveAmount,
  receipt,
  shortText,
  timestamp,
} from '../http/schemas.ts';

const CUSTOMER_FIELDS = ['accountId', 'cardNumber', 'phone'] as const;

/** Refuses a body that names no customer or several. */
function exactlyOne(fields: readonly string[]) {
  return (body: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void => {
    const given = fields.filter((field) => body[field] !== undefined);
    if (given.length === 1) return;
    const path = [given[1] ?? fields[0] ?? ''];
    context.addIssue({ code: 'custom', path, message: `give exactly one of ${fields.join(', ')}` });
  };
}

const LOOKUP_FIELDS = ['phone', 'cardNumber', 'scan', 'last4'] as const;
const SCAN_MAX = 512;

/** `POST /v1/lookups`. */
export const lookupBody = z
  .strictObject({
    phone: phone.optional(),
    cardNumber: cardNumber.optional(),
    scan: z.string().trim().min(1).max(SCAN_MAX).optional().meta({ description: 'Raw text of a scanner or a swipe' }),
    last4: z
      .string({ error: 'must be text' })
      .regex(/^[0-9A-Za-z]{4}$/, 'must be 4 letters or digits')
      .optional()
      .meta({ description: 'Quick find: the last four characters of a card number or phone', example: '4821' }),
  })
  .superRefine(exactlyOne(LOOKUP_FIELDS))
  .meta({ id: 'Lookup', ...oneOf(LOOKUP_FIELDS) });

/** `POST /v1/accounts`: enrolment at the till. */
export const enrolmentBody = z
  .strictObject({
    phone,
    name: shortText.optional(),
    consent: z
      .boolean()
      .optional()
      .meta({ description: 'The customer agreed that we keep the details; kept with its time' }),
    birthDate: birthDate.optional(),
    referredBy: ownId('acc').optional().meta({
      description:
        'The account of who brought this customer, from a lookup; both are thanked after the first paid sale',
    }),
  })
  .meta({ id: 'Enrolment' });

const REDEEM_ERROR = 'must be "max", "none" or an amount such as "30.00"';

/** How many points to take; the inner form is `max`, `none` or a decimal text. Zero is `none`. */
export const redeem = z
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
  discount: nonNegativeAmount
    .optional()
    .meta({ description: 'What the till has taken off already; `amount` is what is left. Printed on the receipt' }),
  vatRate: z
    .union([z.string(), z.number()])
    .transform(String)
    .refine((rate) => VAT.test(rate), 'must be a percent such as "12"')
    .optional()
    .meta({ type: ['string', 'number'], example: '12' }),
});

/** A refund names lines by id, so no two of a bill may share one. */
export function uniqueIds(lines: readonly { readonly id: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { id }] of lines.entries()) {
    if (seen.has(id)) context.addIssue({ code: 'custom', path: [index, 'id'], message: 'is the id of another line' });
    seen.add(id);
  }
}

export const lines = z.array(line).min(1).max(LINES_MAX).superRefine(uniqueIds);

const asKind = z.enum(['tender', 'discount']);

/** `POST /v1/quotes`. */
export const quoteBody = z
  .strictObject({
    accountId: ownId('acc'),
    total: positiveAmount,
    lines: lines.optional(),
    redeem: redeem.optional().meta({ description: 'Quotes fewer points than the maximum; default "max"' }),
    as: asKind.optional(),
  })
  .meta({ id: 'QuoteRequest' });

export const money = z.strictObject({
  type: z.enum(['cash', 'card', 'deposit', 'giftCard', 'other']),
  amount: nonNegativeAmount,
  received: nonNegativeAmount.optional().meta({
    description: 'What the customer handed over; the rest is the change on the receipt',
    example: '100.00',
  }),
});

const altegioId = z.int().positive();

/** The visit in Altegio that a sale is part of. */
const visit = z.strictObject({ recordId: altegioId, visitId: altegioId }).meta({
  description: 'The visit in Altegio that is paid: its points are taken there, so that Altegio’s receipt shows them',
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
    as: asKind.optional(),
    capture: z
      .boolean()
      .optional()
      .meta({ description: 'false reserves the points until they are captured, voided, or their time is over' }),
    lines: lines.optional(),
    money: z.array(money).min(1).max(20).optional(),
    tip: nonNegativeAmount.optional(),
    visit: visit.optional(),
    occurredAt: timestamp.optional(),
    terminal: shortText.optional(),
    operator: shortText.optional(),
  })
  .superRefine(exactlyOne(CUSTOMER_FIELDS))
  .meta({ id: 'PaymentRequest', ...oneOf(CUSTOMER_FIELDS) });

/** A payment's body as understood. */
export type PaymentBody = z.output<typeof paymentBody>;

/** One sale of `POST /v1/batches`. */
export const offlineItem = paymentBody
  .safeExtend({
    capture: z.literal(true, { error: 'must be true: an offline sale is made already' }).optional(),
    occurredAt: timestamp,
    offlineSeq: z.int().min(0).meta({ description: 'The till’s own count of its offline sales', example: 17 }),
  })
  .meta({ id: 'OfflineSale' });

const BATCH_MAX = 500;

/** `POST /v1/batches` as documented. */
export const batchBody = z
  .strictObject({ terminal: shortText, items: z.array(offlineItem).min(1).max(BATCH_MAX) })
  .meta({ id: 'BatchRequest' });

/** The same with its items unread: each is judged for itself, so that a bad one does not hold up the others. */
export const batchFrame = z.strictObject({ terminal: shortText, items: z.array(z.unknown()).min(1).max(BATCH_MAX) });

/** `GET /v1/payments/{id}`. */
export const paymentPath = z.strictObject({ id: ownId('pay') });

const states = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(PAYMENT_STATES)).min(1))
  .meta({
    type: 'string',
    description:
      'One state or several with commas; without it every sale that holds or may: not what left its receipt free',
    example: 'CAPTURED',
  });

/** `GET /v1/payments?receipt=`, or `?from=` and more for closing the day. */
export const paymentsQuery = z
  .strictObject({
    receipt: receipt.optional(),
    from: moment.optional(),
    to: moment.optional().meta({ description: 'A day is included whole', example: '2026-11-30' }),
    terminal: shortText.optional(),
    state: states.optional(),
    ...pageQuery,
  })
  .superRefine((query, context) => {
    const { receipt: one, ...list } = query;
    const others = Object.keys(list).filter((name) => list[name as keyof typeof list] !== undefined);
    const message =
      one === undefined && query.from === undefined
        ? 'give the receipt, or from which day or moment on'
        : one !== undefined && others.length > 0
          ? 'is asked for alone'
          : null;
    if (message !== null) context.addIssue({ code: 'custom', path: ['receipt'], message });
  });
