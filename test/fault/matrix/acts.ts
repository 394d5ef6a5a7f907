/** How a customer of the matrix comes to a call of Altegio, and through it; each step answers what it moved (minor units). */
import type { Stand } from '../../service/stand.ts';
import { WORKFLOW } from '../../../workflows/contract.ts';
import { until } from '../../service/until.ts';
import { type Cell, decimal, EARNED, SALE } from './cell.ts';

const nothing = 0;
export const skip = (count: number) => () => ({ skip: count });
export const sale = async (cell: Cell): Promise<number> => {
  await cell.pay();
  return SALE;
};
export const firstSale = async (cell: Cell): Promise<number> => {
  await cell.pay('none');
  return EARNED;
};
export const byStaff = (amount: string) => (cell: Cell) => cell.staff({ amount });
export const reconcile = async (cell: Cell): Promise<number> => {
  await cell.reconcile();
  return nothing;
};
export const ADJUSTED = -1_700;
export const adjust = (cell: Cell): Promise<number> => cell.adjust(decimal(ADJUSTED));
export const meet = async (cell: Cell): Promise<number> => {
  await cell.meet();
  return nothing;
};

/** A sale in a visit, whose points are taken there. */
export const come = async (cell: Cell): Promise<number> => {
  await cell.come();
  return nothing;
};
/** The same, and the answer of the call that takes them is lost. */
export const comeAndLose = async (cell: Cell): Promise<number> => {
  await cell.come();
  await cell.arm('write', { fault: 'drop_after', times: 1, match: { path: takingOf(cell) } });
  return nothing;
};
export const takingOf = ({ stand, cardId }: Cell): string => `/apply_card_withdrawal/${stand.locationId}/${cardId}`;

/** The next write is applied and its answer lost, or refused, or answered with a wrong balance. */
export const lostWrite = async (cell: Cell): Promise<number> => {
  await cell.arm('write', { fault: 'drop_after', times: 1 });
  return nothing;
};
export const refusedWrite = async (cell: Cell): Promise<number> => {
  await cell.arm('write', { fault: '422', times: 1 });
  return nothing;
};
export const wrongEcho = async (cell: Cell): Promise<number> => {
  await cell.arm('write', { fault: 'wrong_echo', times: 1, amount: '2.22' });
  return nothing;
};
export const unlisted = async (cell: Cell): Promise<number> => {
  // Once for the first try of the till, and again for each further one.
  await cell.arm('read', { fault: 'absent', times: 6 });
  return nothing;
};
export const lostIssue = async (cell: Cell): Promise<number> => {
  await cell.arm('issue', { fault: 'drop_after', times: 1 });
  return nothing;
};
export const refusedIssue = async (cell: Cell): Promise<number> => {
  await cell.arm('issue', { fault: '422', times: 1 });
  return nothing;
};

/** A sale whose write has not been made, because somebody ended its workflow: the next event has to make it. */
export const orphanedSale = async (cell: Cell): Promise<number> => {
  const refused = await cell.arm('write', { fault: '404', times: 1 });
  const { workflowId } = await cell.pay();
  await until('the write is refused', async () => (await cell.struck(refused)) === 1);
  await cell.terminate(workflowId);
  return SALE;
};
/** One thing after another. */
export const both =
  (...steps: ((cell: Cell) => Promise<number>)[]) =>
  async (cell: Cell): Promise<number> => {
    let moved = 0;
    for (const step of steps) moved += await step(cell);
    return moved;
  };

/** Dozens of cells look at the same time. */
const LOOK_EVERY_MS = 400;
/** Long after a busy machine has given the write up and made it again; its window is 3.2 s. */
const LATE_MS = 12_000;
const LATE_WITHIN_MS = 60_000;
/** A write that comes after it was given up; nobody has noticed yet. */
export const lateTwin = async (cell: Cell): Promise<number> => {
  await cell.arm('write', { fault: 'late_apply', times: 1, ms: LATE_MS });
  await cell.pay();
  await until(
    'the write came late',
    async () => {
      const writes = await cell.writes();
      return writes.filter(({ applied }) => applied).length === 2 ? true : writes;
    },
    LATE_WITHIN_MS,
    LOOK_EVERY_MS,
  );
  return SALE;
};

const TAIL_EVERY_MS = 2_500;
const FOLLOWED_WITHIN_MS = 60_000;
/** When a reading of a stand's journal that has not ended began; another one waits for it, unless it waits for something itself. */
const reading = new WeakMap<Stand, number>();
const READ_WITHIN_MS = 8_000;
let tails = 0;
function readJournal(stand: Stand): void {
  const began = performance.now();
  if (began - (reading.get(stand) ?? -Infinity) < READ_WITHIN_MS) return;
  reading.set(stand, began);
  tails += 1;
  const read = stand.client.workflow.execute(WORKFLOW.journalTail, {
    workflowId: `journalTail:${stand.chainId}:matrix-${tails}`,
    taskQueue: `${stand.taskQueuePrefix}orchestration`,
    args: [{ chainId: String(stand.chainId), daysBack: 1 }],
  });
  // One that fails is of no matter here: the next one reads the same days.
  void read
    .catch(() => undefined)
    .finally(() => {
      if (reading.get(stand) === began) reading.delete(stand);
    });
}
/** Reads the journal, as the schedule does once a minute, until we know what this customer's card holds. */
export async function followJournal(cell: Cell, firstAfterMs: number): Promise<void> {
  let next = performance.now() + firstAfterMs;
  await until(
    'the journal was followed',
    async () => {
      if (performance.now() > next) {
        next = performance.now() + TAIL_EVERY_MS;
        readJournal(cell.stand);
      }
      const { altegio, drift } = await cell.account();
      const card = await cell.card();
      return card !== null && altegio?.balance === decimal(card) && drift === '0.00' ? true : { altegio, card };
    },
    FOLLOWED_WITHIN_MS,
    LOOK_EVERY_MS,
  );
}
export const tail = async (cell: Cell): Promise<number> => {
  await followJournal(cell, 0);
  return nothing;
};

let events = 0;
/** An event that names the client by its id in this location alone. What Altegio does not tell, the journal does. */
export const event = async (cell: Cell): Promise<number> => {
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
export const clientId = ({ stand, person }: Cell): number => person.clientIds[stand.locationId] ?? 0;
