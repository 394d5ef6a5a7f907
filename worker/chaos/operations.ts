/** Everything but payments that a run plays: operators, salon staff, Altegio's own programs, events. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { formatAmount } from '../../domain/money.ts';
import { call, codeOf, isPassing } from '../trial/doors.ts';
import type { Customer } from '../trial/salon.ts';
import type { Entry, Kind } from './book.ts';
import { letPointsEnd } from './expiry.ts';
import { pay, type TillDeps, TRIES } from './payments.ts';
import type { PlayDeps } from './play-deps.ts';
import type { EventStyle, Operation } from './plan-operations.ts';
import { refund } from './refunds.ts';
import { changeVisit, payInVisit, payVisit, takeBonus } from './visits.ts';

const startedAnswer = z.object({ workflowId: z.string() });
const PAUSE_MS = 500;

/** Plays one operation and enters it in the book. */
export async function play(deps: PlayDeps, index: number, operation: Operation): Promise<void> {
  const { book } = deps;
  const add = (kind: Kind, customer: number, rest: Partial<Entry> = {}): Entry =>
    book.add({ operation: index, kind, customer, outcome: 'unanswered', moved: 0n, note: '', ...rest });
  switch (operation.kind) {
    case 'refund':
      return refund(deps, index, operation);
    case 'visitEdited':
      return changeVisit(deps, operation, (customer) => add('visit edited', customer));
    case 'visitUnpaid':
      return changeVisit(deps, operation, (customer) => add('visit unpaid', customer));
    case 'expiry':
      return letPointsEnd(deps, index, operation);
    default:
      return playFor(deps, index, operation, (kind, rest) => add(kind, operation.customer, rest));
  }
}

/** An operation of the customer that the plan names. */
async function playFor(
  deps: PlayDeps,
  index: number,
  operation: Extract<Operation, { readonly customer: number }>,
  entry: (kind: Kind, rest?: Partial<Entry>) => Entry,
): Promise<void> {
  const customer = deps.salon.customers[operation.customer];
  if (!customer) throw new Error('the plan names what is not there');
  const visit = (kind: Kind) => (id: number) => entry(kind, { visit: { id, isPaid: false, busy: false } });
  switch (operation.kind) {
    case 'payment':
      return operation.style === 'inVisit' ? payInVisit(deps, customer, index, operation) : pay(deps, index, operation);
    case 'adjustment': {
      const amount = BigInt(operation.amount);
      return adjust(deps, customer, entry('adjustment', { adjustment: { amount, key: `${deps.runId}-${index}` } }));
    }
    case 'staff':
    case 'native':
      return moveInAltegio(deps, customer, entry(operation.kind), operation);
    case 'visitBonus':
      return takeBonus(deps, customer, operation, visit('bonus in a visit'));
    case 'visitPaid':
      return payVisit(deps, customer, operation, visit('visit paid'));
    case 'event':
      return sendEvents(deps, customer, entry('event', { note: operation.style }), operation.style, index);
  }
}

/** An operator adds or takes points, under one key however often he has to try. */
export async function adjust(deps: TillDeps, { accountId }: Customer, entry: Entry): Promise<void> {
  const { adjustment } = entry;
  if (!adjustment) throw new Error('the entry is no adjustment');
  const body = { amount: formatAmount(adjustment.amount), reason: 'Chaos' };
  for (let tries = 0; tries < TRIES && !deps.signal.aborted; tries += 1) {
    if (tries > 0) await sleep(PAUSE_MS);
    const api = deps.addresses.apis[(entry.operation + tries) % deps.addresses.apis.length];
    const url = `${api}/api/accounts/${accountId}/adjustments`;
    const reply = await call(url, { token: deps.addresses.adminToken, body, key: adjustment.key });
    if (isPassing(reply) || reply === null) continue;
    if (reply.status === 202) {
      entry.outcome = 'done';
      entry.moved = adjustment.amount;
      entry.workflowId = startedAnswer.parse(reply.body).workflowId;
    } else {
      entry.outcome = 'refused';
      entry.note = codeOf(reply);
    }
    return;
  }
}

async function moveInAltegio(
  { control, staffAtWork }: PlayDeps,
  { cardId }: Customer,
  entry: Entry,
  operation: Extract<Operation, { kind: 'staff' | 'native' | 'adjustment' }>,
): Promise<void> {
  const isNative = operation.kind === 'native';
  const path = isNative ? '/native' : '/staff/adjust';
  const amount = formatAmount(BigInt(operation.amount));
  const body = { cardId, amount, ...(isNative && { type: operation.type }) };
  await staffAtWork.share(async () => {
    const reply = await control.settled(path, body);
    if (reply.status >= 300) {
      entry.outcome = 'refused';
      entry.note = `refused by Altegio: ${JSON.stringify(reply.body)}`;
      return;
    }
    entry.outcome = 'done';
    entry.moved = BigInt(isNative && operation.type === 7 ? -operation.amount : operation.amount);
  });
}

const forgedBalance = 999_999;

async function sendEvents(
  { salon, runId }: PlayDeps,
  customer: Customer,
  entry: Entry,
  style: EventStyle,
  index: number,
): Promise<void> {
  const [place] = salon.locations;
  if (!place) throw new Error('no location is connected');
  const event = (age: number) => ({
    company_id: place.id,
    resource: 'client',
    resource_id: index,
    status: 'update',
    data: {
      phone: `+${customer.phone}`,
      last_change_date: new Date(Date.UTC(2026, 0, 1) + (index * 10 + age) * 1_000).toISOString(),
    },
  });
  const card = { id: customer.cardId, balance: forgedBalance, number: '1', phone: customer.phone };
  const forged = { company_id: place.id, resource: 'loyalty_card', resource_id: card.id, status: 'update', data: card };
  const stranger = place.webhookUrl.replace(/[^/]+$/, runId.padEnd(43, 'x').slice(0, 43));
  const sent = {
    twice: [
      [place.webhookUrl, event(1)],
      [place.webhookUrl, event(1)],
    ],
    reordered: [
      [place.webhookUrl, event(2)],
      [place.webhookUrl, event(1)],
    ],
    forged: [[place.webhookUrl, forged]],
    stranger: [[stranger, forged]],
  } satisfies Record<EventStyle, [string, unknown][]>;
  const replies = await Promise.all(sent[style].map(([url, body]) => call(url, { body })));
  const wanted = style === 'stranger' ? 404 : 200;
  // Altegio tries once; what a dead receiver misses, the journal tells.
  if (replies.some((reply) => reply?.status === wanted)) entry.outcome = 'done';
  entry.note += ` ${replies.map((reply) => reply?.status ?? 'no answer').join(', ')}`;
}
