/** What has happened to a run, counted as it happens. */
import { PARTS, type PartKind } from '../trial/parts.ts';
import { type Kind, KINDS } from './book.ts';
import { FAULT_KINDS, type FaultKind } from './plan-actions.ts';

/** How often each kind of fault struck. */
export class Counters {
  readonly faults = new Map<FaultKind, number>(FAULT_KINDS.map((kind) => [kind, 0]));

  fault(kind: FaultKind, times = 1): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + times);
  }

  get total(): number {
    return [...this.faults.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** Runs under so many operations only say what is missing. */
export const COUNTED_FROM = 500;
const LEAST_EACH = 5;
const LEAST_SUCCESS = 0.6;

/** What decides whether a run counts. */
export interface RunFacts {
  readonly operations: number;
  readonly succeeded: number;
  /** Operations that were done, by kind. */
  readonly done: ReadonlyMap<Kind, number>;
  readonly kills: Readonly<Record<PartKind, number>>;
  readonly faults: ReadonlyMap<FaultKind, number>;
}

/** What a run lacks to count, in words; nothing when it counts. */
export function missing({ operations, succeeded, done, kills, faults }: RunFacts): string[] {
  const rare = [
    ...PARTS.map((part) => [`kills of ${part}`, kills[part]] as const),
    ...FAULT_KINDS.map((kind) => [`fault ${kind}`, faults.get(kind) ?? 0] as const),
    ...KINDS.map((kind) => [`operations ${kind}`, done.get(kind) ?? 0] as const),
  ].filter(([, count]) => count < LEAST_EACH);
  const words = rare.map(([name, count]) => `${name}: ${count} of ${LEAST_EACH}`);
  const share = operations === 0 ? 0 : succeeded / operations;
  if (share < LEAST_SUCCESS) {
    words.push(`operations that succeeded: ${Math.floor(share * 100)} % of ${LEAST_SUCCESS * 100} %`);
  }
  return words;
}

/** Whether the run is void: it was long enough to count, and does not. */
export function isVoid(facts: RunFacts): boolean {
  return facts.operations >= COUNTED_FROM && missing(facts).length > 0;
}
