/** The sales of a location in a period, for closing the day. */
import type pg from 'pg';
import type { PagePlace } from './operator-actions.ts';
import { PAYMENT_COLUMNS, type PaymentRow, type PaymentSql, type PaymentState, toPayment } from './payment-row.ts';

/** What is selected; null does not narrow. */
export interface PaymentSelection {
  readonly locationId: bigint;
  readonly from: Date | null;
  /** Not included. */
  readonly to: Date | null;
  readonly terminal: string | null;
  readonly states: readonly PaymentState[];
}

/** Sums of a whole selection, minor units. */
export interface PaymentSums {
  readonly count: number;
  /** As sold: before refunds, and of a payment in two steps what was captured. */
  readonly total: bigint;
  readonly redeemed: bigint;
  readonly accrued: bigint;
  /** Part of the total that went back, whenever that was. */
  readonly refunded: bigint;
}

const SELECTED = `p.location_id = $1 and ($2::timestamptz is null or p.happened_at >= $2)
  and ($3::timestamptz is null or p.happened_at < $3) and ($4::text is null or p.request->>'terminal' = $4)
  and p.state = any($5)`;

const parametersOf = ({ locationId, from, to, terminal, states }: PaymentSelection): unknown[] => [
  locationId,
  from,
  to,
  terminal,
  states,
];

const PAGE = `
  select ${PAYMENT_COLUMNS}, p.happened_at::text as happened_text from payment p
   where ${SELECTED} and ($6::timestamptz is null or (p.happened_at, p.id) < ($6, $7::text))
   order by p.happened_at desc, p.id desc limit $8`;

const SUMS = `
  select count(*)::int as count, coalesce(sum(coalesce(p.captured_total, p.total)), 0)::bigint as total,
         coalesce(sum(p.redeemed), 0)::bigint as redeemed, coalesce(sum(p.accrued), 0)::bigint as accrued,
         coalesce(sum(p.refunded), 0)::bigint as refunded
    from payment p where ${SELECTED}`;

/** A page of the selection, newest first, with the sums of all of it. */
export async function listPayments(
  pool: pg.Pool,
  selection: PaymentSelection,
  { after, limit }: { readonly after: PagePlace | null; readonly limit: number },
): Promise<{ items: PaymentRow[]; next: PagePlace | null; sums: PaymentSums }> {
  const selected = parametersOf(selection);
  const [page, sums] = await Promise.all([
    pool.query<PaymentSql & { happened_text: string }>(PAGE, [
      ...selected,
      after?.[0] ?? null,
      after?.[1] ?? null,
      limit + 1,
    ]),
    pool.query<PaymentSums>(SUMS, selected),
  ]);
  const last = page.rows.length > limit ? page.rows[limit - 1] : undefined;
  const [all] = sums.rows;
  if (!all) throw new Error('a select of sums gave no row');
  return {
    items: page.rows.slice(0, limit).map(toPayment),
    next: last ? [last.happened_text, last.id] : null,
    sums: all,
  };
}
