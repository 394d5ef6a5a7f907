/** `GET /v1/payments?from=…`: the sales of a period with their sums, for closing the day. */
import type { z } from 'zod';
import type { PosCaller } from '../../activities/ledger/keys.ts';
import { listPayments } from '../../activities/ledger/payment-list.ts';
import type { PaymentState } from '../../activities/ledger/payment-row.ts';
import { readStandings } from '../../activities/ledger/payment-view.ts';
import { formatAmount } from '../../domain/money.ts';
import type { ApiDeps } from '../http/deps.ts';
import { PAGE_SIZE, placeInTime, readCursor, writeCursor } from '../http/pages.ts';
import { periodOf } from '../http/period.ts';
import type { paymentsQuery } from './bodies.ts';
import { paymentDocument } from './documents.ts';

/** What is, was or may become a sale: an attempt that left its receipt free is none. */
const SALES: readonly PaymentState[] = ['PENDING', 'AUTHORIZED', 'CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED'];

/** A page of the location's payments. Days are the location's. @throws Problem for a day that does not exist */
export async function listed(
  { pool }: Pick<ApiDeps, 'pool'>,
  { locationId, timeZone }: PosCaller,
  query: Omit<z.output<typeof paymentsQuery>, 'receipt'>,
): Promise<object> {
  const period = periodOf(query, timeZone);
  const selection = { locationId, ...period, terminal: query.terminal ?? null, states: query.state ?? SALES };
  const place = { after: readCursor(query.cursor, placeInTime), limit: query.limit ?? PAGE_SIZE };
  const { items, next, sums } = await listPayments(pool, selection, place);
  const standings = await readStandings(
    pool,
    items.map(({ accountId }) => accountId),
  );
  return {
    items: items.map((payment) => {
      const standing = standings.get(payment.accountId);
      if (!standing) throw new Error(`payment ${payment.id} has no account`);
      return paymentDocument(payment, standing);
    }),
    next: next && writeCursor(next),
    sums: {
      count: sums.count,
      total: formatAmount(sums.total),
      redeemed: formatAmount(sums.redeemed),
      accrued: formatAmount(sums.accrued),
      refunded: formatAmount(sums.refunded),
    },
  };
}
