/** Running one cell of the matrix: a fresh customer, one fault at one call, and what both books say afterwards. */
import { setTimeout as pause } from 'node:timers/promises';
import { STATE_QUERY, type WorkflowState } from '../../../workflows/contract.ts';
import type { Stand } from '../../service/stand.ts';
import { until } from '../../service/until.ts';
import { followJournal } from './acts.ts';
import type { StepCall } from './calls.ts';
import { Cell, decimal, minor } from './cell.ts';
import { CLAMPED, ECHO_OF_BEFORE, type Fault, NOT_LISTED, PAST_THE_WINDOW } from './faults.ts';
import type { Place } from './stands.ts';

/** How a cell ended. A break is also one when both books are equal: a person is asked to look. */
export interface Outcome {
  readonly end: 'equal' | 'equal after retry' | 'break';
  /** Kinds of the breaks, and what the parked workflow says. */
  readonly causes: readonly string[];
}

const BREAK_KINDS = ['debt', 'card_missing', 'refused', 'ambiguous', 'parked'];
const ENDS_WITHIN_MS = 60_000;
/** Dozens of cells look at the same time, each by several calls: looking more often would be most of the machine's work. */
const LOOK_EVERY_MS = 1_200;
/** Well within the time that the struck call is held up. */
const STRUCK_EVERY_MS = 100;
/** A step that was told to try again needs a moment to do so. */
const ACCESS_EVERY_MS = 1_000;
const WEBHOOKS_COME = { duplicate: 0, lost: 0, reorder: false };
/** Faults after which a person has to give us access. */
const ACCESS = ['401', '402', '403'];

/** On a busy machine a customer may miss the call (a read given up before it): so many are tried. */
const MOST_CUSTOMERS = 3;

/** See the file's header. @throws when the books differ without a break, or the fault has struck nobody */
export async function runCell(place: Place, call: StepCall, fault: Fault): Promise<Outcome> {
  for (let customer = 1; customer <= MOST_CUSTOMERS; customer += 1) {
    const outcome = await tryCustomer(place.stand, place.someone(call.customer), call, fault);
    if (outcome) return outcome;
  }
  throw new Error(`${fault.name} has not struck ${call.workflow}: ${call.call}`);
}

/** The cell with one customer; null when the fault has not struck. */
async function tryCustomer(
  stand: Stand,
  person: Cell['person'],
  call: StepCall,
  fault: Fault,
): Promise<Outcome | null> {
  const cell = new Cell(stand, person);
  cell.unlisted = fault.name === NOT_LISTED;
  // A chain's last cell may have left its webhooks lost.
  if (!fault.webhooks) await stand.control('/webhooks', WEBHOOKS_COME);
  if (call.customer === 'known') await cell.meet();
  const ended = new AbortController();
  let access: Promise<void> = Promise.resolve();
  try {
    let expected = cell.opening + ((await call.before?.(cell)) ?? 0);
    const struck = await befall(cell, call, fault);
    if (ACCESS.includes(fault.name)) access = giveAccessWhile(cell, struck, ended.signal);
    const meanwhile = meddle(cell, fault, struck);
    const [moved, byStaff] = await Promise.all([call.act(cell), meanwhile]);
    expected += moved + byStaff;
    if (fault.webhooks?.['lost'] === 1) await followJournal(cell, 0);
    if (fault.name === PAST_THE_WINDOW && call.kind === 'write') await lookAfterLateWrite(cell);
    if (fault.emptiedTo !== undefined) await cell.reconcile();
    await settled(cell, expected, fault.name === CLAMPED);
    return (await struck()) > 0 ? await outcomeOf(cell) : null;
  } finally {
    ended.abort();
    await access;
    await cell.disarm();
    if (fault.settings) await stand.control('/settings', { journalLagMs: 0, negativeResult: 'refuse' });
  }
}

/** Lets the fault loose; the function it answers tells how often it has struck. */
async function befall(cell: Cell, call: StepCall, fault: Fault): Promise<() => Promise<number>> {
  const { settings, blow } = fault;
  if (settings) await cell.stand.control('/settings', settings);
  if (!blow) {
    // A lag strikes whenever the journal is fetched under it.
    const since = encodeURIComponent(new Date().toISOString());
    const path = encodeURIComponent('/loyalty/transactions');
    return async () => (await cell.stand.control(`/requests?path=${path}&since=${since}`)).length;
  }
  const echo = fault.name === ECHO_OF_BEFORE ? { amount: decimal(-(call.writes ?? 0)) } : {};
  const id = await cell.arm(call.kind, { ...blow, ...echo, ...call.aim?.(cell) });
  return () => cell.struck(id);
}

/** Staff change the card while the struck call is under way; answers by how much (minor units). */
async function meddle(cell: Cell, { webhooks, emptiedTo }: Fault, struck: () => Promise<number>): Promise<number> {
  if (!webhooks && emptiedTo === undefined) return 0;
  if (webhooks) await cell.stand.control('/webhooks', { loyaltyCard: true, delayMs: 100, ...webhooks });
  await until('the call is under way', async () => (await struck()) > 0, ENDS_WITHIN_MS, STRUCK_EVERY_MS);
  await until('there is a card to change', async () => (await cell.card()) !== null, ENDS_WITHIN_MS);
  if (emptiedTo === undefined) return (await cell.staff({ amount: '3.21' })) + (await cell.staff({ amount: '-1.07' }));
  return await cell.staff({ to: decimal(emptiedTo) });
}

/** The write comes when it was given up long ago; the next event of the customer puts it right. */
async function lookAfterLateWrite(cell: Cell): Promise<void> {
  await until(
    'the late write came',
    async () => {
      const writes = await cell.writes();
      return writes.some(({ applied, status }) => applied && status === 0) ? true : writes;
    },
    ENDS_WITHIN_MS,
    LOOK_EVERY_MS,
  );
  await cell.reconcile();
}

