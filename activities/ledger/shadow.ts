/** Programs in shadow: they compute what they would post and post nothing, and Altegio's journal says what it did meanwhile. */
import type pg from 'pg';
import { type Bill, settlePayment } from '../../domain/payment.ts';
import type { ProgramSettings } from '../../domain/program.ts';
import { transaction, type Tx } from './database.ts';
import type { DepositSql } from './deposit-page.ts';
import { planDeposit } from './deposit-payment.ts';
import { sendMoveCards } from './locations.ts';
import type { Page } from './page.ts';
import { authorizePayment, capturePayment, decline, type Decision } from './payment-outcome.ts';
import type { OperationRef } from './posting.ts';
import { EARNED_IN_SHADOW, type PaymentSql, toBill } from './stored-payment.ts';

const COMPUTED = `update payment set shadow_accrued = $2 where id = $1`;

/** What the bill would have earned; points that only the other book knows are not redeemed in thought either. */
function wouldAccrue(bill: Bill, spent: bigint, settings: ProgramSettings): bigint {
  const means = { balances: { active: 0n, held: 0n, pending: 0n, debt: 0n }, spent, altegio: 0n };
  const computed = settlePayment({ ...bill, asked: { kind: 'none' } }, means, settings);
  return computed.ok ? computed.accrued : 0n;
}

/**
 * Decides a payment of a program in shadow: nothing is redeemed and nothing earned, and what would have been is kept beside.
 * A till that insists on points is told that there is no program here, and goes on without.
 */
export function decideInShadow(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  deposits: readonly DepositSql[],
  operation: OperationRef,
): Decision {
  const bill = toBill(row);
  const insists = bill.asked.kind === 'amount' && bill.asked.amount > 0n && !bill.allowPartial;
  if (insists) return decline(tx, page, row, operation, { code: 'program_not_linked' }, 0n);
  const { settings, spent } = page.account;
  const asked = { ...bill, asked: { kind: 'none' } } as const;
  const means = { balances: page.book.balances, spent, altegio: 0n, percent: '0' };
  const settled = settlePayment(asked, means, settings);
  if (!settled.ok) {
    const { code, allowed, requested } = settled;
    return decline(tx, page, row, operation, { code, allowed, requested }, 0n);
  }
  const nothing = { ...settled, notEarning: [] };
  const judged = { altegio: 'noSecondBook', drift: 0n } as const;
  // A deposit is money, which no shadow changes.
  const deposit = planDeposit(deposits, page, row, bill);
  if (deposit && 'code' in deposit) return decline(tx, page, row, operation, deposit, 0n);
  const take = bill.capture ? capturePayment : authorizePayment;
  const decision = take(tx, page, row, operation, { ...bill, ...asked }, nothing, judged, deposit);
  tx.send(COMPUTED, [row.id, wouldAccrue(bill, spent, settings)]);
  return decision;
}

const SWITCH = `
  update program set shadow_since = case when $2 then coalesce(shadow_since, now()) end
   where id = $1 and provider = 'altegio' returning chain_id, shadow_since`;

/**
 * Switches a program into or out of shadow; its cards are set aside meanwhile, and taken up again where they were left.
 * `also` goes into the same transaction. Null for a program that is not kept in Altegio, or not at all.
 */
export async function switchShadow(
  pool: pg.Pool,
  programId: string,
  on: boolean,
  also: (tx: Tx) => void,
): Promise<{ readonly chainId: bigint; readonly since: Date | null } | null> {
  return await transaction(pool, async (tx) => {
    await tx.rows('select id from chain where id = (select chain_id from program where id = $1) for update', [
      programId,
    ]);
    const [row] = await tx.rows<{ chain_id: bigint; shadow_since: Date | null }>(SWITCH, [programId, on]);
    if (!row) return null;
    await sendMoveCards(tx, [programId], on ? 'set_aside' : 'current');
    also(tx);
    return { chainId: row.chain_id, since: row.shadow_since };
  });
}

/** A customer of a program in shadow whose altegio card has not been looked for. */
export interface Unlooked {
  readonly accountId: string;
  readonly phone: string;
  readonly cardTypeId: bigint;
  readonly locationId: bigint;
}

