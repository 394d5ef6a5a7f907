/** Keeping what Altegio shows of a visit: its facts beside each account concerned, and its withdrawals among the lines. */
import type pg from 'pg';
import { type VisitFacts, withdrawals } from '../../../domain/visit.ts';
import { type Tx, transaction } from '../database.ts';
import { factsText } from './facts.ts';

/** Which visit. */
export interface VisitRef {
  readonly chainId: bigint;
  readonly locationId: bigint;
  readonly visitId: bigint;
}

/**
 * Of a journal line named `line`: it puts back what a till's payment took in the visit. Staff did that, and the payment
 * stands, so it names no redemption of the visit.
 */
export const PUTS_BACK_OURS = `
  line.line_id < 0 and exists (select 1 from altegio_line taken
                                where taken.chain_id = line.chain_id and taken.line_id = -line.line_id
                                  and taken.claim in ('write', 'doubt', 'twin'))`;

/** A visit that is followed for an account from now on. */
const FOLLOW = `
  insert into visit (location_id, visit_id, account_id, chain_id, record_id)
  select $1, $2, account_id, $3, $4 from unnest($5::text[]) as concerned (account_id)
  on conflict do nothing`;

const FOLLOW_PERSON = `
  insert into visit (location_id, visit_id, account_id, chain_id, record_id)
  select $1, $2, person.id, $3, $4
    from account a join account person on person.chain_id = a.chain_id and person.phone = a.phone where a.id = $5
  on conflict do nothing`;

// Whoever's card paid is concerned too, a child's mother for one.
const CARD_OWNERS = `
  select distinct account_id from altegio_card
   where chain_id = $1 and role = 'current' and card_id = any($2::bigint[])`;

const SEEN = `
  update visit set facts = $3, read_at = now(),
         happened_at = coalesce($4::date::timestamp at time zone (select time_zone from location where id = $1), happened_at),
         payment_ids = array(select distinct unnest(payment_ids || $5::bigint[]) order by 1)
   where location_id = $1 and visit_id = $2
  returning account_id`;

// A line older than the card's adoption is part of its opening balance; what is stored already stays as it is.
const LINES = `
  insert into altegio_line (chain_id, line_id, card_id, type_id, amount, visit_id, record_id, not_before, claim, claimed_at)
  select $1, line.line_id, line.card_id, 3, line.amount, $2, line.record_id,
         (select last_started_at from altegio_journal where chain_id = $1),
         case when line.line_id <= card.opening_line_id then 'opening' end,
         case when line.line_id <= card.opening_line_id then now() end
    from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) as line (line_id, card_id, amount, record_id)
    left join altegio_card card on card.card_id = line.card_id
  on conflict do nothing`;

// A withdrawal that the visit shows no more was cancelled: Altegio has put it back on the card. A deleted visit shows
// nothing and so says nothing of its withdrawals; the journal will.
const CANCELLED = `
  insert into altegio_line (chain_id, line_id, card_id, type_id, amount, visit_id, record_id, not_before, claim, claimed_at)
  select line.chain_id, -line.line_id, line.card_id, 3, -line.amount, line.visit_id, line.record_id,
         (select last_started_at from altegio_journal where chain_id = $1),
         case when line.claim = 'opening' and line.first_seen_at >= card.created_at then 'opening' end,
         case when line.claim = 'opening' and line.first_seen_at >= card.created_at then now() end
    from altegio_line line left join altegio_card card on card.card_id = line.card_id
   where line.chain_id = $1 and line.visit_id = $2 and line.line_id > 0 and line.type_id = 3
     and line.line_id <> all($3::bigint[])
     -- Seen by the journal after the visit was asked for: it may be newer than the answer.
     and line.first_seen_at < $4
  on conflict do nothing`;

/**
 * Keeps a visit as it was read; `askedAt` is the database's clock before the question.
 * @returns the accounts that it concerns
 */
