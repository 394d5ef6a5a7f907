/** The further steps of a payment in the OpenAPI document. */
import { z } from 'zod';
import { type AnswerDoc, route } from '../http/openapi.ts';
import { amount, amountText } from '../http/schemas.ts';
import { paymentAnswer } from './answers.ts';
import { paymentPath } from './bodies.ts';
import { IN_TIME, keyHeader, NO_PAYMENT, PAYMENT_LINKS, TILL } from './describe-common.ts';
import { captureBody, refundBody, refundByReceiptBody, stepPath, voidBody } from './step-bodies.ts';

const refundAnswer = z
  .object({
    refund: z.string().meta({ example: 'RF-1' }),
    moneyToReturn: amount('Money to hand back', '28.00'),
    depositReturned: amount('Money that went back to the deposit it was taken from, and is not handed back', '0.00'),
    tenders: z.array(z.object({ type: z.string(), amount: amountText })).meta({
      description: 'All that goes back, each in the kind it was paid in, points first',
      example: [
        { type: 'bonus', amount: '12.00' },
        { type: 'money', amount: '28.00' },
      ],
    }),
    pointsReturned: amount('Points that went back to the customer', '12.00'),
    pointsExpired: amount('Of the points returned: their lot has expired, and so have they', '0.00'),
    accrualClawedBack: amount('Taken back of what the money had earned', '1.40'),
    accrualLeft: amount('Earned on the money returned, and left by the program’s clawback rule', '0.00'),
    debt: amount('What the customer owes now', '0.00'),
    payment: paymentAnswer,
    replayed: z.boolean().meta({ description: 'This is the answer of an earlier request', example: false }),
  })
  .meta({ id: 'Refund' });

const pending: AnswerDoc = {
  description: 'Not decided yet; ask at Location',
  schema: z
    .object({
      id: z.string().meta({ example: 'stp_01kajd6x0q8m4v2rtn5c7w9yzb' }),
      kind: z.enum(['capture', 'void', 'refund']),
      state: z.literal('PENDING'),
      paymentId: z.string().meta({ example: 'pay_01kajd6x0q8m4v2rtn5c7w9yzb' }),
      refund: z.string().optional(),
    })
    .meta({ id: 'PendingStep' }),
  location: 'Where to ask',
  links: {
    step: {
      operationId: 'get_v1_steps_id',
      description: 'How it was decided',
      parameters: { id: '$response.body#/id' },
    },
  },
};

/** What a payment that is not authorized answers to a capture or a void. */
const NOT_AUTHORIZED = [
  'operation_in_progress',
  'already_captured',
  'already_voided',
  'not_captured',
  'hold_expired',
] as const;

/** What a capture's bill may break. */
const BILL_REFUSED = [
  'insufficient_points',
  'share_cap_exceeded',
  'below_minimum',
  'money_mismatch',
  'insufficient_deposit',
] as const;

const NO_REFUND = ['already_refunded', 'refund_exceeds_payment'] as const;

function describeHold(): void {
  const step = { ...TILL, method: 'post', headers: keyHeader, params: paymentPath } as const;
  const answers = {
    200: { description: 'The payment; a repeat has replayed: true', schema: paymentAnswer, links: PAYMENT_LINKS },
    202: pending,
  };
  route({
    ...step,
    path: '/v1/payments/{id}/capture',
    summary: 'Take the points that were reserved, or fewer',
    description: `${IN_TIME}Total and redeem may only go down; the rest of the reservation is released at once.`,
    body: captureBody,
    examples: {
      all: { summary: 'As it was authorized', value: {} },
      less: { summary: 'The bill has become smaller', value: { total: '80.00' } },
    },
    answers,
    problems: [...NO_PAYMENT, ...NOT_AUTHORIZED, ...BILL_REFUSED, 'lines_mismatch', 'timed_out'],
  });
  route({
    ...step,
    path: '/v1/payments/{id}/void',
    summary: 'Cancel a payment that is not captured',
    description: `${IN_TIME}Reserved points are released; a captured payment is refunded instead.`,
    body: voidBody,
    answers,
    problems: [...NO_PAYMENT, ...NOT_AUTHORIZED, 'timed_out'],
  });
}

function describeRefunds(): void {
  const rules =
    'By a part of the bill or by lines, as often as something is left. Points return to their lots, accrual is clawed back.';
  const refund = {
    ...TILL,
    method: 'post',
    headers: keyHeader,
    answers: {
      201: { description: 'The refund; a repeat has replayed: true', schema: refundAnswer },
      202: pending,
    },
  } as const;
  const problems = [
    'payment_not_found',
    'receipt_conflict',
    'operation_in_progress',
    'already_voided',
    'not_captured',
    ...NO_REFUND,
    'timed_out',
  ] as const;
  route({
    ...refund,
    path: '/v1/payments/{id}/refunds',
    summary: 'Return a sale or a part of it',
    description: IN_TIME + rules,
    params: paymentPath,
    body: refundBody,
    examples: {
      amount: { summary: 'A part of the bill', value: { refund: 'RF-1', amount: '40.00' } },
      lines: { summary: 'One line, whole', value: { refund: 'RF-1', lines: [{ id: '2' }] } },
    },
    problems: ['forbidden_location', ...problems],
  });
  route({
    ...refund,
    path: '/v1/refunds',
    summary: 'The same by receipt',
    description: `${IN_TIME}${rules} A sale that is not known is 404 with retryable: true, and nothing is kept.`,
    body: refundByReceiptBody,
    examples: {
      amount: { summary: 'A part of the bill', value: { receipt: 'R-1', refund: 'RF-1', amount: '40.00' } },
      lines: { summary: 'One line, whole', value: { receipt: 'R-1', refund: 'RF-1', lines: [{ id: '2' }] } },
    },
    problems,
  });
}

/** Registers the calls. */
export function describeSteps(): void {
  describeHold();
  describeRefunds();
  route({
    ...TILL,
    method: 'get',
    path: '/v1/steps/{id}',
    summary: 'A capture, void or refund that was answered 202',
    description: 'Its answer or its problem, as it would have been given at once.',
    params: stepPath,
    answers: {
      200: { description: 'Its answer', schema: z.union([paymentAnswer, refundAnswer]) },
      202: pending,
    },
    problems: [...NO_PAYMENT, 'already_voided', 'hold_expired', ...BILL_REFUSED, ...NO_REFUND, 'timed_out'],
  });
}
