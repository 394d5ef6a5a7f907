/** What every test of faults does: pay at the till, see what Altegio was made to do, compare both books. */
import { expect } from 'vitest';
import type { Answer, Stand } from '../service/stand.ts';
import { until } from '../service/until.ts';

type Person = ReturnType<Stand['person']>;

/** One write as Altegio's request log tells it. */
interface LoggedWrite {
  readonly at: string;
  readonly path: string;
  readonly body: { readonly amount: number | string };
  readonly status: number;
  readonly applied: boolean;
}

/** One call as Altegio's request log tells it. */
export interface LoggedCall {
  readonly id: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** Altegio's request log after the call of this id; 0 for all of it. */
export async function requestsAfter(stand: Stand, id: number): Promise<LoggedCall[]> {
  return (await stand.control(`/requests?since=${id}`)) as LoggedCall[];
}

/** The till must be answered this soon (milliseconds). */
const TILL_MS = 4_000;

/** What a till says of a sale. */
interface Sale {
  readonly receipt: string;
  readonly accountId: string;
  readonly redeem?: string;
}

/** The body of a payment of 100.00. */
export const bodyOf = ({ receipt, accountId, redeem = '30.00' }: Sale) => ({
  receipt,
  accountId,
  total: '100.00',
  redeem,
});

/** Pays 100.00 at the till and checks that the answer came within the till's four seconds. */
export async function pay(stand: Stand, sale: Sale, options: { readonly api?: number } = {}): Promise<Answer> {
  const began = performance.now();
  const answer = await stand.till('/payments', bodyOf(sale), options);
  expect(performance.now() - began, `${sale.receipt} answered in time`).toBeLessThan(TILL_MS);
  return answer;
}

/** Programs faults of Altegio. */
export async function misbehave(stand: Stand, ...faults: readonly Record<string, unknown>[]): Promise<void> {
  for (const fault of faults) await stand.control('/faults', fault);
}

/** Ends all faults. */
export async function behave(stand: Stand): Promise<void> {
  await stand.control('/faults', undefined, 'DELETE');
}

/** How often the faults under way have struck. */
export async function strikes(stand: Stand): Promise<number> {
  const faults = (await stand.control('/faults')) as { hits: number }[];
  return faults.reduce((sum, { hits }) => sum + hits, 0);
}

/** The customer's card as the other side knows it. */
export async function cardOf(stand: Stand, person: Person): Promise<number> {
  const cards = (await stand.control('/cards')) as { id: number; phone: string; typeId: number }[];
  const card = cards.find(({ phone, typeId }) => phone === person.phone && typeId === stand.cardTypeId);
  if (!card) throw new Error(`${person.phone} has no card`);
  return card.id;
}

/** Every change of this card's balance that was asked of Altegio, in order. */
export async function writesOf(stand: Stand, person: Person): Promise<LoggedWrite[]> {
  const path = `/loyalty/cards/${await cardOf(stand, person)}/manual_transaction`;
  return (await stand.control(`/requests?path=${encodeURIComponent(path)}`)) as LoggedWrite[];
}

/** Amounts that took effect, in minor units. */
export async function appliedAmounts(stand: Stand, person: Person): Promise<number[]> {
  const writes = await writesOf(stand, person);
  return writes.filter(({ applied }) => applied).map(({ body }) => Math.round(Number(body.amount) * 100));
}

/** Waits until this payment's workflow has ended, and the payment says that both books match. */
export async function matchedByItself(stand: Stand, payment: Answer['body'], timeoutMs = 45_000): Promise<void> {
  await until(
    `${payment.workflowId} ends`,
    async () => {
      const { status } = await stand.client.workflow.getHandle(payment.workflowId).describe();
      return status.name === 'COMPLETED' ? true : status.name;
    },
    timeoutMs,
  );
  const now = await stand.till(`/payments/${payment.id}`);
  expect(now.body).toMatchObject({ id: payment.id, state: 'CAPTURED', mirror: { state: 'matched' } });
}

/** A decimal text moved by minor units. */
export function moved(balance: string, delta: number): string {
  return ((Math.round(Number(balance) * 100) + delta) / 100).toFixed(2);
}

/** The whole effect on Altegio since `opening` is `delta` (minor units), however many writes it took; books are equal. */
export async function oneEffect(stand: Stand, person: Person, opening: string, delta: number): Promise<void> {
  await stand.bothHold(person, moved(opening, delta));
  const amounts = await appliedAmounts(stand, person);
  expect(
    amounts.reduce((sum, amount) => sum + amount, 0),
    `applied: ${amounts.join(', ')}`,
  ).toBe(delta);
}
