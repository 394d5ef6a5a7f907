/** Customers as a till finds them: by phone, card number or id, in the programs of its location. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Balances } from '../../domain/account.ts';
import { newId } from '../../domain/new-id.ts';
import { burnsOf, type EndingLotJson, LOTS_AS_JSON } from './ending-lots.ts';
import { type ProgramSettings, programSettings } from '../../domain/program.ts';

/** Where the till stands, and the only program its key opens; null: every program that is valid there. */
export interface TillPlace {
  readonly chainId: bigint;
  readonly locationId: bigint;
  readonly programId: string | null;
}

/** Exactly one way of naming a customer. */
export type CustomerKey =
  | { readonly by: 'accountId'; readonly value: string }
  | { readonly by: 'cardNumber'; readonly value: string }
  | { readonly by: 'phone'; readonly value: string };

/**
 * The programs of chain $1 valid at location $2 with their newest settings, as a table expression: those whose provider is
 * the location's; a program without `locations` is valid everywhere. Its card type is null without a second book.
 * `only` is the parameter that holds the place's `programId`.
 */
export const programsHere = (only: `$${number}`): string => `(
  select p.id, case when p.provider = 'altegio' and p.shadow_since is null then p.card_type_id end as card_type_id,
         p.card_type_title, p.created_at, p.shadow_since is not null as shadow, v.version, v.settings
    from program p
    join location here on here.id = $2 and here.provider = p.provider
    join lateral (select version, settings from program_version
                   where program_id = p.id order by version desc limit 1) v on true
   where p.chain_id = $1
     and (v.settings->'locations' is null or v.settings->'locations' @> to_jsonb($2::bigint))
     and (${only}::text is null or p.id = ${only}))`;

/** Whether chain $1 has programs of the provider of location $2, valid there or elsewhere. */
export const CHAIN_HAS_PROGRAMS = `exists (
  select 1 from program p join location here on here.id = $2 and here.provider = p.provider where p.chain_id = $1)`;

/** Which accounts `a` a customer key names; the key is $3 (accountId), $4 (cardNumber) or $5 (phone), others null. */
export const NAMED_ACCOUNT = `a.chain_id = $1 and (a.id = $3 or a.phone = $5 or a.card_number = $4
  or exists (select 1 from altegio_card n where n.account_id = a.id and n.role = 'current' and n.number = $4))`;

/** The parameters $1–$5 of the expressions above. */
export const namedParameters = (place: TillPlace, key: CustomerKey): unknown[] => [
  place.chainId,
  place.locationId,
  key.by === 'accountId' ? key.value : null,
  key.by === 'cardNumber' ? key.value : null,
  key.by === 'phone' ? key.value : null,
];

/** An account as a till may see it. Amounts in minor units. */
export interface TillAccount {
  readonly id: string;
  /** Null for a printed card that nobody has given a phone. */
  readonly phone: string | null;
  readonly displayName: string | null;
  readonly customerType: { readonly id: string; readonly name: string };
  readonly state: 'active' | 'inactive' | 'frozen';
  readonly balances: Balances;
  readonly spent: bigint;
  readonly program: {
    readonly id: string;
    readonly title: string;
    /** Null where the ledger is the only book. */
    readonly cardTypeId: bigint | null;
    /** What is sold is computed, and nothing posted. */
    readonly shadow: boolean;
    readonly settings: ProgramSettings;
  };
  readonly cardNumber: string | null;
  readonly altegio: {
    readonly cardId: bigint;
    readonly state: 'linked' | 'missing';
    readonly balance: bigint;
    readonly seenAt: Date;
  } | null;
  readonly nextExpiry: { readonly amount: bigint; readonly at: Date } | null;
}

/** What a search found: accounts valid here, and whether there are others that are not. */
export interface FoundAccounts {
  readonly accounts: readonly TillAccount[];
  /** Of this location; a card type is null where the ledger is the only book. */
  readonly programs: readonly { readonly id: string; readonly cardTypeId: bigint | null }[];
  /** The chain has programs of this location's provider, whether valid here or not. */
  readonly chainHasPrograms: boolean;
  /** The customer has an account, but its program is not valid in this location. */
  readonly elsewhere: boolean;
  /** The number is that of a card which was replaced. */
  readonly replaced: boolean;
}

interface AccountSql {
  id: string;
  phone: string | null;
  display_name: string | null;
  type_id: string;
  type_name: string;
  state: TillAccount['state'];
  active: string;
  held: string;
  pending: string;
  debt: string;
  spent: string;
  program_id: string;
  card_type_id: string | null;
  card_type_title: string;
  shadow: boolean;
  settings: unknown;
  number: string | null;
  card_id: string | null;
  card_state: 'linked' | 'missing' | null;
  confirmed: string;
  confirmed_at: Date;
  lots: EndingLotJson[] | null;
}

