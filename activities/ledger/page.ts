/** Loading an account's page under its lock: balances, lots, altegio card and the writes that are not settled. */
import type pg from 'pg';
import { ledgerAccounts } from '../../domain/posting-plan.ts';
import { VisitBook } from '../../domain/visit-book.ts';
import { CARD, type CardRow, type CardSql, toCard, WRITES, type WriteSql } from './card-rows.ts';
import type { Tx } from './database.ts';
import { ACCOUNT, type AccountRow, type AccountSql, LOTS, type LotSql, toAccount, toLot } from './page-rows.ts';

export type { CardRow } from './card-rows.ts';
export type { AccountRow } from './page-rows.ts';

/** Everything one posting needs, loaded in one round trip while the account is locked. */
export interface Page {
  readonly account: AccountRow;
  readonly card: CardRow | null;
  readonly book: VisitBook;
  readonly driftId: bigint;
  /** PostgreSQL's clock at the start of the transaction. */
  readonly now: Date;
}

/** The account does not exist. */
export class NoSuchAccount extends Error {
  override readonly name = 'NoSuchAccount';
}

/**
 * Locks an account and loads its page; every change of the account or its card goes through this lock. It does not hold
 * up rows that only point to the account, such as a payment coming in.
 * @throws NoSuchAccount
 */
export async function lockPage(tx: Tx, accountId: string): Promise<Page> {
  const [accounts, cards, writes, lots] = await Promise.all([
    tx.rows<AccountSql>(ACCOUNT, [accountId]),
    tx.rows<CardSql>(CARD, [accountId]),
    tx.rows<WriteSql>(WRITES, [accountId]),
    tx.rows<LotSql>(LOTS, [accountId]),
  ]);
  return assemble(accountId, accounts[0], cards[0], writes, lots);
}

/** Reads the same without a lock, to see what to do next; whoever acts on it locks and looks again. */
export async function peekCard(
  pool: pg.Pool,
  accountId: string,
): Promise<{ account: AccountRow; card: CardRow | null }> {
  const [accounts, cards, writes] = await Promise.all([
    pool.query<AccountSql>(ACCOUNT.replace('for no key update of account', ''), [accountId]),
    pool.query<CardSql>(CARD, [accountId]),
    pool.query<WriteSql>(WRITES, [accountId]),
  ]);
  return assemble(accountId, accounts.rows[0], cards.rows[0], writes.rows, []);
}

function assemble(
  accountId: string,
  accountSql: AccountSql | undefined,
  cardSql: CardSql | undefined,
  writes: readonly WriteSql[],
  lots: readonly LotSql[],
): Page {
  if (!accountSql) throw new NoSuchAccount(`there is no account ${accountId}`);
  const account = toAccount(accountSql);
  const lotIds = [accountSql.lot_1, accountSql.lot_2, accountSql.lot_3];
  const book = new VisitBook({
    balances: account.balances,
    lots: lots.map(toLot),
    accounts: ledgerAccounts(account.id, account.programId, account.chainId),
    now: accountSql.now.getTime(),
    nextLotId: () => {
      const id = lotIds.shift();
      if (id === undefined) throw new RangeError('one posting makes at most three lots');
      return id;
    },
  });
  const card = cardSql ? toCard(cardSql, writes, account.balances) : null;
  return { account, card, book, driftId: accountSql.drift_id, now: accountSql.now };
}
