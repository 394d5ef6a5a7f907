/** What the POS door answers, as documented. Answers are written by plain functions; amounts are decimal texts. */
import { z } from 'zod';
import { amountText } from '../http/schemas.ts';

const balance = z
  .object({ active: amountText, held: amountText, pending: amountText, debt: amountText, available: amountText })
  .meta({ id: 'Balance' });

const time = z.string().meta({ format: 'date-time', example: '2026-11-21T12:00:00.000Z' });

const account = z
  .object({
    id: z.string(),
    displayName: z.string().meta({ description: 'Masked', example: 'A*** S***' }),
    card: z.object({ number: z.string().nullable(), status: z.enum(['active', 'missing', 'none']) }),
    type: z.string(),
    customerType: z.string().meta({ description: 'The group the customer is in' }),
    balance,
    nextExpiry: z.object({ amount: amountText, at: time }).nullable(),
    altegio: z.object({ balance: amountText, seenAt: time, stale: z.boolean() }).nullable(),
  })
  .meta({ id: 'Account' });

/** The answer of a lookup; `accounts` when the customer has several cards here. */
export const lookupAnswer = z.object({ account, accounts: z.array(account).optional() }).meta({ id: 'LookupAnswer' });

/** The answer of an enrolment. */
export const enrolmentAnswer = z.object({ account }).meta({ id: 'EnrolmentAnswer' });

/** The answer of a quote. */
export const quoteAnswer = z
  .object({
    maxRedeemable: amountText,
    due: amountText,
    wouldAccrue: amountText.meta({ description: 'Earned when the maximum is redeemed' }),
    wouldAccrueWithoutBonus: amountText,
    methods: z.array(
      z.object({ type: z.enum(['bonus', 'cash', 'card']), max: amountText, reason: z.string().optional() }),
    ),
    reasons: z.array(z.string()),
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
    account: z.object({ id: z.string(), balance }),
    mirror: z.object({
      state: z.enum(['matched', 'syncing', 'needs_operator']),
      target: amountText,
      altegio: amountText.nullable(),
      seenAt: time.nullable(),
    }),
    workflowId: z.string(),
    replayed: z.boolean(),
    expiresAt: time.nullable(),
    declined: z.object({ code: z.string(), allowed: amountText.optional() }).nullable(),
  })
  .meta({ id: 'Payment' });
