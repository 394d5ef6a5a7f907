/** What the POS door answers, as documented. Answers are written by plain functions; amounts are decimal texts. */
import { z } from 'zod';
import { amountText } from '../http/schemas.ts';

const amount = (description: string, example: string) => amountText.meta({ description, example });

const balance = z
  .object({
    active: amount('Points that can be used, reserved ones included', '73.50'),
    held: amount('Reserved by payments that are not captured', '0.00'),
    pending: amount('Earned and not usable yet', '0.00'),
    debt: amount('Owed: points that were spent and then taken back', '0.00'),
    available: amount('active − held, or nothing while there is a debt', '73.50'),
  })
  .meta({ id: 'Balance' });

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
    balance,
    nextExpiry: z.object({ amount: amountText, at: time }).nullable(),
    altegio: otherBook,
  })
  .meta({ id: 'Account' });

/** The answer of a lookup; `accounts` when the customer has several cards here. */
export const lookupAnswer = z.object({ account, accounts: z.array(account).optional() }).meta({ id: 'LookupAnswer' });

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
          type: z.enum(['bonus', 'cash', 'card']),
          max: amountText,
          reason: z.string().optional().meta({ description: 'Why bonus can pay nothing, as a problem code' }),
        }),
      )
      .meta({
        description: 'Bonus first',
        example: [
          { type: 'bonus', max: '30.00' },
          { type: 'cash', max: '100.00' },
          { type: 'card', max: '100.00' },
        ],
      }),
    reasons: z
      .array(z.string())
      .meta({ description: 'What limits maxRedeemable, as problem codes', example: ['share_cap_exceeded'] }),
    altegio: otherBook,
  })
  .meta({ id: 'Quote' });

/** A payment. */
export const paymentAnswer = z
  .object({
    id: z.string().meta({ example: 'pay_01kajd6x0q8m4v2rtn5c7w9yzb' }),
    receipt: z.string().meta({ example: 'R-1' }),
    attempt: z.int().meta({ description: 'Counts the tries of a receipt; a declined one leaves it free' }),
    state: z
      .enum([
        'PENDING',
        'AUTHORIZED',
        'CAPTURED',
        'PARTIALLY_REFUNDED',
        'REFUNDED',
        'VOIDED',
        'EXPIRED',
        'DECLINED',
        'ABANDONED',
      ])
      .meta({ example: 'CAPTURED' }),
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
    account: z.object({ id: accountId, balance }),
    mirror: z
      .object({
        state: z.enum(['matched', 'syncing', 'needs_operator']),
        target: amount('What Altegio should hold', '73.50'),
        altegio: amount('What it held when it was last seen', '73.50').nullable(),
        seenAt: time.nullable(),
      })
      .meta({ description: 'How both books stand; a till need not wait for it' }),
    workflowId: z.string().meta({ example: 'payment:101:R-1' }),
    replayed: z.boolean().meta({ description: 'This is the answer of an earlier request', example: false }),
    expiresAt: time.nullable().meta({ description: 'Until when points are reserved', example: null }),
    declined: z
      .object({ code: z.string(), allowed: amountText.optional() })
      .nullable()
      .meta({ description: 'Why nothing was taken, in state DECLINED', example: null }),
  })
  .meta({ id: 'Payment' });
