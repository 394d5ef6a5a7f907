/** The POS door in the OpenAPI document. */
import { z } from 'zod';
import { route } from '../http/openapi.ts';
import { lookupAnswer, paymentAnswer, quoteAnswer } from './answers.ts';
import { lookupBody, paymentBody, paymentPath, quoteBody, receiptQuery } from './bodies.ts';

/** The header of every POST of a till. */
const headers = z.object({
  'Idempotency-Key': z.string().min(1).max(255).optional().meta({
    description: 'Same key and body: same answer, with Idempotent-Replayed: true. Kept 35 days.',
    example: '0b7f6a52-2f4e-4b0a-9a57-5d1f7c1e8a11',
  }),
});

const COMMON = { tags: ['Till'], security: 'posKey' } as const;

const ACCOUNT = 'acc_01kajd6x0q8m4v2rtn5c7w9yzb';
const LINES = [
  { id: '1', title: 'Haircut', amount: '60.00' },
  { id: '2', title: 'Shampoo', category: 'goods', amount: '40.00' },
];
const SALE = { receipt: 'R-1', phone: '+77010600001', total: '100.00' };

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
    examples: {
      phone: { summary: 'By phone', value: { phone: '+77010600001' } },
      card: { summary: 'By the number on the card', value: { cardNumber: '4000123412341234' } },
      scan: { summary: 'What a scanner or a swipe typed', value: { scan: ';4000123412341234=9912?' } },
    },
    answers: {
      200: {
        description: 'The customer',
        schema: lookupAnswer,
        links: {
          quote: {
            operationId: 'post_v1_quotes',
            description: 'What a bill of this customer could take',
            requestBody: { accountId: '$response.body#/account/id' },
          },
          pay: {
            operationId: 'post_v1_payments',
            description: 'A sale to this customer',
            requestBody: { accountId: '$response.body#/account/id' },
          },
        },
      },
    },
    problems: [
      'customer_inactive',
      'account_not_found',
      'card_replaced',
      'card_not_active_here',
      'program_not_linked',
      'altegio_unavailable',
    ],
  });
  route({
    ...COMMON,
    method: 'post',
    path: '/v1/quotes',
    summary: 'What a bill could take and earn',
    description: 'Writes nothing. Bonus is the first of the methods, with the most it can pay.',
    headers,
    body: quoteBody,
    examples: {
      bill: { summary: 'A bill', value: { accountId: ACCOUNT, total: '100.00' } },
      lines: { summary: 'With its lines', value: { accountId: ACCOUNT, total: '100.00', lines: LINES } },
    },
    answers: { 200: { description: 'The quote', schema: quoteAnswer } },
    problems: [
      'customer_inactive',
      'account_not_found',
      'card_replaced',
      'lines_mismatch',
      'card_not_active_here',
      'program_not_linked',
    ],
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
    examples: {
      sale: { summary: 'As many points as can be used', value: { ...SALE, redeem: 'max' } },
      partial: { summary: 'An amount of points, or less', value: { ...SALE, redeem: '30.00', allowPartial: true } },
      earning: {
        summary: 'No points taken',
        value: { ...SALE, redeem: 'none', money: [{ type: 'card', amount: '100.00' }] },
      },
    },
    answers: {
      201: {
        description: 'The payment; a repeat has replayed: true',
        schema: paymentAnswer,
        location: 'The payment',
        links: {
          payment: {
            operationId: 'get_v1_payments_id',
            description: 'The payment later, with how both books stand',
            parameters: { id: '$response.body#/id' },
          },
          receipt: {
            operationId: 'get_v1_payments',
            description: 'The same by its receipt',
            parameters: { receipt: '$response.body#/receipt' },
          },
        },
      },
      202: { description: 'Still PENDING; ask at Location', schema: paymentAnswer, location: 'Where to ask' },
    },
    problems: [
      'customer_inactive',
      'account_not_found',
      'receipt_conflict',
      'card_choice_required',
      'card_replaced',
      'insufficient_points',
      'share_cap_exceeded',
      'below_minimum',
      'lines_mismatch',
      'money_mismatch',
      'redeem_kind_mismatch',
      'card_not_active_here',
      'program_not_linked',
      'account_in_debt',
      'timed_out',
      'account_frozen',
      'altegio_unavailable',
    ],
  });
  route({
    ...COMMON,
    method: 'get',
    path: '/v1/payments',
    summary: 'The latest attempt of a receipt',
    query: receiptQuery,
    answers: { 200: { description: 'The payment', schema: paymentAnswer } },
    problems: ['payment_not_found'],
  });
  route({
    ...COMMON,
    method: 'get',
    path: '/v1/payments/{id}',
    summary: 'One payment',
    description: 'As it was answered, with how the two books stand now in `mirror`.',
    params: paymentPath,
    answers: { 200: { description: 'The payment', schema: paymentAnswer } },
    problems: ['forbidden_location', 'payment_not_found'],
  });
}
