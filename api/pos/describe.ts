/** The POS door in the OpenAPI document. */
import { z } from 'zod';
import { route } from '../http/openapi.ts';
import { enrolmentAnswer, lookupAnswer, paymentAnswer, quoteAnswer } from './answers.ts';
import { enrolmentBody, lookupBody, paymentBody, paymentPath, quoteBody, receiptQuery } from './bodies.ts';

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
    path: '/v1/accounts',
    summary: 'Enrol a customer at the till',
    description: 'A phone that is known answers its account. A card in Altegio is taken over, or one is issued.',
    headers,
    body: enrolmentBody,
    answers: {
      200: { description: 'Known before', schema: enrolmentAnswer },
      201: { description: 'Enrolled', schema: enrolmentAnswer },
    },
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
      'The same receipt with the same account, total, redeem and as is a repeat and gets the same answer.',
    headers,
    body: paymentBody,
    answers: {
      201: { description: 'The payment; a repeat has replayed: true', schema: paymentAnswer },
      202: { description: 'Still PENDING; ask at Location', schema: paymentAnswer },
    },
  });
  route({
    ...COMMON,
    method: 'get',
    path: '/v1/payments',
    summary: 'The latest attempt of a receipt',
    query: receiptQuery,
    answers: { 200: { description: 'The payment', schema: paymentAnswer } },
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
}
