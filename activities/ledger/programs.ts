/** Programs and their versions. One program is linked to one card type, or to none where the ledger is the only book. */
import type pg from 'pg';
import { type ProgramSettings, programSettings } from '../../domain/program.ts';
import { isViolation, transaction } from './database.ts';

/** A program with its newest settings. */
export interface Program {
  readonly id: string;
  readonly chainId: bigint;
  /** Null for a program that was never linked to Altegio. */
  readonly cardTypeId: bigint | null;
  readonly cardTypeTitle: string;
  /** `own`: the ledger is the only book. */
  readonly provider: 'altegio' | 'own';
  readonly version: number;
  readonly settings: ProgramSettings;
  readonly createdAt: Date;
}

/** The card type is linked to another program of the chain already. */
export class CardTypeLinked extends Error {
  override readonly name = 'CardTypeLinked';
}

interface ProgramSql {
  id: string;
  chain_id: bigint;
  card_type_id: bigint | null;
  card_type_title: string;
  provider: Program['provider'];
  version: number;
  settings: unknown;
  created_at: Date;
}

const PROGRAM = `
  select id, chain_id, card_type_id, card_type_title, provider, version.version, version.settings, program.created_at
    from program
    join lateral (select version, settings from program_version
                   where program_id = program.id order by version desc limit 1) version on true`;

const toProgram = (row: ProgramSql): Program => ({
  id: row.id,
  chainId: row.chain_id,
  cardTypeId: row.card_type_id,
  cardTypeTitle: row.card_type_title,
  provider: row.provider,
  version: row.version,
  settings: programSettings.parse(row.settings),
  createdAt: row.created_at,
});

/**
 * Stores a new program; one with a card type is linked to it.
 * @throws CardTypeLinked
 */
export async function createProgram(pool: pg.Pool, program: Omit<Program, 'version' | 'createdAt'>): Promise<void> {
  try {
    await pool.query(
      `with made as (
         insert into program (id, chain_id, card_type_id, card_type_title, provider)
         values ($1, $2, $3, $4, $6) returning id
       )
       insert into program_version (program_id, version, settings) select id, 1, $5 from made`,
      [
        program.id,
        program.chainId,
        program.cardTypeId,
        program.cardTypeTitle,
        JSON.stringify(program.settings),
        program.provider,
      ],
    );
  } catch (error) {
    if (isViolation(error, '23505'))
      throw new CardTypeLinked(`card type ${program.cardTypeId} is linked already`, { cause: error });
    throw error;
  }
}

/**
 * Links a program that has no card type yet. It keeps its points in Altegio only once its locations are switched.
 * @throws CardTypeLinked
 */
export async function linkCardType(pool: pg.Pool, id: string, cardTypeId: bigint, title: string): Promise<void> {
  try {
    await pool.query(
      'update program set card_type_id = $2, card_type_title = $3 where id = $1 and card_type_id is null',
      [id, cardTypeId, title],
    );
  } catch (error) {
    if (!isViolation(error, '23505')) throw error;
    throw new CardTypeLinked(`card type ${cardTypeId} is linked already`, { cause: error });
  }
}

/** Adds a version; postings made before keep theirs. Returns its number, or null for an unknown program. */
export async function addVersion(pool: pg.Pool, id: string, settings: ProgramSettings): Promise<number | null> {
  return transaction(pool, async (tx) => {
    // The lock makes two simultaneous changes two versions, never one lost.
    const found = await tx.rows('select id from program where id = $1 for update', [id]);
    if (found.length === 0) return null;
    const [row] = await tx.rows<{ version: number }>(
      `insert into program_version (program_id, version, settings)
       select $1, max(version) + 1, $2 from program_version where program_id = $1 returning version`,
      [id, JSON.stringify(settings)],
    );
    return row?.version ?? null;
  });
}

/** One program, or null. */
export async function findProgram(pool: pg.Pool, id: string): Promise<Program | null> {
  const { rows } = await pool.query<ProgramSql>(`${PROGRAM} where program.id = $1`, [id]);
  return rows[0] ? toProgram(rows[0]) : null;
}

/** All programs, of one chain when named, oldest first. */
export async function listPrograms(pool: pg.Pool, chainId: bigint | null): Promise<Program[]> {
  const { rows } = await pool.query<ProgramSql>(
    `${PROGRAM} where $1::bigint is null or chain_id = $1 order by program.created_at, id`,
    [chainId],
  );
  return rows.map(toProgram);
}
