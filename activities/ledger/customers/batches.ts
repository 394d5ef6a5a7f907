/** Batches: many cards made at once for a printer, each an inactive customer until it is handed out. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { newId } from '../../../domain/new-id.ts';
import { transaction, type Tx } from '../database.ts';

/** A batch. */
export interface CardBatch {
  readonly id: string;
  readonly chainId: bigint;
  readonly programId: string;
  readonly count: number;
  readonly actor: string;
  readonly createdAt: Date;
}

/** What a batch is made of; `draw` makes one number. */
export interface NewBatch extends Omit<CardBatch, 'createdAt'> {
  readonly typeId: string | null;
  draw(): string;
}

const BATCH = `
  select id, chain_id as "chainId", program_id as "programId", count, actor, created_at as "createdAt" from card_batch`;

/** One batch, or null. */
export async function findBatch(pool: pg.Pool, id: string): Promise<CardBatch | null> {
  const { rows } = await pool.query<CardBatch>(`${BATCH} where id = $1`, [id]);
  return rows[0] ?? null;
}

/** Batches, of one program when named, newest first. */
export async function listBatches(pool: pg.Pool, programId: string | null): Promise<CardBatch[]> {
  const { rows } = await pool.query<CardBatch>(
    `${BATCH} where $1::text is null or program_id = $1 order by created_at desc, id desc limit 200`,
    [programId],
  );
  return rows;
}

const CARDS = `
  insert into account (id, chain_id, program_id, type_id, batch_id, state, card_number)
  select drawn.id, $1, $2, $3, $4, 'inactive', drawn.number from unnest($5::text[], $6::text[]) as drawn (id, number)
   where not exists (select 1 from altegio_card c where c.chain_id = $1 and c.number = drawn.number)
  on conflict do nothing returning 1`;

/** A number that is taken is drawn again; more rounds than this mean that the range is nearly empty. */
const ROUNDS_MAX = 10;

async function drawCards(tx: Tx, batch: NewBatch): Promise<void> {
  let missing = batch.count;
  for (let round = 0; missing > 0; round += 1) {
    if (round === ROUNDS_MAX) throw new Error(`no free card numbers are left for program ${batch.programId}`);
    const made = await tx.rows(CARDS, [
      batch.chainId,
      batch.programId,
      batch.typeId,
      batch.id,
      Array.from({ length: missing }, () => newId('acc', Date.now(), randomBytes)),
      Array.from({ length: missing }, () => batch.draw()),
    ]);
    missing -= made.length;
  }
}

/** Makes a batch with all of its customers, or nothing; one that is there already stays as it is. */
export async function createBatch(pool: pg.Pool, batch: NewBatch): Promise<void> {
  await transaction(pool, async (tx) => {
    const made = await tx.rows(
      `insert into card_batch (id, chain_id, program_id, count, actor) values ($1, $2, $3, $4, $5)
       on conflict do nothing returning 1`,
      [batch.id, batch.chainId, batch.programId, batch.count, batch.actor],
    );
    if (made.length > 0) await drawCards(tx, batch);
  });
}

/** The numbers of a batch, in an order that says nothing. */
export async function numbersOf(pool: pg.Pool, batchId: string): Promise<string[]> {
  const { rows } = await pool.query<{ number: string }>(
    'select card_number as number from account where batch_id = $1 and card_number is not null order by id',
    [batchId],
  );
  return rows.map(({ number }) => number);
}
