/** Making customers and changing who they are. Each changed detail is kept with who, when, before and after. */
import type pg from 'pg';
import { isViolation, transaction, type Tx } from '../database.ts';

/** Details of a person; null empties one. `phone` is E.164, `consent` is written down with its time. */
export interface CustomerDetails {
  readonly name?: string | null | undefined;
  readonly phone?: string | undefined;
  readonly email?: string | null | undefined;
  readonly cardCode?: string | undefined;
  readonly typeId?: string | undefined;
  readonly status?: 'active' | 'inactive' | undefined;
  readonly consent?: boolean | undefined;
  /** `YYYY-MM-DD`; 29 February is one. */
  readonly birthDate?: string | null | undefined;
  /** The account of who brought this customer; the first one named stays. */
  readonly referredBy?: string | undefined;
}

/** The phone or the card code is another customer's; the unique index decided it. */
export class CustomerTaken extends Error {
  override readonly name = 'CustomerTaken';
  readonly field: 'phone' | 'cardCode';

  constructor(field: 'phone' | 'cardCode', cause?: unknown) {
    super(`the ${field} is another customer's`, { cause });
    this.field = field;
  }
}

/** A merge or replacement is under way; the customer's state is its own until it ends. */
export class CustomerFrozen extends Error {
  override readonly name = 'CustomerFrozen';
}

/** Nobody of this program brings a customer under that id. */
export class UnknownReferrer extends Error {
  override readonly name = 'UnknownReferrer';
}

/** The type belongs to no chain of the customer's. */
export class UnknownType extends Error {
  override readonly name = 'UnknownType';
}

function toRefusal(error: unknown): unknown {
  if (isViolation(error, '23505', 'account_chain_id_program_id_phone_key')) return new CustomerTaken('phone', error);
  if (isViolation(error, '23505', 'account_chain_id_card_number_key')) return new CustomerTaken('cardCode', error);
  if (isViolation(error, '23503', 'account_chain_id_type_id_fkey'))
    return new UnknownType('there is no such customer type in the chain', { cause: error });
  return error;
}

/** Altegio's numbers and ours find the same customers, so a code that is somebody's altegio card is taken too. */
async function refuseAltegioNumber(tx: Tx, chainId: bigint, code: string, accountId: string): Promise<void> {
  const taken = await tx.rows('select 1 from altegio_card where chain_id = $1 and number = $2 and account_id <> $3', [
    chainId,
    code,
    accountId,
  ]);
  if (taken.length > 0) throw new CustomerTaken('cardCode');
}

/** Who brings somebody is another customer of the same program. */
async function refuseStranger(tx: Tx, programId: string, referredBy: string, id: string): Promise<void> {
  const found = await tx.rows('select 1 from account where id = $1 and program_id = $2 and id <> $3', [
    referredBy,
    programId,
    id,
  ]);
  if (found.length === 0) throw new UnknownReferrer('no customer of this program has that id');
}

/** A customer to be made. */
export interface NewCustomer extends CustomerDetails {
  readonly id: string;
  readonly chainId: bigint;
  readonly programId: string;
}

const INSERT = `
  insert into account (id, chain_id, program_id, phone, card_number, display_name, email, type_id, state, consent_at, enrolled,
                       birth_date, referred_by)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $10 then now() end, true, $11, $12)`;

/** Makes one customer. @throws CustomerTaken, UnknownType */
export async function createCustomer(pool: pg.Pool, customer: NewCustomer): Promise<void> {
  const { id, chainId, programId, phone, cardCode, name, email, typeId, status = 'active', consent } = customer;
  try {
    await transaction(pool, async (tx) => {
      if (cardCode !== undefined) await refuseAltegioNumber(tx, chainId, cardCode, id);
      const { birthDate = null, referredBy = null } = customer;
      if (referredBy !== null) await refuseStranger(tx, programId, referredBy, id);
      const details = [phone ?? null, cardCode ?? null, name ?? null, email ?? null, typeId ?? null];
      tx.send(INSERT, [id, chainId, programId, ...details, status, consent ?? false, birthDate, referredBy]);
    });
  } catch (error) {
    throw toRefusal(error);
  }
}

