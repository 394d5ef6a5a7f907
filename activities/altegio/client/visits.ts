/** A visit with its records, payments and loyalty lines (docs/altegio.md, "Visits"). */
import { z } from 'zod';
import type { VisitFacts, VisitItem, VisitLine, VisitPayment, VisitRecord } from '../../../domain/visit.ts';
import { withdrawals } from '../../../domain/visit.ts';
import { magnitude, maximum, type Minor } from '../../../domain/money.ts';
import { amount, id, integer, list, optionalId, readAs, relation } from './body.ts';
import type { Caller } from './caller.ts';
import { AltegioNotFound, AltegioRefused, AltegioUnauthorised } from './errors.ts';
import type { CallOptions } from './options.ts';
import { visitDetails, type VisitPlace, type VisitWithdrawal } from './shapes.ts';

/** Which visit, through one of its records. */
export interface VisitQuery {
  readonly locationId: bigint;
  readonly visitId: bigint;
}

/** A visit as it was read, and when it took place by the location's clock (`2026-04-20`), where Altegio says it. */
export interface VisitRead extends VisitFacts {
  readonly day: string | null;
}

const GONE: VisitRead = { records: [], items: [], payments: [], lines: [], day: null };

const flag = z
  .unknown()
  .optional()
  .transform((raw) => raw === true || raw === 1 || raw === '1');
const money = amount.optional();
/** A local time; one with an offset is cut, for all of a visit's times are of one clock. */
const localTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/)
  .transform((text) => text.slice(0, 19).replace('T', ' '))
  .nullish()
  .catch(null)
  .transform((at) => at ?? null);

const line = z.object({
  id,
  cost: money,
  cost_per_unit: money,
  manual_cost: money,
  amount: integer.optional().catch(undefined),
  good_id: optionalId,
});
type Line = z.output<typeof line>;

const record = z.object({
  id,
  company_id: optionalId,
  client: relation(z.object({ id: optionalId })),
  attendance: integer.optional(),
  visit_attendance: integer.optional(),
  paid_full: flag,
  deleted: flag,
  date: localTime,
  services: list(line),
  goods_transactions: list(line),
  documents: list(z.object({ id, type_id: integer.optional().catch(undefined) })),
});
type ReadRecord = z.output<typeof record>;

export const visit = z.object({ records: list(record) });

const cash = relation(z.object({ is_cash: flag }));
const payment = z.object({
  id,
  amount,
  expense_id: integer.optional().catch(undefined),
  record_id: optionalId,
  item_id: optionalId,
  account: cash,
  date: localTime,
});
const loyaltyLine = z.object({
  id,
  amount,
  type_id: integer,
  status_id: integer.optional().catch(undefined),
  card_id: optionalId,
  item_record_id: optionalId,
});
export const details = z.object({ payment_transactions: list(payment), loyalty_transactions: list(loyaltyLine) });

/** The sale's document tells when its loyalty lines were made; the visit's details do not. */
const timed = z.object({ id, created_at: localTime });
export const sale = z.object({
  state: z.object({ payment_transactions: list(timed), loyalty_transactions: list(timed) }),
});

/** Finance transactions that pay for a service or a product; others (tips, deposits topped up) pay for no item. */
const SALES = new Set([5, 7]);
const VISIT_DOCUMENT = 7;

function toItem(row: Line, recordId: bigint, kind: VisitItem['kind']): VisitItem {
  const cost = row.cost ?? 0n;
  const units = BigInt(Math.max(1, Math.abs(row.amount ?? 1)));
  const full: Minor = (row.cost_per_unit ?? row.manual_cost ?? cost) * units;
  const article = String(kind === 'good' ? (row.good_id ?? row.id) : row.id);
  return { id: row.id, article, kind, recordId, sold: maximum(full, cost), cost };
}

function itemsOf(row: ReadRecord): VisitItem[] {
  return [
    ...row.services.map((service) => toItem(service, row.id, 'service')),
    ...row.goods_transactions.map((good) => toItem(good, row.id, 'good')),
  ];
}

const toRecord = (row: ReadRecord): VisitRecord => ({
  id: row.id,
  clientId: row.client?.id ?? null,
  attendance: row.attendance ?? row.visit_attendance ?? 0,
  paidFull: row.paid_full,
});

type Times = ReadonlyMap<bigint, string | null>;
const timesOf = (rows: readonly z.output<typeof timed>[]): Times =>
  new Map(rows.map((row) => [row.id, row.created_at]));

