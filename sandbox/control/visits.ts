/** What people in the salon do with appointments and visits. */
import type { Request, Router } from 'express';
import { z } from 'zod';
import type { Attendance, SalonRecord } from '../core/model.ts';
import { formatMinor } from '../core/money.ts';
import { notFound } from '../core/refusal.ts';
import type { World } from '../core/world.ts';
import { clientsByPhone, findClient } from '../salon/clients.ts';
import { isPaidFull, visitRecords, visitWithdrawals } from '../salon/visit-reads.ts';
import { findCard } from '../salon/cards.ts';
import {
  cancelWithdrawal,
  changeRecord,
  createRecord,
  deleteRecord,
  payVisit,
  refundVisit,
  toItems,
  unpayVisit,
  withdrawInVisit,
} from '../salon/visits.ts';
import { answer, idSchema, positiveAmountSchema, readInput } from './input.ts';

const itemsSchema = z
  .array(
    z.strictObject({
      title: z.string().min(1).max(200),
      cost: positiveAmountSchema,
      /** Before a discount. */
      price: positiveAmountSchema.optional(),
      kind: z.enum(['service', 'good']).default('service'),
    }),
  )
  .min(1)
  .max(100);
const attendanceSchema = z.union([z.literal(-1), z.literal(0), z.literal(1), z.literal(2)]);
const whoShape = {
  clientId: idSchema.optional(),
  phone: z
    .string()
    .regex(/^\+?\d{9,15}$/)
    .optional(),
};
const visitBody = z.strictObject({
  ...whoShape,
  locationId: idSchema,
  items: itemsSchema,
  /** Joins this visit with one more record. */
  visitId: idSchema.optional(),
  attendance: attendanceSchema.default(0),
  startsAt: z.iso.datetime({ offset: true }).optional(),
  comment: z.string().max(1000).default(''),
});
const appointmentBody = z.strictObject({
  ...whoShape,
  locationId: idSchema,
  status: z.enum(['create', 'update']).default('create'),
  recordId: idSchema.optional(),
});
const payBody = z.strictObject({ amount: positiveAmountSchema.optional(), cash: z.boolean().default(false) });
const refundBody = z.strictObject({ amount: positiveAmountSchema });
const attendBody = z.strictObject({ attendance: attendanceSchema.default(1) });
const editBody = z.strictObject({
  recordId: idSchema.optional(),
  items: itemsSchema.optional(),
  comment: z.string().max(1000).optional(),
});
const withdrawBody = z.strictObject({ cardId: idSchema, amount: positiveAmountSchema });
const giveBackBody = z.strictObject({ cardId: idSchema });
const nothing = z.strictObject({});

function clientIdOf(
  world: World,
  input: { clientId?: number | undefined; phone?: string | undefined; locationId: number },
): number {
  if (!world.location(input.locationId)) throw notFound();
  if (input.clientId !== undefined) return findClient(world, input.locationId, input.clientId).id;
  const phone = (input.phone ?? '').replace('+', '');
  const client = clientsByPhone(world, phone).find(({ locationId }) => locationId === input.locationId);
  if (!client) throw notFound();
  return client.id;
}

function ids({ visitId, id }: SalonRecord): { visitId: number; recordId: number } {
  return { visitId, recordId: id };
}

function createVisit(world: World, request: Request): unknown {
  const { items, startsAt, visitId, attendance, comment, ...who } = readInput(visitBody, request.body);
  // A visit without a person is a walk-in: its record has no client.
  const clientId = who.clientId === undefined && who.phone === undefined ? null : clientIdOf(world, who);
  const { locationId } = who;
  if (!world.location(locationId)) throw notFound();
  const start = startsAt === undefined ? world.now() : new Date(startsAt).toISOString();
  const input = { locationId, clientId, items, startsAt: start, attendance, comment, visitId };
  return ids(world.write(() => createRecord(world, input, 'staff')));
}

