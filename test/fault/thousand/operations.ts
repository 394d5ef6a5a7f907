/** Random operations on a customer, each with what its answer says it moved. */
import { expect } from 'vitest';
import type { Answer } from '../../service/stand.ts';
import { until } from '../../service/until.ts';
import { type CallKind, type Cell, decimal, minor } from '../matrix/cell.ts';
import { endEarned } from '../matrix/later-acts.ts';

/** A customer with what the answers so far add up to (minor units). */
export interface Played {
  readonly cell: Cell;
  expected: number;
  /** Sales that may be refunded. */
  readonly sales: { readonly id: string; readonly total: string; readonly moved: number }[];
  /** When somebody else last moved the card (epoch milliseconds). */
  movedAt: number;
  /** Workflows whose results say where both books stood. */
  readonly workflows: string[];
  readonly kinds: Record<string, number>;
  /** The longest that a till waited. */
  slowestMs: number;
}

/** A whole number below `sides`. */
export type Dice = (sides: number) => number;

/** Mulberry32: small, and the same everywhere. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

/**
 * Faults that any operation may meet. A wrong echo is not among them: until the card is read again it makes a lie of
 * what we were told; the fault matrix has it.
 */
export const FAULTS: readonly { readonly call: CallKind; readonly blow: Readonly<Record<string, unknown>> }[] = [
  { call: 'write', blow: { fault: '5xx_before' } },
  { call: 'write', blow: { fault: '5xx_after' } },
  { call: 'write', blow: { fault: 'drop_before' } },
  { call: 'write', blow: { fault: 'drop_after' } },
  { call: 'write', blow: { fault: 'hang', ms: 1_000 } },
  { call: 'write', blow: { fault: 'delay', ms: 900 } },
  { call: 'write', blow: { fault: 'late_apply', ms: 1_000 } },
  { call: 'read', blow: { fault: '5xx_before' } },
  { call: 'read', blow: { fault: 'drop_after' } },
  { call: 'read', blow: { fault: 'hang', ms: 600 } },
  { call: 'read', blow: { fault: 'delay', ms: 200 } },
];

const REDEEMS = ['none', 'max', '3.00', '12.00', '25.00'];
/** Below this nothing is taken by staff or operators, so that every change can be made whole (minor units). */
const RICH = 8_000;

type Play = (cell: Cell, played: Played, random: Dice, turn: number) => Promise<number>;

/** How often each kind is played: numbers below 100, each up to the next. */
const KINDS: readonly [Kind, ...Kind[]] = [
  { kind: 'payment', below: 54, play: pay },
  { kind: 'refund', below: 62, play: refund },
  { kind: 'adjustment', below: 71, play: adjust },
  { kind: 'staff', below: 83, play: staff },
  { kind: 'native', below: 89, play: native },
  { kind: 'visit', below: 92, play: visit },
  { kind: 'expiry', below: 94, play: expiry },
  { kind: 'reconciliation', below: 100, play: reconcile },
];
interface Kind {
  readonly kind: string;
  readonly below: number;
  readonly play: Play;
}

/** Plays one operation and adds up what its answer says. */
export async function operate(cell: Cell, played: Played, random: Dice, turn: number): Promise<void> {
  const pick = random(100);
  const { kind, play } = KINDS.find(({ below }) => pick < below) ?? KINDS[0];
  played.kinds[kind] = (played.kinds[kind] ?? 0) + 1;
  played.expected += await play(cell, played, random, turn);
}

/** Whole amounts only: staff and Altegio itself move others, so that no line of theirs can be taken for ours. */
async function pay(cell: Cell, played: Played, random: Dice, turn: number): Promise<number> {
  const total = 20 * (1 + random(10));
  const redeem = REDEEMS[random(REDEEMS.length)] ?? 'none';
  const receipt = `${cell.receipt}-${turn}`;
  const body = { receipt, accountId: cell.accountId, total: `${total}.00`, redeem, allowPartial: true };
  const began = performance.now();
  const answer = await cell.stand.till('/payments', body);
  played.slowestMs = Math.max(played.slowestMs, performance.now() - began);
  if (random(8) === 0) await repeated(cell, body, answer);
  const payment = answer.status === 202 ? await decided(cell, receipt) : answer.body;
  if (answer.status >= 300 || payment.state !== 'CAPTURED') {
    const refused = answer.status === 503 || payment.state === 'DECLINED' || payment.state === 'ABANDONED';
    expect(refused || answer.status === 422, JSON.stringify(answer.body)).toBe(true);
    return 0;
  }
  const { id, redeemed, accrued, workflowId } = payment;
  expect(minor(redeemed)).toBeLessThanOrEqual(total * 30);
  expect(minor(accrued)).toBe(Math.floor((total * 100 - minor(redeemed)) / 20));
  played.workflows.push(workflowId);
  const moved = minor(accrued) - minor(redeemed);
  played.sales.push({ id, total: `${total}.00`, moved });
  return moved;
}

