/** What a till's journal says has become of each of its receipts, and what that moved. Minor units. */
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { batchAnswer, isDone, type PaymentAnswer, paymentAnswer, refundAnswer } from './answers.ts';
import type { Rung } from './journal.ts';
import type { Call, Memory } from './memory.ts';

/** One receipt. */
export interface Standing {
  readonly receipt: string;
  readonly customer: number;
  /** As a payment's state; `NONE` when the till was told that nothing has happened. */
  readonly state: 'NONE' | 'AUTHORIZED' | 'CAPTURED' | 'VOIDED' | 'EXPIRED' | 'PARTIALLY_REFUNDED' | 'REFUNDED';
  readonly total: bigint;
  readonly redeemed: bigint;
  readonly accrued: bigint;
  /** Part of the bill that went back. */
  readonly refunded: bigint;
  /** What all of it did to the customer's points. */
  readonly moved: bigint;
}

const doneOf = (calls: readonly Call[], ...steps: readonly Call['step'][]) =>
  calls.find(({ step, final }) => steps.includes(step) && isDone(final));

/** Every receipt of a journal. */
export function standingsOf(memory: Memory): Standing[] {
  const offline = offlinePayments(memory);
  return [...memory.sales.values()].map((sale) => {
    const calls = memory.callsOf(sale.receipt);
    const [state, payment] =
      sale.ending === 'offline' ? stateOfSale(offline.get(sale.receipt) ?? null) : stateOf(sale, calls);
    const stands = state === 'CAPTURED' ? afterRefunds(calls, payment) : { state, refunded: 0n, returned: 0n };
    const amount = (text: string | undefined) => (state === 'CAPTURED' ? parseAmount(text ?? '0') : 0n);
    const [redeemed, accrued] = [amount(payment?.redeemed), amount(payment?.accrued)];
    return {
      receipt: sale.receipt,
      customer: sale.customer,
      state: stands.state,
      total: parseAmount(payment?.total ?? '0'),
      redeemed,
      accrued,
      refunded: stands.refunded,
      moved: accrued - redeemed + stands.returned,
    };
  });
}

/** Sums of the sales, as a till closes its day: what went back later was sold nevertheless. Decimal texts. */
export function daySums(standings: readonly Standing[]) {
  const sold = standings.filter(({ state }) => SOLD.includes(state));
  const sum = (name: 'total' | 'redeemed' | 'accrued') =>
    formatAmount(sold.reduce((whole, standing) => whole + standing[name], 0n));
  return { count: sold.length, total: sum('total'), redeemed: sum('redeemed'), accrued: sum('accrued') };
}

const SOLD: readonly Standing['state'][] = ['AUTHORIZED', 'CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED'];

function offlinePayments(memory: Memory): ReadonlyMap<string, PaymentAnswer> {
  const batches = [...memory.calls.values()].filter(({ step, final }) => step === 'batch' && isDone(final));
  const results = batches.flatMap(({ final }) => batchAnswer.parse(final?.body).results);
  return new Map(results.flatMap(({ receipt, payment }) => (receipt && payment ? [[receipt, payment] as const] : [])));
}

type State = readonly [state: Standing['state'], payment: PaymentAnswer | null];

const stateOfSale = (payment: PaymentAnswer | null): State => (payment ? ['CAPTURED', payment] : ['NONE', null]);

function stateOf({ ending }: Rung, calls: readonly Call[]): State {
  const taken = doneOf(calls, 'sale', 'authorize');
  if (!taken) return ['NONE', null];
  const payment = paymentAnswer.parse(taken.final?.body);
  if (ending === 'sale') return ['CAPTURED', payment];
  const captured = doneOf(calls, 'capture');
  if (captured) return ['CAPTURED', paymentAnswer.parse(captured.final?.body)];
  if (doneOf(calls, 'void')) return ['VOIDED', payment];
  // A second step that came too late was told so.
  const late = calls.some(({ step, final }) => step !== 'authorize' && final !== null);
  return ending === 'expire' || late ? ['EXPIRED', payment] : ['AUTHORIZED', payment];
}

function afterRefunds(calls: readonly Call[], payment: PaymentAnswer | null) {
  const done = calls.filter(({ step, final }) => step === 'refund' && isDone(final));
  const refunds = done.map(({ final }) => refundAnswer.parse(final?.body));
  const sum = (of: (refund: (typeof refunds)[number]) => bigint) =>
    refunds.reduce((whole, refund) => whole + of(refund), 0n);
  const refunded = sum(({ moneyToReturn, pointsReturned }) => parseAmount(moneyToReturn) + parseAmount(pointsReturned));
  const returned = sum(
    ({ pointsReturned, accrualClawedBack }) => parseAmount(pointsReturned) - parseAmount(accrualClawedBack),
  );
  const whole = refunded === parseAmount(payment?.total ?? '0');
  const state = refunded === 0n ? 'CAPTURED' : whole ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
  return { state, refunded, returned } as const;
}

/** What the answers contradict by themselves: tenders that are not the bill, parts that are not what went back. */
export function illSums(memory: Memory): string[] {
  return [...memory.calls.values()].flatMap((call) => {
    const { step, final, body } = call;
    if (!final || !isDone(final)) return [];
    if (step === 'batch')
      return batchAnswer.parse(final.body).results.flatMap(({ payment }) => (payment ? illBill(call, payment) : []));
    if (step !== 'refund') return step === 'void' ? [] : illBill(call, paymentAnswer.parse(final.body));
    const { moneyToReturn, pointsReturned } = refundAnswer.parse(final.body);
    const back = parseAmount(moneyToReturn) + parseAmount(pointsReturned);
    if (back === parseAmount(String(body['amount']))) return [];
    return [`${call.call} asked for ${String(body['amount'])} and returned ${moneyToReturn} and ${pointsReturned}.`];
  });
}

function illBill({ call }: Call, { total, redeemed, due }: PaymentAnswer): string[] {
  if (parseAmount(redeemed) + parseAmount(due) === parseAmount(total)) return [];
  return [`${call}: ${redeemed} in points and ${due} to pay are not the bill of ${total}.`];
}
