/** The main job, step by step, between a till, salon staff and Altegio; each step fails with one sentence. */
import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { formatAmount, formatSigned, parseAmount } from '../../domain/money.ts';
import {
  cardOf,
  type Customer,
  newestTransfer,
  operationsOf,
  readBooks,
  sumOf,
  transfersSince,
  untilEqual,
} from './books.ts';
import { BONUS, chooseCustomer, type LookedUp } from './customer.ts';
import * as doors from './doors.ts';
import type { Doors, Transfer } from './doors.ts';
import { DemoFailure } from './errors.ts';
import { completedSteps, type Expected, inOrder, openedPage } from './histories.ts';
import { firstContactProof, adoptionProof, paymentProof } from './proofs.ts';
import { avoidJournalTail } from './schedule.ts';
import type { Trace } from './trace.ts';

/** What the play needs. */
export interface Stage {
  readonly ask: Doors;
  readonly trace: Trace;
  readonly temporal: Client;
  readonly namespace: string;
  readonly uiUrl: string;
}

/** The salon that the first set-up connects. */
const LOCATION = 101;
const SALE = { total: '100.00', redeemed: BONUS, due: '70.00', accrued: '3.50', written: '-26.50' } as const;

interface Proof {
  readonly operation: string;
  readonly expected: readonly Expected[];
}

/** Plays everything and proves it. @throws DemoFailure when a step did not happen or two balances differ. */
export async function play(stage: Stage): Promise<void> {
  const { ask, trace } = stage;
  await requireNoFaults(ask);
  const customer = await meet(stage);
  const before = customer.isNew ? [] : await operationsOf(ask, customer);
  const proofs: Proof[] = [await pay(stage, customer)];
  proofs.push(await adoptChange(stage, customer, '50.00', 'create'));
  proofs.push(await adoptChange(stage, customer, '-20.00', 'update'));
  const known = new Set(before.map(({ id }) => id));
  await prove(stage, customer, proofs, known);
  const { ledger, altegio } = await readBooks(ask, customer);
  if (ledger !== altegio) throw new DemoFailure(`At the end the ledger holds ${ledger} and Altegio ${altegio}.`);
  trace.line(`\nEvery step happened, and both books are equal: ${ledger}.`);
}

/** Faults that somebody has set in the sandbox would make the demo fail without meaning anything. */
async function requireNoFaults(ask: Doors): Promise<void> {
  const faults = await ask.ask('altegio', doors.list, '/faults');
  if (faults.length > 0) throw new DemoFailure('The sandbox has faults set: clear them on its page, then try again.');
}

async function meet({ ask, trace }: Stage): Promise<LookedUp> {
  trace.step('The till looks a customer up by phone.');
  const customer = await chooseCustomer(ask);
  const { displayName, cardNumber, available, toppedUp, isNew } = customer;
  if (toppedUp) trace.seen(`nobody had ${BONUS} to give, so an operator has added ${toppedUp} to this customer`);
  trace.seen(`${displayName}, card ${cardNumber}, ${available} available`);
  if (isNew) trace.seen('first contact: the card that Altegio has is linked, its balance is taken over');
  return customer;
}

async function pay({ ask, trace }: Stage, customer: Customer): Promise<Proof> {
  trace.step('Both books before the payment.');
  const before = await showBooks({ ask, trace }, customer);
  if (before.ledger !== before.altegio) throw new DemoFailure('Both books should be equal before the payment.');
  const receipt = newReceipt();
  trace.step(`A bill of ${SALE.total}, paid with ${BONUS} bonus first. Receipt ${receipt}.`);
  const last = await newestTransfer(ask, customer);
  const since = new Date().toISOString();
  const started = performance.now();
  const body = { receipt, accountId: customer.accountId, total: SALE.total, redeem: BONUS };
  const payment = await ask.ask('till', doors.paymentAnswer, '/payments', body);
  const tookMs = Math.round(performance.now() - started);
  const tenders = payment.tenders.map(({ type, amount }) => `${type} ${amount}`).join(', ');
  trace.seen(`tenders: ${tenders}; earned ${payment.accrued}; the till waited ${tookMs} ms`);
  requireSale(payment.state, tenders, payment.accrued);
  await requireBonusFirst(ask, customer, last);
  trace.step('Both books after the payment.');
  const expected = plus(before.ledger, SALE.written);
  await untilEqual(ask, customer, expected);
  await showBooks({ ask, trace }, customer);
  trace.seen(`calls to Altegio for it: ${await callsSince(ask, customer, since)}`);
  return { operation: payment.workflowId, expected: paymentProof(SALE) };
}

function requireSale(state: string, tenders: string, accrued: string | null): void {
  const wanted = `bonus ${SALE.redeemed}, money ${SALE.due}`;
  if (state === 'CAPTURED' && tenders === wanted && accrued === SALE.accrued) return;
  throw new DemoFailure(
    `The payment should be CAPTURED with ${wanted}, earning ${SALE.accrued}, and is ${state} with ${tenders}, earning ${accrued}.`,
  );
}

/** In the ledger too the bonus is taken before the money earns. */
async function requireBonusFirst(ask: Doors, customer: Customer, last: bigint): Promise<void> {
  const codes = (await transfersSince(ask, customer, last)).map(({ code }) => code);
  const earned = codes.indexOf('accrual');
  const taken = codes.lastIndexOf('redemption');
  if (taken < 0 || earned < taken) {
    throw new DemoFailure(`The ledger should take the bonus before the money earns, and shows ${codes.join(', ')}.`);
  }
}

