/** What the refunds of a payment have returned so far, from their rows. */
import { parseAmount } from '../../domain/money.ts';
import { addRefunds, NOTHING_REFUNDED, type Refunded } from '../../domain/refund.ts';
import type { Tx } from './database.ts';

interface RefundSql {
  amount: bigint;
  points: bigint;
  money: bigint;
  earning_money: bigint;
  clawback: bigint;
  by_line: Record<string, string>;
}

const REFUNDS = `
  select amount, points, money, earning_money, clawback, by_line from payment_step
   where payment_id = $1 and kind = 'refund' and state = 'DONE'`;

const toRefunded = (row: RefundSql): Refunded => ({
  amount: row.amount,
  points: row.points,
  money: row.money,
  earningMoney: row.earning_money,
  clawback: row.clawback,
  byLine: new Map(Object.entries(row.by_line).map(([id, text]) => [id, parseAmount(text)])),
});

/** All of them together; one that an operator has undone counts no more. */
export async function refundedSoFar(tx: Tx, paymentId: string): Promise<Refunded> {
  const rows = await tx.rows<RefundSql>(REFUNDS, [paymentId]);
  return rows.map(toRefunded).reduce(addRefunds, NOTHING_REFUNDED);
}