export async function keepVisit(
  pool: pg.Pool,
  { chainId, locationId, visitId }: VisitRef,
  facts: VisitFacts,
  seen: { readonly day: string | null; readonly askedAt: Date; readonly recordId: bigint },
): Promise<string[]> {
  const lines = withdrawals(facts).filter(({ cardId }) => cardId !== null);
  return await transaction(pool, async (tx) => {
    const owners = await tx.rows<{ account_id: string }>(CARD_OWNERS, [chainId, lines.map(({ cardId }) => cardId)]);
    const concerned = owners.map((row) => row.account_id);
    tx.send(FOLLOW, [locationId, visitId, chainId, seen.recordId, concerned]);
    tx.send(LINES, [
      chainId,
      visitId,
      lines.map(({ id }) => id),
      lines.map(({ cardId }) => cardId),
      lines.map(({ amount }) => -amount),
      lines.map(({ recordId }) => recordId),
    ]);
    if (facts.records.length > 0) tx.send(CANCELLED, [chainId, visitId, lines.map(({ id }) => id), seen.askedAt]);
    const payments = facts.payments.map(({ id }) => id);
    const rows = await tx.rows<{ account_id: string }>(SEEN, [
      locationId,
      visitId,
      factsText(facts),
      seen.day,
      payments,
    ]);
    return rows.map((row) => row.account_id);
  });
}

// A payment that came and went between two reads is known from its event alone.
const TOLD_PAYMENTS = `
  update visit set payment_ids = array(
           select distinct id from unnest(payment_ids || array(
             select (body->'data'->>'id')::bigint from inbox
              where location_id = $1 and resource = 'finances_operation'
                and body->'data'->>'visit_id' = $2::bigint::text and body->'data'->>'id' ~ '^[1-9][0-9]{0,17}$')) as id
            order by 1)
   where location_id = $1 and visit_id = $2`;

/** Adds the payments that events told of. */
export async function addToldPayments(pool: pg.Pool, { locationId, visitId }: VisitRef): Promise<Date> {
  await pool.query(TOLD_PAYMENTS, [locationId, visitId]);
  const { rows } = await pool.query<{ now: Date }>('select clock_timestamp() as now');
  return rows[0]?.now ?? new Date();
}

/** Follows visits from the events that start their workflows, for every account of each event's person. */
export function followVisits(
  tx: Tx,
  visits: readonly (VisitRef & { readonly recordId: bigint; readonly accountId: string })[],
): void {
  for (const { chainId, locationId, visitId, recordId, accountId } of visits)
    tx.send(FOLLOW_PERSON, [locationId, visitId, chainId, recordId, accountId]);
}

/** A visit to be looked at once more, though no event of it has come. */
export interface VisitToLookAt {
  readonly locationId: bigint;
  readonly visitId: bigint;
  readonly recordId: bigint;
  readonly accountId: string;
}

// Once a visit, for a run settles it for everybody whom it concerns.
const TO_LOOK_AT = `
  select distinct on (visit.location_id, visit.visit_id)
         visit.location_id as "locationId", visit.visit_id as "visitId", visit.record_id as "recordId",
         visit.account_id as "accountId"`;

// A withdrawal that was cancelled, or came, after the visit was last looked at. A run under way names its own.
const UNNAMED = `${TO_LOOK_AT}
    from altegio_line line
    join altegio_card card on card.card_id = line.card_id and card.role = 'current' and card.unexplained = 0
    join visit on visit.chain_id = line.chain_id and visit.visit_id = line.visit_id
   where line.chain_id = $1 and line.visit_id <> 0 and line.type_id = 3 and line.claim = 'external'
     and line.relabelled_by is null and not (${PUTS_BACK_OURS}) and line.claimed_at between now() - interval '1 day' and now() - interval '1 minute'`;

const AFTER_SHADOW = `${TO_LOOK_AT}
    from visit
    join account on account.id = visit.account_id
    join program on program.id = account.program_id and program.shadow_since is null
   where visit.chain_id = $1 and visit.due_after_shadow`;

/**
 * Visits of whose withdrawals some have not been named, though the card's journal has been explained, and those that had
 * posted something when their program went into shadow, which has ended.
 */
export async function visitsToLookAt(pool: pg.Pool, chainId: bigint): Promise<VisitToLookAt[]> {
  const found = await Promise.all([UNNAMED, AFTER_SHADOW].map((which) => pool.query<VisitToLookAt>(which, [chainId])));
  return found.flatMap(({ rows }) => rows);
}
