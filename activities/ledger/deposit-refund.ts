/** The money of a refund, each part in the kind it was paid in (R9): what a deposit here has paid returns to it. */
import { byKind, depositSum, lessReturned, returnByKind, type TenderSum } from '../../domain/deposit.ts';
import { formatAmount, type Minor, parseAmount } from '../../domain/money.ts';
import type { Tx } from './database.ts';
import { returnDeposit } from './deposit-payment.ts';
import type { Page } from './page.ts';
import type { OperationRef } from './posting.ts';
import type { PaymentSql, StoredBill } from './stored-payment.ts';

/** How money goes back; minor units. */
export interface KindsReturned {
  readonly kinds: readonly TenderSum[];
  /** Of it to deposits that are kept here; one that is kept elsewhere is handed back by the till. */
  readonly toDeposit: Minor;
}

const BEFORE = `
  select money, by_tender from payment_step where payment_id = $1 and kind = 'refund' and state = 'DONE'
   order by decided_at, id`;

/** What a payment's money consisted of; its kind is not known where the till did not say. */
const paidIn = ({ money }: StoredBill, due: Minor): TenderSum[] =>
  money.length > 0 ? byKind(money) : [{ type: 'money', amount: due }];

/** Splits a refund's money by kind, and returns the deposit's part to the deposits it came from. */
export async function kindsOf(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  by: OperationRef,
  bill: StoredBill,
  money: Minor,
): Promise<KindsReturned> {
  const before = await tx.rows<{ money: Minor; by_tender: Record<string, string> | null }>(BEFORE, [row.id]);
  let left = paidIn(bill, row.due ?? 0n);
  for (const { money: returned, by_tender: texts } of before) {
    const kinds = texts
      ? Object.entries(texts).map(([type, amount]) => ({ type, amount: parseAmount(amount) }))
      : returnByKind(returned, left);
    left = lessReturned(left, kinds);
  }
  const kinds = returnByKind(money, left);
  const paid = depositSum(kinds);
  return { kinds, toDeposit: paid > 0n ? await returnDeposit(tx, page, row, by, paid) : 0n };
}

/** Keeps the kinds with the refund's row. */
export function sendKinds(tx: Tx, stepId: string, { kinds }: KindsReturned): void {
  const texts = Object.fromEntries(kinds.map(({ type, amount }) => [type, formatAmount(amount)]));
  tx.send('update payment_step set by_tender = $2 where id = $1', [stepId, JSON.stringify(texts)]);
}