interface Present {
  chain_id: bigint;
  program_id: string;
  name: string | null;
  phone: string | null;
  email: string | null;
  card_code: string | null;
  type_id: string;
  status: 'active' | 'inactive' | 'frozen';
  consent_at: Date | null;
  birth_date: string | null;
  referred_by: string | null;
}

const PRESENT = `
  select chain_id, program_id, birth_date::text, referred_by, display_name as name, phone, email, card_number as card_code, type_id, state as status, consent_at
    from account where id = $1 for no key update`;

// What happened to this customer counts: a reconciliation under way looks again, with the new phone.
const UPDATE = `
  update account set display_name = $2, phone = $3, email = $4, card_number = $5, type_id = $6, state = $7, consent_at = $8, birth_date = $9,
                     referred_by = $10,
                     dirty_seq = dirty_seq + 1, enrolled = enrolled or phone is distinct from $3
   where id = $1`;

const KEEP = `
  insert into customer_change (account_id, actor, field, before, after)
  select $1, $2, * from unnest($3::text[], $4::text[], $5::text[])`;

/** The state after the change; a consent given twice keeps its first time. */
function changed(now: Present, { name, email, consent, ...details }: CustomerDetails): Present {
  const consentAt = consent === undefined ? now.consent_at : consent ? (now.consent_at ?? new Date()) : null;
  return {
    chain_id: now.chain_id,
    program_id: now.program_id,
    birth_date: details.birthDate === undefined ? now.birth_date : details.birthDate,
    referred_by: now.referred_by ?? details.referredBy ?? null,
    name: name === undefined ? now.name : name,
    email: email === undefined ? now.email : email,
    phone: details.phone ?? now.phone,
    card_code: details.cardCode ?? now.card_code,
    type_id: details.typeId ?? now.type_id,
    status: details.status ?? now.status,
    consent_at: consentAt,
  };
}

const FIELDS = ['name', 'phone', 'email', 'cardCode', 'type', 'status', 'consent', 'birthDate', 'referredBy'] as const;
const COLUMN = {
  name: 'name',
  phone: 'phone',
  email: 'email',
  cardCode: 'card_code',
  type: 'type_id',
  status: 'status',
  consent: 'consent_at',
  birthDate: 'birth_date',
  referredBy: 'referred_by',
} as const satisfies Record<(typeof FIELDS)[number], keyof Present>;

const textOf = (row: Present, field: (typeof FIELDS)[number]): string | null => {
  const value = row[COLUMN[field]];
  return value instanceof Date ? value.toISOString() : value;
};

/**
 * Changes details and keeps what they were, in one transaction.
 * @returns the fields that are different now; null when there is no such customer
 * @throws CustomerTaken, CustomerFrozen, UnknownType
 */
export async function changeCustomer(
  pool: pg.Pool,
  id: string,
  details: CustomerDetails,
  actor: string,
): Promise<readonly string[] | null> {
  try {
    return await transaction(pool, async (tx) => {
      const [now] = await tx.rows<Present>(PRESENT, [id]);
      if (!now) return null;
      const then = changed(now, details);
      if (now.status === 'frozen' && then.status !== 'frozen') throw new CustomerFrozen('the account is frozen');
      const fields = FIELDS.filter((field) => textOf(now, field) !== textOf(then, field));
      if (fields.length === 0) return fields;
      if (fields.includes('referredBy')) await refuseStranger(tx, now.program_id, then.referred_by ?? '', id);
      if (fields.includes('cardCode')) await refuseAltegioNumber(tx, now.chain_id, then.card_code ?? '', id);
      tx.send(UPDATE, [
        id,
        then.name,
        then.phone,
        then.email,
        then.card_code,
        then.type_id,
        then.status,
        then.consent_at,
        then.birth_date,
        then.referred_by,
      ]);
      const texts = (row: Present) => fields.map((field) => textOf(row, field));
      tx.send(KEEP, [id, actor, fields, texts(now), texts(then)]);
      return fields;
    });
  } catch (error) {
    throw toRefusal(error);
  }
}
