/** The POS door in the OpenAPI document. */
import { z } from 'zod';
import { route } from '../http/openapi.ts';
import { batchAnswer, lookupAnswer, paymentAnswer, paymentsAnswer, quoteAnswer } from './answers.ts';
import { receiptAnswer, receiptQuery } from './receipt/receipt.ts';
import { batchBody, lookupBody, paymentBody, paymentPath, paymentsQuery, quoteBody } from './bodies.ts';
import { describeSteps } from './describe-steps.ts';

const headers = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: 'Same key and body: same answer, with Idempotent-Replayed: true. Kept 35 days.' }),
});

const COMMON = { tags: ['Till'], security: 'posKey' } as const;

/** Registers every call of the door. */
export function describePosDoor(): void {
  route({
    ...COMMON,
    method: 'post',
    path: '/v1/lookups',
    summary: 'Who is it, and how many points',
    description:
      'By phone, card number or a raw scan. Answers from the ledger; a phone we do not know is asked of Altegio.',
    headers,
    body: lookupBody,
    answers: { 200: { description: 'The customer', schema: lookupAnswer } },
  });
  route({
    ...COMMON,
    method: 'post',
    path: '/v1/quotes',
    summary: 'What a bill could take and earn',
    description: 'Writes nothing. Bonus is the first of the methods, with the most it can pay.',
    headers,
    body: quoteBody,
    answers: { 200: { description: 'The quote', schema: quoteAnswer } },
  });
  route({
    ...COMMON,
    method: 'post',
    path: '/v1/payments',
    summary: 'Take bonus first, money second',
    description:
      'Answered within 4 s: 201 final, 202 with where to ask, or 503, which means that nothing has happened and nothing will. ' +
      'The same receipt with the same account, total, redeem and as is a repeat and gets the same answer. ' +
      'capture: false only reserves the points, until expiresAt.',
    headers,
    body: paymentBody,
    answers: {
      201: { description: 'The payment; a repeat has replayed: true', schema: paymentAnswer },
      202: { description: 'Still PENDING; ask at Location', schema: paymentAnswer },
    },
  });
  route({
    ...COMMON,
    method: 'post',
    path: '/v1/batches',
    summary: 'Sales made offline',
    description:
      'Each receipt becomes one payment, in the order of `offlineSeq`. All are kept before the answer, which waits for them ' +
      'as long as a till waits: 200 when every item is decided, 202 when some are not (`status` 202 of the item). Send the ' +
      'same batch again until none is left; nothing is made twice, and nothing that was kept is lost. A redemption is refused ' +
      'and its sale kept with `redeemed` 0.00 and `refusedRedemption`, earning on the money given. An item older than 35 days ' +
      'or more than 5 minutes ahead is refused, the others go on.',
    headers,
    body: batchBody,
    answers: {
      200: { description: 'Every item is decided', schema: batchAnswer },
      202: { description: 'Some items are not decided yet; send the batch again', schema: batchAnswer },
    },
  });
  route({
    ...COMMON,
    method: 'get',
    path: '/v1/payments',
    summary: 'The latest attempt of a receipt, or the sales of a period with their sums',
    description:
      'With `receipt` one payment. With `from` (and `to`, `terminal`, `state`) a page of sales, newest first by when they were ' +
      'made; days are days of the location’s time zone, and `sums` are of the whole selection, not of the page. Sums are ' +
      'those of the sales themselves: refunds are not taken off.',
    query: paymentsQuery,
    answers: { 200: { description: 'The payment, or the page', schema: z.union([paymentAnswer, paymentsAnswer]) } },
  });
  route({
    ...COMMON,
    method: 'get',
    path: '/v1/payments/{id}',
    summary: 'One payment',
    description: 'As it was answered, with how the two books stand now in `mirror`.',
    params: paymentPath,
    answers: { 200: { description: 'The payment', schema: paymentAnswer } },
  });
  route({
    ...COMMON,
    method: 'get',
    path: '/v1/payments/{id}/receipt',
    summary: 'The receipt document',
    description:
      'By Accept JSON, HTML that prints 80 mm wide, or PDF. Prices contain their VAT; it is told by rate, and the rates add ' +
      'up to what all of them make. 409 not_captured where nothing was sold.',
    params: paymentPath,
    query: receiptQuery,
    answers: { 200: { description: 'The receipt', schema: receiptAnswer } },
  });
  describeSteps();
}
