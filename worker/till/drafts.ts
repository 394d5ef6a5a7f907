/** The bodies that a till sends. Amounts are decimal texts. */
import { formatAmount } from '../../domain/money.ts';
import type { Customer } from '../trial/salon.ts';
import { paymentAnswer } from './answers.ts';
import type { Rung, Sent } from './journal.ts';
import type { Call } from './memory.ts';
import type { Basket } from './plan.ts';

/** A call before it has a key. */
export type Draft = Omit<Sent, 'kind' | 'key'>;

const text = (minor: number): string => formatAmount(BigInt(minor));
const share = (total: number, percent: number): number => Math.floor((total * percent) / 100);

/** A sale as it is rung up. `number` counts the terminal's sales; `at` is the till's clock. */
export function ringUp(
  terminal: string,
  number: number,
  customer: Customer,
  basket: Basket,
  ending: Rung['ending'],
  at: Date,
): Rung {
  const receipt = `${terminal}-${String(number).padStart(4, '0')}`;
  const body = {
    receipt,
    ...(basket.by === 'phone' ? { phone: `+${customer.phone}` } : { accountId: customer.accountId }),
    total: text(basket.total),
    redeem: typeof basket.redeem === 'number' ? text(basket.redeem) : basket.redeem,
    terminal,
    ...(ending === 'offline' && { occurredAt: at.toISOString(), offlineSeq: number }),
    ...(ending !== 'offline' && ending !== 'sale' && { capture: false }),
  };
  return { kind: 'rung', receipt, customer: basket.customer, ending, body, last: {} };
}

/** The body of a capture of so many percent of the bill; all of it needs no words. */
export const captureBody = ({ total }: Basket, percent: number): Record<string, unknown> =>
  percent < 100 ? { total: text(share(total, percent)) } : {};

/** A sale's first call. */
export function payment({ receipt, ending, body }: Rung): Draft {
  const step = ending === 'sale' ? 'sale' : 'authorize';
  return { call: `${receipt}/${step}`, step, receipt, path: '/v1/payments', body };
}

/** The same after points were refused: the receipt is free again. */
export function withoutPoints(first: Draft): Draft {
  return { ...first, call: `${first.call}-without-points`, body: { ...first.body, redeem: 'none' } };
}

/** The second step of a payment that was authorized. */
export function secondStep({ receipt, last }: Rung, step: 'capture' | 'void', authorized: Call): Draft {
  const { id } = paymentAnswer.parse(authorized.final?.body);
  return { call: `${receipt}/${step}`, step, receipt, path: `/v1/payments/${id}/${step}`, body: last };
}

/** Refunds of so many percent of the bill each; the last one takes the rest when they are the whole. */
export function refunds(receipt: string, { total }: Basket, percents: readonly number[]): Draft[] {
  const whole = percents.reduce((sum, percent) => sum + percent, 0) === 100;
  let left = total;
  return percents.map((percent, index) => {
    const amount = whole && index === percents.length - 1 ? left : share(total, percent);
    left -= amount;
    const refund = `RF-${index + 1}`;
    const body = { receipt, refund, amount: text(amount) };
    return { call: `${receipt}/${refund}`, step: 'refund', receipt, path: '/v1/refunds', body };
  });
}

/** Sales made offline, sent together. */
export function batch(terminal: string, number: number, sales: readonly Rung[]): Draft {
  const body = { terminal, items: sales.map(({ body: item }) => item) };
  return { call: `${terminal}-batch-${number}`, step: 'batch', receipt: null, path: '/v1/batches', body };
}
