/** What the calls about deposits take and answer, as documented. */
import { z } from 'zod';
import { DEPOSIT_TENDERS } from '../../domain/deposit.ts';
import { moment } from '../http/period.ts';
import { amount, amountText, ownId, positiveAmount, shortText, timestamp } from '../http/schemas.ts';

/** The caller's own number of an order. */
export const reference = z
  .string()
  .regex(/^[A-Za-z0-9._/-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ / -')
  .meta({ description: 'The till’s own number of it, unique in its location for ever', example: 'D-1' });

/** How money came, or went. */
export const tender = z.enum(DEPOSIT_TENDERS).meta({ example: 'cash' });

/** `POST /v1/accounts/{id}/deposit`. */
export const topUpBody = z
  .strictObject({
    reference,
    amount: positiveAmount,
    tender,
    occurredAt: timestamp.optional(),
    terminal: shortText.optional(),
    operator: shortText.optional(),
  })
  .meta({ id: 'TopUpRequest' });

/** The account in a path. */
export const accountPath = z.strictObject({ id: ownId('acc') });

/** `GET /v1/deposits/{id}`. */
export const orderPath = z.strictObject({ id: ownId('dep') });

/** `GET /v1/deposits`. */
export const depositsQuery = z.strictObject({
  from: moment,
  to: moment.optional().meta({ description: 'A day is included whole', example: '2026-11-30' }),
});

const time = z.string().meta({ format: 'date-time', example: '2026-11-21T12:00:00.000Z' });

/** Altegio keeps deposits of its own and has no call that takes money from one. */
export const notMirrored = z.literal('not_mirrored').meta({
  description: 'Altegio is not told and its own deposits do not change: it has no call that takes money from one',
});

const standing = {
  balance: amount('Money in the deposit', '100.00'),
  held: amount('Reserved by payments that are not captured', '0.00'),
};

/** The answer of an order. */
export const orderAnswer = z
  .object({
    id: z.string().meta({ example: 'dep_01kajd6x0q8m4v2rtn5c7w9yzb' }),
    reference: z.string().meta({ example: 'D-1' }),
    kind: z.enum(['top_up', 'pay_out']),
    state: z.literal('DONE'),
    accountId: z.string().meta({ example: 'acc_01kajd6x0q8m4v2rtn5c7w9yzb' }),
    amount: amount('What was put in, or handed back', '100.00'),
    tender,
    currency: z.string().meta({ example: 'KZT' }),
    deposit: z.object({ ...standing, available: amount('balance − held', '100.00') }),
    happenedAt: time,
    altegio: notMirrored,
    workflowId: z.string().meta({ example: 'deposit:101:D-1' }),
    replayed: z.boolean().meta({ description: 'This is the answer of an earlier request', example: false }),
  })
  .meta({ id: 'DepositOrder' });

/** An order that is not decided yet. */
export const pendingOrder = z
  .object({
    id: z.string().meta({ example: 'dep_01kajd6x0q8m4v2rtn5c7w9yzb' }),
    reference: z.string().meta({ example: 'D-1' }),
    state: z.literal('PENDING'),
    workflowId: z.string(),
  })
  .meta({ id: 'PendingDepositOrder' });

/** A customer's deposit as a till sees it. */
export const depositAnswer = z
  .object({
    accountId: z.string().meta({ example: 'acc_01kajd6x0q8m4v2rtn5c7w9yzb' }),
    currency: z.string().meta({ example: 'KZT' }),
    ...standing,
    available: amount('What this customer can pay now: the own deposit, then the payer’s', '100.00'),
    payer: z
      .object({ accountId: z.string(), since: time, available: amountText })
      .nullable()
      .meta({ description: 'Whose deposit pays what the own one does not', example: null }),
    altegio: notMirrored,
  })
  .meta({ id: 'Deposit' });

const byTender = z.partialRecord(z.enum(DEPOSIT_TENDERS), amountText).meta({ example: { cash: '100.00' } });

/** What moved through one location. */
export const dayAnswer = z
  .object({
    locationId: z.union([z.int(), z.string()]).meta({ example: 101 }),
    currency: z.string().meta({ example: 'KZT' }),
    count: z.int().meta({ example: 2 }),
    topUps: byTender,
    payOuts: byTender,
    paid: amount('What deposits have paid of sales', '20.00'),
    refunded: amount('What went back to deposits', '0.00'),
  })
  .meta({ id: 'DepositDay' });

/** The report for closing a till's day. */
export const tillReportAnswer = z
  .object({ from: time.nullable(), to: time.nullable(), items: z.array(dayAnswer) })
  .meta({ id: 'DepositDays' });
