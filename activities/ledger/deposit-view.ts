/** Deposits as doors show them: how one stands, who pays for whom, and the history with its running balance. */
import type pg from 'pg';
import { freeOf } from '../../domain/deposit.ts';
import { type DepositSql, PAYING_NOW } from './deposit-page.ts';

/** A customer's deposit; amounts in minor units. */
export interface DepositView {
  readonly accountId: string;
  readonly currency: string;
  /** The own deposit; zeros where nothing was ever put in. */
  readonly balance: bigint;
  readonly held: bigint;
  /** What this customer can pay now: the own deposit and the payer's. */
  readonly available: bigint;
  /** Whether there is a deposit to pay from at all. */
  readonly here: boolean;
  readonly payer: { readonly accountId: string; readonly since: Date; readonly available: bigint } | null;
  readonly paysFor: readonly { readonly accountId: string; readonly since: Date }[];
}

const LINKS = `
  select account_id, payer_id, linked_at from deposit_payer
   where unlinked_at is null and (account_id = $1 or payer_id = $1) order by linked_at, id`;

const CURRENCY = `
  select version.settings->>'currency' as currency
    from account join lateral (select settings from program_version
                                where program_id = account.program_id order by version desc limit 1) version on true
   where account.id = $1`;

/** How a customer's deposit stands. The account exists. */
export async function viewDeposit(pool: pg.Pool, accountId: string): Promise<DepositView> {
  const [paying, links, program] = await Promise.all([
    pool.query<DepositSql>(PAYING_NOW, [accountId]),
    pool.query<{ account_id: string; payer_id: string; linked_at: Date }>(LINKS, [accountId]),
    pool.query<{ currency: string }>(CURRENCY, [accountId]),
  ]);
  const currency = program.rows[0]?.currency ?? '';
  const here = paying.rows.filter((row) => row.currency === currency);
  const own = here.find((row) => row.account_id === accountId) ?? { balance: 0n, held: 0n };
  const available = here.reduce((sum, row) => sum + freeOf(row), 0n);
  const payer = links.rows.find((link) => link.account_id === accountId);
  return {
    accountId,
    currency,
    balance: own.balance,
    held: own.held,
    available,
    here: here.length > 0,
    payer: payer ? { accountId: payer.payer_id, since: payer.linked_at, available: available - freeOf(own) } : null,
    paysFor: links.rows
      .filter((link) => link.payer_id === accountId)
      .map((link) => ({ accountId: link.account_id, since: link.linked_at })),
  };
}

/** A movement in a customer's history: of the own deposit, or of the payer's for a sale of this customer. */
export interface DepositEntry {
  readonly id: bigint;
  readonly code: 'top_up' | 'pay_out' | 'payment' | 'refund';
  /** Signed as the deposit sees it; minor units. */
  readonly amount: bigint;
  /** Of the own deposit after it. */
  readonly balance: bigint;
  /** Whose money moved. */
  readonly depositOf: string;
  /** Whose sale it paid; null for money that came or went by hand. */
  readonly saleOf: string | null;
  readonly tender: string | null;
  /** The receipt of the sale, or the reference of the order. */
  readonly document: string | null;
  readonly paymentId: string | null;
  readonly locationId: bigint;
  readonly workflowId: string;
  readonly actor: string;
  readonly reason: string | null;
  readonly happenedAt: Date;
  readonly learnedAt: Date;
}

interface EntrySql extends Omit<DepositEntry, 'locationId'> {
  location_id: bigint;
}

const ENTRIES = `
  with book as (
    select t.*, p.account_id as sale_of, coalesce(p.receipt, o.reference) as document,
           case when t.credit_account = 'deposit:' || t.account_id then t.amount else -t.amount end as signed
      from deposit_transfer t
      left join payment p on p.id = t.payment_id
      left join deposit_order o on o.workflow_id = t.operation
     where t.account_id = $1 or p.account_id = $1
  ), running as (
    select book.*, sum(case when account_id = $1 then signed else 0 end) over (order by id)::bigint as balance from book
  )
  select id, code, signed as amount, balance, account_id as "depositOf", sale_of as "saleOf", tender, document,
         payment_id as "paymentId", location_id, operation as "workflowId", actor, reason, happened_at as "happenedAt",
         learned_at as "learnedAt"
    from running`;

const toEntry = ({ location_id: locationId, ...row }: EntrySql): DepositEntry => ({ ...row, locationId });

/** A page of the history, newest first, from `from` (included) back; `next` is where the following page starts. */
export async function listDepositEntries(
  pool: pg.Pool,
  accountId: string,
  from: bigint | null,
  limit: number,
): Promise<{ items: DepositEntry[]; next: bigint | null }> {
  const { rows } = await pool.query<EntrySql>(
    `${ENTRIES} where $2::bigint is null or id <= $2 order by id desc limit $3`,
    [accountId, from, limit + 1],
  );
  return { items: rows.slice(0, limit).map(toEntry), next: rows[limit]?.id ?? null };
}

/** A customer's statement: what was there, what moved, what is there. Minor units. */
export interface DepositStatement {
  readonly opening: bigint;
  readonly entries: readonly DepositEntry[];
  readonly closing: bigint;
}

/** Makes the statement of a period by the time the book learned of each movement, so that a closed period never changes. */
export async function makeDepositStatement(
  pool: pg.Pool,
  accountId: string,
  { from, to }: { readonly from: Date | null; readonly to: Date | null },
): Promise<DepositStatement> {
  const { rows } = await pool.query<EntrySql>(
    `${ENTRIES} where $2::timestamptz is null or learned_at < $2 order by id`,
    [accountId, to],
  );
  const all = rows.map(toEntry);
  const before = from === null ? [] : all.filter(({ learnedAt }) => learnedAt < from);
  return {
    opening: before.at(-1)?.balance ?? 0n,
    entries: all.slice(before.length),
    closing: all.at(-1)?.balance ?? 0n,
  };
}
