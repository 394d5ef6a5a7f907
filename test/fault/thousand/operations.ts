/** Random operations on a customer, each with what its answer says it moved. */
import { expect } from 'vitest';
import type { Answer } from '../../service/stand.ts';
import { until } from '../../service/until.ts';
import { type CallKind, type Cell, decimal, minor } from '../matrix/cell.ts';

/** A customer with what the answers so far add up to (minor units). */
export interface Played {
  readonly cell: Cell;
  expected: number;
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

/** Plays one operation and adds up what its answer says. */
export async function operate(cell: Cell, played: Played, random: Dice, turn: number): Promise<void> {
  const pick = random(100);
  const [kind, play] =
    pick < 60
      ? (['payment', pay] as const)
      : pick < 72
        ? (['adjustment', adjust] as const)
        : pick < 86
          ? (['staff', staff] as const)
          : pick < 93
            ? (['native', native] as const)
            : (['reconciliation', reconcile] as const);
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
  const { redeemed, accrued, workflowId } = payment;
  expect(minor(redeemed)).toBeLessThanOrEqual(total * 30);
  expect(minor(accrued)).toBe(Math.floor((total * 100 - minor(redeemed)) / 20));
  played.workflows.push(workflowId);
  return minor(accrued) - minor(redeemed);
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