/** The whole sale, so that no amount of ours has odd cents. A till that is told to ask again does. */
async function refund({ stand }: Cell, played: Played, random: Dice): Promise<number> {
  const [sale] = played.sales.splice(random(Math.max(1, played.sales.length)), 1);
  if (!sale) return 0;
  let answer: Answer | undefined;
  await until(
    `${sale.id} is refunded`,
    async () => {
      answer = await stand.till(`/payments/${sale.id}/refunds`, { refund: 'RF', amount: sale.total });
      return answer.status === 201 ? true : answer.body;
    },
    90_000,
  );
  const moved = minor(answer?.body.pointsReturned) - minor(answer?.body.accrualClawedBack);
  expect(moved).toBe(-sale.moved);
  return moved;
}

/** Comes and pays in Altegio; what of it no webhook tells, the catch-up finds in the end. */
async function visit({ stand, person }: Cell, _played: Played, random: Dice): Promise<number> {
  // More than any sale, so that it does not look like one.
  const cost = 20 * (11 + random(10));
  const items = [{ title: 'Cut', cost: `${cost}.00` }];
  const { locationId } = stand;
  const { visitId } = await stand.control('/visits', { locationId, phone: person.phone, items, attendance: 1 });
  await stand.control(`/visits/${visitId}/pay`, {});
  return cost * 5;
}

/** Everything that was earned has ended; how much that is in the end, the account's transfers say. */
async function expiry(cell: Cell): Promise<number> {
  await endEarned(cell);
  return 0;
}

/** What has ended for a customer, minor units. */
export async function ended({ stand, accountId }: Cell): Promise<number> {
  let sum = 0;
  for (let next: string | null = ''; next !== null;) {
    const cursor: string = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`;
    const { body } = await stand.admin(`/accounts/${accountId}/transfers?limit=200${cursor}`);
    for (const { code, amount } of body.items) if (code === 'expiry') sum += Math.abs(minor(amount));
    ({ next } = body);
  }
  return sum;
}

/** The till asks the same again: the same payment, nothing twice. A 503 is not kept, so then it would be a new try. */
async function repeated(cell: Cell, body: object, { status, body: first }: Answer): Promise<void> {
  if (status !== 201) return;
  const again = await cell.stand.till('/payments', body);
  expect(again.body).toMatchObject({ id: first.id, redeemed: first.redeemed, replayed: true });
}

/** Told to ask later; on a busy machine that may take a while, for new payments are preferred to waiting ones. */
async function decided(cell: Cell, receipt: string): Promise<Answer['body']> {
  let payment: Answer['body'];
  await until(
    `${receipt} is decided`,
    async () => {
      payment = (await cell.stand.till(`/payments?receipt=${receipt}`)).body;
      return payment.state === 'PENDING' ? payment : true;
    },
    90_000,
  );
  return payment;
}

async function adjust(cell: Cell, { expected, workflows }: Played, random: Dice): Promise<number> {
  const size = 1 + random(9);
  const moved = await cell.adjust(`${expected > RICH && random(2) === 0 ? -size : size}.00`);
  workflows.push([...cell.started].at(-1) ?? '');
  return moved;
}

async function staff(cell: Cell, played: Played, random: Dice): Promise<number> {
  const size = random(20) + 0.37;
  played.movedAt = Infinity;
  const amount = (played.expected > RICH && random(2) === 0 ? -size : size).toFixed(2);
  const moved = await cell.staff({ amount });
  played.movedAt = Date.now();
  return moved;
}

/** Altegio's own programs: an accrual, a referral, or points that ran out. */
async function native(cell: Cell, played: Played, random: Dice): Promise<number> {
  const amount = random(20) * 100 + 41;
  const type = played.expected > RICH ? ([2, 4, 7][random(3)] ?? 2) : 2;
  played.movedAt = Infinity;
  await cell.stand.control('/native', { cardId: cell.cardId, amount: decimal(amount), type });
  played.movedAt = Date.now();
  return type === 7 ? -amount : amount;
}

async function reconcile(cell: Cell): Promise<number> {
  await cell.reconcile();
  return 0;
}
