/** What receivers are told about records and payments. */
import type { Actor, Payment, SalonRecord } from '../core/model.ts';
import type { World } from '../core/world.ts';
import { paymentEvent } from './payment-view.ts';
import { recordView } from './record-view.ts';

/** A `record` event carries what `GET /record` would answer at that moment. */
export function emitRecord(
  world: World,
  record: SalonRecord,
  status: 'create' | 'update' | 'delete',
  actor: Actor,
): void {
  const data = recordView(world, record, false);
  world.emit({ locationId: record.locationId, resource: 'record', resourceId: record.id, status, data, actor });
}

/** A `finances_operation` event, one for every sold item. */
export function emitPayment(world: World, payment: Payment, status: 'create' | 'delete', actor: Actor): void {
  const { locationId, id: resourceId } = payment;
  const data = paymentEvent(world, payment);
  world.emit({ locationId, resource: 'finances_operation', resourceId, status, data, actor });
}
