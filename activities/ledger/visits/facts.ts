/** A visit's facts as they are kept: ids and amounts as texts, for a JSON number would lose digits. */
import { z } from 'zod';
import type { VisitFacts } from '../../../domain/visit.ts';

const whole = z.string().transform((text) => BigInt(text));
const maybe = whole.nullable();

const stored: z.ZodType<VisitFacts, unknown> = z.object({
  records: z.array(z.object({ id: whole, clientId: maybe, attendance: z.number(), paidFull: z.boolean() })),
  items: z.array(
    z.object({
      id: whole,
      article: z.string(),
      kind: z.enum(['service', 'good']),
      recordId: whole,
      sold: whole,
      cost: whole,
    }),
  ),
  payments: z.array(
    z.object({
      id: whole,
      recordId: whole,
      itemId: maybe,
      amount: whole,
      method: z.enum(['cash', 'card']),
      at: z.string().nullable(),
    }),
  ),
  lines: z.array(
    z.object({
      id: whole,
      typeId: z.number(),
      cardId: maybe,
      recordId: whole,
      amount: whole,
      at: z.string().nullable(),
    }),
  ),
});

/** Writes them as JSON text. */
export function factsText({ records, items, payments, lines }: VisitFacts): string {
  const parts = { records, items, payments, lines };
  return JSON.stringify(parts, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** Records of the customer whom Altegio knows under these clients' ids. */
export function ownRecords({ records }: VisitFacts, clientIds: readonly string[]): ReadonlySet<bigint> {
  const own = records.filter(({ clientId }) => clientId !== null && clientIds.includes(String(clientId)));
  return new Set(own.map(({ id }) => id));
}

/** Reads them back. */
export const factsFrom = (json: unknown): VisitFacts => stored.parse(json);