/** Staff move the card by hand, which no event announces; an appointment's webhook makes us look. */
async function adoptChange(
  stage: Stage,
  customer: Customer,
  amount: string,
  event: 'create' | 'update',
): Promise<Proof> {
  const { ask, trace } = stage;
  await avoidJournalTail(stage.temporal);
  const signed = formatSigned(parseAmount(amount));
  trace.step(`Staff change the balance in Altegio by hand: ${signed}. No event says so.`);
  const before = await readBooks(ask, customer);
  const last = await newestTransfer(ask, customer);
  await ask.ask('altegio', doors.anything, '/staff/adjust', { cardId: customer.cardId, amount });
  const moved = await cardOf(ask, customer.cardId);
  if (moved.balance !== plus(before.altegio, amount)) throw new DemoFailure(`Altegio did not take the ${signed}.`);
  await showBooks(stage, customer);
  await announce(stage, customer, event);
  trace.step('The change is found and adopted.');
  await untilEqual(ask, customer, moved.balance);
  const adoption = await adoptionSince(stage, customer, last, signed);
  trace.seen(`external ${signed}${adoption.causes.length > 0 ? ` (${adoption.causes.join(', ')})` : ''}`);
  await showBooks(stage, customer);
  return { operation: adoption.operation, expected: adoptionProof(amount) };
}

/** The change as posted, with what the journal says about it once its workflow has ended. */
async function adoptionSince(stage: Stage, customer: Customer, last: bigint, signed: string): Promise<Transfer> {
  const { ask, temporal } = stage;
  const posted = async (): Promise<Transfer> => {
    const external = (await transfersSince(ask, customer, last)).filter(({ code }) => code === 'external');
    const [first] = external;
    if (first && sumOf(external) === signed) return first;
    throw new DemoFailure(`The change ${signed} should be posted as external, and ${sumOf(external)} is.`);
  };
  const { operation } = await posted();
  const run = (await operationsOf(ask, customer)).find(({ id }) => id === operation);
  if (run) await completedSteps(temporal, run);
  return await posted();
}

/** The appointment; its webhook is sent now, because Altegio would take about five seconds. */
async function announce({ ask, trace }: Stage, customer: Customer, event: 'create' | 'update'): Promise<void> {
  trace.step(event === 'create' ? 'The customer makes an appointment.' : 'The appointment is changed.');
  const body = { locationId: LOCATION, phone: customer.phone, status: event };
  const { recordId } = await ask.ask('altegio', doors.appointmentAnswer, '/appointments', body);
  const sent = await ask.ask('altegio', doors.deliveriesAnswer, '/webhooks/flush', {});
  const mine = sent.filter(({ resource, resourceId }) => resource === 'record' && resourceId === recordId);
  const taken = mine.find(({ status }) => status >= 200 && status < 300);
  if (!taken) {
    const why = mine.map(({ status, note }) => note || `answered ${status}`).join('; ') || 'it was not sent';
    throw new DemoFailure(`The webhook of the appointment was not accepted: ${why}.`);
  }
  trace.seen(`Altegio's webhook: record ${recordId} ${event}, answered ${taken.status}`);
}

async function prove(
  stage: Stage,
  customer: Customer,
  proofs: readonly Proof[],
  known: ReadonlySet<string>,
): Promise<void> {
  const { ask, trace, temporal, uiUrl, namespace } = stage;
  trace.step('Temporal shows each step in its order.');
  const fresh = (await operationsOf(ask, customer)).filter(({ id }) => !known.has(id)).toReversed();
  for (const { operation } of proofs) {
    if (!fresh.some(({ id }) => id === operation)) throw new DemoFailure(`There is no operation ${operation}.`);
  }
  for (const run of fresh) {
    const expected = proofs.filter(({ operation }) => operation === run.id).flatMap(({ expected: steps }) => steps);
    const steps = await completedSteps(temporal, run);
    const contact = run.kind === 'card_issue' ? firstContactProof : [];
    const told = inOrder(run.workflowId, steps, [...contact, ...expected]);
    trace.seen(`${run.workflowId}: completed${told.map((text) => `\n      → ${text}`).join('')}`);
    trace.seen(`  ${await openedPage(uiUrl, namespace, run)}`);
  }
}

async function showBooks({ ask, trace }: Pick<Stage, 'ask' | 'trace'>, customer: Customer) {
  const books = await readBooks(ask, customer);
  trace.books(books.ledger, books.altegio);
  return books;
}

/** The calls about this customer, the chain's journal apart. */
async function callsSince(ask: Doors, { phone, cardId }: Customer, since: string): Promise<string> {
  const all = await ask.ask('altegio', doors.requestsAnswer, `/requests?since=${encodeURIComponent(since)}`);
  const mine = all.filter(({ path }) => path.includes(`/${phone}/`) || path.includes(`/cards/${cardId}/`));
  const writes = mine.filter(({ method }) => method === 'POST').length;
  return `${count(mine.length - writes, 'read')}, ${count(writes, 'write')}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function plus(balance: string, amount: string): string {
  return formatAmount(parseAmount(balance) + parseAmount(amount));
}

/** Unique for ever: a receipt of an earlier run would be answered again instead of being paid. */
function newReceipt(): string {
  const now = new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15).replace('T', '-');
  return `demo-${now}-${randomBytes(3).toString('hex')}`;
}
