/** What the two books and the sandbox's request log say at the end of a run. */
import type pg from 'pg';
import { z } from 'zod';
import { createPool } from '../../activities/ledger/database.ts';
import { verifyLedger } from '../../activities/ledger/proof/verify.ts';
import { parseAmount } from '../../domain/money.ts';
import type { OwnBook } from './book.ts';
import type { Control } from './doors.ts';
import { cardsAnswer, type Customer, type Salon } from './salon.ts';
import type { CustomerSums } from './sums.ts';

/** Figures of the table. */
export interface Figures {
  /** Writes of card balances that reached Altegio, and those that it applied. */
  readonly writesSent: number;
  readonly writesApplied: number;
  /** Writes whose answer was lost, and those of them whose outcome was found out. */
  readonly inDoubt: number;
  readonly resolved: number;
  readonly lateTwins: number;
  readonly breaks: Readonly<Record<string, number>>;
  readonly ambiguous: number;
  /** Payments that nobody has decided and no workflow works on: their till has given up before Temporal had them. */
  readonly undecided: number;
}

const requests = z.array(z.object({ method: z.string(), applied: z.boolean() }));

/** Counts in both books. */
export async function readFigures(pool: pg.Pool, control: Control): Promise<Figures> {
  const path = `/requests?path=${encodeURIComponent('/manual_transaction')}`;
  const writes = (await control.ask(requests, path)).filter(({ method }) => method === 'POST');
  const { rows } = await pool.query<{
    in_doubt: number;
    resolved: number;
    late_twins: number;
    ambiguous: number;
    undecided: number;
  }>(`
    select (select count(*)::int from altegio_write
             where state in ('in_doubt', 'given_up')
                or state = 'confirmed' and answered_balance is null) as in_doubt,
           (select count(*)::int from altegio_write
             where state = 'given_up' or state = 'confirmed' and answered_balance is null) as resolved,
           (select count(*)::int from altegio_line where claim = 'twin') as late_twins,
           (select count(*)::int from altegio_line where ambiguous) as ambiguous,
           (select count(*)::int from payment where state = 'PENDING') as undecided`);
  const { rows: breaks } = await pool.query<{ kind: string; n: number }>(
    'select kind, count(*)::int as n from break group by kind order by kind',
  );
  const [row] = rows;
  return {
    writesSent: writes.length,
    writesApplied: writes.filter(({ applied }) => applied).length,
    inDoubt: row?.in_doubt ?? 0,
    resolved: row?.resolved ?? 0,
    lateTwins: row?.late_twins ?? 0,
    breaks: Object.fromEntries(breaks.map(({ kind, n }) => [kind, n])),
    ambiguous: row?.ambiguous ?? 0,
    undecided: row?.undecided ?? 0,
  };
}

/** The three sums of every customer. */
export async function readSums(
  pool: pg.Pool,
  control: Control,
  { customers, cardTypeId }: Salon,
  book: OwnBook,
): Promise<CustomerSums[]> {
  const cards = (await control.ask(cardsAnswer, '/cards')).filter(({ typeId }) => typeId === cardTypeId);
  const { rows } = await pool.query<{ id: string; ledger: string; target: string }>(
    `select a.id, (coalesce(sum(case when t.credit_account = 'customer:' || a.id then t.amount
                                     when t.debit_account = 'customer:' || a.id then -t.amount else 0 end), 0)
                   - a.debt)::text as ledger,
            greatest(0, a.active - a.held)::text as target
       from account a left join transfer t on t.account_id = a.id
      group by a.id`,
  );
  const accounts = new Map(rows.map((row) => [row.id, row]));
  return customers.map(({ accountId, phone }: Customer, customer) => ({
    customer,
    ledger: BigInt(accounts.get(accountId)?.ledger ?? 0),
    target: BigInt(accounts.get(accountId)?.target ?? 0),
    card: parseAmount(cards.find((card) => card.phone === phone)?.balance ?? '0'),
    own: book.expected(customer),
  }));
}

/** Everything about one customer that a bug could be found with. */
export async function readDossier(pool: pg.Pool, book: OwnBook, customer: number, accountId: string): Promise<object> {
  const rows = async (sql: string) => (await pool.query(sql, [accountId])).rows;
  return {
    customer,
    accountId,
    own: { opening: book.opening(customer), entries: book.of(customer) },
    account: await rows('select * from account where id = $1'),
    card: await rows('select * from altegio_card where account_id = $1'),
    transfers: await rows('select * from transfer where account_id = $1 order by id'),
    writes: await rows(
      'select w.* from altegio_write w join altegio_card c using (card_id) where c.account_id = $1 order by w.id',
    ),
    lines: await rows(
      'select l.* from altegio_line l join altegio_card c using (card_id) where c.account_id = $1 order by l.line_id',
    ),
    drifts: await rows('select * from drift where account_id = $1 order by id'),
    breaks: await rows('select * from break where account_id = $1 order by since'),
    operations: await rows('select * from operation where account_id = $1 order by created_at'),
    payments: await rows(
      'select id, receipt, attempt, state, redeemed, accrued, declined, created_at, decided_at from payment where account_id = $1 order by created_at',
    ),
  };
}

/** What `npm run ledger:verify` would find, one sentence each. */
export async function ledgerFindings(databaseUrl: string): Promise<string[]> {
  const pool = createPool(databaseUrl, { max: 1 });
  try {
    const { findings } = await verifyLedger(pool);
    return findings.map(({ sentence }) => `ledger:verify: ${sentence}.`);
  } finally {
    await pool.end();
  }
}
