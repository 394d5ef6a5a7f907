/** Customer types: groups of a chain's customers, each customer in exactly one. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { newId } from '../../../domain/new-id.ts';
import { isViolation } from '../database.ts';

/** A customer type; `customers` counts those in it. */
export interface CustomerType {
  readonly id: string;
  readonly chainId: bigint;
  readonly name: string;
  /** Where customers go that nobody has put anywhere; a chain has one, and keeps it. */
  readonly isDefault: boolean;
  readonly customers: number;
  readonly createdAt: Date;
}

/** Another type of the chain has the name. */
export class TypeNameTaken extends Error {
  override readonly name = 'TypeNameTaken';
}

interface TypeSql {
  id: string;
  chain_id: bigint;
  name: string;
  is_default: boolean;
  customers: bigint;
  created_at: Date;
}

const TYPE = `
  select t.id, t.chain_id, t.name, t.is_default, t.created_at,
         (select count(*) from account a where a.type_id = t.id) as customers
    from customer_type t`;

const toType = (row: TypeSql): CustomerType => ({
  id: row.id,
  chainId: row.chain_id,
  name: row.name,
  isDefault: row.is_default,
  customers: Number(row.customers),
  createdAt: row.created_at,
});

/** All types, of one chain when named, oldest first. */
export async function listTypes(pool: pg.Pool, chainId: bigint | null): Promise<CustomerType[]> {
  const { rows } = await pool.query<TypeSql>(
    `${TYPE} where $1::bigint is null or t.chain_id = $1 order by t.chain_id, t.created_at, t.id`,
    [chainId],
  );
  return rows.map(toType);
}

/** One type, or null. */
export async function findType(pool: pg.Pool, id: string): Promise<CustomerType | null> {
  const { rows } = await pool.query<TypeSql>(`${TYPE} where t.id = $1`, [id]);
  return rows[0] ? toType(rows[0]) : null;
}

async function unlessTaken<T>(write: Promise<T>, name: string): Promise<T> {
  return await write.catch((error: unknown) => {
    if (!isViolation(error, '23505', 'customer_type_name')) throw error;
    throw new TypeNameTaken(`the chain has a customer type ${name}`, { cause: error });
  });
}

/** Makes a type of a connected chain; returns its id. @throws TypeNameTaken */
export async function createType(pool: pg.Pool, chainId: bigint, name: string): Promise<string> {
  const id = newId('typ', Date.now(), randomBytes);
  const write = pool.query('insert into customer_type (id, chain_id, name) values ($1, $2, $3)', [id, chainId, name]);
  await unlessTaken(write, name);
  return id;
}

/** Renames a type. @throws TypeNameTaken */
export async function renameType(pool: pg.Pool, id: string, name: string): Promise<void> {
  await unlessTaken(pool.query('update customer_type set name = $2 where id = $1', [id, name]), name);
}

/** Deletes a type that nobody is in. @returns false when somebody is, or it is the chain's default */
export async function deleteType(pool: pg.Pool, id: string): Promise<boolean> {
  try {
    const { rowCount } = await pool.query('delete from customer_type where id = $1 and not is_default', [id]);
    return rowCount === 1;
  } catch (error) {
    // The foreign key decides, also against a customer who is put into it at this moment.
    if (isViolation(error, '23503')) return false;
    throw error;
  }
}
