/** The inbox: what Altegio told us, stored before we answer, and what has become of it. */
import type pg from 'pg';
import type { Tx } from './database.ts';
import type { WebhookOwner } from './connections.ts';

/** An event to be stored. `body` is its canonical JSON, `hash` that text's SHA-256 in hex (event-text.ts). */
export interface NewEvent {
  readonly resource: string;
  readonly resourceId: string;
  readonly status: string;
  readonly body: string;
  readonly hash: string;
  /** When the thing changed, as Altegio says it; null when the event does not say. */
  readonly changedAt: Date | null;
  /** Set when nothing is to be done about it, and why. */
  readonly ignored: string | null;
}

const STORE = `
  with stored as (
    insert into inbox (location_id, chain_id, resource, resource_id, status, body, body_hash, state, note, changed_at)
    select $1, $2, resource, resource_id, status, body::jsonb, decode(hash, 'hex'),
           case when note is null then 'received' else 'ignored' end, note, changed_at
      from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[])
        as event (resource, resource_id, status, body, hash, note, changed_at)
  )
  update location set last_event_at = now() where id = $1`;

/** Stores a delivery's events in one statement: all of them or, when it throws, none. */
export async function storeEvents(pool: pg.Pool, owner: WebhookOwner, events: readonly NewEvent[]): Promise<void> {
  await pool.query(STORE, [
    owner.locationId,
    owner.chainId,
    events.map(({ resource }) => resource),
    events.map(({ resourceId }) => resourceId),
    events.map(({ status }) => status),
    events.map(({ body }) => body),
    events.map(({ hash }) => hash),
    events.map(({ ignored }) => ignored),
    events.map(({ changedAt }) => changedAt),
  ]);
}

/** An event nobody has worked on yet. `body` is JSON text, for a parsed number would lose digits of an id. */
export interface ReceivedEvent {
  readonly id: bigint;
  readonly locationId: bigint;
  readonly chainId: bigint;
  readonly resource: string;
  readonly resourceId: string;
  readonly status: string;
  readonly body: string;
}

interface ReceivedSql {
  id: bigint;
  location_id: bigint;
  chain_id: bigint;
  resource: string;
  resource_id: string;
  status: string;
  body: string;
}

const RECEIVED = `
  select id, location_id, chain_id, resource, resource_id, status, body::text as body from inbox where state = 'received'`;

const toReceived = (row: ReceivedSql): ReceivedEvent => ({
  id: row.id,
  locationId: row.location_id,
  chainId: row.chain_id,
  resource: row.resource,
  resourceId: row.resource_id,
  status: row.status,
  body: row.body,
});

/** Locks a page of received events; rows that another process works on are passed over. */
export async function lockReceived(tx: Tx, after: bigint, limit: number): Promise<ReceivedEvent[]> {
  const rows = await tx.rows<ReceivedSql>(`${RECEIVED} and id > $1 order by id limit $2 for update skip locked`, [
    after,
    limit,
  ]);
  return rows.map(toReceived);
}

/** Locks those of the named events that are still received and that no other process works on. */
export async function lockReceivedById(tx: Tx, ids: readonly bigint[]): Promise<ReceivedEvent[]> {
  const rows = await tx.rows<ReceivedSql>(`${RECEIVED} and id = any($1::bigint[]) order by id for update skip locked`, [
    ids,
  ]);
  return rows.map(toReceived);
}

// A dated event says when the thing changed, so the same body is the same change however late it comes. An undated one
// (a loyalty card, an old client) may look the same after a real change and back: it is folded only into one whose work
// has not begun, for that work will read the balance after this event came.
const REPEATS = `
  update inbox r set state = 'repeat', note = 'the same event came before'
    from unnest($1::bigint[], $2::boolean[]) as c (id, dated)
   where r.id = c.id
     and exists (select 1 from inbox e
                  where e.location_id = r.location_id and e.body_hash = r.body_hash and e.id <> r.id
                    and (e.id < r.id and e.state = 'received'
                         or c.dated and (e.state in ('resolved', 'started') or e.id < r.id and e.state = 'repeat')))
  returning r.id`;

/** Marks exact repeats and returns their ids. */
export async function markRepeats(tx: Tx, events: readonly { id: bigint; dated: boolean }[]): Promise<Set<bigint>> {
  if (events.length === 0) return new Set();
  const rows = await tx.rows<{ id: bigint }>(REPEATS, [events.map(({ id }) => id), events.map(({ dated }) => dated)]);
  return new Set(rows.map(({ id }) => id));
}

/** What has become of an event: an account to look at, or the reason why there is none. */
export interface Outcome {
  readonly id: bigint;
  readonly accountId: string | null;
  readonly note: string | null;
}

