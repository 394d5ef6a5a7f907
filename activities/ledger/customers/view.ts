/** Customers as an operator sees them: who it is, which card, which type; the points are told beside. */
import type pg from 'pg';
import type { Balances } from '../../../domain/account.ts';

/** A customer: the person behind one account. Amounts in minor units. */
export interface Customer {
  /** The account's id: one account is one customer. */
  readonly id: string;
  readonly chainId: bigint;
  readonly programId: string;
  readonly type: { readonly id: string; readonly name: string };
  readonly status: 'active' | 'inactive' | 'frozen';
  /** E.164; null for a printed card that nobody has given a phone. */
  readonly phone: string | null;
  readonly name: string | null;
  readonly email: string | null;
  readonly consentAt: Date | null;
  /** `YYYY-MM-DD`. */
  readonly birthDate: string | null;
  /** The account of who brought this customer. */
  readonly referredBy: string | null;
  /** The card's unique code, case and leading zeros as they are. */
  readonly cardCode: string | null;
  /** False where the ledger is the only book: the program keeps none, or the customer has no phone. */
  readonly secondBook: boolean;
  readonly altegioCard: { readonly cardId: bigint; readonly number: string } | null;
  readonly batchId: string | null;
  readonly balances: Balances;
  readonly createdAt: Date;
}

/** What a list is narrowed by; null does not narrow. */
export interface CustomerFilter {
  readonly chainId: bigint | null;
  readonly programId: string | null;
  readonly typeId: string | null;
  readonly batchId: string | null;
  readonly status: Customer['status'] | null;
  /** E.164. */
  readonly phone: string | null;
  readonly cardCode: string | null;
  /** The last four characters of a card code or phone. */
  readonly last4: string | null;
  /** A part of the name or of the phone's digits, the beginning of a card code, or its last four characters. */
  readonly text: string | null;
  /** The id the page before ended with. */
  readonly after: string | null;
  readonly limit: number;
}

interface CustomerSql {
  id: string;
  chain_id: bigint;
  program_id: string;
  type_id: string;
  type_name: string;
  state: Customer['status'];
  phone: string | null;
  display_name: string | null;
  email: string | null;
  consent_at: Date | null;
  birth_date: string | null;
  referred_by: string | null;
  card_number: string | null;
  batch_id: string | null;
  second_book: boolean;
  card_id: bigint | null;
  number: string | null;
  active: bigint;
  held: bigint;
  pending: bigint;
  debt: bigint;
  created_at: Date;
}

const CUSTOMER = `
  select a.id, a.chain_id, a.program_id, a.type_id, t.name as type_name, a.state, a.phone, a.display_name, a.email,
         a.consent_at, a.birth_date::text, a.referred_by, a.card_number, a.batch_id, second_book(a), c.card_id, c.number, a.active, a.held, a.pending, a.debt, a.created_at
    from account a
    join customer_type t on t.id = a.type_id
    left join altegio_card c on c.account_id = a.id and c.role = 'current'`;

function toCustomer(row: CustomerSql): Customer {
  const { card_id: cardId, number, active, held, pending, debt } = row;
  return {
    id: row.id,
    chainId: row.chain_id,
    programId: row.program_id,
    type: { id: row.type_id, name: row.type_name },
    status: row.state,
    phone: row.phone,
    name: row.display_name,
    email: row.email,
    consentAt: row.consent_at,
    birthDate: row.birth_date,
    referredBy: row.referred_by,
    cardCode: row.card_number,
    secondBook: row.second_book,
    altegioCard: cardId !== null && number !== null ? { cardId, number } : null,
    batchId: row.batch_id,
    balances: { active, held, pending, debt },
    createdAt: row.created_at,
  };
}

/** One customer, or null. */
export async function findCustomer(pool: pg.Pool, id: string): Promise<Customer | null> {
  const { rows } = await pool.query<CustomerSql>(`${CUSTOMER} where a.id = $1`, [id]);
  return rows[0] ? toCustomer(rows[0]) : null;
}

const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** A page in the order of the ids, and the id to go on after, null at the end. */
export async function listCustomers(
  pool: pg.Pool,
  filter: CustomerFilter,
): Promise<{ items: Customer[]; next: string | null }> {
  const digits = filter.text?.replace(/[\s()+-]/g, '') ?? '';
  const { rows } = await pool.query<CustomerSql>(
    `${CUSTOMER}
      where ($1::bigint is null or a.chain_id = $1)
        and ($2::text is null or a.program_id = $2)
        and ($3::text is null or a.type_id = $3)
        and ($4::text is null or a.batch_id = $4)
        and ($5::text is null or a.state = $5)
        and ($6::text is null or a.phone = $6)
        and ($7::text is null or a.card_number = $7 or c.number = $7)
        and ($8::text is null or $8 in (right(a.card_number, 4), right(c.number, 4), right(a.phone, 4)))
        and ($9::text is null or a.display_name ilike '%' || $9 || '%' or a.card_number like $9 || '%'
             or c.number like $9 || '%' or right(a.card_number, 4) = $9 or right(c.number, 4) = $9
             or ($10::text is not null and a.phone like '%' || $10 || '%'))
        and ($11::text is null or a.id > $11)
      order by a.id limit $12`,
    [
      filter.chainId,
      filter.programId,
      filter.typeId,
      filter.batchId,
      filter.status,
      filter.phone,
      filter.cardCode,
      filter.last4,
      filter.text === null ? null : escapeLike(filter.text),
      /^\d{3,}$/.test(digits) ? digits : null,
      filter.after,
      filter.limit + 1,
    ],
  );
  const items = rows.slice(0, filter.limit).map(toCustomer);
  return { items, next: rows.length > filter.limit ? (items.at(-1)?.id ?? null) : null };
}

/** One change of a customer's details; texts as they were. */
export interface CustomerChange {
  readonly id: bigint;
  readonly at: Date;
  readonly actor: string;
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The audit trail of a customer, newest first, from `from` (included) back; `next` is where the following page starts. */
export async function listChanges(
  pool: pg.Pool,
  accountId: string,
  from: bigint | null,
  limit: number,
): Promise<{ items: CustomerChange[]; next: bigint | null }> {
  const { rows } = await pool.query<CustomerChange>(
    `select id, at, actor, field, before, after from customer_change
      where account_id = $1 and ($2::bigint is null or id <= $2) order by id desc limit $3`,
    [accountId, from, limit + 1],
  );
  return { items: rows.slice(0, limit), next: rows[limit]?.id ?? null };
}
