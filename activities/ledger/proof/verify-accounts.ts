/** One pass over all accounts: chain, balances, lots, holds and what Altegio holds, each from the transfers alone. */
import type pg from 'pg';
import { formatAmount, maximum } from '../../../domain/money.ts';
import { CHAINED_TRANSFER, type ChainedTransfer } from './canonical.ts';
import { ChainWalk } from './chain-walk.ts';
import type { Findings } from './findings.ts';
import { RowStream } from './stream.ts';
import { isRelabelling, Sums } from './sums.ts';

interface AccountSql {
  id: string;
  active: bigint;
  held: bigint;
  pending: bigint;
  debt: bigint;
  tip_id: bigint | null;
  tip_transfers: bigint | null;
  tip_hash: string | null;
  on_hold: bigint;
  holds: bigint;
  cards: bigint;
  confirmed: bigint | null;
  all_confirmed: bigint | null;
  written: bigint;
  busy: boolean;
  second_book: boolean;
}

interface LotSql {
  account_id: string;
  id: bigint;
  remaining: bigint;
  held: bigint;
  on_hold: bigint;
}

// What is still on its way explains unequal books; a run without an operation of its own gets a quarter of an hour.
const ACCOUNTS = `
  with holding as (
    select account_id, sum(amount)::bigint as amount, count(*) as holds from hold where state = 'open' group by account_id
  ), card as (
    select card.account_id, count(*) as cards, max(card.confirmed) filter (where card.role = 'current') as confirmed,
           sum(card.confirmed)::bigint as all_confirmed, bool_or(card.state = 'missing') as missing,
           max(card.confirmed_at) as confirmed_at
      from altegio_card card group by card.account_id
  ), written as (
    select card.account_id,
           coalesce(sum(w.amount) filter (where w.state = 'confirmed' or twin.line_id is not null), 0)::bigint as amount,
           bool_or(w.state in ('in_flight', 'in_doubt')) as open
      from altegio_write w
      join altegio_card card using (card_id)
      left join altegio_line twin
        on twin.chain_id = w.chain_id and twin.line_id = w.line_id and twin.claim = 'twin' and w.state = 'given_up'
     group by card.account_id
  ), open_work as (
    select account_id from operation where state <> 'done' union select account_id from break where closed_at is null
    union select account_id from mirror_wait
  )
  select a.id, a.active, a.held, a.pending, a.debt, tip.transfer_id as tip_id, tip.transfers as tip_transfers,
         encode(tip.hash, 'hex') as tip_hash, coalesce(holding.amount, 0) as on_hold, coalesce(holding.holds, 0) as holds,
         coalesce(card.cards, 0) as cards, card.confirmed, card.all_confirmed, coalesce(written.amount, 0) as written,
         coalesce(written.open, false) or coalesce(card.missing, false)
           or exists (select 1 from open_work where open_work.account_id = a.id)
           or coalesce(card.confirmed_at > now() - interval '15 minutes', true) as busy,
         second_book(a)
    from account a
    left join ledger_tip tip on tip.account_id = a.id
    left join holding on holding.account_id = a.id
    left join card on card.account_id = a.id
    left join written on written.account_id = a.id
   order by a.id`;

const TRANSFERS = `select ${CHAINED_TRANSFER} from transfer t order by t.account_id, t.id`;

const LOTS = `
  select lot.account_id, lot.id, lot.remaining, lot.held, coalesce(held.amount, 0) as on_hold
    from lot
    left join (select hold_lot.lot_id, sum(hold_lot.amount)::bigint as amount
                 from hold_lot join hold on hold.id = hold_lot.hold_id
                where hold.state = 'open' group by hold_lot.lot_id) held on held.lot_id = lot.id
   order by lot.account_id, lot.id`;

/** How the two books stand, for the report. */
export interface BooksSeen {
  accounts: number;
  equal: number;
  syncing: number;
}