/** Stores outcomes: with an account `resolved`, without one `ignored`. */
export function sendOutcomes(tx: Tx, outcomes: readonly Outcome[]): void {
  if (outcomes.length === 0) return;
  tx.send(
    `update inbox set state = case when o.account_id is null then 'ignored' else 'resolved' end,
            account_id = o.account_id, note = o.note
       from unnest($1::bigint[], $2::text[], $3::text[]) as o (id, account_id, note) where inbox.id = o.id`,
    [outcomes.map(({ id }) => id), outcomes.map(({ accountId }) => accountId), outcomes.map(({ note }) => note)],
  );
}

// A visit is followed from the first event that tells of money on it, or of its being paid in full; then every event of it
// counts. An appointment that nobody has paid for needs no look.
const VISIT_OF_EVENT = `
  select event.id, event.record_id
    from (select due.body->'data'->>'visit_id' as id,
                 case when due.resource = 'record' then due.resource_id else due.body->'data'->>'record_id' end as record_id) event
   where due.resource in ('record', 'finances_operation')
     and event.id ~ '^[1-9][0-9]{0,17}$' and event.record_id ~ '^[1-9][0-9]{0,17}$'
     and (due.resource = 'finances_operation' or due.body->'data'->>'paid_full' in ('1', 'true')
          or exists (select 1 from visit known where known.location_id = due.location_id and known.visit_id = event.id::bigint))`;

/** An account whose reconciliation is due because of events. */
export interface DueAccount {
  readonly accountId: string;
  readonly chainId: bigint;
  /** Where the newest of the events came from. */
  readonly locationId: bigint;
  readonly eventIds: readonly bigint[];
  /** No webhook told of any of them: the catch-up found them. */
  readonly caughtUp: boolean;
}

/** A visit that events told of. */
export interface DueVisit {
  readonly chainId: bigint;
  readonly locationId: bigint;
  readonly visitId: bigint;
  readonly recordId: bigint;
  readonly accountId: string;
  readonly eventIds: readonly bigint[];
}

// One person may have an account in each program of the chain; an event says nothing about which of them moved.
const DUE = `
  with due as (
    select id, account_id, location_id, source, resource, resource_id, body from inbox
     where state = 'resolved' and id > $1 order by id limit $2 for update skip locked
  )
  select due.id, due.location_id, due.source, person.id as account_id, person.chain_id, visit.id as visit_id,
         visit.record_id
    from due join account a on a.id = due.account_id
    join account person on person.chain_id = a.chain_id and person.phone = a.phone
    left join lateral (${VISIT_OF_EVENT}) visit on true
   order by due.id, person.created_at, person.id`;

interface DueSql {
  id: bigint;
  location_id: bigint;
  source: 'webhook' | 'catch_up';
  account_id: string;
  chain_id: bigint;
  visit_id: string | null;
  record_id: string;
}

/** A page of resolved events, locked and folded by account. */
export interface DuePage {
  readonly accounts: readonly DueAccount[];
  readonly visits: readonly DueVisit[];
  readonly eventIds: readonly bigint[];
  /** The id the page ended with; null when it was empty. */
  readonly last: bigint | null;
}

/** Locks a page of resolved events and folds them: one entry an account, however many events. */
export async function lockDue(tx: Tx, after: bigint, limit: number): Promise<DuePage> {
  const rows = await tx.rows<DueSql>(DUE, [after, limit]);
  const folded = new Map<string, Omit<DueAccount, 'accountId'>>();
  for (const row of rows) {
    const known = folded.get(row.account_id);
    const eventIds = [...(known?.eventIds ?? []), row.id];
    const caughtUp = row.source === 'catch_up' && (known?.caughtUp ?? true);
    folded.set(row.account_id, { chainId: row.chain_id, locationId: row.location_id, eventIds, caughtUp });
  }
  return {
    accounts: [...folded].map(([accountId, due]) => ({ accountId, ...due })),
    visits: foldVisits(rows),
    eventIds: [...new Set(rows.map(({ id }) => id))],
    last: rows.at(-1)?.id ?? null,
  };
}

/** One entry a visit, for the first account that an event of it names. */
function foldVisits(rows: readonly DueSql[]): DueVisit[] {
  const folded = new Map<string, DueVisit>();
  for (const row of rows) {
    if (row.visit_id === null) continue;
    const { chain_id: chainId, location_id: locationId, account_id: accountId } = row;
    const key = `${locationId} ${row.visit_id}`;
    const known = folded.get(key) ?? { chainId, locationId, accountId, eventIds: [] };
    const ids = { visitId: BigInt(row.visit_id), recordId: BigInt(row.record_id) };
    folded.set(key, { ...known, ...ids, eventIds: [...known.eventIds, row.id] });
  }
  return [...folded.values()];
}

/** Says that the work these events asked for has begun. */
export async function markStarted(tx: Tx, ids: readonly bigint[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.rows(`update inbox set state = 'started', started_at = now() where id = any($1::bigint[])`, [ids]);
}
