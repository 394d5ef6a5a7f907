/**
 * Every call of Altegio that a workflow which changes balances makes, and how a fresh customer comes to that call.
 * A call that is only made after an earlier one went wrong is led to by that.
 */
import {
  adjust,
  ADJUSTED,
  both,
  byStaff,
  clientId,
  come,
  comeAndLose,
  event,
  firstSale,
  lateTwin,
  lostIssue,
  lostWrite,
  meet,
  orphanedSale,
  reconcile,
  refusedIssue,
  refusedWrite,
  sale,
  skip,
  tail,
  takingOf,
  unlisted,
  wrongEcho,
} from './acts.ts';
import { type CallKind, type Cell, EARNED, SALE } from './cell.ts';
import { LATER_CALLS } from './later-calls.ts';

/** One row of the matrix. */
export interface StepCall {
  readonly workflow: string;
  readonly call: string;
  readonly kind: CallKind;
  /** What narrows the fault down to this call: calls of the kind that pass first, or its address. */
  readonly aim?: (cell: Cell) => Readonly<Record<string, unknown>>;
  /** Known to us before, unknown to us with a card, or without any card. */
  readonly customer: 'known' | 'stranger' | 'cardless';
  /** Leads the customer there; answers what it moved (minor units). */
  readonly before?: (cell: Cell) => Promise<number>;
  /** Goes through the call; answers what it moved. */
  readonly act: (cell: Cell) => Promise<number>;
  /** What a write is meant to move (minor units): an echo of the balance before it is off by that. */
  readonly writes?: number;
  /** A write whose answer tells no balance. */
  readonly echoesNoBalance?: true;
  /** The customer stays without a card until a person acts. */
  readonly staysCardless?: true;
  /** The step before the fault is one of the whole chain, so no other customer may be under way. */
  readonly alone?: true;
}

const known = { customer: 'known' } as const;
const stranger = { customer: 'stranger' } as const;
const cardless = { customer: 'cardless' } as const;
const alone = { alone: true } as const;
const read = { kind: 'read' } as const;
const write = { kind: 'write' } as const;
const journal = { kind: 'journal', ...alone } as const;

