/**
 * The ways in which the sandbox misbehaves on demand. Kept in memory only: they belong to whoever is testing, so a
 * restarted sandbox behaves well again.
 */
import { z } from 'zod';
import { amountSchema, idSchema } from '../control/input.ts';
import type { CallKind } from './call.ts';

export const FAULT_NAMES = [
  'delay',
  'hang',
  '5xx_before',
  '5xx_after',
  'drop_before',
  'drop_after',
  'late_apply',
  '401',
  '402',
  '403',
  '404',
  '422',
  '429',
  'wrong_echo',
  'absent',
] as const;

/** Which calls a fault is meant for; all parts that are given must fit. */
const matchSchema = z.strictObject({
  /** Changes of this card. */
  cardId: idSchema.optional(),
  /** Calls that name this phone, in path, query or body; digits only. */
  phone: z.string().regex(/^\d+$/).optional(),
  /** A part of the path with its query. */
  path: z.string().min(1).optional(),
  /** A part of the body, written as JSON. */
  text: z.string().min(1).optional(),
});

/** Body of `POST /control/faults`. */
export const faultSchema = z.strictObject({
  call: z.enum(['read', 'write', 'journal', 'issue', 'lookup', 'other', 'any']),
  fault: z.enum(FAULT_NAMES),
  /** Only calls of this card, person or address. */
  match: matchSchema.optional(),
  /** So many matching calls pass first. */
  skip: z.int().min(0).default(0),
  /** Probability for each matching call. */
  share: z.number().min(0).max(1).default(1),
  /** How often at most; without it until cleared. */
  times: z.int().min(1).optional(),
  /** How long `delay`, `hang` and `late_apply` wait. */
  ms: z.int().min(0).max(3_600_000).optional(),
  /** How much more than the truth `wrong_echo` answers as a card's balance. */
  amount: amountSchema.default(100),
});
export type FaultInput = z.infer<typeof faultSchema>;
export type FaultName = FaultInput['fault'];

interface ActiveFault extends FaultInput {
  readonly id: number;
  /** Calls that matched, passed ones included. */
  met: number;
  hits: number;
}

/** A call as the faults see it; `url` is the path with its query. */
export interface FaultedCall {
  readonly kind: CallKind;
  readonly url: string;
  readonly body: unknown;
}

/** The fault that befalls a call; `amount` in minor units. */
export interface Blow {
  readonly fault: FaultName;
  readonly ms: number;
  readonly amount: number;
}

const DEFAULT_MS: Partial<Record<FaultName, number>> = { delay: 1000, hang: 60_000, late_apply: 4000 };

export class FaultBook {
  #faults: ActiveFault[] = [];
  #nextId = 1;

  add(input: FaultInput): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#faults.push({ ...input, id, met: 0, hits: 0 });
    return id;
  }

  list(): readonly ActiveFault[] {
    return this.#faults;
  }

  /** Ends one fault, or all of them; answers how many. */
  clear(id?: number): number {
    const before = this.#faults.length;
    this.#faults = id === undefined ? [] : this.#faults.filter((entry) => entry.id !== id);
    return before - this.#faults.length;
  }

  /** The first active fault that fires for this call. */
  pick(call: FaultedCall): Blow | undefined {
    for (const entry of this.#faults) {
      if (!matches(entry, call) || (entry.times !== undefined && entry.hits >= entry.times)) continue;
      entry.met += 1;
      if (entry.met <= entry.skip || Math.random() >= entry.share) continue;
      entry.hits += 1;
      const { fault, amount } = entry;
      return { fault, amount, ms: entry.ms ?? DEFAULT_MS[fault] ?? 0 };
    }
    return undefined;
  }
}

function matches({ call: wanted, match = {} }: ActiveFault, { kind, url, body }: FaultedCall): boolean {
  if (wanted !== 'any' && wanted !== kind && !(wanted === 'write' && kind === 'issue')) return false;
  const { cardId, phone, path, text } = match;
  return (
    (cardId === undefined || url.includes(`/cards/${cardId}/`)) &&
    (phone === undefined || url.includes(phone) || phoneIn(body) === phone) &&
    (path === undefined || url.includes(path)) &&
    (text === undefined || (JSON.stringify(body) ?? '').includes(text))
  );
}

function phoneIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('phone' in body)) return undefined;
  return typeof body.phone === 'string' || typeof body.phone === 'number' ? String(body.phone) : undefined;
}
