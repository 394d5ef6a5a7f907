/** Accounts as an operator sees them: both books, how they stand to each other, and what is under way. */
import type pg from 'pg';
import type { Balances } from '../../domain/account.ts';
import { type Level, levelOf, type LevelRule } from '../../domain/levels.ts';

/** How an account's two books stand. */
export type MirrorState = 'matched' | 'syncing' | 'needs_operator';

/** Joins the current altegio card as `c` to an account named `a`; {@link mirrorState} needs it. */
export const CURRENT_CARD = `left join altegio_card c on c.account_id = a.id and c.role = 'current'`;

/**
 * The state of an account as one SQL expression over `account a` and {@link CURRENT_CARD}. An open break keeps
 * `needs_operator` also when the balances agree: somebody has to have looked. Equal balances with a movement whose
 * journal line has not come yet are matched, for nothing is missing from either book. A ledger that is the only book matches.
 */
export const mirrorState = `
  case
    when exists (select 1 from break b where b.account_id = a.id and b.closed_at is null)
      or exists (select 1 from operation o where o.account_id = a.id and o.state = 'needs_operator')
      then 'needs_operator'
    when not second_book(a) then 'matched'
    when c.state = 'linked' and c.confirmed = greatest(0, a.active - a.held)
     and not exists (select 1 from altegio_write w
                      where w.card_id = c.card_id and w.state in ('in_flight', 'in_doubt'))
      then 'matched'
    else 'syncing'
  end`;

/** What needs a person. */
export interface BreakView {
  readonly id: string;
  readonly kind: string;
  readonly amount: bigint | null;
  readonly since: Date;
  readonly readings: unknown;
}

/** An account with both books; amounts in minor units. */
export interface AccountView {
  readonly id: string;
  readonly chainId: bigint;
  readonly programId: string;
  /** Null for a printed card that nobody has given a phone. */
  readonly phone: string | null;
  readonly displayName: string | null;
  readonly cardNumber: string | null;
  readonly status: 'active' | 'inactive' | 'frozen';
  /** Who keeps the second book; `own`: nobody. */
  readonly provider: 'altegio' | 'own';
  readonly clients: readonly { readonly locationId: bigint; readonly clientId: bigint }[];
  readonly state: MirrorState;
  readonly balances: Balances;
  readonly target: bigint;
  /** Reached by money spent; `since` is the night that set it. */
  readonly level: Level & { readonly since: Date | null };
  readonly altegio: {
    readonly cardId: bigint;
    readonly number: string;
    readonly balance: bigint;
    readonly seenAt: Date;
  } | null;
  /** What the other book holds beyond the target; the whole target is missing while there is no altegio card. 0 without a second book. */
  readonly drift: bigint;
  readonly workflowIds: readonly string[];
  readonly breaks: readonly BreakView[];
}

interface AccountSql {
  id: string;
  chain_id: bigint;
  program_id: string;
  phone: string | null;
  display_name: string | null;
  card_number: string | null;
  status: AccountView['status'];
  provider: AccountView['provider'];
  clients: { location: string; client: string }[];
  mirror: MirrorState;
  active: bigint;
  held: bigint;
  pending: bigint;
  debt: bigint;
  card_id: bigint | null;
  number: string | null;
  confirmed: bigint | null;
  confirmed_at: Date | null;
  workflow_ids: string[];
  spent: bigint;
  level: string | null;
  level_since: Date | null;
  levels: LevelRule[];
  breaks: { id: string; kind: string; amount: string | null; since: string; readings: unknown }[];
}

