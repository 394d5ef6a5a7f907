/** How deposits are answered to operators. */
import { z } from 'zod';
import { DEPOSIT_TENDERS } from '../../domain/deposit.ts';
import type { PayerLink } from '../../activities/ledger/deposit-payers.ts';
import { altegioId, amountText, ownId, positiveAmount } from '../http/schemas.ts';
import { dayAnswer, depositAnswer, notMirrored, reference, tender } from '../pos/deposit-bodies.ts';
import { personText, wireIdSchema, wireTime } from './wire.ts';

/** `POST /api/accounts/{id}/deposit`. */
export const orderBody = z
  .strictObject({
    kind: z.enum(['top_up', 'pay_out']).meta({ description: 'Money in, or handed back', example: 'top_up' }),
    amount: positiveAmount,
    tender,
    reason: personText(500),
    reference: reference.optional().meta({ description: 'Unique in the location for ever; without it one is made' }),
    locationId: altegioId
      .optional()
      .meta({ description: 'Where the money is; default: the location of the customer’s card' }),
  })
  .meta({ id: 'DepositOrderRequest' });

/** The workflow that does it. */
export const orderStarted = z.object({ id: z.string(), reference: z.string(), workflowId: z.string() });

const standing = z.object({ balance: amountText, held: amountText, available: amountText });

/** The plan of an order that has not been made. */
export const depositPlan = z
  .object({
    transfers: z.array(z.object({ code: z.string(), tender: z.enum(DEPOSIT_TENDERS), amount: amountText })),
    balance: z.object({ before: standing, after: standing }),
    altegio: notMirrored,
  })
  .meta({ id: 'DepositPlan' });

/** A customer's deposit beside what Altegio keeps. */
export const depositSchema = depositAnswer
  .extend({
    paysFor: z
      .array(z.object({ accountId: ownId('acc'), since: wireTime }))
      .meta({ description: 'Whose sales this deposit pays besides the own ones', example: [] }),
    altegioDeposits: z
      .object({
        state: z.enum(['read', 'unavailable', 'none']),
        items: z.array(z.object({ id: wireIdSchema, title: z.string(), balance: amountText, blocked: z.boolean() })),
        note: z.string(),
      })
      .meta({
        description: 'Altegio’s own deposits of this phone, read now to be shown. Nothing is paid from them here.',
      }),
  })
  .meta({ id: 'DepositOfAccount' });

/** A movement in a customer's history. */
export const entrySchema = z
  .object({
    id: z.string(),
    code: z.enum(['top_up', 'pay_out', 'payment', 'refund']),
    amount: amountText.meta({ description: 'Signed: what the deposit gained or lost' }),
    balance: amountText.meta({ description: 'Of the customer’s own deposit after it' }),
    depositOf: ownId('acc').meta({ description: 'Whose money moved: the customer’s own, or the payer’s' }),
    saleOf: ownId('acc')
      .nullable()
      .meta({ description: 'Whose sale it paid; null for money that came or went by hand' }),
    tender: z.enum(DEPOSIT_TENDERS).nullable(),
    document: z.string().nullable().meta({ description: 'The receipt of the sale, or the reference of the order' }),
    paymentId: z.string().nullable(),
    locationId: wireIdSchema,
    workflowId: z.string(),
    actor: z.string(),
    reason: z.string().nullable(),
    happenedAt: wireTime,
    learnedAt: wireTime,
  })
  .meta({ id: 'DepositEntry' });

/** A customer's statement. */
export const depositStatement = z
  .object({
    accountId: ownId('acc'),
    currency: z.string(),
    from: wireTime.nullable(),
    to: wireTime.nullable(),
    timeZone: z.string(),
    opening: amountText,
    closing: amountText,
    entries: z.array(entrySchema),
    altegio: notMirrored,
  })
  .meta({ id: 'DepositStatement' });

/** The report of a period. */
export const depositReport = z
  .object({
    from: wireTime.nullable(),
    to: wireTime.nullable(),
    items: z.array(dayAnswer),
    totals: z
      .array(z.object({ currency: z.string(), opening: amountText, closing: amountText }))
      .meta({ description: 'All deposits of the chain: opening + top-ups − pay-outs − paid + refunded = closing' }),
  })
  .meta({ id: 'DepositReport' });

const act = z.object({ at: wireTime, by: z.string(), reason: z.string() });

/** A link between the one who pays and the one who is paid for. */
export const payerLink = z
  .object({
    accountId: ownId('acc').meta({ description: 'Whose sales are paid' }),
    payerId: ownId('acc').meta({ description: 'Whose deposit pays' }),
    linked: act,
    ended: act.nullable(),
  })
  .meta({ id: 'PayerLink' });

/** A link as it is answered. */
export const linkToWire = ({ linked, ended, ...ids }: PayerLink): z.infer<typeof payerLink> => ({
  ...ids,
  linked: { ...linked, at: linked.at.toISOString() },
  ended: ended && { ...ended, at: ended.at.toISOString() },
});