const ACCOUNTS = `
  select a.id, a.phone, a.display_name, a.type_id, type.name as type_name, a.state, a.active, a.held, a.pending, a.debt, a.spent,
         p.id as program_id, p.card_type_id, p.card_type_title, p.shadow, p.settings,
         coalesce(a.card_number, c.number) as number, c.card_id, c.state as card_state, c.confirmed, c.confirmed_at,
         ending.lots
    from account a
    join ${programsHere('$6')} p on p.id = a.program_id
    join customer_type type on type.id = a.type_id
    left join altegio_card c on c.account_id = a.id and c.role = 'current'
    left join lateral (select ${LOTS_AS_JSON} as lots from lot where account_id = a.id and remaining > 0) ending on true
   where ${NAMED_ACCOUNT}
   order by a.created_at, a.id limit 20`;

function nextBurn(lots: readonly EndingLotJson[], debt: bigint): TillAccount['nextExpiry'] {
  const [first] = burnsOf(lots, debt);
  return first ? { amount: first.amount, at: new Date(first.at) } : null;
}

const toAccount = (row: AccountSql): TillAccount => ({
  id: row.id,
  phone: row.phone,
  displayName: row.display_name,
  customerType: { id: row.type_id, name: row.type_name },
  state: row.state,
  balances: {
    active: BigInt(row.active),
    held: BigInt(row.held),
    pending: BigInt(row.pending),
    debt: BigInt(row.debt),
  },
  spent: BigInt(row.spent),
  program: {
    id: row.program_id,
    title: row.card_type_title,
    shadow: row.shadow,
    cardTypeId: row.card_type_id === null ? null : BigInt(row.card_type_id),
    settings: programSettings.parse(row.settings),
  },
  cardNumber: row.number,
  altegio:
    row.card_id === null || row.card_state === null
      ? null
      : {
          cardId: BigInt(row.card_id),
          state: row.card_state,
          balance: BigInt(row.confirmed),
          seenAt: row.confirmed_at,
        },
  nextExpiry: nextBurn(row.lots ?? [], BigInt(row.debt)),
});

/** Finds a customer; one round trip on a pipelined pool. */
export async function findAccounts(pool: pg.Pool, place: TillPlace, key: CustomerKey): Promise<FoundAccounts> {
  const parameters = [...namedParameters(place, key), place.programId];
  const [accounts, around] = await Promise.all([
    pool.query<AccountSql>(ACCOUNTS, parameters),
    pool.query<{
      programs: { id: string; type: string | null }[];
      chain_has: boolean;
      anywhere: boolean;
      replaced: boolean;
    }>(
      `select coalesce((select json_agg(json_build_object('id', p.id, 'type', p.card_type_id::text) order by p.created_at, p.id)
                          from ${programsHere('$6')} p), '[]') as programs,
              ${CHAIN_HAS_PROGRAMS} as chain_has,
              exists (select 1 from account a where ${NAMED_ACCOUNT}) as anywhere,
              exists (select 1 from altegio_card r where r.chain_id = $1 and r.role = 'replaced' and r.number = $4) as replaced`,
      parameters,
    ),
  ]);
  const [row] = around.rows;
  return {
    accounts: accounts.rows.map(toAccount),
    programs: (row?.programs ?? []).map(({ id, type }) => ({
      id,
      cardTypeId: type === null ? null : BigInt(type),
    })),
    chainHasPrograms: row?.chain_has ?? false,
    elsewhere: accounts.rows.length === 0 && (row?.anywhere ?? false),
    replaced: row?.replaced ?? false,
  };
}

/** More customers than this with the same last four are not told apart by a name on a screen. */
export const QUICK_FIND_MAX = 20;

const BY_LAST4 = `
  select a.id from account a join ${programsHere('$4')} p on p.id = a.program_id
   where a.chain_id = $1 and a.state <> 'inactive'
     and (right(a.card_number, 4) = $3 or right(a.phone, 4) = $3
          or exists (select 1 from altegio_card n
                      where n.account_id = a.id and n.role = 'current' and right(n.number, 4) = $3))
   order by a.created_at, a.id limit ${QUICK_FIND_MAX + 1}`;

/** The ids of active customers whose card number or phone ends so, at most one more than {@link QUICK_FIND_MAX}. */
export async function findByLast4(pool: pg.Pool, place: TillPlace, last4: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(BY_LAST4, [
    place.chainId,
    place.locationId,
    last4,
    place.programId,
  ]);
  return rows.map(({ id }) => id);
}

/** Makes the account of a phone in a program, or finds the one that somebody made meanwhile. Returns its id. */
export async function ensureAccount(pool: pg.Pool, chainId: bigint, programId: string, phone: string): Promise<string> {
  const id = newId('acc', Date.now(), randomBytes);
  await pool.query(
    'insert into account (id, chain_id, program_id, phone) values ($1, $2, $3, $4) on conflict (chain_id, program_id, phone) do nothing',
    [id, chainId, programId, phone],
  );
  const { rows } = await pool.query<{ id: string }>(
    'select id from account where chain_id = $1 and program_id = $2 and phone = $3',
    [chainId, programId, phone],
  );
  if (!rows[0]) throw new Error('an account vanished between two statements');
  return rows[0].id;
}

/** Whether the account's altegio card is linked. */
export async function isLinked(pool: pg.Pool, accountId: string): Promise<boolean> {
  const { rowCount } = await pool.query("select 1 from altegio_card where account_id = $1 and role = 'current'", [
    accountId,
  ]);
  return rowCount === 1;
}