/** Checks every account; answers how many have equal books and how many are still on their way. */
export async function verifyAccounts(client: pg.ClientBase, findings: Findings): Promise<BooksSeen> {
  const accounts = new RowStream<AccountSql>(client, 'verify_accounts', ACCOUNTS);
  const transfers = new RowStream<ChainedTransfer & pg.QueryResultRow>(client, 'verify_transfers', TRANSFERS);
  const lots = new RowStream<LotSql>(client, 'verify_lots', LOTS);
  const books: BooksSeen = { accounts: 0, equal: 0, syncing: 0 };
  for (let account = await accounts.take(); account; account = await accounts.take()) {
    const walk = new ChainWalk(account.id);
    const sums = new Sums();
    while ((await transfers.peek())?.account_id === account.id) {
      const row = await transfers.take();
      if (!row) break;
      findings.counted('chain');
      ownAccountsOnly(row, findings);
      walk.add(row);
      sums.add(row);
    }
    const wrong = compareBalances(account, sums, findings);
    const { tip_id: id, tip_transfers: count, tip_hash: hash } = account;
    const tip = id === null ? null : { transferId: String(id), transfers: String(count), hash: hash ?? '' };
    for (const { transferId, sentence } of walk.end(tip, wrong))
      findings.add('chain', sentence, { accountId: account.id, transferId });
    while ((await lots.peek())?.account_id === account.id) {
      const lot = await lots.take();
      if (lot) compareLot(lot, sums, findings);
    }
    compareHolds(account, findings);
    compareBooks(account, sums, findings, books);
  }
  return books;
}

function ownAccountsOnly(row: ChainedTransfer, findings: Findings): void {
  const sides = [row.debit_account ?? '', row.credit_account ?? ''];
  const own = new Set(['customer', 'pending', 'debt'].map((part) => `${part}:${row.account_id}`));
  const foreign = sides.find((side) => /^(customer|pending|debt):/.test(side) && !own.has(side));
  if (foreign === undefined && (isRelabelling(row) || sides.some((side) => own.has(side)))) return;
  const at = { accountId: row.account_id, transferId: row.id };
  const what = foreign === undefined ? 'moves no balance of that account' : `moves ${foreign}, which is not its own`;
  findings.add('operations', `transfer ${row.id} of account ${row.account_id} ${what}`, at);
}

/** @returns by how much each balance differs, for finding out what a changed row held. */
function compareBalances(account: AccountSql, sums: Sums, findings: Findings): bigint[] {
  findings.counted('balances');
  const wrong: bigint[] = [];
  for (const part of ['active', 'pending', 'debt'] as const) {
    if (account[part] === sums[part]) continue;
    wrong.push(account[part] - sums[part]);
    const [is, make] = [formatAmount(account[part]), formatAmount(sums[part])];
    const sentence = `account ${account.id}: ${part} is ${is}, and its transfers make ${make}`;
    findings.add('balances', sentence, { accountId: account.id });
  }
  return wrong;
}

function compareLot(lot: LotSql, sums: Sums, findings: Findings): void {
  findings.counted('lots');
  const made = sums.lots.get(String(lot.id)) ?? 0n;
  const at = { accountId: lot.account_id };
  const lotName = `lot ${lot.id} of account ${lot.account_id}`;
  if (lot.remaining !== made)
    findings.add(
      'lots',
      `${lotName}: remaining is ${formatAmount(lot.remaining)}, and its transfers make ${formatAmount(made)}`,
      at,
    );
  if (lot.held !== lot.on_hold)
    findings.add(
      'holds',
      `${lotName}: held is ${formatAmount(lot.held)}, and open holds take ${formatAmount(lot.on_hold)}`,
      at,
    );
}

function compareHolds(account: AccountSql, findings: Findings): void {
  findings.counted('holds', Number(account.holds));
  if (account.held === account.on_hold) return;
  const sentence = `account ${account.id}: held is ${formatAmount(account.held)}, and open holds reserve ${formatAmount(account.on_hold)}`;
  findings.add('holds', sentence, { accountId: account.id });
}

function compareBooks(account: AccountSql, sums: Sums, findings: Findings, books: BooksSeen): void {
  books.accounts += 1;
  // The only book equals itself; a card that is set aside is proven when it is taken up again.
  if (!account.second_book) {
    books.equal += 1;
    return;
  }
  const { confirmed, all_confirmed: allConfirmed } = account;
  if (confirmed === null || allConfirmed === null) {
    books.syncing += 1;
    return;
  }
  findings.counted('mirror', Number(account.cards));
  const at = { accountId: account.id };
  const explained = sums.cleared + account.written;
  if (allConfirmed !== explained)
    findings.add(
      'mirror',
      `account ${account.id}: Altegio's confirmed balance is ${formatAmount(allConfirmed)}, and its opening, drifts and writes make ${formatAmount(explained)}`,
      at,
    );
  const target = maximum(0n, account.active - account.held);
  if (target === confirmed) books.equal += 1;
  else if (account.busy) books.syncing += 1;
  else
    findings.add(
      'mirror',
      `account ${account.id}: Altegio should hold ${formatAmount(target)} and holds ${formatAmount(confirmed)}, and nothing works on it`,
      at,
    );
}
