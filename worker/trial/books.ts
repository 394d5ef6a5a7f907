/** What the two books say about each customer at the end of a trial. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { createPool } from '../../activities/ledger/database.ts';
import { verifyLedger } from '../../activities/ledger/proof/verify.ts';
import { parseAmount } from '../../domain/money.ts';
import type { Control } from './doors.ts';
import { cardsAnswer, type Customer, type Salon } from './salon.ts';
import type { CustomerSums } from './sums.ts';

/**
 * The three sums of every customer.
 * @param own what those who moved the points were told, minor units
 */
export async function readSums(
  pool: pg.Pool,
  control: Control,
  { customers, cardTypeId }: Salon,
  own: (customer: number) => bigint,
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
    own: own(customer),
  }));
}

/** Every row of every customer, kept when a trial fails. */
export const DOSSIERS = 'customers.json';

/**
 * Writes everything that a bug could be found with.
 * @param facts of the run
 * @param ownOf what those who moved a customer's points were told
 */
export async function keepDossiers(
  pool: pg.Pool,
  { customers }: Salon,
  dataDir: string,
  facts: object,
  ownOf: (customer: number) => unknown,
): Promise<void> {
  const dossiers = await Promise.all(
    customers.map(({ accountId }, index) => readDossier(pool, index, accountId, ownOf(index))),
  );
  const text = JSON.stringify(
    { ...facts, dossiers },
    (_key, one: unknown) => (typeof one === 'bigint' ? String(one) : one),
    1,
  );
  writeFileSync(join(dataDir, DOSSIERS), text);
}

async function readDossier(pool: pg.Pool, customer: number, accountId: string, own: unknown): Promise<object> {
  const rows = async (sql: string) => (await pool.query(sql, [accountId])).rows;
  return {
    customer,
    accountId,
    own,
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
