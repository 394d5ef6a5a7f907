/** One finance transaction in the four shapes Altegio gives it. */
import type { Payment } from '../core/model.ts';
import { formatMinor, toNumber } from '../core/money.ts';
import { localTime, stampTime } from '../core/time.ts';
import { title } from '../core/titles.ts';
import type { World } from '../core/world.ts';
import { eventPhone } from './cards.ts';
import { isPaidFull } from './visit-reads.ts';

const ACCOUNT_ID = 37;
const CASH_ID = 36;

function accountOf(world: World, { cash = false }: Payment): { id: number; title: string; is_cash: boolean } {
  return cash
    ? { id: CASH_ID, title: title(world.settings, 'cashDesk'), is_cash: true }
    : { id: ACCOUNT_ID, title: title(world.settings, 'bank'), is_cash: false };
}
const MASTER_ID = 7;

function expenseOf(world: World, payment: Payment): { id: number; title: string } {
  return payment.itemKind === 'service'
    ? { id: 5, title: title(world.settings, 'expense5') }
    : { id: 7, title: title(world.settings, 'expense7') };
}

function soldItem(payment: Payment): Record<string, unknown> {
  const type = payment.itemKind === 'service' ? 'service' : 'goods_transaction';
  return {
    record_id: payment.recordId,
    visit_id: payment.visitId,
    sold_item_id: payment.itemId,
    sold_item_type: type,
  };
}

function clientOf(world: World, payment: Payment): { id: number; name: string; phone: string } | undefined {
  const client = payment.clientId === null ? undefined : world.store.get('client', payment.clientId);
  return client && { id: client.id, name: client.name, phone: client.phone };
}

/** A row of `GET /transactions`: ids and amount as strings, the phone with a plus. */
export function transactionRow(world: World, payment: Payment): Record<string, unknown> {
  const timeZone = world.timeZone(payment.locationId);
  const client = clientOf(world, payment);
  const expense = expenseOf(world, payment);
  return {
    id: String(payment.id),
    document_id: payment.visitId,
    expense: { ...expense, id: String(expense.id) },
    date: stampTime(payment.at, timeZone),
    amount: formatMinor(payment.amount),
    comment: '',
    master: { id: String(MASTER_ID), title: 'Lia' },
    supplier: [],
    account: { id: String(accountOf(world, payment).id), title: accountOf(world, payment).title },
    client: client ? { ...client, id: String(client.id), phone: `+${client.phone}` } : [],
    last_change_date: stampTime(payment.changedAt, timeZone),
    ...soldItem(payment),
  };
}

/** The `data` of a `finances_operation` event. */
export function paymentEvent(world: World, payment: Payment): Record<string, unknown> {
  const timeZone = world.timeZone(payment.locationId);
  const client = clientOf(world, payment);
  const record = world.store.get('record', payment.recordId);
  return {
    id: payment.id,
    document_id: payment.visitId,
    expense: expenseOf(world, payment),
    date: stampTime(payment.at, timeZone),
    amount: toNumber(payment.amount),
    comment: '',
    master: [],
    supplier: [],
    account: accountOf(world, payment),
    client: client ? { ...client, surname: '', patronymic: '', phone: eventPhone(world, client.phone), email: '' } : [],
    last_change_date: stampTime(payment.changedAt, timeZone),
    ...soldItem(payment),
    record: record
      ? {
          id: record.id,
          staff_id: MASTER_ID,
          date: localTime(record.startsAt, timeZone),
          paid_full: isPaidFull(world, record) ? 1 : 0,
        }
      : [],
  };
}

/** A row of a record's `finance_transactions` and of visit details: the phone without plus. */
export function recordPaymentRow(world: World, payment: Payment): Record<string, unknown> {
  const client = clientOf(world, payment);
  const expense = expenseOf(world, payment);
  const isGood = payment.itemKind === 'good';
  return {
    id: payment.id,
    document_id: payment.visitId,
    date: localTime(payment.at, world.timeZone(payment.locationId)),
    type_id: expense.id,
    expense_id: expense.id,
    account_id: accountOf(world, payment).id,
    amount: toNumber(payment.amount),
    client_id: payment.clientId ?? 0,
    master_id: 0,
    supplier_id: 0,
    comment: '',
    item_id: payment.itemId,
    target_type_id: isGood ? 0 : 1,
    record_id: payment.recordId,
    goods_transaction_id: isGood ? payment.itemId : 0,
    expense: { ...expense, type: expense.id },
    account: { ...accountOf(world, payment), is_default: payment.cash !== true },
    client: client ? { ...client, email: '' } : [],
    master: [],
    supplier: [],
  };
}
