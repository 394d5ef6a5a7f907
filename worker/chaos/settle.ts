/** At the end the tool asks about everything it never heard an answer for, and compares what it heard with what stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { call } from '../trial/doors.ts';
import type { Entry } from './book.ts';
import { pointsEnded } from './expiry.ts';
import { adjust } from './operations.ts';
import type { PlayDeps } from './play-deps.ts';
import { movedBy, paymentAnswer } from './payments.ts';
import { askRefund } from './refunds.ts';
import { movedInVisit } from './visits.ts';

const TRIES = 20;
const PAUSE_MS = 500;
const AT_ONCE = 8;

/** Asks about every payment and visit, and what has ended. What contradicts an answer is added to the contradictions. */
export async function settle(deps: PlayDeps): Promise<void> {
  const waiting = [...deps.book.entries];
  const work = async (): Promise<void> => {
    for (let entry = waiting.shift(); entry; entry = waiting.shift()) await settleOne(deps, entry);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const [customer, { accountId }] of deps.salon.customers.entries())
    deps.book.end(customer, await pointsEnded(deps, accountId));
}

async function settleOne(deps: PlayDeps, entry: Entry): Promise<void> {
  if (entry.receipt) await settlePayment(deps, entry, entry.receipt);
  if (entry.visit) entry.moved = await movedInVisit(deps.control, entry.visit.id);
}

/** Asks for adjustments and refunds again that were never answered: made once, however often they were tried. */
export async function repeatUnanswered(deps: PlayDeps): Promise<void> {
  for (const entry of deps.book.entries) {
    const customer = deps.salon.customers[entry.customer];
    if (entry.outcome !== 'unanswered' || !customer || !(entry.adjustment || entry.refund)) continue;
    if (entry.adjustment) await adjust(deps, customer, entry);
    if (entry.refund) await askRefund(deps, entry, entry.refund);
    // It counts towards the sums, and not as answered in time.
    entry.outcome = 'unanswered';
    entry.note += ', asked again at the end';
  }
}

async function settlePayment(
  { addresses, salon, contradictions }: PlayDeps,
  entry: Entry,
  { location, receipt }: NonNullable<Entry['receipt']>,
): Promise<void> {
  const token = salon.locations[location]?.key ?? '';
  for (let tries = 0; tries < TRIES; tries += 1) {
    const reply = await call(`${addresses.apis[tries % addresses.apis.length]}/v1/payments?receipt=${receipt}`, {
      token,
    });
    if (reply?.status !== 200 && reply?.status !== 404) {
      await sleep(PAUSE_MS);
      continue;
    }
    const payment = reply.status === 404 ? null : paymentAnswer.parse(reply.body);
    const moved = payment ? movedBy(payment) : 0n;
    const stands = payment ? payment.state : 'nothing';
    if (entry.outcome === 'unanswered') {
      if (entry.refusedByAll && moved !== 0n) {
        contradictions.push(`Receipt ${receipt} was answered 503 at every try, and is ${stands}.`);
      }
      entry.moved = moved;
      entry.note += `; asked at the end: ${stands}`;
    } else if (entry.moved !== moved) {
      contradictions.push(`Receipt ${receipt} was answered as ${entry.note}, and is ${stands}, moving ${moved}.`);
    }
    return;
  }
  contradictions.push(`Nobody could tell what has become of receipt ${receipt}.`);
}

/** An adjustment that was taken in may be refused when it comes to it: then it moved nothing. Temporal knows. */
export async function settleAdjustments(client: Client, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) {
    if (entry.workflowId === undefined) continue;
    const { status } = await client.workflow.getHandle(entry.workflowId).describe();
    if (status.name !== 'FAILED') continue;
    entry.moved = 0n;
    entry.outcome = 'refused';
    entry.note = 'refused by its workflow';
  }
}
