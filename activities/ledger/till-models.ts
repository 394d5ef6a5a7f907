/** Till models: a kind of till program and the one way in which it takes points. */
import type pg from 'pg';
import type { AsKind } from './keys.ts';

/** A model with the number of its keys. */
export interface TillModel {
  readonly name: string;
  readonly asKind: AsKind;
  readonly keys: number;
  readonly createdAt: Date;
}

interface ModelSql {
  name: string;
  as_kind: AsKind;
  keys: number;
  created_at: Date;
}

/** All models by name. */
export async function listModels(pool: pg.Pool): Promise<TillModel[]> {
  const { rows } = await pool.query<ModelSql>(
    `select name, as_kind, created_at, (select count(*)::int from api_key where model = till_model.name) as keys
       from till_model order by name`,
  );
  return rows.map(({ name, as_kind: asKind, keys, created_at: createdAt }) => ({ name, asKind, keys, createdAt }));
}

/** Makes a model, or changes its way; every process follows within a second. */
export async function saveModel(pool: pg.Pool, name: string, asKind: AsKind): Promise<void> {
  await pool.query(
    'insert into till_model (name, as_kind) values ($1, $2) on conflict (name) do update set as_kind = excluded.as_kind',
    [name, asKind],
  );
}
