/** The further steps of a payment in the OpenAPI document. */
import { z } from 'zod';
import { route } from '../http/openapi.ts';
import { amountText } from '../http/schemas.ts';
import { paymentAnswer } from './answers.ts';
import { paymentPath } from './bodies.ts';
import { captureBody, refundBody, refundByReceiptBody, stepPath, voidBody } from './step-bodies.ts';

const headers = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({ description: 'Same key and body: same answer, with Idempotent-Replayed: true. Kept 35 days.' }),
});

const COMMON = { tags: ['Till'], security: 'posKey' } as const;

const refundAnswer = z
  .object({
    refund: z.string(),
    moneyToReturn: amountText,
    pointsReturned: amountText,
    pointsExpired: amountText.meta({ description: 'Of the points returned: their lot has expired, and so have they' }),
    accrualClawedBack: amountText,
    accrualLeft: amountText.meta({
      description: 'Earned on the money returned, and left by the program’s clawback rule',
    }),
    debt: amountText.meta({ description: 'What the customer owes now' }),
    payment: paymentAnswer,
    replayed: z.boolean(),
  })
  .meta({ id: 'Refund' });

const pending = {
  description: 'Not decided yet; ask at Location',
  schema: z
    .object({
      id: z.string(),
      kind: z.enum(['capture', 'void', 'refund']),
      state: z.literal('PENDING'),
      paymentId: z.string(),
      refund: z.string().optional(),
    })
    .meta({ id: 'PendingStep' }),
};

const IN_TIME =
  'Answered within 4 s: final, 202 with where to ask, or 503, which means that nothing has happened and nothing will. ';

/** Registers the calls. */
export function describeSteps(): void {
  const payment = { description: 'The payment; a repeat has replayed: true', schema: paymentAnswer };
  const refunded = { description: 'The refund; a repeat has replayed: true', schema: refundAnswer };
  const step = { ...COMMON, method: 'post', headers } as const;
  route({
    ...step,
    path: '/v1/payments/{id}/capture',
    summary: 'Take the points that were reserved, or fewer',
    description: `${IN_TIME}Total and redeem may only go down; the rest of the reservation is released at once.`,
    params: paymentPath,
    body: captureBody,
    answers: { 200: payment, 202: pending },
  });
  route({
    ...step,
    path: '/v1/payments/{id}/void',
    summary: 'Cancel a payment that is not captured',
    description: `${IN_TIME}Reserved points are released; a captured payment is refunded instead.`,
    params: paymentPath,
    body: voidBody,
    answers: { 200: payment, 202: pending },
  });
  const refund = { ...step, answers: { 201: refunded, 202: pending } };
  const rules =
    'By a part of the bill or by lines, as often as something is left. Points return to their lots, accrual is clawed back.';
  route({
    ...refund,
    path: '/v1/payments/{id}/refunds',
    summary: 'Return a sale or a part of it',
    description: IN_TIME + rules,
    params: paymentPath,
    body: refundBody,
  });
  route({
    ...refund,
    path: '/v1/refunds',
    summary: 'The same by receipt',
    description: `${IN_TIME}${rules} A sale that is not known is 404 with retryable: true, and nothing is kept.`,
    body: refundByReceiptBody,
  });
  route({
    ...COMMON,
    method: 'get',
    path: '/v1/steps/{id}',
    summary: 'A capture, void or refund that was answered 202',
    description: 'Its answer or its problem, as it would have been given at once.',
    params: stepPath,
    answers: {
      200: { description: 'Its answer', schema: z.union([paymentAnswer, refundAnswer]) },
      202: pending,
    },
  });
}
