/**
 * The till's transaction: adopt what Altegio says, take bonus first, earn, store the answer, all or nothing.
 * The answer to the till is this committed row.
 */
import { z } from 'zod';
import { target } from '../../domain/account.ts';
import { lotDates } from '../../domain/lot-dates.ts';
import * as protocol from '../../domain/mirror.ts';
import { formatAmount, parseAmount } from '../../domain/money.ts';
import { type Bill, capturedDocument, type Settlement, settlePayment } from '../../domain/payment.ts';
import { type Tx, transaction } from './database.ts';
import { type MirrorDeps, sendAdoption, type SeenBalance } from './mirror-actions.ts';
import { lockPage, type Page } from './page.ts';
import { type OperationRef, sendPosting } from './posting.ts';

/** What the till's read of Altegio came to. */
export type TillRead =
  | ({ readonly kind: 'balance' } & SeenBalance)
  /** No altegio card is linked yet. */
  | { readonly kind: 'noCard' }
  /** Altegio does not know the card any more. */
  | { readonly kind: 'missing' }
  /** Altegio could not be asked in time. */
  | { readonly kind: 'down'; readonly reason: string };

/** How the payment was decided; amounts in minor units. `drift` is what was adopted on the way. */
export type Decision =
  | {
      readonly outcome: 'captured';
      readonly redeemed: bigint;
      readonly due: bigint;
      readonly accrued: bigint;
      readonly drift: bigint;
    }
  | { readonly outcome: 'declined'; readonly code: string; readonly allowed: bigint | null; readonly drift: bigint }
  | { readonly outcome: 'abandoned'; readonly code: string }
  /** The card changed while it was read; read again. */
  | { readonly outcome: 'readAgain' };

/** Points are taken only this long after the request came. */
const TOO_LATE_SECONDS = 30;
/** Below this much of the till's time a changed card is not read again. */
const LAST_READ_MS = 1_000;

const amountText = z.string().transform(parseAmount);
const storedRequest = z.object({
  allowPartial: z.boolean().nullish().transform(Boolean),
  lines: z
    .array(
      z.object({
        id: z.string(),
        category: z
          .string()
          .nullish()
          .transform((text) => text ?? undefined),
        amount: amountText,
      }),
    )
    .nullish()
    .transform((lines) => lines ?? []),
  money: z
    .array(z.object({ type: z.enum(['cash', 'card', 'deposit', 'giftCard', 'other']), amount: amountText }))
    .nullish()
    .transform((money) => money ?? []),
  occurredAt: z.string().nullish(),
});

interface PaymentSql {
  id: string;
  receipt: string;
  attempt: number;
  state: string;
  workflow_id: string;
  total: bigint;
  redeem: string;
  as_kind: 'tender' | 'discount';
  request: unknown;
  redeemed: bigint | null;
  due: bigint | null;
  accrued: bigint | null;
  declined: { code: string; allowed?: string } | null;
  left_ms: number;
  too_late: boolean;
  time_zone: string;
}

const PAYMENT = `
  select payment.id, receipt, attempt, state, workflow_id, total, redeem, as_kind, request, redeemed, due, accrued,
         declined, location.time_zone, created_at < now() - interval '${TOO_LATE_SECONDS} seconds' as too_late,
         (extract(epoch from answer_by - now()) * 1000)::float8 as left_ms
    from payment join location on location.id = payment.location_id
   where payment.id = $1 for update of payment`;

function toBill(row: PaymentSql): Bill & { occurredAt: Date | null } {
  const { allowPartial, lines, money, occurredAt } = storedRequest.parse(row.request);
  const asked: Bill['asked'] =
    row.redeem === 'max' || row.redeem === 'none'
      ? { kind: row.redeem }
      : { kind: 'amount', amount: parseAmount(row.redeem) };
  const at = occurredAt ? new Date(occurredAt) : null;
  return { total: row.total, asked, allowPartial, as: row.as_kind, lines, money, occurredAt: at };
}

