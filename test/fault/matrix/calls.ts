/**
 * Every call of Altegio that a workflow which changes balances makes, and how a fresh customer comes to that call.
 * A call that is only made after an earlier one went wrong is led to by that.
 */
import { WORKFLOW } from '../../../workflows/contract.ts';
import { until } from '../../service/until.ts';
import { type CallKind, type Cell, decimal, EARNED, SALE } from './cell.ts';

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
  /** The customer stays without a card until a person acts. */
  readonly staysCardless?: true;
  /** The step before the fault is one of the whole chain, so no other customer may be under way. */
  readonly alone?: true;
}

const nothing = 0;
const skip = (count: number) => () => ({ skip: count });
const sale = async (cell: Cell): Promise<number> => {
  await cell.pay();
  return SALE;
};
const firstSale = async (cell: Cell): Promise<number> => {
  await cell.pay('none');
  return EARNED;
};
const byStaff = (amount: string) => (cell: Cell) => cell.staff(amount);
const reconcile = async (cell: Cell): Promise<number> => {
  await cell.reconcile();
  return nothing;
};
const ADJUSTED = -1_700;
const adjust = (cell: Cell): Promise<number> => cell.adjust(decimal(ADJUSTED));
const meet = async (cell: Cell): Promise<number> => {
  await cell.meet();
  return nothing;
};

/** The next write is applied and its answer lost, or refused, or answered with a wrong balance. */
const lostWrite = async (cell: Cell): Promise<number> => {
  await cell.arm('write', { fault: 'drop_after', times: 1 });
  return nothing;
};
const refusedWrite = async (cell: Cell): Promise<number> => {
  await cell.arm('write', { fault: '422', times: 1 });
  return nothing;
};
const wrongEcho = async (cell: Cell): Promise<number> => {
  await cell.arm('write', { fault: 'wrong_echo', times: 1, amount: '2.22' });
  return nothing;
};
const unlisted = async (cell: Cell): Promise<number> => {
  // Once for the first try of the till, and again for each further one.
  await cell.arm('read', { fault: 'absent', times: 6 });
  return nothing;
};
const lostIssue = async (cell: Cell): Promise<number> => {
  await cell.arm('issue', { fault: 'drop_after', times: 1 });
  return nothing;
};
const refusedIssue = async (cell: Cell): Promise<number> => {
  await cell.arm('issue', { fault: '422', times: 1 });
  return nothing;
};

/** A sale whose write has not been made, because somebody ended its workflow: the next event has to make it. */
const orphanedSale = async (cell: Cell): Promise<number> => {
  const refused = await cell.arm('write', { fault: '404', times: 1 });
  const { workflowId } = await cell.pay();
  await until('the write is refused', async () => (await cell.struck(refused)) === 1);
  await cell.terminate(workflowId);
  return SALE;
};
/** One thing after another. */
const both =
  (...steps: ((cell: Cell) => Promise<number>)[]) =>
  async (cell: Cell): Promise<number> => {
    let moved = 0;
    for (const step of steps) moved += await step(cell);
    return moved;
  };

/** A write that comes after it was given up; nobody has noticed yet. */
const lateTwin = async (cell: Cell): Promise<number> => {
  await cell.arm('write', { fault: 'late_apply', times: 1, ms: 6_000 });
  await cell.pay();
  await until('the write came late', async () => {
    const writes = await cell.writes();
    return writes.filter(({ applied }) => applied).length === 2 ? true : writes;
  });
  return SALE;
};

const TAIL_EVERY_MS = 2_500;
let tails = 0;
/** Reads the journal, as the schedule does once a minute, until we know what this customer's card holds. */
export async function followJournal(cell: Cell, firstAfterMs: number): Promise<void> {
  const { stand } = cell;
  let next = performance.now() + firstAfterMs;
  await until('the journal was followed', async () => {
    if (performance.now() > next) {
      next = performance.now() + TAIL_EVERY_MS;
      tails += 1;
      await stand.client.workflow.start(WORKFLOW.journalTail, {
        workflowId: `journalTail:${stand.chainId}:matrix-${tails}`,
        taskQueue: `${stand.taskQueuePrefix}orchestration`,
        args: [{ chainId: String(stand.chainId), daysBack: 1 }],
      });
    }
    const { altegio, drift } = await cell.account();
    const card = await cell.card();
    return card !== null && altegio?.balance === decimal(card) && drift === '0.00' ? true : { altegio, card };
  });
}
const tail = async (cell: Cell): Promise<number> => {
  await followJournal(cell, 0);
  return nothing;
};

let events = 0;
/** An event that names the client by its id in this location alone. What Altegio does not tell, the journal does. */
const event = async (cell: Cell): Promise<number> => {
  events += 1;
  const { stand, person } = cell;
  await stand.control('/webhooks/send', {
    locationId: stand.locationId,
    resource: 'record',
    resourceId: events,
    status: 'update',
    data: { client: { id: clientId(cell) }, last_change_date: `event ${events} of ${person.index}` },
  });
  await until('Altegio was asked who that is', async () => {
    const path = encodeURIComponent(`/client/${stand.locationId}/${clientId(cell)}`);
    return (await stand.control(`/requests?path=${path}`)).length > 0;
  });
  await followJournal(cell, TAIL_EVERY_MS);
  return nothing;
};
const clientId = ({ stand, person }: Cell): number => person.clientIds[stand.locationId] ?? 0;

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
];
