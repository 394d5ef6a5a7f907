/** Payments read later, in the OpenAPI document: one, a day's, and the document for the customer. */
import { z } from 'zod';
import { route } from '../http/openapi.ts';
import { paymentAnswer, paymentsAnswer } from './answers.ts';
import { paymentPath, paymentsQuery } from './bodies.ts';
import { NO_PAYMENT, PAYMENT_LINKS, TILL } from './describe-common.ts';
import { receiptAnswer, receiptQuery } from './receipt/receipt.ts';

/** Registers the calls. */
export function describeReading(): void {
  route({
    ...TILL,
    method: 'get',
    path: '/v1/payments',
    summary: 'The latest attempt of a receipt, or the sales of a period with their sums',
    description:
      'With `receipt` one payment. With `from` (and `to`, `terminal`, `state`) a page of sales, newest first by when they were ' +
      'made; days are days of the location’s time zone, and `sums` are of the whole selection, not of the page. Sums are ' +
      'those of the sales themselves: refunds are not taken off.',
    query: paymentsQuery,
    answers: { 200: { description: 'The payment, or the page', schema: z.union([paymentAnswer, paymentsAnswer]) } },
    problems: ['payment_not_found'],
  });
  route({
    ...TILL,
    method: 'get',
    path: '/v1/payments/{id}',
    summary: 'One payment',
    description: 'As it was answered, with how the two books stand now in `mirror`.',
    params: paymentPath,
    answers: { 200: { description: 'The payment', schema: paymentAnswer, links: PAYMENT_LINKS } },
    problems: NO_PAYMENT,
  });
  route({
    ...TILL,
    method: 'get',
    path: '/v1/payments/{id}/receipt',
    summary: 'The receipt document',
    description:
      'By Accept JSON, HTML that prints 80 mm wide, or PDF. Prices contain their VAT; it is told by rate, and the rates add ' +
      'up to what all of them make. 409 not_captured where nothing was sold.',
    params: paymentPath,
    query: receiptQuery,
    answers: {
      200: { description: 'The receipt', schema: receiptAnswer, also: ['text/html', 'application/pdf'] },
    },
    problems: [...NO_PAYMENT, 'not_acceptable', 'not_captured'],
  });
}
