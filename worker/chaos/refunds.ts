/** A till that refunds a sale it was told of, in part or whole, and sends the refund again as tills do. */
import { z } from 'zod';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { call, codeOf, isPassing } from '../trial/doors.ts';
import type { Entry, RefundRequest } from './book.ts';
import { patience, type TillDeps, TRIES } from './payments.ts';
import type { RefundOperation } from './plan-operations.ts';

const refundAnswer = z.object({
  moneyToReturn: z.string(),
  pointsReturned: z.string(),
  accrualClawedBack: z.string(),
});
type Refund = z.infer<typeof refundAnswer>;

/** Plays one refund of a sale that was heard of and of which something is left. */
export async function refund(deps: TillDeps, index: number, operation: RefundOperation): Promise<void> {
  const { book, runId } = deps;
  const sold = book.pick(operation.which, ({ sale }) => sale !== undefined && sale.left > 0n && !sale.busy);
  const add = (rest: Partial<Entry>): Entry =>
    book.add({ operation: index, kind: 'refund', customer: 0, outcome: 'unanswered', moved: 0n, note: '', ...rest });
  if (!sold?.sale || !sold.receipt) {
    add({ outcome: 'refused', note: 'no sale was heard of that could be refunded' });
    return;
  }
  const { sale } = sold;
  const { receipt } = sold.receipt;
  const share = (sale.left * BigInt(operation.percent)) / 100n;
  const amount = share > 0n ? share : sale.left;
  const name = `RF-${index}`;
  const body = { refund: name, amount: formatAmount(amount), ...(operation.byReceipt && { receipt }) };
  const path = operation.byReceipt ? '/v1/refunds' : `/v1/payments/${sale.id}/refunds`;
  const key = operation.key ? `${runId}-${name}-key` : undefined;
  const request: RefundRequest = { path, location: sale.location, body, amount, key };
  const entry = add({ customer: sold.customer, refund: request, note: `of ${receipt}` });
  sale.busy = true;
  const done = await askRefund(deps, entry, request);
  if (entry.outcome === 'unanswered') return;
  if (done) sale.left -= amount;
  sale.busy = false;
  if (!done || operation.repeat === 'no') return;
  const again = operation.repeat === 'sameKey' ? key : `${runId}-${name}-key-2`;
  const said = await askRefund(deps, { ...entry }, { ...request, key: again });
  if (said && JSON.stringify(said) !== JSON.stringify(done))
    deps.contradictions.push(
      `Refund ${name} of ${receipt} was answered in two ways: ${JSON.stringify(done)} and ${JSON.stringify(said)}.`,
    );
}

/** Asks until there is an answer for good, and enters it: points back, less accrual taken back. */
export async function askRefund(
  { addresses, salon, signal, contradictions }: TillDeps,
  entry: Entry,
  { path, location, body, amount, key }: RefundRequest,
): Promise<Refund | null> {
  const token = salon.locations[location]?.key ?? '';
  for (let tries = 0; tries < TRIES && !signal.aborted; tries += 1) {
    await patience(tries);
    const api = addresses.apis[(entry.operation + tries) % addresses.apis.length];
    const reply = await call(`${api}${path}`, { token, body, key });
    // Not decided yet: the same request waits for the decision.
    if (reply === null || reply.status === 202 || isPassing(reply)) continue;
    if (reply.status >= 300) {
      entry.outcome = 'refused';
      entry.note += `, ${codeOf(reply)}`;
      return null;
    }
    const done = refundAnswer.parse(reply.body);
    const points = parseAmount(done.pointsReturned);
    entry.outcome = 'done';
    entry.moved = points - parseAmount(done.accrualClawedBack);
    entry.note += `, points ${done.pointsReturned}, taken back ${done.accrualClawedBack}`;
    if (points + parseAmount(done.moneyToReturn) !== amount)
      contradictions.push(`A refund of ${formatAmount(amount)} was answered as ${JSON.stringify(done)}.`);
    return done;
  }
  return null;
}