function appointment(world: World, request: Request): unknown {
  const { status, recordId, ...who } = readInput(appointmentBody, request.body);
  const { locationId } = who;
  if (status === 'update' && recordId !== undefined) {
    const record = world.store.get('record', recordId);
    if (!record || record.deleted || record.locationId !== locationId) throw notFound();
    return ids(world.write(() => changeRecord(world, record, {}, 'staff')));
  }
  const clientId = clientIdOf(world, who);
  const latest = [...world.store.all('record')].findLast((row) => row.clientId === clientId && !row.deleted);
  if (status === 'update' && latest) return ids(world.write(() => changeRecord(world, latest, {}, 'staff')));
  const items = [{ title: 'Haircut', cost: 500_000, kind: 'service' as const }];
  const rest = { startsAt: world.now(), attendance: 0 as Attendance, comment: '', visitId: undefined };
  return ids(world.write(() => createRecord(world, { locationId, clientId, items, ...rest }, 'staff')));
}

function visitState(world: World, visitId: number): Record<string, unknown> {
  const records = [...world.store.all('record')].filter((record) => record.visitId === visitId);
  return {
    visitId,
    records: records.map((record) => ({
      recordId: record.id,
      locationId: record.locationId,
      clientId: record.clientId,
      attendance: record.attendance,
      deleted: record.deleted,
      paidFull: isPaidFull(world, record),
      items: record.items.map(({ id, kind, title, cost }) => ({ id, kind, title, cost: formatMinor(cost) })),
    })),
    withdrawn: formatMinor(visitWithdrawals(world, visitId).reduce((sum, { amount }) => sum + amount, 0)),
  };
}

function editVisit(world: World, visitId: number, body: unknown): void {
  const { recordId, items, comment } = readInput(editBody, body);
  const records = visitRecords(world, visitId);
  const record = recordId === undefined ? records[0] : records.find(({ id }) => id === recordId);
  if (!record) throw notFound();
  const part = {
    ...(items === undefined ? {} : { items: toItems(record.id, items) }),
    ...(comment === undefined ? {} : { comment }),
  };
  changeRecord(world, record, part, 'staff');
}

const visitActions: Readonly<Record<string, (world: World, visitId: number, body: unknown) => void>> = {
  pay: (world, visitId, body) => void payVisit(world, visitId, readInput(payBody, body), 'staff'),
  refund: (world, visitId, body) => refundVisit(world, visitId, readInput(refundBody, body).amount, 'staff'),
  unpay: (world, visitId, body) => {
    readInput(nothing, body);
    unpayVisit(world, visitId, 'staff');
  },
  attend: (world, visitId, body) => {
    const { attendance } = readInput(attendBody, body);
    for (const record of visitRecords(world, visitId)) changeRecord(world, record, { attendance }, 'staff');
  },
  edit: editVisit,
  withdraw: (world, visitId, body) => {
    const { cardId, amount } = readInput(withdrawBody, body);
    const locationId = visitRecords(world, visitId)[0]?.locationId ?? 0;
    withdrawInVisit(world, findCard(world, cardId), visitId, amount, { actor: 'staff', locationId });
  },
  giveBack: (world, visitId, body) => {
    const { cardId } = readInput(giveBackBody, body);
    cancelWithdrawal(world, findCard(world, cardId), visitId, 'staff');
  },
  delete: (world, visitId, body) => {
    readInput(nothing, body);
    for (const record of visitRecords(world, visitId)) deleteRecord(world, record, 'staff');
  },
};

function actOnVisit(world: World, request: Request): unknown {
  const visitId = Number(request.params['visitId']);
  const act = visitActions[String(request.params['action'])];
  if (!act) throw notFound();
  world.write(() => act(world, visitId, request.body));
  return visitState(world, visitId);
}

/** Adds `/appointments` and `/visits`. */
export function addVisitRoutes(router: Router, world: World): void {
  router.post(
    '/appointments',
    answer((request) => appointment(world, request), 201),
  );
  router.post(
    '/visits',
    answer((request) => createVisit(world, request), 201),
  );
  router.get(
    '/visits/:visitId',
    answer((request) => visitState(world, Number(request.params['visitId']))),
  );
  router.post(
    '/visits/:visitId/:action',
    answer((request) => actOnVisit(world, request)),
  );
}
