/** What the calls of the POS door have in common in the OpenAPI document. */
import { z } from 'zod';
import type { Link } from '../http/openapi.ts';

/** The header of every POST of a till. */
export const keyHeader = z.object({
  'Idempotency-Key': z.string().min(1).max(255).optional().meta({
    description: 'Same key and body: same answer, with Idempotent-Replayed: true. Kept 35 days.',
    example: '0b7f6a52-2f4e-4b0a-9a57-5d1f7c1e8a11',
  }),
});

/** Of every call of the door. */
export const TILL = { tags: ['Till'], security: 'posKey' } as const;

/** Begins the description of what takes or returns points. */
export const IN_TIME =
  'Answered within 4 s: final, 202 with where to ask, or 503, which means that nothing has happened and nothing will. ';

/** Where the customer has no points that can be used here. */
export const NOBODY = ['customer_inactive', 'account_not_found', 'card_replaced', 'card_not_active_here'] as const;

/** Where a payment is named by its id. */
export const NO_PAYMENT = ['forbidden_location', 'payment_not_found'] as const;

/** What one goes on with from a payment. */
export const PAYMENT_LINKS: Readonly<Record<string, Link>> = {
  payment: {
    operationId: 'get_v1_payments_id',
    description: 'The payment later, with how both books stand',
    parameters: { id: '$response.body#/id' },
  },
  byReceipt: {
    operationId: 'get_v1_payments',
    description: 'The same by its receipt',
    parameters: { receipt: '$response.body#/receipt' },
  },
  receipt: {
    operationId: 'get_v1_payments_id_receipt',
    description: 'The document for the customer',
    parameters: { id: '$response.body#/id' },
  },
  capture: {
    operationId: 'post_v1_payments_id_capture',
    description: 'Takes what was reserved with capture: false',
    parameters: { id: '$response.body#/id' },
  },
  void: {
    operationId: 'post_v1_payments_id_void',
    description: 'Releases what was reserved with capture: false',
    parameters: { id: '$response.body#/id' },
  },
  refund: {
    operationId: 'post_v1_payments_id_refunds',
    description: 'Returns the sale or a part of it',
    parameters: { id: '$response.body#/id' },
  },
};