/** What was decided before, for a repeat of the activity. */
function storedDecision(row: PaymentSql): Decision {
  if (row.state === 'ABANDONED') return { outcome: 'abandoned', code: row.declined?.code ?? 'unavailable' };
  if (row.declined) {
    const { code, allowed } = row.declined;
    return { outcome: 'declined', code, allowed: allowed === undefined ? null : parseAmount(allowed), drift: 0n };
  }
  const { redeemed, due, accrued } = row;
  return { outcome: 'captured', redeemed: redeemed ?? 0n, due: due ?? 0n, accrued: accrued ?? 0n, drift: 0n };
}

/** Decides a PENDING payment; a payment decided before is answered from its row. */
export async function decidePayment(
  deps: MirrorDeps,
  payment: { readonly paymentId: string; readonly accountId: string },
  read: TillRead,
  operation: OperationRef,
): Promise<Decision> {
  return await transaction(deps.pool, async (tx) => {
    const [page, [row]] = await Promise.all([
      lockPage(tx, payment.accountId),
      tx.rows<PaymentSql>(PAYMENT, [payment.paymentId]),
    ]);
    if (!row) throw new Error(`there is no payment ${payment.paymentId}`);
    if (row.state !== 'PENDING') return storedDecision(row);
    if (row.too_late) return decline(tx, page, row, operation, { code: 'timed_out' }, 0n);
    return decideNow(deps, tx, page, row, read, operation);
  });
}

function decideNow(
  deps: MirrorDeps,
  tx: Tx,
  page: Page,
  row: PaymentSql,
  read: TillRead,
  operation: OperationRef,
): Decision {
  const judged = judge(deps, tx, page, row, read, operation);
  if (judged === 'readAgain') return { outcome: 'readAgain' };
  const bill = toBill(row);
  const { settings, spent } = page.account;
  const wantsPoints =
    bill.asked.kind === 'amount' ? bill.asked.amount > 0n : bill.asked.kind === 'max' && page.book.free > 0n;
  if (judged.altegio === 'missing' && wantsPoints)
    return decline(tx, page, row, operation, { code: 'account_frozen' }, judged.drift);
  if (judged.altegio === 'down' && wantsPoints && settings.redeem.whenAltegioDown === 'refuse')
    return abandon(tx, row, 'altegio_unavailable');
  const altegio = typeof judged.altegio === 'bigint' ? judged.altegio : judged.altegio === 'down' ? null : 0n;
  const settled = settlePayment(bill, { balances: page.book.balances, spent, altegio }, settings);
  if (!settled.ok) {
    const { code, allowed, requested } = settled;
    return decline(tx, page, row, operation, { code, allowed, requested }, judged.drift);
  }
  return capturePayment(tx, page, row, operation, bill, settled, judged);
}

interface Judged {
  /** The balance to redeem on, or why there is none. */
  readonly altegio: bigint | 'down' | 'missing' | 'noCard';
  readonly drift: bigint;
}

/** Judges the till's read under the lock and adopts its drift. */
function judge(
  deps: MirrorDeps,
  tx: Tx,
  page: Page,
  row: PaymentSql,
  read: TillRead,
  operation: OperationRef,
): Judged | 'readAgain' {
  if (page.card?.state === 'missing' || read.kind === 'missing') return { altegio: 'missing', drift: 0n };
  const again = row.left_ms > LAST_READ_MS ? 'readAgain' : ({ altegio: 'down', drift: 0n } as const);
  if (read.kind === 'noCard') return page.card ? again : { altegio: 'noCard', drift: 0n };
  if (read.kind === 'down') return { altegio: 'down', drift: 0n };
  if (page.card?.cardId !== read.cardId) return again;
  const verdict = protocol.judgeRead(page.card.mirror, read.balance, page.card.version === read.version);
  if (verdict.verdict === 'readAgain') return again;
  if (verdict.verdict === 'goodEnough') return { altegio: read.balance, drift: 0n };
  const { adoption } = verdict;
  const { drift } = sendAdoption(deps, tx, page, page.card, adoption, operation, { proven: true });
  return { altegio: read.balance, drift };
}

