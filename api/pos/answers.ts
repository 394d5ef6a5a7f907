/** What the POS door answers, as documented. Answers are written by plain functions; amounts are decimal texts. */
import { z } from 'zod';
import { balance, planAnswer } from '../http/plan.ts';
import { amountText, problemDocument } from '../http/schemas.ts';

const time = z.string().meta({ format: 'date-time', example: '2026-11-21T12:00:00.000Z' });

const account = z
  .object({
    id: z.string(),
    displayName: z.string().meta({ description: 'Masked', example: 'A*** S***' }),
    card: z.object({ number: z.string().nullable(), status: z.enum(['active', 'missing', 'none']) }),
    type: z.string(),
    balance,
    nextExpiry: z.object({ amount: amountText, at: time }).nullable(),
    altegio: z.object({ balance: amountText, seenAt: time, stale: z.boolean() }).nullable(),
  })
  .meta({ id: 'Account' });

/** The answer of a lookup; `accounts` when the customer has several cards here. */
export const lookupAnswer = z.object({ account, accounts: z.array(account).optional() }).meta({ id: 'LookupAnswer' });

const notEarning = z
  .array(
    z.object({
      line: z.string().nullable().meta({ description: 'Id of the line; null where the bill has none' }),
      reason: z.enum(['item_excluded', 'category_excluded', 'location_excluded', 'type_earns_nothing']),
    }),
  )
  .meta({ description: 'What earns 0.00, and why' });

/** The answer of a quote. */
export const quoteAnswer = z
  .object({
    maxRedeemable: amountText,
    due: amountText,
    wouldAccrue: amountText.meta({ description: 'Earned when the maximum is redeemed' }),
    wouldAccrueWithoutBonus: amountText,
    methods: z.array(
      z.object({ type: z.enum(['bonus', 'deposit', 'cash', 'card']), max: amountText, reason: z.string().optional() }),
    ),
    reasons: z.array(z.string()),
    notEarning,
    lines: z.array(z.object({ id: z.string(), amount: amountText, discount: amountText })).optional(),
    plan: planAnswer,
    altegio: z.object({ balance: amountText, seenAt: time, stale: z.boolean() }).nullable(),
  })
  .meta({ id: 'Quote' });

/** A payment. */
export const paymentAnswer = z
  .object({
    id: z.string(),
    receipt: z.string(),
    attempt: z.int(),
    state: z.enum([
      'PENDING',
      'AUTHORIZED',
      'CAPTURED',
      'PARTIALLY_REFUNDED',
      'REFUNDED',
      'VOIDED',
      'EXPIRED',
      'DECLINED',
      'ABANDONED',
    ]),
    total: amountText,
    redeemed: amountText,
    due: amountText,
    accrued: amountText,
    tenders: z.array(z.object({ type: z.string(), amount: amountText })),
    lines: z.array(z.object({ id: z.string(), amount: amountText, discount: amountText })).optional(),
    notEarning: notEarning.optional(),
    review: z
      .object({ id: z.string(), limits: z.array(z.record(z.string(), z.string())) })
      .optional()
      .meta({ description: 'The points earned wait for a person: a limit was passed' }),
    refusedRedemption: z.string().optional().meta({
      description: 'What an offline till promised to take, and was not taken: an amount, or max',
      example: '30.00',
    }),
    account: z.object({ id: z.string(), balance }),
    mirror: z.object({
      state: z.enum(['matched', 'syncing', 'needs_operator']),
      target: amountText,
      altegio: amountText.nullable(),
      seenAt: time.nullable(),
    }),
    tip: amountText.optional().meta({ description: 'Paid beside the bill; it never earns' }),
    refunded: amountText.optional().meta({ description: 'Part of the bill that went back' }),
    workflowId: z.string(),
    replayed: z.boolean(),
    expiresAt: time.nullable(),
    declined: z.object({ code: z.string(), allowed: amountText.optional() }).nullable(),
  })
  .meta({ id: 'Payment' });

/** A page of payments. */
export const paymentsAnswer = z
  .object({
    items: z.array(paymentAnswer),
    next: z.string().nullable(),
    sums: z
      .object({
        count: z.int(),
        total: amountText,
        redeemed: amountText,
        accrued: amountText,
        refunded: amountText.meta({ description: 'Part of the total that went back, whenever that was' }),
      })
      .meta({
        description:
          'Of everything selected, as sold: before refunds, and of a payment in two steps what was captured. total − refunded is what remains.',
      }),
  })
  .meta({ id: 'Payments' });

/** The answer of a batch. */
export const batchAnswer = z
  .object({
    results: z.array(
      z.object({
        offlineSeq: z.int().nullable(),
        receipt: z.string().nullable(),
        status: z.int().meta({ description: '201 a payment, 202 not decided yet, otherwise that of the problem' }),
        payment: paymentAnswer.optional(),
        problem: problemDocument.optional(),
      }),
    ),
  })
  .meta({ id: 'BatchAnswer' });
