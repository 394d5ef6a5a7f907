/** What stands around a payment now: its customer's balances and how the two books stand. */
import type pg from 'pg';
import type { Balances } from '../../domain/account.ts';
import { CURRENT_CARD, type MirrorState, mirrorState } from './accounts-view.ts';

/** Both books of an account at this moment. Amounts in minor units. */
export interface Standing {
  readonly balances: Balances;
  readonly mirror: MirrorState;
  readonly altegio: { readonly balance: bigint; readonly seenAt: Date } | null;
}

interface StandingSql {
  id: string;
  active: string;
  held: string;
  pending: string;
  debt: string;
  mirror: MirrorState;
  confirmed: string | null;
  confirmed_at: Date | null;
}

/** Reads both books. @throws when there is no such account: a payment always has one. */
export async function readStanding(pool: pg.Pool, accountId: string): Promise<Standing> {
  const standing = (await readStandings(pool, [accountId])).get(accountId);
  if (!standing) throw new Error(`there is no account ${accountId}`);
  return standing;
}

/** Both books of several accounts, by id. */
export async function readStandings(pool: pg.Pool, accountIds: readonly string[]): Promise<Map<string, Standing>> {
  const { rows } = await pool.query<StandingSql>(
    `select a.id, a.active, a.held, a.pending, a.debt, (${mirrorState}) as mirror, c.confirmed, c.confirmed_at
       from account a ${CURRENT_CARD} where a.id = any($1)`,
    [accountIds],
  );
  return new Map(rows.map((row) => [row.id, toStanding(row)]));
}

function toStanding(row: StandingSql): Standing {
  const { confirmed, confirmed_at: seenAt } = row;
  return {
    balances: {
      active: BigInt(row.active),
      held: BigInt(row.held),
      pending: BigInt(row.pending),
      debt: BigInt(row.debt),
    },
    mirror: row.mirror,
    altegio: confirmed === null || seenAt === null ? null : { balance: BigInt(confirmed), seenAt },
  };
}