/** Bonus first, then accrual on the money; the answer is stored as it will be sent. */
function capturePayment(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  operation: OperationRef,
  bill: ReturnType<typeof toBill>,
  settled: Settlement,
  judged: Judged,
): Decision {
  const { book, account, card } = page;
  const seen =
    typeof judged.altegio === 'bigint'
      ? { balance: judged.altegio, seenAt: page.now }
      : card && { balance: card.mirror.confirmed, seenAt: card.confirmedAt };
  const parts = settled.redeemed > 0n ? book.redeem(settled.redeemed) : [];
  if (settled.accrued > 0n) {
    const zone = account.settings.timeZone ?? row.time_zone;
    book.accrue(settled.accrued, lotDates((bill.occurredAt ?? page.now).getTime(), zone, account.settings.lots));
  }
  sendPosting(tx, page, operation, { spent: settled.due, happenedAt: bill.occurredAt });
  if (parts.length > 0)
    tx.send(HOLD, [account.id, row.id, settled.redeemed, parts.map(({ lotId }) => lotId), parts.map((p) => p.amount)]);
  const answer = capturedDocument(
    {
      id: row.id,
      receipt: row.receipt,
      attempt: row.attempt,
      total: row.total,
      accountId: account.id,
      workflowId: row.workflow_id,
      balances: book.balances,
      target: target(book.balances),
      altegio: seen,
      lines: bill.lines,
      as: bill.as,
    },
    settled,
  );
  tx.send(CAPTURED, [row.id, settled.redeemed, settled.due, settled.accrued, settled.percent, JSON.stringify(answer)]);
  tell(tx, row.id);
  const { redeemed, due, accrued } = settled;
  return { outcome: 'captured', redeemed, due, accrued, drift: judged.drift };
}

const HOLD = `
  with hold as (
    insert into hold (account_id, payment_id, amount, state, closed_at) values ($1, $2, $3, 'captured', now()) returning id)
  insert into hold_lot (hold_id, lot_id, amount)
  select hold.id, part.lot_id, part.amount from hold, unnest($4::bigint[], $5::bigint[]) as part (lot_id, amount)`;

const CAPTURED = `
  update payment set state = 'CAPTURED', redeemed = $2, due = $3, accrued = $4, percent = $5, answer = $6, decided_at = now()
   where id = $1`;

const NOT_TAKEN = `
  update payment set state = $2, declined = $3, redeemed = 0, due = total, accrued = 0, decided_at = now() where id = $1`;

function decline(
  tx: Tx,
  page: Page,
  row: PaymentSql,
  operation: OperationRef,
  why: { readonly code: string; readonly allowed?: bigint; readonly requested?: bigint },
  drift: bigint,
): Decision {
  const { code, allowed, requested } = why;
  const declined = {
    code,
    ...(requested !== undefined && { requested: formatAmount(requested) }),
    ...(allowed !== undefined && { allowed: formatAmount(allowed) }),
  };
  sendPosting(tx, page, operation);
  tx.send(NOT_TAKEN, [row.id, 'DECLINED', JSON.stringify(declined)]);
  tell(tx, row.id);
  return { outcome: 'declined', code, allowed: allowed ?? null, drift };
}

function abandon(tx: Tx, row: PaymentSql, code: string): Decision {
  tx.send(NOT_TAKEN, [row.id, 'ABANDONED', JSON.stringify({ code })]);
  tell(tx, row.id);
  return { outcome: 'abandoned', code };
}

/** Wakes whoever waits for the answer; the answer itself is read from the row. */
function tell(tx: Tx, paymentId: string): void {
  tx.send(`select pg_notify('payment_decided', $1)`, [paymentId]);
}
