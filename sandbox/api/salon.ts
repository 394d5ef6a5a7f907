/** Records, visits, bonus in a visit, finance. */
import type { SalonRecord } from '../core/model.ts';
import { invalid, notFound } from '../core/refusal.ts';
import type { Place } from '../core/seed.ts';
import { saleDocument } from '../salon/sale-view.ts';
import { localTime, parseWhen } from '../core/time.ts';
import { toNumber } from '../core/money.ts';
import type { World } from '../core/world.ts';
import { findCard, requireLoyalty } from '../salon/cards.ts';
import { visitLine } from '../salon/line-view.ts';
import { recordPaymentRow, transactionRow } from '../salon/payment-view.ts';
import { recordView } from '../salon/record-view.ts';
import { findRecord, recordPayments, visitRecords, visitWithdrawals } from '../salon/visit-reads.ts';
import { cancelWithdrawal, withdrawInVisit } from '../salon/visits.ts';
import { bodyAmount, bodyId, idOf, locationOf, ok, paged, pageNumber } from './call.ts';
import type { Answer, Call, Query, Route } from './call.ts';

function instantIn(place: Place, query: Query, name: string): number | undefined {
  const text = query.one(name);
  if (text === undefined) return undefined;
  const instant = parseWhen(text, place.timeZone);
  if (instant === undefined) throw invalid(name, `${name} must be a date`);
  return instant;
}

/** True when the row's change lies within `changed_after` and `changed_before`, both inclusive. */
function changedWithin(place: Place, query: Query): (row: { changedAt: string }) => boolean {
  const after = instantIn(place, query, 'changed_after') ?? Number.NEGATIVE_INFINITY;
  const before = instantIn(place, query, 'changed_before') ?? Number.POSITIVE_INFINITY;
  // Altegio's stamps have whole seconds: a change within the second asked for counts as inside.
  const second = (at: string): number => Math.floor(Date.parse(at) / 1000) * 1000;
  return ({ changedAt }) => second(changedAt) >= Math.floor(after / 1000) * 1000 && second(changedAt) <= before;
}

/** True when the local day of the instant lies within the two query parameters, both inclusive. */
function dayWithin(place: Place, query: Query, from: string, until: string): (at: string) => boolean {
  const first = query.one(from);
  const last = query.one(until);
  return (at) => {
    const day = localTime(at, place.timeZone).slice(0, 10);
    return (first === undefined || day >= first.slice(0, 10)) && (last === undefined || day <= last.slice(0, 10));
  };
}

/** Offset paging over a list that moves under the reader, as Altegio's does. */
function listRecords(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  const changed = changedWithin(place, call.query);
  const starts = dayWithin(place, call.query, 'start_date', 'end_date');
  const made = dayWithin(place, call.query, 'c_start_date', 'c_end_date');
  const clientId = call.query.one('client_id');
  const withDeleted = call.query.flag('with_deleted');
  const rows = [...world.store.all('record')]
    .filter((record) => record.locationId === place.id && (withDeleted || !record.deleted))
    .filter((record) => changed(record) && starts(record.startsAt) && made(record.createdAt))
    .filter((record) => clientId === undefined || String(record.clientId) === clientId)
    .sort((a, b) => a.startsAt.localeCompare(b.startsAt) || a.id - b.id);
  const withPayments = call.query.flag('include_finance_transactions');
  const page = paged(rows, call, { default: 50, max: 1000 }).map((record) => recordView(world, record, withPayments));
  return ok(page, { page: pageNumber(call), total_count: rows.length });
}

function oneRecord(world: World, call: Call): Answer {
  const record = findRecord(world, locationOf(world, call).id, idOf(call, 'record_id'));
  return ok(recordView(world, record, call.query.flag('include_finance_transactions')));
}

function oneVisit(world: World, call: Call): Answer {
  const records = visitRecords(world, idOf(call, 'visit_id'));
  const [first] = records;
  if (!first) throw notFound();
  return ok({
    attendance: first.attendance,
    datetime: localTime(first.startsAt, world.timeZone(first.locationId)),
    comment: first.comment,
    records: records.map((record) => recordView(world, record, false)),
  });
}

function detailsView(world: World, visitId: number): Record<string, unknown> {
  const records = visitRecords(world, visitId);
  const payments = records.flatMap((record) => recordPayments(world, record.id));
  return {
    payment_transactions: payments.map((row) => recordPaymentRow(world, row)),
    loyalty_transactions: visitWithdrawals(world, visitId).map((line) => visitLine(world, line)),
    kkm_transaction_details_container: { last_operation_type: 1, transactions: [] },
    items: records.flatMap(itemViews),
  };
}

