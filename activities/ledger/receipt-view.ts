/** Everything a receipt prints, read from a sale as it was committed, which for a payment in two steps is its capture. */
import type pg from 'pg';
import { z } from 'zod';
import { parseAmount } from '../../domain/money.ts';
import type { PaymentState } from './payment-row.ts';

const amount = z.string().transform(parseAmount);
const optionalAmount = amount.nullish().transform((value) => value ?? 0n);

const requestPart = z.object({
  lines: z
    .array(
      z.object({
        id: z.string(),
        title: z.string(),
        amount,
        discount: optionalAmount,
        vatRate: z.string().nullish(),
      }),
    )
    .nullish(),
  money: z.array(z.object({ amount, received: amount.nullish() })).nullish(),
  tip: optionalAmount,
  terminal: z.string().nullish(),
  operator: z.string().nullish(),
});

const answerPart = z.object({
  tenders: z.array(z.object({ type: z.string(), amount })),
  lines: z.array(z.object({ id: z.string(), discount: amount })).nullish(),
  account: z.object({ balance: z.object({ active: amount, debt: amount }) }),
  refusedRedemption: z.string().nullish(),
  deposit: z
    .object({ amount, from: z.array(z.object({ accountId: z.string(), amount })), available: amount })
    .nullish(),
});

/** A sale as a receipt shows it; amounts in minor units. */
export interface Sale {
  readonly id: string;
  readonly accountId: string;
  readonly locationId: bigint;
  readonly receipt: string;
  readonly state: PaymentState;
  readonly soldAt: Date;
  readonly shop: { readonly title: string; readonly address: string | null; readonly timeZone: string };
  readonly currency: string;
  readonly asKind: 'tender' | 'discount';
  readonly total: bigint;
  readonly redeemed: bigint;
  readonly due: bigint;
  readonly accrued: bigint;
  /** Part of the total that went back. */
  readonly refunded: bigint;
  /** The part of what was earned that is not to be spent yet. */
  readonly waiting: bigint;
  /** The customer's points right after the sale, less any debt. */
  readonly pointsAfter: bigint;
  readonly request: z.output<typeof requestPart>;
  readonly answer: z.output<typeof answerPart>;
}

interface SaleSql {
  id: string;
  account_id: string;
  location_id: bigint;
  receipt: string;
  state: PaymentState;
  happened_at: Date;
  title: string;
  address: string | null;
  time_zone: string;
  currency: string;
  as_kind: 'tender' | 'discount';
  total: bigint;
  redeemed: bigint | null;
  due: bigint | null;
  accrued: bigint | null;
  refunded: bigint;
  waiting: bigint;
  request: object;
  captured: object | null;
  answer: unknown;
}

const SALE = `
  select p.id, p.account_id, p.location_id, p.receipt, p.state, p.happened_at, l.title, l.address, l.time_zone,
         v.settings->>'currency' as currency, p.as_kind, coalesce(p.captured_total, p.total) as total, p.redeemed,
         p.due, p.accrued, p.refunded, p.request, p.captured, p.answer,
         (select coalesce(sum(t.amount), 0)::bigint from transfer t
           where t.chain_id = p.chain_id and t.operation = p.workflow_id and t.code = 'accrual'
             and t.credit_account = 'pending:' || p.account_id) as waiting
    from payment p
    join location l on l.id = p.location_id
    join program_version v on v.program_id = p.program_id and v.version = p.program_version
   where p.id = $1 and p.state in ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED')`;

/** The sale of a payment; null for one that is none, because nothing was sold yet or it was undone before. */
export async function findSale(pool: pg.Pool, paymentId: string): Promise<Sale | null> {
  const { rows } = await pool.query<SaleSql>(SALE, [paymentId]);
  const [row] = rows;
  if (!row) return null;
  const answer = answerPart.parse(row.answer);
  const { active, debt } = answer.account.balance;
  return {
    id: row.id,
    accountId: row.account_id,
    locationId: row.location_id,
    receipt: row.receipt,
    state: row.state,
    soldAt: row.happened_at,
    shop: { title: row.title, address: row.address, timeZone: row.time_zone },
    currency: row.currency,
    asKind: row.as_kind,
    total: row.total,
    redeemed: row.redeemed ?? 0n,
    due: row.due ?? row.total,
    accrued: row.accrued ?? 0n,
    refunded: row.refunded,
    waiting: row.waiting,
    pointsAfter: active - debt,
    request: requestPart.parse({ ...row.request, ...row.captured }),
    answer,
  };
}