/** Puts together what three answers of Altegio's say of a visit; `document` where it was asked for. */
export function toVisit(
  shown: z.output<typeof visit>,
  found: z.output<typeof details>,
  document: z.output<typeof sale> | null,
): VisitRead {
  const rows = shown.records.filter(({ deleted }) => !deleted);
  if (rows.length === 0) return GONE;
  const paidAt: Times = document ? timesOf(document.state.payment_transactions) : new Map();
  const deductedAt: Times = document ? timesOf(document.state.loyalty_transactions) : new Map();
  const payments = found.payment_transactions
    .filter(({ expense_id: expense }) => expense === undefined || SALES.has(expense))
    .map((row): VisitPayment => ({
      id: row.id,
      recordId: row.record_id ?? rows[0]?.id ?? 0n,
      itemId: row.item_id,
      amount: row.amount,
      method: row.account?.is_cash ? 'cash' : 'card',
      at: paidAt.get(row.id) ?? row.date,
    }));
  const lines = found.loyalty_transactions
    .filter(({ status_id: status = 1 }) => status === 1)
    .map((row): VisitLine => ({
      id: row.id,
      typeId: row.type_id,
      cardId: row.card_id,
      recordId: row.item_record_id ?? 0n,
      amount: magnitude(row.amount),
      at: deductedAt.get(row.id) ?? null,
    }));
  const day = (payments[0]?.at ?? rows[0]?.date)?.slice(0, 10) ?? null;
  return { records: rows.map(toRecord), items: rows.flatMap(itemsOf), payments, lines, day };
}

/**
 * Reads a visit: two calls, and a third where bonus and money are both on it. A visit that Altegio does not know any more
 * was deleted, and has no records. That is believed when it is said twice: it takes back what the visit has earned.
 */
export async function readVisit(caller: Caller, visit: VisitQuery, o: CallOptions): Promise<VisitRead> {
  return (await readKnown(caller, visit, o)) ?? (await readKnown(caller, visit, o)) ?? GONE;
}

/** The visit; null where Altegio does not know it. */
async function readKnown(
  caller: Caller,
  { locationId, visitId }: VisitQuery,
  o: CallOptions,
): Promise<VisitRead | null> {
  const call = { ...o, locationId };
  const get = <T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> =>
    caller.call({ method: 'GET', path }, call, (body) => readAs(schema, body.data));
  try {
    const shown = await get(`/visits/${visitId}`, visit);
    const [first] = shown.records.filter(({ deleted }) => !deleted);
    if (!first) return GONE;
    const found = await get(`/visit/details/${locationId}/${first.id}/${visitId}`, details);
    const both = found.payment_transactions.length > 0 && withdrawals(toVisit(shown, found, null)).length > 0;
    const documentId = first.documents.find(({ type_id: type }) => type === VISIT_DOCUMENT)?.id;
    const document = both && documentId !== undefined ? await saleOf(get, locationId, documentId) : null;
    return toVisit(shown, found, document);
  } catch (error) {
    if (error instanceof AltegioNotFound) return null;
    throw error;
  }
}

/** The document is read for its times alone: without it the order of money and bonus is not known, and nothing else. */
async function saleOf(
  get: <T extends z.ZodType>(path: string, schema: T) => Promise<z.output<T>>,
  locationId: bigint,
  documentId: bigint,
): Promise<z.output<typeof sale> | null> {
  try {
    return await get(`/company/${locationId}/sale/${documentId}`, sale);
  } catch (error) {
    if (error instanceof AltegioNotFound || error instanceof AltegioRefused || error instanceof AltegioUnauthorised)
      return null;
    throw error;
  }
}

/** Changes what a card pays of a visit; `further` is more of the body. Answers the visit's withdrawals after it. */
export async function changeInVisit(
  caller: Caller,
  action: 'apply_card_withdrawal' | 'cancel_card_withdrawal',
  { locationId, cardId, recordId, visitId }: VisitPlace & { readonly cardId: bigint },
  further: string,
  o: CallOptions,
): Promise<VisitWithdrawal[]> {
  const path = `/visit/loyalty/${action}/${locationId}/${cardId}`;
  const body = `{"record_id":${recordId},"visit_id":${visitId}${further}}`;
  return await caller.call({ method: 'POST', path, body, parks: locationId }, o, (answer) =>
    readAs(visitDetails, answer.data),
  );
}