/** See the file's header. */
export const CALLS: readonly StepCall[] = [
  { workflow: 'payment', call: "till's card read", ...read, ...known, act: sale },
  { workflow: 'payment', call: 'clients of the phone', kind: 'lookup', ...known, before: unlisted, act: sale },
  {
    workflow: 'payment',
    call: 'cards of the client',
    ...read,
    ...known,
    aim: (cell) => ({ match: { path: `/client_cards/${clientId(cell)}` } }),
    before: unlisted,
    act: sale,
  },
  { workflow: 'payment', call: 'write', ...write, ...known, writes: SALE, act: sale },
  { workflow: 'payment', call: 'resolve: journal', ...journal, ...known, before: lostWrite, act: sale },
  { workflow: 'payment', call: 'resolve: card read', ...read, ...known, aim: skip(1), before: lostWrite, act: sale },
  { workflow: 'payment', call: 'refused: card read', ...read, ...known, aim: skip(1), before: refusedWrite, act: sale },
  { workflow: 'payment', call: 'explain: journal', ...journal, ...known, before: byStaff('7.77'), act: sale },
  { workflow: 'payment', call: 'explain: card read', ...read, ...known, aim: skip(1), before: wrongEcho, act: sale },
  {
    workflow: 'payment in a visit',
    call: 'points taken in the visit',
    ...write,
    ...known,
    aim: (cell) => ({ match: { path: takingOf(cell) } }),
    echoesNoBalance: true,
    before: come,
    act: sale,
  },
  {
    workflow: 'payment in a visit',
    call: 'lost: visit details',
    kind: 'other',
    ...known,
    aim: (cell) => ({ match: { path: `/visit/details/${cell.stand.locationId}/${cell.recordId}/` } }),
    before: comeAndLose,
    act: sale,
  },

  { workflow: 'reconciliation', call: 'card read', ...read, ...known, before: byStaff('8.88'), act: reconcile },
  {
    workflow: 'reconciliation',
    call: 'explain: journal',
    ...journal,
    ...known,
    before: byStaff('8.88'),
    act: reconcile,
  },
  { workflow: 'reconciliation', call: 'write', ...write, ...known, writes: SALE, before: orphanedSale, act: reconcile },
  {
    workflow: 'reconciliation',
    call: 'resolve: journal',
    ...journal,
    ...known,
    before: both(orphanedSale, lostWrite),
    act: reconcile,
  },
  {
    workflow: 'reconciliation',
    call: 'resolve: card read',
    ...read,
    ...known,
    aim: skip(1),
    before: both(orphanedSale, lostWrite),
    act: reconcile,
  },
  {
    workflow: 'reconciliation',
    call: 'explain: card read',
    ...read,
    ...known,
    aim: skip(1),
    before: both(orphanedSale, wrongEcho),
    act: reconcile,
  },
  {
    workflow: 'event',
    call: 'client of the event',
    kind: 'lookup',
    ...known,
    aim: (cell) => ({ match: { path: `/client/${cell.stand.locationId}/${clientId(cell)}` } }),
    before: byStaff('5.55'),
    act: event,
  },

  { workflow: 'adjustment', call: 'card read', ...read, ...known, before: byStaff('6.66'), act: adjust },
  { workflow: 'adjustment', call: 'write', ...write, ...known, writes: ADJUSTED, act: adjust },
  { workflow: 'adjustment', call: 'resolve: journal', ...journal, ...known, before: lostWrite, act: adjust },
  {
    workflow: 'adjustment',
    call: 'resolve: card read',
    ...read,
    ...known,
    aim: skip(1),
    before: lostWrite,
    act: adjust,
  },
  { workflow: 'adjustment', call: 'explain: journal', ...journal, ...known, before: byStaff('6.66'), act: adjust },
  {
    workflow: 'adjustment',
    call: 'explain: card read',
    ...read,
    ...known,
    aim: skip(1),
    before: wrongEcho,
    act: adjust,
  },

  { workflow: 'cardIssue', call: "till's look for a card", ...read, ...cardless, act: firstSale },
  { workflow: 'cardIssue', call: 'look for a card', ...read, ...cardless, aim: skip(1), act: firstSale },
  { workflow: 'cardIssue', call: 'issue', kind: 'issue', ...cardless, act: firstSale },
  { workflow: 'cardIssue', call: 'first write', ...write, ...cardless, writes: EARNED, act: firstSale },
  {
    workflow: 'cardIssue',
    call: 'look after a lost issue',
    ...read,
    ...cardless,
    aim: skip(2),
    before: lostIssue,
    act: firstSale,
  },
  { workflow: 'cardIssue', call: 'adopt: journal', ...journal, ...cardless, before: lostIssue, act: firstSale },
  {
    workflow: 'cardIssue',
    call: 'adopt: read again',
    ...read,
    ...cardless,
    aim: skip(3),
    before: lostIssue,
    act: firstSale,
  },
  {
    workflow: 'cardIssue',
    call: 'look after a refused issue',
    ...read,
    ...cardless,
    aim: skip(2),
    staysCardless: true,
    before: refusedIssue,
    act: firstSale,
  },

  { workflow: 'lookup', call: 'cards of the phone', ...read, ...stranger, act: meet },
  { workflow: 'lookup', call: 'adopt: card read', ...read, ...stranger, aim: skip(1), act: meet },
  { workflow: 'lookup', call: 'adopt: journal', ...journal, ...stranger, act: meet },
  { workflow: 'lookup', call: 'adopt: read again', ...read, ...stranger, aim: skip(2), act: meet },
  { workflow: 'first payment', call: 'adopt: card read', ...read, ...stranger, act: sale },
  { workflow: 'first payment', call: 'adopt: journal', ...journal, ...stranger, act: sale },
  { workflow: 'first payment', call: 'adopt: read again', ...read, ...stranger, aim: skip(1), act: sale },

  { workflow: 'journalTail', call: 'journal', ...journal, ...known, before: byStaff('9.99'), act: tail },
  {
    workflow: 'journalTail',
    call: 'card read for a late twin',
    ...read,
    ...known,
    ...alone,
    before: lateTwin,
    act: tail,
  },
  ...LATER_CALLS,
];