const UNLOOKED = `
  select distinct on (a.id) a.id as "accountId", a.phone, p.card_type_id as "cardTypeId", sale.location_id as "locationId"
    from program p
    join account a on a.program_id = p.id and a.phone is not null
    join lateral (select location_id from payment where account_id = a.id and shadow_accrued is not null
                  union all
                  select location_id from visit where account_id = a.id and shadow_accrued > 0) sale on true
   where p.chain_id = $1 and p.shadow_since is not null and p.card_type_id is not null
     and not exists (select 1 from altegio_card c where c.account_id = a.id)
     and not exists (select 1 from shadow_card s where s.account_id = a.id and (s.card_id is not null or s.read_at > now() - interval '1 day'))
   order by a.id limit $2`;

/** Customers whose card is to be found by a read, at most `limit`. */
export async function unlooked(pool: pg.Pool, chainId: bigint, limit: number): Promise<Unlooked[]> {
  return (await pool.query<Unlooked>(UNLOOKED, [chainId, limit])).rows;
}

/** Keeps which card a customer has; null: Altegio shows none. */
export async function keepShadowCard(pool: pg.Pool, accountId: string, cardId: bigint | null): Promise<void> {
  await pool.query(
    `insert into shadow_card (account_id, card_id) values ($1, $2)
     on conflict (account_id) do update set card_id = excluded.card_id, read_at = now()`,
    [accountId, cardId],
  );
}

/** One customer's day in both: what we would have posted, and what moved the card; minor units. */
export interface ShadowDay {
  readonly accountId: string;
  readonly ours: bigint;
  readonly altegio: bigint;
  /** Sums of the journal's lines by type. */
  readonly lines: readonly { readonly type: number; readonly amount: bigint }[];
}

// A line is of the day on which the journal first showed it: it has no time.
const DAY = `
  with ours as (
    select account_id, sum(points)::bigint as points
      from (select account_id, happened_at as at, ${EARNED_IN_SHADOW} as points
              from payment p
             where program_id = $1 and shadow_accrued is not null and state in ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED')
            union all
            select v.account_id, coalesce(v.happened_at, v.first_seen_at), v.shadow_accrued
              from visit v join account a on a.id = v.account_id
             where a.program_id = $1 and v.shadow_accrued > 0) sale
     where at >= $2 and at < $3
     group by account_id
  ), cards as (
    select c.account_id, c.card_id from altegio_card c join account a on a.id = c.account_id
     where a.program_id = $1 and c.role in ('current', 'set_aside')
    union
    select s.account_id, s.card_id from shadow_card s join account a on a.id = s.account_id
     where a.program_id = $1 and s.card_id is not null
  ), typed as (
    select cards.account_id, line.type_id, sum(line.amount)::bigint as points
      from cards join altegio_line line on line.card_id = cards.card_id
     where line.first_seen_at >= $2 and line.first_seen_at < $3
       and line.first_seen_at >= (select shadow_since from program where id = $1)
     group by 1, 2
  ), theirs as (
    select account_id, sum(points)::bigint as points,
           json_agg(json_build_object('type', type_id, 'amount', points::text) order by type_id) as lines
      from typed group by account_id
  )
  select account_id as "accountId", coalesce(ours.points, 0)::bigint as ours, coalesce(theirs.points, 0)::bigint as altegio,
         coalesce(theirs.lines, '[]') as lines
    from ours full join theirs using (account_id) order by account_id`;

interface DaySql {
  accountId: string;
  ours: bigint;
  altegio: bigint;
  lines: { type: number; amount: string }[];
}

/** Every customer that either moved within the day; `from` is included, `to` is not. */
export async function shadowDay(pool: pg.Pool, programId: string, from: Date, to: Date): Promise<ShadowDay[]> {
  const { rows } = await pool.query<DaySql>(DAY, [programId, from, to]);
  return rows.map(({ lines, ...row }) => ({
    ...row,
    lines: lines.map(({ type, amount }) => ({ type, amount: BigInt(amount) })),
  }));
}

/** Since when a program is in shadow; null while it is not. */
export async function shadowSince(pool: pg.Pool, programId: string): Promise<Date | null> {
  const { rows } = await pool.query<{ since: Date | null }>('select shadow_since as since from program where id = $1', [
    programId,
  ]);
  return rows[0]?.since ?? null;
}