function itemViews(record: SalonRecord): Record<string, unknown>[] {
  return record.items.map((item) => {
    const isGood = item.kind === 'good';
    const cost = toNumber(item.cost);
    return {
      id: 0,
      item_id: item.id,
      item_type_id: isGood ? 7 : 1,
      record_id: record.id,
      item_title: item.title,
      amount: 1,
      first_cost: cost,
      manual_cost: cost,
      discount: 0,
      cost,
      master_id: 7,
      good_id: isGood ? item.id : 0,
      service_id: isGood ? 0 : item.id,
      event_id: 0,
      is_service: !isGood,
      is_event: false,
      is_good: isGood,
    };
  });
}

/** The visit a call names; the record has to be one of its own. */
function visitOfRecord(world: World, locationId: number, recordId: number, visitId: number): number {
  if (findRecord(world, locationId, recordId).visitId !== visitId) throw notFound();
  return visitId;
}

function visitDetails(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  return ok(detailsView(world, visitOfRecord(world, place.id, idOf(call, 'record_id'), idOf(call, 'visit_id'))));
}

function applyWithdrawal(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  requireLoyalty(world, false);
  const card = findCard(world, idOf(call, 'card_id'));
  const recordId = bodyId(call, 'record_id', 'appointment_id');
  const visitId = visitOfRecord(world, place.id, recordId, bodyId(call, 'visit_id'));
  const amount = bodyAmount(world, call);
  if (amount < 0) throw invalid('amount', 'amount cannot be negative');
  withdrawInVisit(world, card, visitId, amount, { actor: 'api', locationId: place.id });
  return ok(detailsView(world, visitId));
}

function undoWithdrawal(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  requireLoyalty(world, false);
  const card = findCard(world, idOf(call, 'card_id'));
  const recordId = bodyId(call, 'record_id', 'appointment_id');
  const visitId = visitOfRecord(world, place.id, recordId, bodyId(call, 'visit_id'));
  cancelWithdrawal(world, card, visitId, 'api');
  return ok(detailsView(world, visitId));
}

/** As in visit details, accruals included, each with a `program` (empty: none of ours comes from a promotion). */
/** The document of a visit, whose id is the visit's here. */
function oneSale(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  const records = visitRecords(world, idOf(call, 'document_id'));
  if (records[0]?.locationId !== place.id) throw notFound();
  return ok(saleDocument(world, records));
}

function visitLines(world: World, call: Call): Answer {
  const visitId = idOf(call, 'visit_id');
  visitRecords(world, visitId);
  const lines = [...world.store.all('line')].filter((line) => line.visitId === visitId && !line.cancelled);
  return ok(lines.map((line) => ({ ...visitLine(world, line), program: [] })));
}

function listPayments(world: World, call: Call): Answer {
  const place = locationOf(world, call);
  const changed = changedWithin(place, call.query);
  const day = dayWithin(place, call.query, 'start_date', 'end_date');
  const deleted = call.query.flag('deleted');
  const clientId = call.query.one('client_id');
  const documentId = call.query.one('document_id');
  const rows = [...world.store.all('payment')]
    .filter((row) => row.locationId === place.id && row.deleted === deleted && changed(row) && day(row.at))
    .filter((row) => clientId === undefined || String(row.clientId) === clientId)
    .filter((row) => documentId === undefined || String(row.visitId) === documentId);
  const page = paged(rows, call, { default: 50, max: 1000 }).map((row) => transactionRow(world, row));
  return ok(page);
}

const loyalty = { loyalty: true } as const;

export const salonRoutes: readonly Route[] = [
  { method: 'GET', path: '/records/:location_id', kind: 'other', run: listRecords },
  { method: 'GET', path: '/record/:location_id/:record_id', kind: 'other', run: oneRecord },
  { method: 'GET', path: '/visits/:visit_id', kind: 'other', run: oneVisit },
  { method: 'GET', path: '/visit/details/:location_id/:record_id/:visit_id', kind: 'other', run: visitDetails },
  {
    method: 'POST',
    path: '/visit/loyalty/apply_card_withdrawal/:location_id/:card_id',
    kind: 'write',
    ...loyalty,
    run: applyWithdrawal,
  },
  {
    method: 'POST',
    path: '/visit/loyalty/cancel_card_withdrawal/:location_id/:card_id',
    kind: 'write',
    ...loyalty,
    run: undoWithdrawal,
  },
  { method: 'GET', path: '/visit/loyalty/transactions/:visit_id', kind: 'other', ...loyalty, run: visitLines },
  { method: 'GET', path: '/company/:location_id/sale/:document_id', kind: 'other', run: oneSale },
  { method: 'GET', path: '/transactions/:location_id', kind: 'other', run: listPayments },
];
