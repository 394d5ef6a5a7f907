/** Waiting until nothing is under way any more, and saying who is not done when that takes too long. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import { call } from './doors.ts';
import { type Addresses, TASK_QUEUE_PREFIX } from './stack.ts';

/** Where to look. */
export interface QuietDeps {
  readonly pool: pg.Pool;
  readonly client: Client;
  readonly chainId: number;
  /** Where events may have been lost: Altegio is asked once more what has changed there. */
  readonly locationIds: readonly number[];
  readonly addresses: Addresses;
  readonly signal: AbortSignal;
  /** How late Altegio may apply a write or send an event. */
  readonly lateMs: number;
  readonly progress: (waits: string) => void;
}

/** How it ended. */
export interface QuietEnd {
  readonly quiet: boolean;
  /** Who was not done, when it was not. */
  readonly waitsFor: string;
  /** How often an operator had to ask for another try. */
  readonly operatorRetries: number;
}

const POLL_MS = 1_000;
/** Longest wait: a refused token is probed once a minute, and a lost event is found by the journal of the next one. */
const LIMIT_MS = 300_000;
/** An operator looks again that often at what waits for him. */
const OPERATOR_MS = 10_000;
const REASON = 'The cause has ended';
const SHOWN = 3;

interface Waiting {
  readonly open_writes: number;
  readonly unexplained: number;
  readonly unequal: string[];
  readonly inbox: number;
}

const WAITING = `
  select (select count(*)::int from altegio_write where state in ('in_flight', 'in_doubt')) as open_writes,
         (select count(*)::int from altegio_card where unexplained <> 0) as unexplained,
         (select count(*)::int from inbox where state in ('received', 'resolved')) as inbox,
         array(select a.id from account a join altegio_card c on c.account_id = a.id and c.role = 'current'
                where c.confirmed <> greatest(0, a.active - a.held)
                  and not exists (select 1 from break b where b.account_id = a.id and b.closed_at is null
                                     and b.kind in ('card_missing', 'refused'))
                order by a.id) as unequal`;

/** See the file's header. Schedules are triggered instead of waiting for their minutes. */
export async function untilQuiet(deps: QuietDeps): Promise<QuietEnd> {
  const began = Date.now();
  let operatorRetries = 0;
  let askedAt = began;
  let last = '';
  // Late effects first: a journal read before them would prove nothing.
  deps.progress('for late effects');
  await sleep(deps.lateMs, undefined, { signal: deps.signal });
  await catchUp(deps, began + LIMIT_MS);
  for (let journalAt = 0; Date.now() - began < LIMIT_MS; await sleep(POLL_MS, undefined, { signal: deps.signal })) {
    last = await waitsFor(deps);
    deps.progress(last || 'for a last look into the journal');
    if (last === '') {
      // Everybody is done as far as we know; who was moved unheard shows only in a journal read from now on.
      if (journalAt > 0 && (await journalReadSince(deps, journalAt)))
        return { quiet: true, waitsFor: '', operatorRetries };
      if (journalAt === 0) journalAt = await triggerJournal(deps);
    } else {
      journalAt = 0;
    }
    if (Date.now() - askedAt > OPERATOR_MS) {
      askedAt = Date.now();
      operatorRetries += await retryParked(deps);
      await deps.client.schedule.getHandle(`sweep:${deps.chainId}`).trigger();
    }
  }
  return { quiet: false, waitsFor: last || 'the journal was not read', operatorRetries };
}

/** Who is not done, in words; empty when everybody is. */
async function waitsFor({ pool, client }: QuietDeps): Promise<string> {
  const { rows } = await pool.query<Waiting>(WAITING);
  const [row] = rows;
  if (!row) throw new Error('the database answered nothing');
  const open: string[] = [];
  const query = `ExecutionStatus='Running' AND WorkflowType!='journalTail' AND TaskQueue='${TASK_QUEUE_PREFIX}orchestration'`;
  for await (const { workflowId } of client.workflow.list({ query })) open.push(workflowId);
  const named = (what: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [`${names.length} ${what} (${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? ', …' : ''})`];
  return [
    ...named('open workflows', open),
    ...named('unequal accounts', row.unequal),
    ...(row.open_writes > 0 ? [`${row.open_writes} open writes`] : []),
    ...(row.unexplained > 0 ? [`${row.unexplained} cards with an unexplained change`] : []),
    ...(row.inbox > 0 ? [`${row.inbox} events in the inbox`] : []),
  ].join(', ');
}

async function triggerJournal({ pool, client, chainId }: QuietDeps): Promise<number> {
  const at = await clockOf(pool);
  await client.schedule.getHandle(`journalTail:${chainId}`).trigger();
  return at;
}

/** By the database's clock, epoch milliseconds. */
async function clockOf(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ at: Date }>('select clock_timestamp() as at');
  return rows[0]?.at.getTime() ?? Date.now();
}

/** What was lost on its way here is asked for, until each location has told all of it. */
async function catchUp({ pool, client, locationIds, signal, progress }: QuietDeps, until: number): Promise<void> {
  if (locationIds.length === 0) return;
  progress('for what no event told of');
  const since = new Date(await clockOf(pool));
  for (let askedAt = 0; Date.now() < until; await sleep(POLL_MS, undefined, { signal })) {
    const { rows } = await pool.query<{ id: string }>(
      'select id from location where id = any($1::bigint[]) and (caught_up_to is null or caught_up_to < $2)',
      [locationIds, since],
    );
    if (rows.length === 0) return;
    if (Date.now() - askedAt < OPERATOR_MS) continue;
    askedAt = Date.now();
    for (const { id } of rows) await client.schedule.getHandle(`catchUp:${id}`).trigger();
  }
}

/** Whether the chain's journal was read complete, beginning after that moment of the database's clock, and worked on. */
async function journalReadSince({ pool, client, chainId }: QuietDeps, since: number): Promise<boolean> {
  const { rowCount } = await pool.query(
    'select 1 from altegio_journal where chain_id = $1 and running_since is null and last_started_at > $2',
    [chainId, new Date(since)],
  );
  if (!rowCount) return false;
  const query = `ExecutionStatus='Running' AND WorkflowType='journalTail'`;
  for await (const _open of client.workflow.list({ query })) return false;
  return true;
}

/** What an operator does about operations that wait for one: he asks for another try. */
async function retryParked({ pool, client, addresses }: QuietDeps): Promise<number> {
  const { rows } = await pool.query<{ workflow_id: string }>(
    `select distinct workflow_id from operation where state = 'needs_operator'`,
  );
  for (const { workflow_id: workflowId } of rows) {
    const url = `${addresses.apis[0]}/api/operations/${encodeURIComponent(workflowId)}/retry`;
    const reply = await call(url, { token: addresses.adminToken, body: { reason: REASON } });
    if (reply && reply.status < 300) continue;
    await client.workflow
      .getHandle(workflowId)
      .signal('retry', REASON)
      .catch(() => {});
  }
  return rows.length;
}
