/** A visit's sale document: the one place where Altegio shows when bonus was taken. */
import type { SalonRecord } from '../core/model.ts';
import { toNumber } from '../core/money.ts';
import { localTime } from '../core/time.ts';
import type { World } from '../core/world.ts';
import { recordPaymentRow } from './payment-view.ts';
import { visitLine } from './line-view.ts';
import { recordPayments, visitWithdrawals } from './visit-reads.ts';

/** The document's state, as `GET /company/{location}/sale/{document}` answers it. */
export function saleDocument(world: World, records: readonly SalonRecord[]): Record<string, unknown> {
  const [first] = records;
  const timeZone = world.timeZone(first?.locationId ?? 0);
  const document = { document_id: first?.visitId ?? 0 };
  const items = records.flatMap((record) => record.items);
  const payments = records.flatMap((record) => recordPayments(world, record.id));
  return {
    state: {
      items: items.map(({ id, kind, title, cost, price }) => ({
        id,
        type: kind,
        title,
        amount: 1,
        default_cost_per_unit: toNumber(price ?? cost),
        default_cost_total: toNumber(price ?? cost),
        client_discount_percent: 0,
        cost_to_pay_total: toNumber(cost),
      })),
      payment_transactions: payments.map((row) => ({
        ...recordPaymentRow(world, row),
        ...document,
        created_at: localTime(row.at, timeZone),
      })),
      loyalty_transactions: visitWithdrawals(world, first?.visitId ?? 0).map((line) => ({
        ...visitLine(world, line),
        ...document,
        created_at: localTime(line.at, timeZone),
      })),
    },
    kkm_state: null,
    payment_methods: [],
  };
}
