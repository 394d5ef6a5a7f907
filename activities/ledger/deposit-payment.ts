/**
 * A sale and the deposits that pay a part of it: taken or reserved with the payment's own decision, ended with its capture
 * or void, returned with its refunds. A customer who has no deposit here keeps it elsewhere, if at all: nothing moves then.
 */
import { DepositBook, type DepositPart, depositSum } from '../../domain/deposit.ts';

import { formatAmount, type Minor } from '../../domain/money.ts';
import type { Tx } from './database.ts';
import {
  type DepositCause,
  type DepositSql,
  lockDeposits,
  lockPaying,
  payingInOrder,
  sendDeposits,
  toDeposit,
} from './deposit-page.ts';
import type { Page } from './page.ts';
import type { OperationRef } from './posting.ts';
import type { PaymentSql, StoredBill } from './stored-payment.ts';

/** What a sale takes of deposits, planned on their book. Minor units. */
export interface PlannedDeposit {
  readonly book: DepositBook;
  readonly amount: Minor;
  readonly parts: readonly DepositPart[];
  /** What is left for this customer to pay from. */
  readonly available: Minor;
}

/** The deposits hold less than the till asked for. */
export interface DepositRefusal {
  readonly code: 'insufficient_deposit';
  readonly requested: Minor;
  readonly allowed: Minor;
}

/** What a till sees of it. Altegio's own deposits are another book: it has no call to take money from them. */
export const depositDocument = ({ amount, parts, available }: PlannedDeposit) => ({
  amount: formatAmount(amount),
  from: parts.map((part) => ({ accountId: part.accountId, amount: formatAmount(part.amount) })),
  available: formatAmount(available),
  altegio: 'not_mirrored',
});

const planned = (book: DepositBook, amount: Minor, parts: readonly DepositPart[]): PlannedDeposit => ({
  book,
  amount,
  parts,
  available: book.free,
});

/** Plans what a bill names; null where it names none, or the customer has none here. */
export function planDeposit(
  rows: readonly DepositSql[],
  page: Page,
  row: PaymentSql,
  { money, capture }: Pick<StoredBill, 'money' | 'capture'>,
): PlannedDeposit | DepositRefusal | null {
  const amount = depositSum(money);
  const { id, settings } = page.account;
  const book = new DepositBook(payingInOrder(rows, id, settings.currency), row.location_id);
  if (amount === 0n || book.standing.length === 0) return null;
  const allowed = book.free;
  if (amount > allowed) return { code: 'insufficient_deposit', requested: amount, allowed };
  return planned(book, amount, capture ? book.pay(amount) : book.hold(amount));
}

const causeOf = (page: Page, row: PaymentSql, by: OperationRef, happenedAt: Date | null = null): DepositCause => ({
  chainId: page.account.chainId,
  locationId: row.location_id,
  operation: by.id,
  actor: by.actor,
  reason: by.reason ?? null,
  paymentId: row.id,
  tender: null,
  happenedAt,
});

const RESERVE = `
  insert into deposit_hold (payment_id, account_id, amount)
  select $1, part.* from unnest($2::text[], $3::bigint[]) as part (account_id, amount)`;

/** Sends what was planned: taken at once, or reserved. */
export function sendDeposit(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  by: OperationRef,
  { book, parts }: PlannedDeposit,
  { capture, occurredAt }: Pick<StoredBill, 'capture' | 'occurredAt'>,
): void {
  sendDeposits(tx, book, causeOf(page, row, by, occurredAt));
  if (capture) return;
  const accounts = parts.map(({ accountId }) => accountId);
  tx.send(RESERVE, [row.id, accounts, parts.map(({ amount }) => amount)]);
}

const HELD = `
  select account_id as "accountId", amount from deposit_hold where payment_id = $1 and state = 'open'
   order by account_id <> $2`;

const CLOSE = `update deposit_hold set state = $2, closed_at = now() where payment_id = $1 and state = 'open'`;

/**
 * Plans a capture: what was reserved pays first, and a payer whose link has ended meanwhile pays that and no more.
 * Null where neither the payment nor its capture names a deposit that is here.
 */
