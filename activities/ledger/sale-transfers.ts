/** What a payment, its refunds and what undid them have posted, and the lots they touched as they are now. */
import type { OwnLot, OwnTransfer } from '../../domain/reversal.ts';
import type { Tx } from './database.ts';

/** The payment whose sale it is. */
interface SaleRef {
  readonly id: string;
  readonly workflow_id: string;
}

// The refunds of a payment are operations of their own, and so is what undoes it or one of them.
const REFUNDS = `select workflow_id from payment_step where payment_id = $3 and kind = 'refund'`;
const OF_SALE = `
  t.account_id = $1 and (t.operation = $2 or t.operation in (${REFUNDS})
    or t.operation in (select workflow_id from adjustment where undoes = $2 or undoes in (${REFUNDS})))`;

const TRANSFERS = `
  select t.debit_account as debit, t.credit_account as credit, t.amount, t.code, t.lot_id as "lotId"
    from transfer t where ${OF_SALE} order by t.id`;

const LOTS = `
  select id, state = 'pending' as pending, remaining, (extract(epoch from expires_at) * 1000)::float8 as "expiresAt",
         (extract(epoch from created_at) * 1000)::float8 as "createdAt"
    from lot where id in (select t.lot_id from transfer t where ${OF_SALE})`;

/** The transfers of an operation, of the refunds of its payment, and of what undid any of them; oldest first. */
export async function saleTransfers(tx: Tx, accountId: string, sale: SaleRef): Promise<OwnTransfer[]> {
  return await tx.rows<OwnTransfer>(TRANSFERS, [accountId, sale.workflow_id, sale.id]);
}

/** The lots of those transfers. */
export async function saleLots(tx: Tx, accountId: string, sale: SaleRef): Promise<OwnLot[]> {
  return await tx.rows<OwnLot>(LOTS, [accountId, sale.workflow_id, sale.id]);
}