// Big numbers travel inside json as text: a JSON number would lose digits.
const ACCOUNT = `
  select a.id, a.chain_id, a.program_id, a.phone, a.display_name, a.card_number, a.state as status,
         a.active, a.held, a.pending, a.debt, a.spent, a.level, a.level_since, c.card_id, c.number, c.confirmed, c.confirmed_at,
         ${mirrorState} as mirror, case when second_book(a) then 'altegio' else 'own' end as provider,
         (select coalesce(json_agg(json_build_object('location', ac.location_id::text, 'client', ac.client_id::text)
                                   order by ac.location_id, ac.client_id), '[]')
            from account_client ac where ac.account_id = a.id) as clients,
         (select settings -> 'accrual' -> 'levels' from program_version
           where program_id = a.program_id order by version desc limit 1) as levels,
         array(select distinct o.workflow_id from operation o
                where o.account_id = a.id and o.state <> 'done' order by 1) as workflow_ids,
         (select coalesce(json_agg(json_build_object('id', b.id, 'kind', b.kind, 'amount', b.amount::text,
                                                     'since', b.since, 'readings', b.readings)
                                   order by b.since, b.id), '[]')
            from break b where b.account_id = a.id and b.closed_at is null) as breaks
    from account a ${CURRENT_CARD}`;

function toView(row: AccountSql): AccountView {
  const { active, held, pending, debt, card_id: cardId, number, confirmed, confirmed_at: seenAt } = row;
  const target = active > held ? active - held : 0n;
  const level = levelOf(row.levels, row.spent);
  const hasCard = cardId !== null && number !== null && confirmed !== null && seenAt !== null;
  return {
    id: row.id,
    chainId: row.chain_id,
    programId: row.program_id,
    phone: row.phone,
    displayName: row.display_name,
    cardNumber: row.card_number,
    status: row.status,
    provider: row.provider,
    clients: row.clients.map(({ location, client }) => ({ locationId: BigInt(location), clientId: BigInt(client) })),
    state: row.mirror,
    balances: { active, held, pending, debt },
    target,
    level: { ...level, since: row.level === level.name ? row.level_since : null },
    altegio: hasCard ? { cardId, number, balance: confirmed, seenAt } : null,
    drift: row.provider === 'own' ? 0n : (confirmed ?? 0n) - target,
    workflowIds: row.workflow_ids,
    breaks: row.breaks.map(({ id, kind, amount, since, readings }) => ({
      id,
      kind,
      amount: amount === null ? null : BigInt(amount),
      since: new Date(since),
      readings,
    })),
  };
}

/** One account, or null. */
export async function findAccount(pool: pg.Pool, id: string): Promise<AccountView | null> {
  const { rows } = await pool.query<AccountSql>(`${ACCOUNT} where a.id = $1`, [id]);
  return rows[0] ? toView(rows[0]) : null;
}

/** What a list of accounts is narrowed by; null does not narrow. */
export interface AccountFilter {
  /** E.164. */
  readonly phone: string | null;
  readonly cardNumber: string | null;
  /** A part of the name, of the phone's digits, or the beginning of a card number. */
  readonly text: string | null;
  readonly chainId: bigint | null;
  /** The id the page before ended with. */
  readonly after: string | null;
  readonly limit: number;
}

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** A page of accounts in the order of their ids, and the id to go on after, null at the end. */
export async function listAccounts(
  pool: pg.Pool,
  filter: AccountFilter,
): Promise<{ items: AccountView[]; next: string | null }> {
  const text = filter.text === null ? null : escapeLike(filter.text);
  const digits = filter.text?.replace(/[\s()+-]/g, '') ?? '';
  const { rows } = await pool.query<AccountSql>(
    `${ACCOUNT}
      where ($1::text is null or a.phone = $1)
        and ($2::text is null or a.card_number = $2 or c.number = $2)
        and ($3::text is null or a.display_name ilike '%' || $3 || '%' or a.card_number like $3 || '%'
             or c.number like $3 || '%' or ($4::text is not null and a.phone like '%' || $4 || '%'))
        and ($5::bigint is null or a.chain_id = $5)
        and ($6::text is null or a.id > $6)
      order by a.id limit $7`,
    [
      filter.phone,
      filter.cardNumber,
      text,
      /^\d{3,}$/.test(digits) ? digits : null,
      filter.chainId,
      filter.after,
      filter.limit + 1,
    ],
  );
  const items = rows.slice(0, filter.limit).map(toView);
  return { items, next: rows.length > filter.limit ? (items.at(-1)?.id ?? null) : null };
}
