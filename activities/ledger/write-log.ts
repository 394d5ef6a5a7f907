/** The rows of `altegio_write`: opening one with its title, and how it ended. */
import type pg from 'pg';
import { writeTitle } from '../../domain/write-title.ts';
import type { Tx } from './database.ts';
import type { CardRow, Page } from './page.ts';

/** A write that was opened and must be sent now, or dropped. */
export interface OpenedWrite {
  readonly writeId: bigint;
  readonly cardId: bigint;
  readonly locationId: bigint;
  readonly amount: bigint;
  readonly baseline: bigint;
  readonly title: string;
}

// What the account's books moved since the last write that took effect, by operation: transfers, and points reserved or
// freed, which are numbered with them. Points that a sale takes or gives back stand apart from what it earns.
const MOVED = `
  moved as (
    select t.operation, t.id, t.code in ('redemption', 'refund') as of_sale,
           case when t.debit_account = 'customer:' || t.account_id then -t.amount else t.amount end as amount
      from transfer t
     where t.account_id = $1 and t.code not in ('external', 'opening')
       and 'customer:' || t.account_id in (t.debit_account, t.credit_account)
    union all
    select operation, id, true, amount from hold_move where account_id = $1
  )`;
const NOT_WRITTEN = `
  id > coalesce((select max(transfers_up_to) from altegio_write where card_id = $2 and state = 'confirmed'), 0)`;

const UNWRITTEN = `
  with ${MOVED}
  select m.operation, max(m.id) as last_id, max(r.receipt) as receipt,
         coalesce(sum(m.amount) filter (where m.of_sale), 0)::bigint as redeemed,
         coalesce(sum(m.amount) filter (where not m.of_sale), 0)::bigint as other
    from moved m
    left join operation_receipt r on r.workflow_id = m.operation
   where m.${NOT_WRITTEN.trim()}
   group by m.operation
   order by min(m.id)`;

// Points go back first (R9): what a withdrawal that is taken back nets ends before the clawback.
const UP_TO_AMOUNT = `
  with ${MOVED}, running as (
    select id, sum(amount) over (order by id) as total from moved where ${NOT_WRITTEN.trim()})
  select min(id) as id from running where total = $3`;

const INSERT = `
  insert into altegio_write (card_id, chain_id, amount, baseline, operations, transfers_up_to, title, deadline, window_until,
                             kind, payment_id, visit_id, record_id, cancels)
  values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8), now() + make_interval(secs => $9), $10, $11, $12,
          $13, $14)
  returning id`;

/** Where a write in a visit belongs. */
interface WriteInVisit {
  readonly paymentId: string;
  readonly visitId: bigint;
  readonly recordId: bigint;
  /** The write that it takes back. */
  readonly cancels: bigint | null;
}

/**
 * Time limits of a write in milliseconds: the sender may start up to 1 s after the commit, then waits `timeoutMs`.
 * Twice that is the window after which Altegio is believed to have decided.
 */
function limits(timeoutMs: number): { deadlineSeconds: number; windowSeconds: number } {
  const senderMs = timeoutMs + 1_000;
  return { deadlineSeconds: (senderMs + 500) / 1_000, windowSeconds: (2 * senderMs) / 1_000 };
}

/** Inserts the open write; the partial unique index refuses a second one. */
export async function insertWrite(
  tx: Tx,
  page: Page,
  card: CardRow,
  write: { amount: bigint; baseline: bigint },
  timeoutMs: number,
  inVisit: WriteInVisit | null = null,
): Promise<OpenedWrite> {
  const parts = await tx.rows<{
    operation: string;
    last_id: bigint;
    receipt: string | null;
    redeemed: bigint;
    other: bigint;
  }>(UNWRITTEN, [page.account.id, card.cardId]);
  // A capture of all that was reserved moves nothing in Altegio any more.
  const moving = parts.filter(({ redeemed, other }) => redeemed !== 0n || other !== 0n);
  const title = writeTitle(
    moving.map(({ receipt, redeemed, other }) => ({ label: receipt ?? 'balance', amounts: [redeemed, other] })),
  );
  const upTo =
    inVisit?.cancels == null
      ? parts.reduce((last, { last_id }) => (last_id > last ? last_id : last), 0n)
      : await upToAmount(tx, page, card, write.amount);
  const { deadlineSeconds, windowSeconds } = limits(timeoutMs);
  const [row] = await tx.rows<{ id: bigint }>(INSERT, [
    card.cardId,
    page.account.chainId,
    write.amount,
    write.baseline,
    parts.map(({ operation }) => operation),
    upTo,
    title,
    deadlineSeconds,
    // A visit is asked as soon as nobody can be sending any more.
    inVisit ? deadlineSeconds : windowSeconds,
    inVisit ? 'visit' : 'manual',
    inVisit?.paymentId ?? null,
    inVisit?.visitId ?? null,
    inVisit?.recordId ?? null,
    inVisit?.cancels ?? null,
  ]);
  if (!row) throw new Error('the write was not inserted');
  return { writeId: row.id, cardId: card.cardId, locationId: card.locationId, ...write, title };
}

async function upToAmount(tx: Tx, page: Page, card: CardRow, amount: bigint): Promise<bigint> {
  const [row] = await tx.rows<{ id: bigint | null }>(UP_TO_AMOUNT, [page.account.id, card.cardId, amount]);
  return row?.id ?? 0n;
}

/** Longer than reading journal and card takes: whoever died with the turn loses it after that (seconds). */
const RESOLVE_LEASE_SECONDS = 45;

/**
 * Does `work`, which finds out what became of a write in doubt, unless another does so now. Where another has just found
 * out, nothing is left to ask.
 * @returns false while another does it
 */
export async function resolveAlone(pool: pg.Pool, writeId: bigint, work: () => Promise<unknown>): Promise<boolean> {
  const { rows } = await pool.query<{ settled: boolean; mine: boolean }>(
    `with mine as (
       update altegio_write set resolving_until = clock_timestamp() + interval '${RESOLVE_LEASE_SECONDS} s'
        where id = $1 and settled_at is null and (resolving_until is null or resolving_until < clock_timestamp())
       returning id)
     select settled_at is not null as settled, exists (select from mine) as mine from altegio_write where id = $1`,
    [writeId],
  );
  const [found] = rows;
  if (!found?.mine) return found?.settled ?? false;
  try {
    await work();
    return true;
  } finally {
    await pool.query('update altegio_write set resolving_until = null where id = $1', [writeId]).catch(() => undefined);
  }
}

/** Settles a write. `balance` is Altegio's answer, where there was one. */
export function sendWriteState(
  tx: Tx,
  writeId: bigint,
  state: 'in_doubt' | 'confirmed' | 'refused' | 'given_up',
  detail: { readonly balance?: bigint; readonly reason?: string } = {},
): void {
  tx.send(
    `update altegio_write
        set state = $2, answered_balance = $3, reason = coalesce($4, reason),
            settled_at = case when $2 = 'in_doubt' then null else now() end
      where id = $1`,
    [writeId, state, detail.balance ?? null, detail.reason ?? null],
  );
}
