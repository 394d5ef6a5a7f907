/** Deposits as documents of both doors. */
import type { DepositDay } from '../../activities/ledger/deposit-report.ts';
import type { DepositView } from '../../activities/ledger/deposit-view.ts';
import { formatAmount } from '../../domain/money.ts';
import { wireId } from '../console/wire.ts';

/** A customer's deposit. */
export const depositDocument = ({ accountId, currency, balance, held, available, payer }: DepositView) => ({
  accountId,
  currency,
  balance: formatAmount(balance),
  held: formatAmount(held),
  available: formatAmount(available),
  payer: payer && {
    accountId: payer.accountId,
    since: payer.since.toISOString(),
    available: formatAmount(payer.available),
  },
  altegio: 'not_mirrored' as const,
});

const texts = (amounts: Readonly<Record<string, bigint>>): Record<string, string> =>
  Object.fromEntries(Object.entries(amounts).map(([tender, amount]) => [tender, formatAmount(amount)]));

/** What moved through one location. */
export const dayDocument = (day: DepositDay) => ({
  locationId: wireId(day.locationId),
  currency: day.currency,
  count: day.count,
  topUps: texts(day.topUps),
  payOuts: texts(day.payOuts),
  paid: formatAmount(day.paid),
  refunded: formatAmount(day.refunded),
});
