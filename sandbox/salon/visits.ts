/** Appointments and visits: one visit holds one or more records, and is paid for item by item. */
import type { Actor, Attendance, Card, Item, ItemKind, Payment, SalonRecord } from '../core/model.ts';
import { splitByWeight } from '../core/money.ts';
import type { World } from '../core/world.ts';
import { cancelLine, moveCard } from './cards.ts';
import { touchClient } from './clients.ts';
import { emitPayment, emitRecord } from './visit-events.ts';
import { leftToPay, recordPayments, visitRecords, visitWithdrawals } from './visit-reads.ts';

export interface ItemInput {
  readonly title: string;
  readonly cost: number;
  /** Before a discount; `cost` where there is none. */
  readonly price?: number | undefined;
  readonly kind: ItemKind;
}

export interface RecordInput {
  readonly locationId: number;
  readonly clientId: number | null;
  readonly items: readonly ItemInput[];
  readonly startsAt: string;
  readonly attendance: Attendance;
  readonly comment: string;
  /** Joins an existing visit instead of opening a new one. */
  readonly visitId: number | undefined;
}

/** Adds a record, in a new visit unless one is named. */
export function createRecord(world: World, input: RecordInput, actor: Actor): SalonRecord {
  const id = world.nextId('record');
  if (input.visitId !== undefined) visitRecords(world, input.visitId);
  const { visitId, items, ...rest } = input;
  const at = world.now();
  const record: SalonRecord = {
    ...rest,
    id,
    visitId: visitId ?? id,
    items: toItems(id, items),
    deleted: false,
    createdAt: at,
    changedAt: at,
  };
  return saveRecord(world, record, 'create', actor);
}

/** Changes part of a record, `update` event included. */
export function changeRecord(world: World, record: SalonRecord, part: Partial<SalonRecord>, actor: Actor): SalonRecord {
  return saveRecord(world, { ...record, ...part, changedAt: world.now() }, 'update', actor);
}

/** Item ids are the record's id and the item's place, so an edited list keeps the ids of what stays in place. */
export function toItems(recordId: number, items: readonly ItemInput[]): Item[] {
  return items.map((item, index) => ({ ...item, id: recordId * 100 + index + 1 }));
}

/** Deletes a record with its payments; receivers see the payments go first. Bonuses come back by the same switch. */
export function deleteRecord(world: World, record: SalonRecord, actor: Actor): void {
  for (const payment of recordPayments(world, record.id)) removePayment(world, payment, actor);
  if (world.settings.unpayReturnsWithdrawal)
    for (const line of visitWithdrawals(world, record.visitId))
      if (line.recordId === record.id) cancelLine(world, line, actor);
  saveRecord(world, { ...record, deleted: true, changedAt: world.now() }, 'delete', actor);
}

/** Takes money for what is left to pay, at most `amount`; one transaction an item, then record, then client. */
export function payVisit(
  world: World,
  visitId: number,
  { amount, cash }: { readonly amount?: number | undefined; readonly cash: boolean },
  actor: Actor,
): number {
  const records = visitRecords(world, visitId);
  let purse = amount ?? Number.MAX_SAFE_INTEGER;
  let taken = 0;
  for (const record of records) {
    for (const { item, left } of leftToPay(world, record)) {
      const part = Math.min(left, purse);
      if (part <= 0) continue;
      addPayment(world, record, item, { amount: part, cash }, actor);
      purse -= part;
      taken += part;
    }
  }
  if (taken > 0) announcePayment(world, records, actor);
  return taken;
}

/** Takes every payment of the visit back. Whether bonuses come back too is unknown, hence a switch. */
export function unpayVisit(world: World, visitId: number, actor: Actor): number {
  const records = visitRecords(world, visitId);
  const payments = records.flatMap((record) => recordPayments(world, record.id));
  for (const payment of payments) removePayment(world, payment, actor);
  if (world.settings.unpayReturnsWithdrawal) {
    for (const line of visitWithdrawals(world, visitId)) cancelLine(world, line, actor);
  }
  for (const record of records) changeRecord(world, record, {}, actor);
  return payments.reduce((sum, payment) => sum + payment.amount, 0);
}

/**
 * Pays part of a visit with bonus. The sum is capped without a word by the balance and by what is left to pay, then
 * split over the items in proportion to their cost (less what is paid: no item can take more than it still costs).
 */
export function withdrawInVisit(
  world: World,
  card: Card,
  visitId: number,
  wanted: number,
  origin: { actor: Actor; locationId: number },
): number {
  const records = visitRecords(world, visitId);
  const open = records.flatMap((record) => leftToPay(world, record).map((entry) => ({ ...entry, record })));
  const left = open.reduce((sum, entry) => sum + entry.left, 0);
  const amount = Math.max(0, Math.min(wanted, card.balance, left));
  const shares = splitByWeight(
    amount,
    open.map((entry) => entry.left),
  );
  let current = card;
  for (const [index, { item, record }] of open.entries()) {
    const share = shares[index] ?? 0;
    if (share === 0) continue;
    current = moveCard(world, current, share, { typeId: 3, ...origin, visitId, recordId: record.id, item });
  }
  if (amount > 0) for (const record of records) changeRecord(world, record, {}, origin.actor);
  return amount;
}

/** Puts everything this card paid in the visit back on it. */
export function cancelWithdrawal(world: World, card: Card, visitId: number, actor: Actor): void {
  const records = visitRecords(world, visitId);
  const lines = visitWithdrawals(world, visitId).filter((line) => line.cardId === card.id);
  for (const line of lines) cancelLine(world, line, actor);
  if (lines.length > 0) for (const record of records) changeRecord(world, record, {}, actor);
}

/** Gives money back by a payment below zero, of the visit's first item. */
export function refundVisit(world: World, visitId: number, amount: number, actor: Actor): void {
  const records = visitRecords(world, visitId);
  const [record] = records;
  const [item] = record?.items ?? [];
  if (!record || !item) return;
  addPayment(world, record, item, { amount: -amount, cash: false }, actor);
  announcePayment(world, records, actor);
}

function addPayment(
  world: World,
  record: SalonRecord,
  item: Item,
  { amount, cash }: { readonly amount: number; readonly cash: boolean },
  actor: Actor,
): void {
  const at = world.now();
  const { id: recordId, locationId, visitId, clientId } = record;
  const owner = { locationId, visitId, recordId, clientId };
  const sale = { itemId: item.id, itemKind: item.kind, amount, cash, at, deleted: false, changedAt: at };
  const payment: Payment = { id: world.nextId('payment'), ...owner, ...sale };
  world.store.put('payment', payment.id, payment);
  emitPayment(world, payment, 'create', actor);
}

function removePayment(world: World, payment: Payment, actor: Actor): void {
  const removed = { ...payment, deleted: true, changedAt: world.now() };
  world.store.put('payment', payment.id, removed);
  emitPayment(world, removed, 'delete', actor);
}

function announcePayment(world: World, records: readonly SalonRecord[], actor: Actor): void {
  for (const record of records) changeRecord(world, record, {}, actor);
  const clientIds = new Set(records.flatMap(({ clientId }) => (clientId === null ? [] : [clientId])));
  for (const clientId of clientIds) {
    const client = world.store.get('client', clientId);
    if (client && !client.deleted) touchClient(world, client, actor);
  }
}

function saveRecord(
  world: World,
  record: SalonRecord,
  status: 'create' | 'update' | 'delete',
  actor: Actor,
): SalonRecord {
  world.store.put('record', record.id, record);
  emitRecord(world, record, status, actor);
  return record;
}
