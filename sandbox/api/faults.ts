/**
 * The ways in which the sandbox misbehaves on demand. Kept in memory only: they belong to whoever is testing, so a
 * restarted sandbox behaves well again.
 */
import { z } from 'zod';
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
] as const;

/** Body of `POST /control/faults`. */
export const faultSchema = z.strictObject({
  call: z.enum(['read', 'write', 'journal', 'issue', 'any']),
  fault: z.enum(FAULT_NAMES),
  /** Probability for each matching call. */
  share: z.number().min(0).max(1).default(1),
  /** How often at most; without it until cleared. */
  times: z.int().min(1).optional(),
  /** How long `delay`, `hang` and `late_apply` wait. */
  ms: z.int().min(0).max(3_600_000).optional(),
});
export type FaultInput = z.infer<typeof faultSchema>;
export type FaultName = FaultInput['fault'];

interface ActiveFault extends FaultInput {
  readonly id: number;
  hits: number;
}

const DEFAULT_MS: Partial<Record<FaultName, number>> = { delay: 1000, hang: 60_000, late_apply: 4000 };

export class FaultBook {
  #faults: ActiveFault[] = [];
  #nextId = 1;

  add(input: FaultInput): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#faults.push({ ...input, id, hits: 0 });
    return id;
  }

  list(): readonly ActiveFault[] {
    return this.#faults;
  }

  clear(): void {
    this.#faults = [];
  }

  /** The first active fault that fires for this call. */
  pick(kind: CallKind): { fault: FaultName; ms: number } | undefined {
    for (const entry of this.#faults) {
      if (!matches(entry.call, kind) || (entry.times !== undefined && entry.hits >= entry.times)) continue;
      if (Math.random() >= entry.share) continue;
      entry.hits += 1;
      return { fault: entry.fault, ms: entry.ms ?? DEFAULT_MS[entry.fault] ?? 0 };
    }
    return undefined;
  }
}

function matches(wanted: FaultInput['call'], kind: CallKind): boolean {
  return wanted === 'any' || wanted === kind || (wanted === 'write' && kind === 'issue');
}
