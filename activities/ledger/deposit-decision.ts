/** An order for a deposit is decided: one transaction that moves its money, or says why not, and stores the answer. */
import type pg from 'pg';
import { DepositBook, freeOf } from '../../domain/deposit.ts';
import { formatAmount } from '../../domain/money.ts';
import { type Tx, transaction } from './database.ts';
import { type DepositSql, lockDeposits, sendDeposits, toDeposit } from './deposit-page.ts';
import { tell } from './step-row.ts';

/** How an order was decided; amounts in minor units. */
export type DepositDecided =
  | { readonly outcome: 'done'; readonly balance: bigint }
  | { readonly outcome: 'declined' | 'abandoned'; readonly code: string };

/** An order is decided only this long after it was asked for. */
const TOO_LATE_SECONDS = 30;

const ORDER = `
  select o.id, o.chain_id, o.location_id, o.reference, o.kind, o.account_id, o.amount, o.tender, o.actor, o.reason,
         o.workflow_id, o.state, o.declined, o.happened_at, version.settings->>'currency' as currency,
         o.created_at < now() - interval '${TOO_LATE_SECONDS} seconds' as too_late
    from deposit_order o
    join account on account.id = o.account_id
    join lateral (select settings from program_version
                   where program_id = account.program_id order by version desc limit 1) version on true
   where o.id = $1 for update of o`;

interface OrderToDecide {
  id: string;
  chain_id: bigint;
  location_id: bigint;
  reference: string;
  kind: 'top_up' | 'pay_out';
  account_id: string;
  amount: bigint;
  tender: 'cash' | 'card' | 'transfer' | 'other';
  actor: string;
  reason: string | null;
  workflow_id: string;
  state: string;
  declined: { code: string } | null;
  happened_at: Date;
  currency: string;
  too_late: boolean;
}

/** Decides a PENDING order; one decided before is answered from its row. */
export async function decideDeposit(pool: pg.Pool, orderId: string): Promise<DepositDecided> {
  return await transaction(pool, (tx) => decideIn(tx, orderId));
}

/** The same in a transaction of the caller's. */
export async function decideIn(tx: Tx, orderId: string): Promise<DepositDecided> {
  const [order] = await tx.rows<OrderToDecide>(ORDER, [orderId]);
  if (!order) throw new Error(`there is no deposit order ${orderId}`);
  if (order.state === 'DONE') return { outcome: 'done', balance: await balanceOf(tx, order) };
  if (order.state !== 'PENDING') {
    const code = order.declined?.code ?? 'unavailable';
    return { outcome: order.state === 'DECLINED' ? 'declined' : 'abandoned', code };
  }
  return order.too_late ? decline(tx, order, { code: 'timed_out' }) : await decideNow(tx, order);
}

async function balanceOf(tx: Tx, order: OrderToDecide): Promise<bigint> {
  const [row] = await lockDeposits(tx, [order.account_id]);
  return row?.balance ?? 0n;
}

const OPEN = `
  insert into deposit (account_id, chain_id, currency) values ($1, $2, $3) on conflict do nothing`;

async function decideNow(tx: Tx, order: OrderToDecide): Promise<DepositDecided> {
  const { id, account_id: accountId, chain_id: chainId, kind, amount, currency } = order;
  if (kind === 'top_up') tx.send(OPEN, [accountId, chainId, currency]);
  const [row] = await lockDeposits(tx, [accountId]);
  // Money of another currency would be added to it as if it were the same.
  const free = row?.currency === currency ? freeOf(row) : 0n;
  if (!row || row.currency !== currency || (kind === 'pay_out' && amount > free))
    return decline(tx, order, {
      code: 'insufficient_deposit',
      requested: formatAmount(amount),
      allowed: formatAmount(free),
    });
  const deposit = post(tx, order, row);
  const answer = documentOf(order, deposit);
  tx.send(`update deposit_order set state = 'DONE', answer = $2, decided_at = now() where id = $1`, [
    id,
    JSON.stringify(answer),
  ]);
  tell(tx, id);
  return { outcome: 'done', balance: deposit.balance };
}

function post(tx: Tx, order: OrderToDecide, row: DepositSql): { readonly balance: bigint; readonly held: bigint } {
  const { account_id: accountId, location_id: locationId, chain_id: chainId, amount, tender, kind } = order;
  const book = new DepositBook([toDeposit(row)], locationId);
  if (kind === 'top_up') book.topUp(accountId, amount, tender);
  else book.payOut(accountId, amount, tender);
  const { workflow_id: operation, actor, reason, happened_at: happenedAt } = order;
  sendDeposits(tx, book, { chainId, locationId, operation, actor, reason, tender, paymentId: null, happenedAt });
  return book.standing[0] ?? { balance: 0n, held: 0n };
}

/** The answer, stored as it will be sent. Nothing of it is written to Altegio, and the answer says so. */
function documentOf(order: OrderToDecide, deposit: { readonly balance: bigint; readonly held: bigint }) {
  const { id, reference, kind, account_id: accountId, amount, tender, currency, workflow_id: workflowId } = order;
  return {
    id,
    reference,
    kind,
    state: 'DONE',
    accountId,
    amount: formatAmount(amount),
    tender,
    currency,
    deposit: {
      balance: formatAmount(deposit.balance),
      held: formatAmount(deposit.held),
      available: formatAmount(freeOf(deposit)),
    },
    happenedAt: order.happened_at.toISOString(),
    altegio: 'not_mirrored',
    workflowId,
    replayed: false,
  };
}

function decline(
  tx: Tx,
  { id }: OrderToDecide,
  why: { readonly code: string; readonly requested?: string; readonly allowed?: string },
): DepositDecided {
  tx.send(`update deposit_order set state = 'DECLINED', declined = $2, decided_at = now() where id = $1`, [
    id,
    JSON.stringify(why),
  ]);
  tell(tx, id);
  return { outcome: 'declined', code: why.code };
}
