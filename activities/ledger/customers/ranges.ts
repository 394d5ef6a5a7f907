/** The card numbers that belong to each program of a chain. */
import type pg from 'pg';
import { type CardCharacters, type CardRange, type ProgramRange, rangesOverlap } from '../../../domain/card-number.ts';
import { transaction } from '../database.ts';

/** Why a range was not stored. */
export type RangeRefusal =
  /** The range of this program has numbers in common with it. */
  | { readonly refused: 'overlap'; readonly programId: string; readonly prefix: string }
  /** Customers of another program have numbers that would lie in it. */
  | { readonly refused: 'taken'; readonly number: string }
  /** Numbers were issued from the program's present range. */
  | { readonly refused: 'in_use' };

interface RangeSql {
  program_id: string;
  prefix: string;
  characters: CardCharacters;
  length: number;
}

const toRange = ({ program_id: programId, ...range }: RangeSql): ProgramRange => ({ programId, ...range });

/** The ranges of a chain, or of all when none is named, by prefix. */
export async function listRanges(pool: pg.Pool, chainId: bigint | null): Promise<ProgramRange[]> {
  const { rows } = await pool.query<RangeSql>(
    `select program_id, prefix, characters, length from card_range
      where $1::bigint is null or chain_id = $1 order by prefix`,
    [chainId],
  );
  return rows.map(toRange);
}

const SET = `
  insert into card_range (program_id, chain_id, prefix, characters, length) values ($1, $2, $3, $4, $5)
  on conflict (program_id) do update
    set prefix = excluded.prefix, characters = excluded.characters, length = excluded.length`;

const ISSUED = `
  select exists (select 1 from account a join card_range r using (program_id)
                  where r.program_id = $1 and r.prefix <> $3 and starts_with(a.card_number, r.prefix)) as in_use,
         (select a.card_number from account a
           where a.chain_id = $2 and a.program_id <> $1 and starts_with(a.card_number, $3) limit 1) as taken`;

/** Sets a program's range, or changes one from which nothing was issued yet; null when it is stored. */
export async function setRange(
  pool: pg.Pool,
  chainId: bigint,
  programId: string,
  range: CardRange,
): Promise<RangeRefusal | null> {
  return await transaction(pool, async (tx) => {
    // Two programs that take overlapping ranges at once: the second sees the first.
    await tx.rows('select 1 from chain where id = $1 for no key update', [chainId]);
    const [ranges, [issued]] = await Promise.all([
      tx.rows<RangeSql>('select program_id, prefix, characters, length from card_range where chain_id = $1', [chainId]),
      tx.rows<{ in_use: boolean; taken: string | null }>(ISSUED, [programId, chainId, range.prefix]),
    ]);
    const other = ranges.map(toRange).find((one) => one.programId !== programId && rangesOverlap(one, range));
    if (other) return { refused: 'overlap', programId: other.programId, prefix: other.prefix };
    if (issued?.in_use) return { refused: 'in_use' };
    if (issued?.taken != null) return { refused: 'taken', number: issued.taken };
    tx.send(SET, [programId, chainId, range.prefix, range.characters, range.length]);
    return null;
  });
}
