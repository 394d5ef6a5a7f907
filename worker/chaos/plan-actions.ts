/** When a run kills which process and what Altegio does wrong. Positions are operations: "when this one begins". */
import { COPIES, type PartKind, PARTS } from '../trial/parts.ts';
import type { Random } from '../trial/random.ts';

/** What Altegio does wrong on one call or two. */
export const CALL_FAULTS = [
  'delay',
  'hang',
  '5xx_before',
  '5xx_after',
  'drop_before',
  'drop_after',
  'late_apply',
  '404',
  '429',
] as const;
/** Refusals that park a location or the token: they come together, because each costs up to a minute. */
export const PARKING_FAULTS = ['402', '403', '401'] as const;
/** What goes wrong with webhooks, one by one. */
export const WEBHOOK_FAULTS = ['webhook_lost', 'webhook_duplicate', 'webhook_reordered'] as const;
/** Every kind of fault, by the name it has in the table. */
export const FAULT_KINDS = [...CALL_FAULTS, ...PARKING_FAULTS, ...WEBHOOK_FAULTS, 'journal_lag'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Something bad, and at which operation it happens. */
export type Action = { readonly at: number } & (
  | {
      readonly kind: 'kill';
      readonly part: PartKind;
      /** Which of several. */
      readonly which: number;
      readonly afterMs: number;
      readonly downMs: number;
    }
  | {
      readonly kind: 'fault';
      readonly fault: (typeof CALL_FAULTS)[number];
      readonly call: 'read' | 'write' | 'any';
      readonly times: number;
      readonly ms: number;
    }
  | { readonly kind: 'refusals' }
  | { readonly kind: 'webhook'; readonly fault: (typeof WEBHOOK_FAULTS)[number]; readonly customer: number }
  | { readonly kind: 'journalLag'; readonly lagMs: number; readonly forMs: number }
);

/** Each kind happens so often in 500 operations, more often than a run that counts needs. */
const PER_500 = 7;
const OPERATIONS_PER_REFUSALS = 80;

/** Spreads kills and faults over the run, each kind evenly and at random places. */
export function planActions(random: Random, operations: number, customers: number): Action[] {
  const each = Math.max(1, Math.ceil((PER_500 * operations) / 500));
  const actions: Action[] = [];
  const spread = (count: number, make: (at: number) => Action): void => {
    for (let index = 0; index < count; index += 1) {
      // Neither in the first tenth, where little is under way, nor at the very end.
      const slice = (operations * 0.8) / count;
      actions.push(make(Math.floor(operations * 0.1 + slice * (index + random.next()))));
    }
  };
  for (const part of PARTS) {
    spread(each, (at) => ({
      kind: 'kill',
      at,
      part,
      which: random.int(0, COPIES - 1),
      afterMs: random.int(0, 600),
      downMs: random.int(0, 1_500),
    }));
  }
  for (const fault of CALL_FAULTS) spread(each, (at) => callFault(random, at, fault));
  for (const fault of WEBHOOK_FAULTS) {
    spread(each, (at) => ({ kind: 'webhook', at, fault, customer: random.int(0, customers - 1) }));
  }
  spread(each, (at) => ({
    kind: 'journalLag',
    at,
    lagMs: random.int(1_000, 9_000),
    forMs: random.int(6_000, 12_000),
  }));
  spread(Math.floor(operations / OPERATIONS_PER_REFUSALS), (at) => ({ kind: 'refusals', at }));
  // A stable order: two actions of one place are made in the order of their kinds above.
  return actions.toSorted((a, b) => a.at - b.at);
}

function callFault(random: Random, at: number, fault: (typeof CALL_FAULTS)[number]): Action {
  // A read that is applied late is a read dropped: that one is for writes, like most of what loses an answer.
  const call =
    fault === 'late_apply' || fault === '5xx_after' || fault === 'drop_after'
      ? 'write'
      : random.pick(['read', 'write', 'write', 'any'] as const);
  const ms = { delay: random.int(200, 2_000), hang: random.int(1_000, 4_000), late_apply: random.int(500, 10_000) };
  return {
    kind: 'fault',
    at,
    fault,
    call,
    // Each 429 lengthens the pause after the one before it; and who is told twice in a row that a visit is not there must
    // believe it.
    times: fault === '429' || fault === '404' ? 1 : random.int(1, 2),
    ms: fault in ms ? ms[fault as keyof typeof ms] : 0,
  };
}
