/** Deposits in the OpenAPI document of the POS door. */
import { route } from '../http/openapi.ts';
import {
  accountPath,
  depositAnswer,
  depositsQuery,
  orderAnswer,
  orderPath,
  pendingOrder,
  tillReportAnswer,
  topUpBody,
} from './deposit-bodies.ts';
import { IN_TIME, keyHeader, NOBODY, TILL } from './describe-common.ts';

const HERE = [...NOBODY, 'program_not_linked'] as const;

/** Registers the calls. */
export function describeDeposits(): void {
  route({
    ...TILL,
    method: 'post',
    path: '/v1/accounts/{id}/deposit',
    summary: 'Put money into a customer’s deposit',
    description:
      `${IN_TIME}The same reference with the same account, amount and tender is a repeat and gets the same answer. The ` +
      'money is no bonus and earns none; it pays a sale as the tender `deposit`. It is kept in our book alone: Altegio has ' +
      'no call that takes money from a deposit, so nothing is written there.',
    params: accountPath,
    headers: keyHeader,
    body: topUpBody,
    examples: { cash: { summary: 'In cash', value: { reference: 'D-1', amount: '100.00', tender: 'cash' } } },
    answers: {
      201: { description: 'Put in; a repeat has replayed: true', schema: orderAnswer, location: 'The order' },
      202: { description: 'Not decided yet; ask at Location', schema: pendingOrder, location: 'Where to ask' },
    },
    problems: [...HERE, 'receipt_conflict', 'insufficient_deposit', 'timed_out'],
  });
  route({
    ...TILL,
    method: 'get',
    path: '/v1/accounts/{id}/deposit',
    summary: 'What a customer can pay from a deposit',
    params: accountPath,
    answers: { 200: { description: 'The deposit; zeros where there is none', schema: depositAnswer } },
    problems: [...HERE],
  });
  route({
    ...TILL,
    method: 'get',
    path: '/v1/deposits/{id}',
    summary: 'An order for a deposit that was answered 202',
    params: orderPath,
    answers: {
      200: { description: 'Its answer', schema: orderAnswer },
      202: { description: 'Not decided yet', schema: pendingOrder, location: 'Where to ask' },
    },
    problems: ['deposit_not_found', 'forbidden_location', 'insufficient_deposit', 'timed_out'],
  });
  route({
    ...TILL,
    method: 'get',
    path: '/v1/deposits',
    summary: 'What came into deposits and what they paid, for closing the day',
    description:
      'Of this location, by tender. Days are the location’s; a movement belongs to the day it was recorded on.',
    query: depositsQuery,
    answers: { 200: { description: 'One item a currency', schema: tillReportAnswer } },
    problems: [],
  });
}
