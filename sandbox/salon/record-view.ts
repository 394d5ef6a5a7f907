/** The record as Altegio really sends it: about sixty keys, of which few mean something to a loyalty integration. */
import type { Item, SalonRecord } from '../core/model.ts';
import { toNumber } from '../core/money.ts';
import { localTime, stampTime, zonedTime } from '../core/time.ts';
import { title } from '../core/titles.ts';
import type { World } from '../core/world.ts';
import { recordPaymentRow } from './payment-view.ts';
import { isPaidFull, recordPayments } from './visit-reads.ts';

const HOUR_SECONDS = 3600;
const USER_ID = 12;
const STAFF = { id: 7, name: 'Lia', position: { id: 1, title: 'Stylist', services_binding_type: 0 } };

/** The record's JSON; finance rows only when asked for. */
export function recordView(world: World, record: SalonRecord, withPayments: boolean): Record<string, unknown> {
  const timeZone = world.timeZone(record.locationId);
  const paid = isPaidFull(world, record) ? 1 : 0;
  return {
    id: record.id,
    company_id: record.locationId,
    staff_id: STAFF.id,
    services: record.items.filter(({ kind }) => kind === 'service').map(serviceView),
    goods_transactions: record.items.filter(({ kind }) => kind === 'good').map(goodView),
    staff: STAFF,
    client: recordClient(world, record),
    comer: null,
    clients_count: 1,
    date: localTime(record.startsAt, timeZone),
    datetime: zonedTime(record.startsAt, timeZone),
    create_date: stampTime(record.createdAt, timeZone),
    last_change_date: stampTime(record.changedAt, timeZone),
    comment: record.comment,
    online: false,
    visit_attendance: record.attendance,
    attendance: record.attendance,
    confirmed: 1,
    seance_length: HOUR_SECONDS,
    length: HOUR_SECONDS,
    visit_id: record.visitId,
    created_user_id: USER_ID,
    deleted: record.deleted,
    paid_full: paid,
    payment_status: paid,
    documents: [visitDocument(world, record)],
    ...UNUSED_FIELDS,
    ...(withPayments
      ? { finance_transactions: recordPayments(world, record.id).map((row) => recordPaymentRow(world, row)) }
      : {}),
  };
}

function serviceView(item: Item): Record<string, unknown> {
  const cost = toNumber(item.cost);
  const price = toNumber(item.price ?? item.cost);
  // The percent may be 0 though the line costs less than its price.
  const prices = { cost, cost_to_pay: cost, manual_cost: price, cost_per_unit: price, discount: 0, first_cost: price };
  return { id: item.id, title: item.title, ...prices, amount: 1 };
}

function goodView(item: Item): Record<string, unknown> {
  const cost = toNumber(item.cost);
  const price = toNumber(item.price ?? item.cost);
  return {
    id: item.id,
    title: item.title,
    barcode: '',
    article: '',
    // A sale takes goods out of the storage, so the amount is negative.
    amount: -1,
    cost_per_unit: price,
    price,
    cost,
    cost_to_pay: cost,
    manual_cost: price,
    master_id: STAFF.id,
    storage_id: 43,
    good_id: item.id,
    discount: 0,
    loyalty_abonement_id: 0,
    loyalty_certificate_id: 0,
    good_special_number: '',
  };
}

function recordClient(world: World, record: SalonRecord): unknown {
  const client = record.clientId === null ? undefined : world.store.get('client', record.clientId);
  // An empty relation is an empty list, not null.
  if (!client) return [];
  const ofClient = [...world.store.all('record')].filter((row) => row.clientId === client.id && !row.deleted);
  return {
    id: client.id,
    name: client.name,
    surname: '',
    patronymic: '',
    display_name: client.name,
    phone: `+${client.phone}`,
    card: '',
    email: '',
    success_visits_count: ofClient.filter(({ attendance }) => attendance === 1).length,
    fail_visits_count: ofClient.filter(({ attendance }) => attendance === -1).length,
    discount: 0,
    is_new: false,
    custom_fields: [],
    client_tags: [],
  };
}

function visitDocument(world: World, record: SalonRecord): Record<string, unknown> {
  return {
    id: record.visitId,
    type_id: 7,
    storage_id: 0,
    user_id: USER_ID,
    company_id: record.locationId,
    number: record.visitId,
    comment: '',
    date_created: localTime(record.startsAt, world.timeZone(record.locationId)),
    category_id: 0,
    visit_id: record.visitId,
    record_id: record.id,
    type_title: title(world.settings, 'documentVisit'),
    is_sale_bill_printed: false,
  };
}

const UNUSED_FIELDS = {
  technical_break_duration: 0,
  sms_before: 0,
  sms_now: 0,
  sms_now_text: '',
  email_now: 0,
  notified: 0,
  master_request: 0,
  api_id: '',
  from_url: '',
  review_requested: 0,
  prepaid: false,
  prepaid_confirmed: false,
  custom_color: '',
  custom_font_color: '',
  record_labels: [],
  activity_id: 0,
  custom_fields: [],
  sms_remain_hours: 0,
  email_remain_hours: 0,
  bookform_id: 0,
  record_from: '',
  is_mobile: 0,
  is_update_blocked: false,
  is_sale_bill_printed: false,
  resource_instance_ids: [],
  short_link: '',
  acceptance_free: null,
} as const;
