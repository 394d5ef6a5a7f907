/** The POS door in the OpenAPI document, in the order of a sale. */
import { route } from '../http/openapi.ts';
import { batchAnswer, enrolmentAnswer, lookupAnswer, paymentAnswer, quoteAnswer } from './answers.ts';
import { batchBody, enrolmentBody, lookupBody, paymentBody, quoteBody } from './bodies.ts';
import { IN_TIME, keyHeader, NOBODY, PAYMENT_LINKS, TILL } from './describe-common.ts';
import { describeDeposits } from './describe-deposits.ts';
import { describeReading } from './describe-reading.ts';
import { describeSteps } from './describe-steps.ts';
import { describeTill } from './describe-till.ts';

const ACCOUNT = 'acc_01kajd6x0q8m4v2rtn5c7w9yzb';
const LINES = [
  { id: '1', title: 'Haircut', amount: '60.00' },
  { id: '2', title: 'Shampoo', category: 'goods', amount: '40.00' },
];
const SALE = { receipt: 'R-1', phone: '+77010600001', total: '100.00' };
const OFFLINE = { ...SALE, offlineSeq: 17, occurredAt: '2026-11-21T12:00:00+05:00' };

const CUSTOMER_LINKS = {
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
};

function describeCustomer(): void {
  route({
    ...TILL,
    method: 'post',
    path: '/v1/lookups',
    summary: 'Who is it, and how many points',
    description:
      'By phone, card number, a raw scan or the last four characters of either. Answers from the ledger; a phone we do not ' +
      'know is asked of Altegio. Where the four characters fit several, 409 names them for the cashier to choose.',
    headers: keyHeader,
    body: lookupBody,
    examples: {
      phone: { summary: 'By phone', value: { phone: '+77010600001' } },
      card: { summary: 'By the number on the card', value: { cardNumber: '4000123412341234' } },
      scan: { summary: 'What a scanner or a swipe typed', value: { scan: ';4000123412341234=9912?' } },
      last4: { summary: 'What the customer remembers', value: { last4: '4821' } },
    },
    answers: { 200: { description: 'The customer', schema: lookupAnswer, links: CUSTOMER_LINKS } },
    problems: [...NOBODY, 'card_choice_required', 'program_not_linked', 'altegio_unavailable'],
  });
  route({
    ...TILL,
    method: 'post',
    path: '/v1/accounts',
    summary: 'Enrol a customer at the till',
    description: 'A phone that is known answers its account. A card in Altegio is taken over, or one is issued.',
    headers: keyHeader,
    body: enrolmentBody,
    answers: {
      200: { description: 'Known before', schema: enrolmentAnswer, links: CUSTOMER_LINKS },
      201: { description: 'Enrolled', schema: enrolmentAnswer, links: CUSTOMER_LINKS },
    },
    problems: ['customer_inactive', 'card_not_active_here', 'program_not_linked'],
  });
}

function describeSale(): void {
  route({
    ...TILL,
    method: 'post',
    path: '/v1/quotes',
    summary: 'What a bill could take and earn',
    description: 'Writes nothing. Bonus is the first of the methods, with the most it can pay.',
    headers: keyHeader,
    body: quoteBody,
    examples: {
      bill: { summary: 'A bill', value: { accountId: ACCOUNT, total: '100.00' } },
      lines: { summary: 'With its lines', value: { accountId: ACCOUNT, total: '100.00', lines: LINES } },
    },
    answers: { 200: { description: 'The quote', schema: quoteAnswer } },
    problems: [...NOBODY, 'lines_mismatch', 'redeem_kind_mismatch', 'program_not_linked'],
  });
  route({
    ...TILL,
    method: 'post',
    path: '/v1/payments',
    summary: 'Take bonus first, money second',
    description:
      `${IN_TIME}The same receipt with the same account, total, redeem and as is a repeat and gets the same answer. ` +
      'capture: false only reserves the points, until expiresAt. With `visit` the points are taken in that visit of ' +
      'Altegio, which may give fewer: the till is told how many with allowPartial or redeem max, else 422 and none is taken.',
    headers: keyHeader,
    body: paymentBody,
    examples: {
      sale: { summary: 'As many points as can be used', value: { ...SALE, redeem: 'max' } },
      partial: { summary: 'An amount of points, or less', value: { ...SALE, redeem: '30.00', allowPartial: true } },
      hold: { summary: 'Only reserve, and capture later', value: { ...SALE, redeem: 'max', capture: false } },
      visit: {
        summary: 'Part of a visit in Altegio',
        value: { ...SALE, redeem: 'max', visit: { recordId: 9001, visitId: 5495 } },
      },
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
        links: PAYMENT_LINKS,
      },
      202: { description: 'Still PENDING; ask at Location', schema: paymentAnswer, location: 'Where to ask' },
    },
    problems: [
      ...NOBODY,
      'receipt_conflict',
      'card_choice_required',
      'already_voided',
      'insufficient_points',
      'share_cap_exceeded',
      'below_minimum',
      'lines_mismatch',
      'money_mismatch',
      'insufficient_deposit',
      'redeem_kind_mismatch',
      'program_not_linked',
      'account_in_debt',
      'timed_out',
      'visit_refused',
      'account_frozen',
      'altegio_unavailable',
    ],
  });
}

function describeBatches(): void {
  route({
    ...TILL,
    method: 'post',
    path: '/v1/batches',
    summary: 'Sales made offline',
    description:
      'Each receipt becomes one payment, in the order of `offlineSeq`. All are kept before the answer, which waits for them ' +
      'as long as a till waits: 200 when every item is decided, 202 when some are not (`status` 202 of the item). Send the ' +
      'same batch again until none is left; nothing is made twice, and nothing that was kept is lost. A redemption is refused ' +
      'and its sale kept with `redeemed` 0.00 and `refusedRedemption`, earning on the money given. An item older than 35 days ' +
      'or more than 5 minutes ahead is refused, the others go on.',
    headers: keyHeader,
    body: batchBody,
    examples: {
      one: { summary: 'One sale', value: { terminal: 'till-1', items: [{ ...OFFLINE, redeem: 'none' }] } },
    },
    answers: {
      200: { description: 'Every item is decided', schema: batchAnswer },
      202: { description: 'Some items are not decided yet; send the batch again', schema: batchAnswer },
    },
    problems: [],
  });
}

/** Registers every call of the door. */
export function describePosDoor(): void {
  describeCustomer();
  describeSale();
  describeSteps();
  describeDeposits();
  describeReading();
  describeBatches();
  describeTill();
}
