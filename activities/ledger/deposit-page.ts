/**
 * Deposits under their locks, and writing down what was planned on them. Whoever needs a customer's page locks that first;
 * deposits are locked in the order of their ids, so that two customers who pay from each other's never wait in a circle.
 */
import type { Deposit, DepositBook } from '../../domain/deposit.ts';
import type { Tx } from './database.ts';

/** A deposit's row; minor units. */
export interface DepositSql {
  account_id: string;
  currency: string;
  balance: bigint;
  held: bigint;
}

/** The account that pays for $1 now, besides itself; one that is switched off pays for nobody. */
const PAYER = `
  select link.payer_id from deposit_payer link join account payer on payer.id = link.payer_id
   where link.account_id = $1 and link.unlinked_at is null and payer.state <> 'inactive'`;

const LOCK = (where: string) => `
  select account_id, currency, balance, held from deposit where ${where} order by account_id for no key update`;

const PAYING = `(account_id = $1 or account_id = (${PAYER}))`;

/** The deposits that a customer pays from, the own one first. Not locked. */
export const PAYING_NOW = `
  select account_id, currency, balance, held from deposit where ${PAYING} order by account_id <> $1`;

const LOCK_PAYING = LOCK(PAYING);
// One statement of the till's first round trip: a payment that names no deposit locks none.
const LOCK_FOR_PAYMENT = LOCK(
  `${PAYING} and exists (select 1 from payment where id = $2 and request->'money' @> '[{"type":"deposit"}]')`,
);
const LOCK_NAMED = LOCK('account_id = any ($1::text[])');

/** Locks the deposits that a customer pays from. */
export async function lockPaying(tx: Tx, accountId: string): Promise<DepositSql[]> {
  return await tx.rows<DepositSql>(LOCK_PAYING, [accountId]);
}

/** The same where the payment names a deposit; else none. */
export async function lockForPayment(tx: Tx, accountId: string, paymentId: string): Promise<DepositSql[]> {
  return await tx.rows<DepositSql>(LOCK_FOR_PAYMENT, [accountId, paymentId]);
}

/** Locks these deposits. */
export async function lockDeposits(tx: Tx, accountIds: readonly string[]): Promise<DepositSql[]> {
  return await tx.rows<DepositSql>(LOCK_NAMED, [accountIds]);
}

/** A row as the book takes it. */
export const toDeposit = ({ account_id: accountId, balance, held }: DepositSql): Deposit => ({
  accountId,
  balance,
  held,
});

/** The deposits of this currency in the order in which they pay: the customer's own first. */
export function payingInOrder(rows: readonly DepositSql[], accountId: string, currency: string): Deposit[] {
  const own = rows.filter((row) => row.currency === currency);
  return own.toSorted((a, b) => Number(b.account_id === accountId) - Number(a.account_id === accountId)).map(toDeposit);
}

/** Why and under which workflow money moves. */
export interface DepositCause {
  readonly chainId: bigint;
  readonly locationId: bigint;
  readonly operation: string;
  readonly actor: string;
  readonly reason: string | null;
  /** What it pays; null for money that comes or goes by hand. */
  readonly paymentId: string | null;
  readonly tender: string | null;
  /** When it happened, where that differs from when we learned it. */
  readonly happenedAt: Date | null;
}

const BALANCES = `
  update deposit set balance = now.balance, held = now.held
    from unnest($1::text[], $2::bigint[], $3::bigint[]) as now (account_id, balance, held)
   where deposit.account_id = now.account_id`;

const TRANSFERS = `
  insert into deposit_transfer (chain_id, location_id, operation, seq, account_id, debit_account, credit_account, amount,
                                code, tender, payment_id, actor, reason, happened_at)
  select $1, $2, $3,
         (select coalesce(max(seq), 0) from deposit_transfer where chain_id = $1 and operation = $3) + part.ordinal,
         account_id, debit, credit, amount, code, $4, $5, $6, $7, coalesce($8::timestamptz, now())
    from unnest($9::text[], $10::text[], $11::text[], $12::bigint[], $13::text[])
      with ordinality as part (account_id, debit, credit, amount, code, ordinal)
   order by part.ordinal`;

/** Sends what the book has planned since the last time. */
export function sendDeposits(tx: Tx, book: DepositBook, cause: DepositCause): void {
  const { standing } = book;
  tx.send(BALANCES, [
    standing.map(({ accountId }) => accountId),
    standing.map(({ balance }) => balance),
    standing.map(({ held }) => held),
  ]);
  const transfers = book.drain();
  if (transfers.length === 0) return;
  const { chainId, locationId, operation, tender, paymentId, actor, reason, happenedAt } = cause;
  tx.send(TRANSFERS, [
    ...[chainId, locationId, operation, tender, paymentId, actor, reason, happenedAt],
    transfers.map(({ accountId }) => accountId),
    transfers.map(({ debit }) => debit),
    transfers.map(({ credit }) => credit),
    transfers.map(({ amount }) => amount),
    transfers.map(({ code }) => code),
  ]);
}