export async function planCapture(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  { money }: Pick<StoredBill, 'money'>,
): Promise<PlannedDeposit | DepositRefusal | null> {
  const { id, settings } = page.account;
  const amount = depositSum(money);
  const held = await tx.rows<DepositPart>(HELD, [row.id, id]);
  if (amount === 0n && held.length === 0) return null;
  const paying = payingInOrder(await lockPaying(tx, id), id, settings.currency);
  const ended = held
    .map(({ accountId }) => accountId)
    .filter((one) => !paying.some(({ accountId }) => accountId === one));
  const others = (await lockDeposits(tx, ended)).map((other) => ({ ...toDeposit(other), ended: true }));
  const book = new DepositBook([...paying, ...others], row.location_id);
  if (book.standing.length === 0) return null;
  const allowed = book.free + held.reduce((sum, part) => sum + part.amount, 0n);
  if (amount > allowed) return { code: 'insufficient_deposit', requested: amount, allowed };
  return planned(book, amount, book.endHold(held, amount));
}

/** Sends a capture. */
export function sendCapturedDeposit(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  by: OperationRef,
  { book, amount }: PlannedDeposit,
): void {
  sendDeposits(tx, book, causeOf(page, row, by));
  tx.send(CLOSE, [row.id, amount > 0n ? 'captured' : 'released']);
}

/** Frees what a payment has reserved, because it was voided or its time is over. */
export async function releaseDeposit(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  by: OperationRef,
  state: 'released' | 'expired',
): Promise<void> {
  const held = await tx.rows<DepositPart>(HELD, [row.id, page.account.id]);
  if (held.length === 0) return;
  const rows = await lockDeposits(
    tx,
    held.map(({ accountId }) => accountId),
  );
  const book = new DepositBook(rows.map(toDeposit), row.location_id);
  book.release(held);
  sendDeposits(tx, book, causeOf(page, row, by));
  tx.send(CLOSE, [row.id, state]);
}

const NET = (gives: 'payment' | 'refund', where: string) => `
  select account_id as "accountId", amount from (
    select account_id, min(id) as first, sum(case code when '${gives}' then amount else -amount end)::bigint as amount
      from deposit_transfer where ${where} group by account_id) net
   where amount > 0 order by first`;
const TAKEN = NET('payment', 'payment_id = $1');
const RETURNED = NET('refund', 'payment_id = $1 and operation = $2');

/** Deposits on which parts are returned or taken again. */
async function bookOf(tx: Tx, row: PaymentSql, parts: readonly DepositPart[]): Promise<DepositBook> {
  const rows = await lockDeposits(
    tx,
    parts.map(({ accountId }) => accountId),
  );
  return new DepositBook(rows.map(toDeposit), row.location_id);
}

/**
 * Returns a part of what deposits have paid of a sale, to where it came from; without `amount` all that is left of it.
 * @returns what returned; 0 where no deposit here has paid it
 */
export async function returnDeposit(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  by: OperationRef,
  amount: Minor | null = null,
): Promise<Minor> {
  const taken = await tx.rows<DepositPart>(TAKEN, [row.id]);
  if (taken.length === 0 || amount === 0n) return 0n;
  const book = await bookOf(tx, row, taken);
  const left = taken.reduce((sum, part) => sum + part.amount, 0n);
  const returned = amount ?? left;
  book.giveBack(taken, returned);
  sendDeposits(tx, book, causeOf(page, row, by));
  return returned;
}

/** Takes back what the refund `of` had returned, as far as it is still there. @returns what was taken, and what is missing */
export async function takeDepositAgain(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  by: OperationRef,
  of: string,
): Promise<{ readonly taken: Minor; readonly missing: Minor }> {
  const returned = await tx.rows<DepositPart>(RETURNED, [row.id, of]);
  if (returned.length === 0) return { taken: 0n, missing: 0n };
  const book = await bookOf(tx, row, returned);
  const missing = book.takeAgain(returned);
  sendDeposits(tx, book, causeOf(page, row, by));
  return { taken: returned.reduce((sum, part) => sum + part.amount, 0n) - missing, missing };
}
