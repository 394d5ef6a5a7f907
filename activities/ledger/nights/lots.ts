/**
 * Lots in the night: those whose day has come become active, those whose time is over end. Accounts go in batches, each
 * batch one transaction under the locks of its accounts, so that memory is bounded and nobody at a till waits long.
 */
import type pg from 'pg';
import { type Balances, target } from '../../../domain/account.ts';
import { Book } from '../../../domain/book.ts';
import { ledgerAccounts } from '../../../domain/posting-plan.ts';
import { byActivation } from '../../../domain/forecast.ts';
import { transaction, type Tx } from '../database.ts';
import { sendWaits } from '../mirror-wait.ts';
import { type Night, sendCounts } from './night-log.ts';
import { type NightOperation, sendNightPosting } from './posting.ts';

/** Where a batch ended; null when there is nothing after it. */
export type Cursor = string | null;

interface AccountSql {
  id: string;
  active: bigint;
  held: bigint;
  pending: bigint;
  debt: bigint;
  second_book: boolean;
  confirmed: bigint | null;
}

interface LotSql {
  id: bigint;
  account_id: string;
  remaining: bigint;
  free: bigint;
  activates_at: Date | null;
  expires_at: Date | null;
  created_at: Date;
}

const DUE = {
  activation: `lot.state = 'pending' and lot.remaining > 0 and lot.activates_at <= $2`,
  expiry: `lot.state = 'active' and lot.remaining > 0 and lot.expires_at <= $2 and lot.remaining > lot.held`,
} as const;

const ACCOUNTS = (due: string) => `
  select distinct lot.account_id as id from lot join account on account.id = lot.account_id
   where ${due} and account.program_id = $1 and lot.account_id > $3 order by 1 limit $4`;

// In the order of their ids, so that two who lock several never wait for each other in a circle.
const LOCK = `
  select a.id, a.active, a.held, a.pending, a.debt, second_book(a), c.confirmed
    from account a left join altegio_card c on c.account_id = a.id and c.role = 'current'
   where a.id = any($1::text[]) order by a.id for no key update of a`;

const LOTS = (due: string) => `
  select lot.id, lot.account_id, lot.remaining, lot.remaining - lot.held as free, lot.activates_at, lot.expires_at, lot.created_at
    from lot where lot.account_id = any($1::text[]) and ${due}`;

const ACTIVE = `update lot set state = 'active' where id = any($1::bigint[])`;

/** One account in a batch: what it had, and what the night makes of it. */
interface Turn {
  readonly account: AccountSql;
  readonly lots: readonly LotSql[];
  readonly book: Book;
}

/** Does one batch of at most `size` accounts after `after`. What is not due any more under the lock is left alone. */
export async function turnLots(
  pool: pg.Pool,
  night: Night,
  operation: NightOperation,
  { after, size }: { readonly after: string; readonly size: number },
): Promise<Cursor> {
  const due = DUE[operation.kind];
  return await transaction(pool, async (tx) => {
    const found = await tx.rows<{ id: string }>(ACCOUNTS(due), [night.programId, night.asOf, after, size]);
    const ids = found.map(({ id }) => id);
    if (ids.length === 0) return null;
    const accounts = await tx.rows<AccountSql>(LOCK, [ids]);
    const lots = await tx.rows<LotSql>(LOTS(due), [ids, night.asOf]);
    const turns = turnsOf(night, accounts, lots);
    if (operation.kind === 'activation') activate(tx, night, turns);
    else expire(tx, night, turns);
    const moved = sendNightPosting(
      tx,
      night,
      operation,
      turns.map(({ account, book }) => ({ id: account.id, book })),
    );
    const waits = turns.filter(({ account, book }) => moved.has(account.id) && isUnequal(account, book.balances));
    sendWaits(
      tx,
      night.chainId,
      waits.map(({ account }) => account.id),
    );
    return ids.length < size ? null : (ids.at(-1) ?? null);
  });
}

const isUnequal = ({ second_book: secondBook, confirmed }: AccountSql, balances: Balances): boolean =>
  secondBook && (confirmed ?? 0n) !== target(balances);

function turnsOf(
  { programId, chainId, asOf }: Night,
  accounts: readonly AccountSql[],
  lots: readonly LotSql[],
): Turn[] {
  const byAccount = new Map<string, LotSql[]>();
  for (const lot of lots) byAccount.set(lot.account_id, [...(byAccount.get(lot.account_id) ?? []), lot]);
  return accounts.map((account) => {
    const { id, active, held, pending, debt } = account;
    const own = byAccount.get(id) ?? [];
    const book = new Book({
      balances: { active, held, pending, debt },
      // Only what is due: a night takes from no other lot.
      lots: own.map((lot) => ({ ...toLot(lot), free: lot.free })),
      accounts: ledgerAccounts(id, programId, chainId),
      now: asOf.getTime(),
      nextLotId: () => {
        throw new RangeError('a night makes no lots');
      },
    });
    return { account, lots: own, book };
  });
}

const toLot = ({ id, expires_at, created_at }: LotSql) => ({
  id,
  expiresAt: expires_at?.getTime() ?? null,
  createdAt: created_at.getTime(),
});

const ACTIVATED = 'The day of activation has come.';

function activate(tx: Tx, night: Night, turns: readonly Turn[]): void {
  let activated = 0n;
  for (const { lots, book } of turns)
    for (const lot of lots.toSorted((a, b) => byActivation(ending(a), ending(b)))) {
      book.activate({ ...toLot(lot), pending: true, remaining: lot.remaining }, ACTIVATED);
      activated += lot.remaining;
    }
  tx.send(ACTIVE, [turns.flatMap(({ lots }) => lots.map(({ id }) => id))]);
  sendCounts(tx, night, { activated_accounts: turns.filter(({ lots }) => lots.length > 0).length, activated });
}

const ending = ({ id, activates_at }: LotSql) => ({ id, activatesAt: activates_at?.getTime() ?? null });

function expire(tx: Tx, night: Night, turns: readonly Turn[]): void {
  const burnt = turns.map(({ book }) => book.expire(night.asOf.getTime())).filter((amount) => amount > 0n);
  sendCounts(tx, night, {
    expired_accounts: burnt.length,
    expired: burnt.reduce((sum, amount) => sum + amount, 0n),
  });
}