/** Stands for the person who gives access again as soon as it was refused, and asks whatever waits to go on. */
async function giveAccessWhile(cell: Cell, struck: () => Promise<number>, signal: AbortSignal): Promise<void> {
  let told = false;
  while (!signal.aborted) {
    const freed = await cell.giveAccess();
    await pause(ACCESS_EVERY_MS, undefined, { signal }).catch(() => undefined);
    // The journal belongs to no location, so nothing is parked for its sake; its workflow waits all the same.
    const isNews: boolean = !told && (await struck()) > 0;
    if (freed || isNews) await cell.askToRetry();
    told ||= isNews;
  }
}

/** Waits until everything has ended with the expected amount in both books, or in the ledger and a break that says why. */
async function settled(cell: Cell, expected: number, clamped: boolean): Promise<void> {
  const what = `${cell.receipt} has ${decimal(expected)} in both books`;
  const look = async (): Promise<unknown> => {
    const books = await lookAtBooks(cell, expected, clamped);
    if (books !== true) return books;
    const going = await running(cell);
    return going.length === 0 ? true : { running: going };
  };
  try {
    await until(what, look, ENDS_WITHIN_MS, LOOK_EVERY_MS);
  } catch (error) {
    const standing = await Promise.all((await running(cell)).map((id) => whereItStands(cell.stand, id)));
    throw new Error(`${error instanceof Error ? error.message : String(error)}; open: ${standing.join('; ')}`, {
      cause: error,
    });
  }
}

/** True when the books are as they must be, or differ with a break that stands for it; else what they say. */
async function lookAtBooks(cell: Cell, expected: number, clamped: boolean): Promise<unknown> {
  const wanted = decimal(Math.max(0, expected));
  const owed = decimal(Math.max(0, -expected));
  const account = await cell.account();
  const { state, target, drift, breaks, altegio, ledger } = account;
  const { debt } = ledger;
  const card = await cell.card();
  const seen = { state, target, debt, drift, breaks, altegio: altegio?.balance, card };
  // How much of a clamped withdrawal was taken only a person can tell; until then a break stands for the debt.
  const partly = clamped && breaks.some(({ kind }: { kind: string }) => kind === 'refused');
  if (target !== wanted || (debt !== owed && !partly)) return seen;
  const equal = drift === '0.00' && altegio?.balance === wanted && card === minor(wanted);
  if (state === 'needs_operator') return (explained(breaks, equal) && knows(altegio, card)) || seen;
  return (state === 'matched' && equal) || seen;
}

/** Workflows of this customer that go on by themselves: neither ended nor waiting for a person. */
async function running({ stand, accountId, started, terminated }: Cell): Promise<string[]> {
  const { rows } = await stand.pool.query<{ workflow_id: string; state: string }>(
    'select workflow_id, state from operation where account_id = $1',
    [accountId],
  );
  const parked = rows.filter(({ state }) => state === 'needs_operator').map(({ workflow_id: id }) => id);
  const open = rows.filter(({ state }) => state === 'running').map(({ workflow_id: id }) => id);
  const going: string[] = [];
  for (const id of new Set([...started, ...open])) {
    if (terminated.includes(id) || parked.includes(id)) continue;
    // A workflow that waits for the card of its parked child waits for a person too.
    if (parked.some((other) => other.startsWith('cardIssue:'))) continue;
    const status = await stand.client.workflow
      .getHandle(id)
      .describe()
      .then((found) => found.status.name)
      .catch(() => 'never started');
    if (status === 'RUNNING') going.push(id);
  }
  return going;
}

/** Breaks that stand for books which differ; the others ask a person to look although the books are equal. */
const DIFFER = ['card_missing', 'refused', 'parked'];

/** Every break has a kind that we know, and books that differ have one that stands for it. */
function explained(breaks: readonly { kind: string }[], equal: boolean): boolean {
  const kinds = breaks.map(({ kind }) => kind);
  return kinds.length > 0 && kinds.every((kind) => BREAK_KINDS.includes(kind)) && (equal || kinds.some(differs));
}
const differs = (kind: string): boolean => DIFFER.includes(kind);

/** What we show as Altegio's balance is what its own door tells; of a card that is not ours we show none. */
function knows(altegio: { readonly balance: string } | null, card: number | null): boolean {
  return altegio ? card === minor(altegio.balance) : true;
}

async function outcomeOf(cell: Cell): Promise<Outcome> {
  const { breaks } = await cell.account();
  const causes = breaks.map(({ kind }: { kind: string }) => kind) as string[];
  if (causes.length > 0) return { end: 'break', causes };
  const tried = await Promise.all([...cell.started].map((id) => attempts(cell.stand, id)));
  const again = cell.askedAgain + tried.reduce((sum, count) => sum + count, 0);
  return { end: again > 0 ? 'equal after retry' : 'equal', causes };
}

/** How many tries of a workflow's steps failed. */
async function attempts(stand: Stand, workflowId: string): Promise<number> {
  return (await stateOf(stand, workflowId))?.attempts ?? 0;
}

async function whereItStands(stand: Stand, workflowId: string): Promise<string> {
  const state = await stateOf(stand, workflowId);
  return `${workflowId}: ${state?.phase}, waits for ${state?.waitsFor}`;
}

async function stateOf(stand: Stand, workflowId: string): Promise<WorkflowState | null> {
  return await stand.client.workflow
    .getHandle(workflowId)
    .query<WorkflowState>(STATE_QUERY)
    .catch(() => null);
}
