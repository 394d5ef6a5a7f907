/** A till that pays while everything breaks: it tries again as a real one would, and notes what it was told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { call, codeOf, isPassing, type Reply } from '../trial/doors.ts';
import type { Salon } from '../trial/salon.ts';
import type { Addresses } from '../trial/stack.ts';
import type { Entry, OwnBook } from './book.ts';
import type { PaymentOperation } from './plan-operations.ts';

/** A payment as any of its answers shows it. */
export const paymentAnswer = z.object({
  id: z.string(),
  state: z.string(),
  redeemed: z.string().nullable(),
  accrued: z.string().nullable(),
});
type Payment = z.infer<typeof paymentAnswer>;

/** So often a till asks before it gives up. */
export const TRIES = 20;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
const PENDING_MS = 40_000;
const POLL_MS = 250;

/** What tills share. */
export interface TillDeps {
  readonly addresses: Addresses;
  readonly salon: Salon;
  readonly book: OwnBook;
  /** Names the run's receipts. */
  readonly runId: string;
  /** What contradicts an earlier answer; the run fails when there is any. */
  readonly contradictions: string[];
  /** Cancelled when the run is stopped. */
  readonly signal: AbortSignal;
}

/** A visit of Altegio's. */
export interface Visit {
  readonly recordId: number;
  readonly visitId: number;
}

interface Sale {
  readonly url: (tries: number) => string;
  readonly token: string;
  readonly body: object;
  readonly key: string | undefined;
}

/** Plays one payment, in a visit if one is named, and enters it in the book. */
export async function pay(
  deps: TillDeps,
  index: number,
  operation: PaymentOperation,
  visit: Visit | null = null,
): Promise<void> {
  const place = deps.salon.locations[operation.location];
  const customer = deps.salon.customers[operation.customer];
  if (!place || !customer) throw new Error('the plan names what is not there');
  const receipt = `${deps.runId}-${index}`;
  const who = operation.by === 'phone' ? { phone: `+${customer.phone}` } : { accountId: customer.accountId };
  const redeem = typeof operation.redeem === 'number' ? formatAmount(BigInt(operation.redeem)) : operation.redeem;
  const sale: Sale = {
    url: (tries) => `${deps.addresses.apis[(index + tries) % deps.addresses.apis.length]}/v1/payments`,
    token: place.key,
    body: { receipt, ...who, total: formatAmount(BigInt(operation.total)), redeem, ...(visit && { visit }) },
    key: operation.key ? `${receipt}-key` : undefined,
  };
  const entry = deps.book.add({
    operation: index,
    kind: visit ? 'payment in a visit' : 'payment',
    customer: operation.customer,
    outcome: 'unanswered',
    moved: 0n,
    note: operation.style,
    receipt: { location: operation.location, receipt },
  });
  if (operation.style === 'lost') await hangUp(sale, operation.hangUpMs);
  if (operation.style === 'twin') {
    // Both go on their own; the first answered is entered, and the other must not contradict it.
    const twin = { ...sale, url: (tries: number) => sale.url(tries + 1) };
    const [one, other] = await Promise.all([untilAnswered(deps, sale), untilAnswered(deps, twin)]);
    enter(entry, one.payment ? one : other, operation);
    compare(deps, receipt, one.payment, other.payment);
    return;
  }
  const repeated = operation.style === 'lost' && operation.newKey ? { ...sale, key: `${receipt}-key-2` } : sale;
  const answered = await untilAnswered(deps, repeated, operation.style === 'lost');
  enter(entry, answered, operation);
  if (operation.style !== 'repeat' || !answered.payment) return;
  const again = await untilAnswered(deps, { ...sale, key: operation.newKey ? `${receipt}-key-2` : sale.key });
  compare(deps, receipt, answered.payment, again.payment);
}

/** What the tries of one sale came to. */
interface Answered {
  readonly payment: Payment | null;
  readonly refused: string | null;
  readonly refusedByAll: boolean;
  readonly tries: number;
}

/** The connection breaks under the till; what becomes of its call it does not hear. */
async function hangUp(sale: Sale, afterMs: number): Promise<void> {
  await call(sale.url(0), { token: sale.token, body: sale.body, key: sale.key, timeoutMs: afterMs });
}

async function untilAnswered(deps: TillDeps, sale: Sale, unheard = false): Promise<Answered> {
  let refusedByAll = !unheard;
  for (let tries = 0; tries < TRIES && !deps.signal.aborted; tries += 1) {
    await patience(tries);
    const reply = await call(sale.url(tries), { token: sale.token, body: sale.body, key: sale.key });
    if (reply?.status !== 503) refusedByAll = false;
    if (reply?.status === 202) {
      const decided = await untilDecided(deps, sale, paymentAnswer.parse(reply.body).id);
      if (decided && SOLD.includes(decided.state)) return { payment: decided, refused: null, refusedByAll, tries };
      continue;
    }
    if (isPassing(reply) || reply === null) continue;
    if (reply.status === 201) {
      return { payment: paymentAnswer.parse(reply.body), refused: null, refusedByAll, tries };
    }
    return { payment: null, refused: codeOf(reply), refusedByAll, tries };
  }
  return { payment: null, refused: null, refusedByAll, tries: TRIES };
}

/** The pause before a till's next try; none before the first. */
export async function patience(tries: number): Promise<void> {
  if (tries > 0) await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 1.4 ** tries));
}

/** Asks after a payment that was taken in but not decided in time. */
async function untilDecided(deps: TillDeps, sale: Sale, id: string): Promise<Payment | null> {
  for (const until = Date.now() + PENDING_MS; Date.now() < until && !deps.signal.aborted; await sleep(POLL_MS)) {
    const reply: Reply | null = await call(`${sale.url(Math.floor(Date.now() / 1_000))}/${id}`, { token: sale.token });
    if (reply?.status !== 200) continue;
    const payment = paymentAnswer.parse(reply.body);
    if (payment.state !== 'PENDING') return payment;
  }
  return null;
}

function enter(
  entry: Entry,
  { payment, refused, refusedByAll, tries }: Answered,
  { location, total }: PaymentOperation,
): void {
  entry.refusedByAll = refusedByAll;
  if (payment) {
    entry.outcome = 'done';
    entry.moved = movedBy(payment);
    entry.sale = { id: payment.id, location, left: BigInt(total), busy: false };
    entry.note += `, redeemed ${payment.redeemed}, accrued ${payment.accrued}, after ${tries + 1} tries`;
  } else if (refused !== null) {
    entry.outcome = 'refused';
    entry.note += `, ${refused}`;
  } else {
    entry.note += `, no answer in ${tries} tries`;
  }
}

const SOLD = ['CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED'];

/** What a captured payment moved; what its refunds moved is theirs. */
export function movedBy({ state, redeemed, accrued }: Payment): bigint {
  return SOLD.includes(state) ? parseAmount(accrued ?? '0') - parseAmount(redeemed ?? '0') : 0n;
}

function compare({ contradictions }: TillDeps, receipt: string, one: Payment | null, other: Payment | null): void {
  if (!one || !other) return;
  if (one.id === other.id && one.redeemed === other.redeemed && one.accrued === other.accrued) return;
  contradictions.push(
    `Receipt ${receipt} was answered in two ways: ${JSON.stringify(one)} and ${JSON.stringify(other)}.`,
  );
}
