/** The writes to a customer's altegio card as a person watches them. */
import type pg from 'pg';

/** One write. The amount is signed, in minor units. */
export interface WriteView {
  readonly id: bigint;
  readonly amount: bigint;
  readonly state: 'in_flight' | 'in_doubt' | 'confirmed' | 'refused' | 'given_up';
  readonly title: string;
  readonly operations: readonly string[];
  readonly createdAt: Date;
  readonly settledAt: Date | null;
}

interface WriteSql {
  id: bigint;
  amount: bigint;
  state: WriteView['state'];
  title: string;
  operations: string[];
  created_at: Date;
  settled_at: Date | null;
}

/** The newest writes of an account, newest first. */
export async function listWrites(pool: pg.Pool, accountId: string, limit: number): Promise<WriteView[]> {
  const { rows } = await pool.query<WriteSql>(
    `select w.id, w.amount, w.state, w.title, w.operations, w.created_at, w.settled_at
       from altegio_write w join altegio_card c on c.card_id = w.card_id
      where c.account_id = $1 order by w.id desc limit $2`,
    [accountId, limit],
  );
  return rows.map(({ created_at: createdAt, settled_at: settledAt, ...write }) => ({ ...write, createdAt, settledAt }));
}
