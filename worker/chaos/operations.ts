/** Everything but payments that a run plays: operators, salon staff, Altegio's own programs, events. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { call, codeOf, type Control, isPassing } from '../trial/doors.ts';
import type { Customer } from '../trial/salon.ts';
import type { Entry } from './book.ts';
import { pay, type TillDeps } from './payments.ts';
import type { EventStyle, Operation } from './plan.ts';
import type { SharedGate } from './shared-gate.ts';

/** What these operations need beyond a till. */
export interface PlayDeps extends TillDeps {
  readonly control: Control;
  /** Staff are not interrupted by the sandbox's death: what they did must be known. */
  readonly staffAtWork: SharedGate;
}

const startedAnswer = z.object({ workflowId: z.string() });
const visitAnswer = z.object({ visitId: z.number(), recordId: z.number() });
/** Of `GET /control/visits/{id}`. */
export const visitState = z.object({ withdrawn: z.string() });
const TRIES = 20;
const PAUSE_MS = 500;

/** Plays one operation and enters it in the book. */
export async function play(deps: PlayDeps, index: number, operation: Operation): Promise<void> {
  if (operation.kind === 'payment') return pay(deps, index, operation);
  const customer = deps.salon.customers[operation.customer];
  if (!customer) throw new Error('the plan names what is not there');
  const entry = (kind: string, rest: Partial<Entry> = {}): Entry =>
    deps.book.add({
      operation: index,
      kind,
      customer: operation.customer,
      outcome: 'unanswered',
      moved: 0n,
      note: '',
      ...rest,
    });
  switch (operation.kind) {
    case 'adjustment': {
      const amount = BigInt(operation.amount);
      return adjust(deps, customer, entry('adjustment', { adjustment: { amount, key: `${deps.runId}-${index}` } }));
    }
    case 'staff':
    case 'native':
      return moveInAltegio(deps, customer, entry(operation.kind), operation);
    case 'visit':
      return withdrawInVisit(deps, customer, index, operation);
    case 'event':
      return sendEvents(deps, customer, entry(`event, ${operation.style}`), operation.style, index);
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

/** A salon's own terminal takes points in a visit. What it took is read from the visit at the end. */
async function withdrawInVisit(
  deps: PlayDeps,
  { phone, cardId }: Customer,
  index: number,
  operation: Extract<Operation, { kind: 'visit' }>,
): Promise<void> {
  const { control, salon, addresses, book } = deps;
  const locationId = salon.locations[operation.location]?.id;
  const items = [{ title: 'Haircut', cost: '150.00' }];
  const { visitId, recordId } = await control.ask(visitAnswer, '/visits', { phone, locationId, items });
  const entry = book.add({
    operation: index,
    kind: 'visit',
    customer: operation.customer,
    outcome: 'unanswered',
    moved: 0n,
    note: '',
    visitId,
  });
  const reply = await call(`${addresses.sandbox}/api/v1/visit/loyalty/apply_card_withdrawal/${locationId}/${cardId}`, {
    method: 'POST',
    headers: {
      accept: 'application/vnd.api.v2+json',
      authorization: `Bearer ${addresses.partnerToken}, User ${addresses.userToken}`,
    },
    body: { record_id: recordId, visit_id: visitId, amount: Number(formatAmount(BigInt(operation.amount))) },
  });
  if (reply && reply.status < 300) entry.outcome = 'done';
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
  entry.note = replies.map((reply) => reply?.status ?? 'no answer').join(', ');
}

/** What was taken in a visit, as Altegio has it. */
export async function withdrawnIn(control: Control, visitId: number): Promise<bigint> {
  return parseAmount((await control.ask(visitState, `/visits/${visitId}`)).withdrawn);
}
