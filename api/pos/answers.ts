/** What the POS door answers, as documented. Answers are written by plain functions; amounts are decimal texts. */
import { z } from 'zod';
import { PAYMENT_STATES } from '../../activities/ledger/payment-row.ts';
import { balance, planAnswer } from '../http/plan.ts';
import { amount, amountText, problemDocument } from '../http/schemas.ts';

const time = z.string().meta({ format: 'date-time', example: '2026-11-21T12:00:00.000Z' });

const otherBook = z
  .object({
    balance: amount('What Altegio held', '73.50'),
    seenAt: time,
    stale: z.boolean().meta({ description: 'Seen more than 60 s ago, and Altegio did not answer now', example: false }),
  })
  .nullable();

const accountId = z.string().meta({ example: 'acc_01kajd6x0q8m4v2rtn5c7w9yzb' });

const account = z
  .object({
    id: accountId,
    displayName: z.string().meta({ description: 'Masked', example: 'A*** S***' }),
    card: z.object({
      number: z.string().meta({ example: '4000123412341234' }).nullable(),
      status: z.enum(['active', 'missing', 'none']),
    }),
    type: z.string().meta({ description: 'The card type’s name', example: 'Cashback' }),
    customerType: z.string().meta({ description: 'The group the customer is in', example: 'Standard' }),
    level: z.string().meta({ description: 'Reached by money spent', example: 'Silver' }),
    balance,
    nextExpiry: z.object({ amount: amountText, at: time }).nullable(),
    altegio: otherBook,
  })
  .meta({ id: 'Account' });

/** The answer of a lookup; `accounts` when the customer has several cards here. */
export const lookupAnswer = z.object({ account, accounts: z.array(account).optional() }).meta({ id: 'LookupAnswer' });

/** The answer of an enrolment. */
export const enrolmentAnswer = z.object({ account }).meta({ id: 'EnrolmentAnswer' });

const notEarning = z
  .array(
    z.object({
      line: z.string().nullable().meta({ description: 'Id of the line; null where the bill has none' }),
      reason: z.enum([
        'item_excluded',
        'category_excluded',
        'location_excluded',
        'customer_type_excluded',
        'visits_earn',
        'type_earns_nothing',
      ]),
    }),
  )
  .meta({ description: 'What earns 0.00, and why' });

/** The answer of a quote. */
export const quoteAnswer = z
  .object({
    maxRedeemable: amount('The most that bonus can pay of this bill', '30.00'),
    due: amount('Money left when the maximum is redeemed', '70.00'),
    wouldAccrue: amount('Earned when the maximum is redeemed', '3.50'),
    wouldAccrueWithoutBonus: amount('Earned when all is paid with money', '5.00'),
    methods: z
      .array(
        z.object({
          type: z.enum(['bonus', 'deposit', 'cash', 'card']),
          max: amountText,
          reason: z.string().optional().meta({ description: 'Why it can pay nothing, as a problem code' }),
        }),
      )
      .meta({
        description: 'In the order of a checkout, bonus first',
        example: [
          { type: 'bonus', max: '30.00' },
          { type: 'cash', max: '100.00' },
          { type: 'card', max: '100.00' },
        ],
      }),
    reasons: z
      .array(z.string())
      .meta({ description: 'What limits maxRedeemable, as problem codes', example: ['share_cap_exceeded'] }),
    notEarning,
    lines: z.array(z.object({ id: z.string(), amount: amountText, discount: amountText })).optional(),
    plan: planAnswer,
    altegio: otherBook,
  })
  .meta({ id: 'Quote' });

/** A payment. */
export const paymentAnswer = z
  .object({
    id: z.string().meta({ example: 'pay_01kajd6x0q8m4v2rtn5c7w9yzb' }),
    receipt: z.string().meta({ example: 'R-1' }),
    attempt: z.int().meta({ description: 'Counts the tries of a receipt; a declined one leaves it free' }),
    state: z.enum(PAYMENT_STATES).meta({ example: 'CAPTURED' }),
    total: amount('The bill', '100.00'),
    redeemed: amount('Points taken', '30.00'),
    due: amount('Money to take', '70.00'),
    accrued: amount('Points earned by the money', '3.50'),
    tenders: z.array(z.object({ type: z.string(), amount: amountText })).meta({
      description: 'How the bill is paid, bonus first; money while its kind is not known',
      example: [
        { type: 'bonus', amount: '30.00' },
        { type: 'money', amount: '70.00' },
      ],
    }),
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
    account: z.object({ id: accountId, balance }),
    mirror: z
      .object({
        state: z.enum(['matched', 'syncing', 'needs_operator']),
        target: amount('What Altegio should hold', '73.50'),
        altegio: amount('What it held when it was last seen', '73.50').nullable(),
        seenAt: time.nullable(),
      })
      .meta({ description: 'How both books stand; a till need not wait for it' }),
    tip: amountText.optional().meta({ description: 'Paid beside the bill; it never earns' }),
    refunded: amountText.optional().meta({ description: 'Part of the bill that went back' }),
    workflowId: z.string().meta({ example: 'payment:101:R-1' }),
    replayed: z.boolean().meta({ description: 'This is the answer of an earlier request', example: false }),
    expiresAt: time.nullable().meta({ description: 'Until when points are reserved', example: null }),
    declined: z
      .object({ code: z.string(), allowed: amountText.optional() })
      .nullable()
      .meta({ description: 'Why nothing was taken, in state DECLINED', example: null }),
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
