/** Questions about records and visits that change nothing. */
import type { Item, Line, Payment, SalonRecord } from '../core/model.ts';
import { notFound } from '../core/refusal.ts';
import type { World } from '../core/world.ts';

/** A live record of the location; 404 otherwise. */
export function findRecord(world: World, locationId: number, recordId: number): SalonRecord {
  const record = world.store.get('record', recordId);
  if (!record || record.deleted || record.locationId !== locationId) throw notFound();
  return record;
}

/** The live records of a visit; 404 when there is none. */
export function visitRecords(world: World, visitId: number): SalonRecord[] {
  const found = [...world.store.all('record')].filter((record) => record.visitId === visitId && !record.deleted);
  if (found.length === 0) throw notFound();
  return found;
}

/** Live finance transactions of a record. */
export function recordPayments(world: World, recordId: number): Payment[] {
  return [...world.store.all('payment')].filter((row) => row.recordId === recordId && !row.deleted);
}

/** In-visit withdrawals (type 3) of a visit that were not cancelled. */
export function visitWithdrawals(world: World, visitId: number): Line[] {
  return [...world.store.all('line')].filter(
    (line) => line.visitId === visitId && line.typeId === 3 && !line.cancelled,
  );
}

/** What each item of a record still costs after money and bonus. */
export function leftToPay(world: World, record: SalonRecord): { item: Item; left: number }[] {
  const payments = recordPayments(world, record.id);
  const withdrawals = visitWithdrawals(world, record.visitId);
  const sumOf = (rows: readonly { itemId: number; amount: number }[], itemId: number): number =>
    rows.reduce((sum, row) => (row.itemId === itemId ? sum + row.amount : sum), 0);
  return record.items.map((item) => ({
    item,
    left: Math.max(0, item.cost - sumOf(payments, item.id) - sumOf(withdrawals, item.id)),
  }));
}

/** Altegio's `paid_full`: nothing is left of something that costs. */
export function isPaidFull(world: World, record: SalonRecord): boolean {
  const cost = record.items.reduce((sum, item) => sum + item.cost, 0);
  return cost > 0 && leftToPay(world, record).every(({ left }) => left === 0);
}
