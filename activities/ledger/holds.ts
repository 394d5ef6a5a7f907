/** Reservations of points by lot: opened when a payment is authorized, ended by capture, void or expiry. */
import type { LotPart } from '../../domain/lots.ts';
import type { Tx } from './database.ts';
import type { Page } from './page.ts';
import { type LotSql, toLot } from './page-rows.ts';

const INSERT = (state: string, opened: string, closed: string) => `
  with hold as (
    insert into hold (account_id, payment_id, amount, state, opened_id, closed_at)
    values ($1, $2, $3, '${state}', ${opened}, ${closed}) returning id)
  insert into hold_lot (hold_id, lot_id, amount)
  select hold.id, part.lot_id, part.amount from hold, unnest($4::bigint[], $5::bigint[]) as part (lot_id, amount)`;

// What is taken at once is no movement of its own beside its transfers.
const AT_ONCE = INSERT('captured', 'null', 'now()');
const OPEN = INSERT('open', `nextval('transfer_id_seq')`, 'null');

/** Writes down which lots a payment took at once, or reserves now; nothing where it takes no points. */
export function sendHold(
  tx: Tx,
  page: Page,
  paymentId: string,
  parts: readonly LotPart[],
  kind: 'at_once' | 'open',
): void {
  if (parts.length === 0) return;
  const amounts = parts.map(({ amount }) => amount);
  const total = amounts.reduce((sum, amount) => sum + amount, 0n);
  const lots = parts.map(({ lotId }) => lotId);
  tx.send(kind === 'open' ? OPEN : AT_ONCE, [page.account.id, paymentId, total, lots, amounts]);
}

/** The lots of a payment's open hold; `free` is what is reserved in each. */
const HELD = `
  select lot.id, part.amount as free, lot.expires_at, lot.created_at
    from hold join hold_lot part on part.hold_id = hold.id join lot on lot.id = part.lot_id
   where hold.payment_id = $1 and hold.state = 'open'`;

const CLOSE = `
  update hold set state = $2, closed_at = now(), closed_id = nextval('transfer_id_seq')
   where payment_id = $1 and state = 'open'`;

/**
 * Ends a payment's hold on the page: `captured` of it is redeemed, the rest is free again, and what has expired while it
 * was reserved ends now.
 */
export async function endHold(
  tx: Tx,
  page: Page,
  paymentId: string,
  captured: bigint,
  state: 'captured' | 'released' | 'expired',
): Promise<void> {
  const lots = await tx.rows<LotSql>(HELD, [paymentId]);
  page.book.endHold(lots.map(toLot), captured);
  if (lots.some(({ expires_at }) => expires_at !== null && expires_at <= page.now))
    page.book.expire(page.now.getTime());
  tx.send(CLOSE, [paymentId, state]);
}

const LOWER = `
  with lowered as (update hold set amount = $2 where payment_id = $1 and state = 'open' returning id),
       freed as (delete from hold_lot using lowered where hold_id = lowered.id and lot_id <> all($3::bigint[]))
  update hold_lot set amount = part.amount
    from lowered, unnest($3::bigint[], $4::bigint[]) as part (lot_id, amount)
   where hold_lot.hold_id = lowered.id and hold_lot.lot_id = part.lot_id`;

/** Lowers a payment's hold on the page to `kept`, which is more than 0: as if it had never reserved more. */
export async function lowerHold(tx: Tx, page: Page, paymentId: string, kept: bigint): Promise<void> {
  const lots = await tx.rows<LotSql>(HELD, [paymentId]);
  const stays = page.book.lowerHold(lots.map(toLot), kept);
  tx.send(LOWER, [paymentId, kept, stays.map(({ lotId }) => lotId), stays.map(({ amount }) => amount)]);
}
