/** Salon staff at work with visits. What a visit has moved is told by Altegio's own door at the end, and by the rules. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { call, type Control } from '../trial/doors.ts';
import type { Customer } from '../trial/salon.ts';
import type { Entry } from './book.ts';
import type { PlayDeps } from './play-deps.ts';
import { pay, type Visit } from './payments.ts';
import type { Operation, PaidVisitOperation, PaymentOperation, Which } from './plan-operations.ts';

const visitAnswer = z.object({ visitId: z.number(), recordId: z.number() });
const visitState = z.object({
  withdrawn: z.string(),
  records: z.array(
    z.object({ attendance: z.number(), paidFull: z.boolean(), items: z.array(z.object({ cost: z.string() })) }),
  ),
});
const ARRIVED = 1;
/** The program gives a twentieth of the money, and rounds down. */
const EARNS_ONE_OF = 20n;
/** Nobody pays in the second in which he came: Altegio's stamps are whole seconds. */
const STAY_MS = 1_100;
/** How long staff who change a paid visit wait for one. */
const PAID_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 200;

interface Booking {
  readonly location: number;
  readonly cost: bigint;
  readonly arrived: boolean;
}

/** Staff book a visit of one service. */
function book({ control, salon }: PlayDeps, { phone }: Customer, { location, cost, arrived }: Booking): Promise<Visit> {
  const items = [{ title: 'Haircut', cost: formatAmount(cost) }];
  const locationId = salon.locations[location]?.id;
  return control.ask(visitAnswer, '/visits', { phone, locationId, items, attendance: arrived ? ARRIVED : 0 });
}

/** What staff do with a visit, in this order, and not interrupted by the sandbox's death. */
async function work(
  { control, staffAtWork }: PlayDeps,
  visitId: number,
  steps: readonly (readonly [action: string, body: object])[],
): Promise<void> {
  await staffAtWork.share(async () => {
    for (const [action, body] of steps) {
      const { status } = await control.settled(`/visits/${visitId}/${action}`, body);
      if (status >= 300) throw new Error(`the sandbox refused to ${action} visit ${visitId} with ${status}`);
    }
  });
}

/** A till sells in a visit, whose points Altegio takes there. */
export async function payInVisit(
  deps: PlayDeps,
  customer: Customer,
  index: number,
  operation: PaymentOperation,
): Promise<void> {
  const { location, total } = operation;
  await pay(deps, index, operation, await book(deps, customer, { location, cost: BigInt(total), arrived: false }));
}

/** A salon's own terminal takes points in a visit that nobody pays for otherwise. */
export async function takeBonus(
  deps: PlayDeps,
  customer: Customer,
  { location, amount }: Extract<Operation, { kind: 'visitBonus' }>,
  entry: (visitId: number) => Entry,
): Promise<void> {
  const { salon, addresses } = deps;
  const { visitId, recordId } = await book(deps, customer, { location, cost: 15_000n, arrived: false });
  const noted = entry(visitId);
  const path = `/visit/loyalty/apply_card_withdrawal/${salon.locations[location]?.id}/${customer.cardId}`;
  const reply = await call(`${addresses.sandbox}/api/v1${path}`, {
    method: 'POST',
    headers: {
      accept: 'application/vnd.api.v2+json',
      authorization: `Bearer ${addresses.partnerToken}, User ${addresses.userToken}`,
    },
    body: { record_id: recordId, visit_id: visitId, amount: Number(formatAmount(BigInt(amount))) },
  });
  if (reply && reply.status < 300) noted.outcome = 'done';
}

/** The customer has come and pays everything, perhaps a part in points. */
export async function payVisit(
  deps: PlayDeps,
  customer: Customer,
  { location, cost, bonus, cash }: PaidVisitOperation,
  entry: (visitId: number) => Entry,
): Promise<void> {
  const { visitId } = await book(deps, customer, { location, cost: BigInt(cost), arrived: true });
  const noted = entry(visitId);
  await sleep(STAY_MS);
  const withdrawal = ['withdraw', { cardId: customer.cardId, amount: formatAmount(BigInt(bonus)) }] as const;
  await work(deps, visitId, [...(bonus > 0 ? [withdrawal] : []), ['pay', { cash }]]);
  noted.outcome = 'done';
  if (noted.visit) noted.visit.isPaid = true;
}

/** Takes a visit that is paid and that nobody else works on; it may be under way still. */
async function paidVisit({ book, signal }: PlayDeps, which: Which): Promise<Entry | null> {
  const until = Date.now() + PAID_WITHIN_MS;
  for (;;) {
    const paid = book.pick(which, ({ visit }) => visit?.isPaid === true && !visit.busy);
    if (paid?.visit) paid.visit.busy = true;
    if (paid || signal.aborted || Date.now() > until) return paid ?? null;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Money of a visit that was paid is taken back; where it was a mistake, another sum is paid. */
export async function changeVisit(
  deps: PlayDeps,
  operation: Extract<Operation, { kind: 'visitEdited' | 'visitUnpaid' }>,
  entry: (customer: number) => Entry,
): Promise<void> {
  const paid = await paidVisit(deps, operation.which);
  const noted = entry(paid?.customer ?? 0);
  if (!paid?.visit) {
    noted.outcome = 'refused';
    noted.note = 'no visit was paid that could be changed';
    return;
  }
  const { visit } = paid;
  const isEdited = operation.kind === 'visitEdited';
  const again = isEdited
    ? ([
        ['edit', { items: [{ title: 'Haircut', cost: formatAmount(BigInt(operation.cost)) }] }],
        ['pay', { cash: true }],
      ] as const)
    : [];
  await work(deps, visit.id, [['unpay', {}], ...again]);
  visit.isPaid = isEdited;
  visit.busy = false;
  noted.outcome = 'done';
  noted.note = `visit ${visit.id}`;
}

/** What a visit has moved, as Altegio has it: points taken, and what its money has earned once it is paid in full. */
export async function movedInVisit(control: Control, visitId: number): Promise<bigint> {
  const { withdrawn, records } = await control.ask(visitState, `/visits/${visitId}`);
  const bonus = parseAmount(withdrawn);
  const isSettled = records.every(({ attendance, paidFull }) => attendance === ARRIVED && paidFull);
  const costs = records.flatMap(({ items }) => items.map(({ cost }) => parseAmount(cost)));
  const money = costs.reduce((sum, cost) => sum + cost, 0n) - bonus;
  return (isSettled ? money / EARNS_ONE_OF : 0n) - bonus;
}
