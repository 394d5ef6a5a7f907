/** What is known of Altegio's own promotions on linked card types, and of what they moved. */
import type pg from 'pg';
import { accruingOn, type OwnPromotion } from '../../domain/promotions.ts';
import { transaction } from './database.ts';

/** A promotion that accrues on a linked card type. */
export interface SeenPromotion {
  readonly id: bigint;
  readonly title: string;
  readonly type: string;
  readonly cardTypeId: bigint;
  readonly seenAt: Date;
  readonly goneAt: Date | null;
}

// Linked, whether Altegio keeps its second book at this moment or not.
const LINKED = `select card_type_id from program where chain_id = $1 and card_type_id is not null`;

const SEE = `
  insert into promotion_seen (chain_id, promotion_id, card_type_id, title, type)
  select $1, id, card_type_id, title, type
    from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[]) as seen (id, card_type_id, title, type)
  on conflict (chain_id, promotion_id, card_type_id) do update
    set title = excluded.title, type = excluded.type, gone_at = null,
        seen_at = case when promotion_seen.gone_at is null then promotion_seen.seen_at else now() end
  returning promotion_id as id, title, seen_at = now() as is_new`;

const GONE = `
  update promotion_seen set gone_at = now()
   where chain_id = $1 and gone_at is null
     and (promotion_id, card_type_id) not in (select * from unnest($2::bigint[], $3::bigint[]))`;

/**
 * Keeps which promotions accrue on linked card types now, as Altegio lists them.
 * @returns those that were not there before
 */
export async function keepPromotions(
  pool: pg.Pool,
  chainId: bigint,
  promotions: readonly OwnPromotion[],
): Promise<{ readonly id: bigint; readonly title: string }[]> {
  return await transaction(pool, async (tx) => {
    const linked = await tx.rows<{ card_type_id: bigint }>(LINKED, [chainId]);
    const found = linked.flatMap(({ card_type_id: cardTypeId }) =>
      accruingOn(cardTypeId, promotions).map((promotion) => ({ ...promotion, cardTypeId })),
    );
    const [ids, types] = [found.map(({ id }) => id), found.map(({ cardTypeId }) => cardTypeId)];
    const titles = found.map(({ title }) => title);
    const kinds = found.map(({ type }) => type);
    const seen = await tx.rows<{ id: bigint; title: string; is_new: boolean }>(SEE, [
      chainId,
      ids,
      types,
      titles,
      kinds,
    ]);
    tx.send(GONE, [chainId, ids, types]);
    return seen.filter((row) => row.is_new).map(({ id, title }) => ({ id, title }));
  });
}

// Journal types 2 and 7: what a promotion accrued, and what Altegio burnt. Only lines of others; ours are never of these.
const UNALERTED = `
  update altegio_line line set alerted_at = now()
    from altegio_card card
   where card.card_id = line.card_id and line.chain_id = $1 and line.type_id in (2, 7) and line.claim = 'external'
     and line.alerted_at is null
  returning line.line_id as "lineId", line.type_id as type, line.amount, card.account_id as "accountId", card.type_id as "cardTypeId"`;

/** A line of Altegio's own accrual (type 2) or expiry (type 7); `amount` in minor units. */
export interface NativeLine {
  readonly lineId: bigint;
  readonly type: number;
  readonly amount: bigint;
  readonly accountId: string;
  readonly cardTypeId: bigint;
}

/** Takes the lines that no alert has told of; each is taken once, whoever asks. */
export async function takeNativeLines(pool: pg.Pool, chainId: bigint): Promise<NativeLine[]> {
  return (await pool.query<NativeLine>(UNALERTED, [chainId])).rows;
}

/** A linked program with what Altegio does beside it. */
export interface WatchedProgram {
  readonly programId: string;
  readonly name: string;
  readonly chainId: bigint;
  readonly cardTypeId: bigint;
  readonly cardType: string;
  readonly expiryOff: { readonly at: Date; readonly by: string } | null;
  readonly promotions: readonly SeenPromotion[];
  readonly lines: readonly (NativeLine & { readonly seenAt: Date })[];
}

interface WatchedSql {
  id: string;
  name: string;
  chain_id: bigint;
  card_type_id: bigint;
  card_type_title: string;
  expiry_off_at: Date | null;
  expiry_off_by: string | null;
}

/** How many of the latest lines are listed of each program. */
const LINES_MAX = 50;

/** Every linked program, of one chain when named. */
export async function watchedPrograms(pool: pg.Pool, chainId: bigint | null): Promise<WatchedProgram[]> {
  const programs = await pool.query<WatchedSql>(
    `select p.id, v.settings->>'name' as name, p.chain_id, p.card_type_id, p.card_type_title, p.expiry_off_at, p.expiry_off_by
       from program p
       join lateral (select settings from program_version where program_id = p.id order by version desc limit 1) v on true
      where p.card_type_id is not null and ($1::bigint is null or p.chain_id = $1) order by p.created_at, p.id`,
    [chainId],
  );
  return await Promise.all(programs.rows.map((row) => watched(pool, row)));
}

async function watched(pool: pg.Pool, row: WatchedSql): Promise<WatchedProgram> {
  const of = [row.chain_id, row.card_type_id];
  const [promotions, lines] = await Promise.all([
    pool.query<SeenPromotion>(
      `select promotion_id as id, title, type, card_type_id as "cardTypeId", seen_at as "seenAt", gone_at as "goneAt"
         from promotion_seen where chain_id = $1 and card_type_id = $2 order by seen_at desc`,
      of,
    ),
    pool.query<NativeLine & { seenAt: Date }>(
      `select line.line_id as "lineId", line.type_id as type, line.amount, card.account_id as "accountId",
              card.type_id as "cardTypeId", line.first_seen_at as "seenAt"
         from altegio_line line join altegio_card card on card.card_id = line.card_id
        where line.chain_id = $1 and card.type_id = $2 and line.type_id in (2, 7) and line.claim = 'external'
        order by line.first_seen_at desc, line.line_id desc limit ${LINES_MAX}`,
      of,
    ),
  ]);
  return {
    programId: row.id,
    name: row.name,
    chainId: row.chain_id,
    cardTypeId: row.card_type_id,
    cardType: row.card_type_title,
    expiryOff: row.expiry_off_at && { at: row.expiry_off_at, by: row.expiry_off_by ?? '' },
    promotions: promotions.rows,
    lines: lines.rows,
  };
}

/** Counts for the metrics: promotions that are attached now, and lines of Altegio's own, by chain. */
export async function countNative(
  pool: pg.Pool,
): Promise<
  { readonly chainId: bigint; readonly promotions: number; readonly accruals: number; readonly expiries: number }[]
> {
  const { rows } = await pool.query<{ chainId: bigint; promotions: number; accruals: number; expiries: number }>(
    `select chain.id as "chainId",
            (select count(*)::int from promotion_seen where chain_id = chain.id and gone_at is null) as promotions,
            count(line.line_id) filter (where line.type_id = 2)::int as accruals,
            count(line.line_id) filter (where line.type_id = 7)::int as expiries
       from chain left join altegio_line line
         on line.chain_id = chain.id and line.type_id in (2, 7) and line.claim = 'external'
      group by chain.id`,
  );
  return rows;
}

/** An operator confirms, or takes back, that the card type's own expiry is off. False for an unknown or unlinked program. */
export async function confirmExpiryOff(pool: pg.Pool, programId: string, off: boolean, by: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update program set expiry_off_at = case when $2 then now() end, expiry_off_by = case when $2 then $3 end
      where id = $1 and card_type_id is not null`,
    [programId, off, by],
  );
  return rowCount === 1;
}
