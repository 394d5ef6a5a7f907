/** Fetching a chain's loyalty journal into `altegio_line`: a set of lines, one fetch a chain however many wait for it. */
import { setTimeout as delay } from 'node:timers/promises';
import { CARD_MOVING_TYPES } from '../../domain/journal.ts';
import type { JournalLine } from './client/index.ts';
import type { AltegioDeps } from './deps.ts';

const DAY_MS = 86_400_000;
/** The widest local dates on earth: a location may be 12 hours behind or 14 hours ahead of UTC. */
const BEHIND_MS = 12 * 3_600_000;
const AHEAD_MS = 14 * 3_600_000;
/** A fetch older than this has died; another one may start. */
const FETCH_LEASE_SECONDS = 30;
const POLL_MS = 100;

/** How many days back the journal shows a line as old as `since` (epoch milliseconds), yesterday at least. */
export function daysBackTo(since: number, now: number = Date.now()): number {
  return Math.max(1, Math.ceil((now - since) / DAY_MS));
}

/** The days asked for: `daysBack` days before the earliest local today, to the day after the latest one. */
export function journalDays(now: number, daysBack: number): { from: string; to: string } {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  return { from: day(now - BEHIND_MS - daysBack * DAY_MS), to: day(now + AHEAD_MS + DAY_MS) };
}

// Not when one that is good enough has ended since it was looked for.
const CLAIM_FETCH = `
  insert into altegio_journal (chain_id, running_since) values ($1, clock_timestamp())
  on conflict (chain_id) do update set running_since = excluded.running_since
    where (altegio_journal.running_since is null
           or altegio_journal.running_since < clock_timestamp() - make_interval(secs => ${FETCH_LEASE_SECONDS}))
      and (altegio_journal.last_started_at >= $2::timestamptz and altegio_journal.last_from <= $3::date) is not true
  returning running_since::text as running_since`;

const FETCHED = `
  update altegio_journal set last_started_at = running_since, last_from = $3::date, running_since = null
   where chain_id = $1 and running_since = $2::timestamptz`;

const FETCHED_ALREADY = `
  select 1 from altegio_journal where chain_id = $1 and last_started_at >= $2::timestamptz and last_from <= $3::date`;

// Two minutes past its window, and a journal of its day read after that without its line: a write given up never came.
const FORGET = `
  update altegio_write set forgotten_at = clock_timestamp()
   where chain_id = $1 and state = 'given_up' and line_id is null and forgotten_at is null
     and window_until + interval '2 minutes' < $2::timestamptz
     and created_at - interval '12 hours' >= $3::date::timestamp at time zone 'UTC'`;

const LET_GO = `
  update altegio_journal set running_since = null where chain_id = $1 and running_since = $2::timestamptz`;

// Line ids grow with time as far as is known, so a line older than a card's adoption is part of its opening balance.
const LINES = `
  insert into altegio_line (chain_id, line_id, card_id, type_id, amount, visit_id, record_id, not_before, seen_from,
                            claim, claimed_at)
  select $1, line.line_id, line.card_id, line.type_id, line.amount, line.visit_id, line.record_id,
         (select last_started_at from altegio_journal where chain_id = $1), $8::date,
         case when line.line_id <= card.opening_line_id then 'opening' end,
         case when line.line_id <= card.opening_line_id then now() end
    from unnest($2::bigint[], $3::bigint[], $4::int[], $5::bigint[], $6::bigint[], $7::bigint[])
      as line (line_id, card_id, type_id, amount, visit_id, record_id)
    left join altegio_card card on card.card_id = line.card_id
  on conflict do nothing`;

/** How many days to fetch, and how long ago (milliseconds) a fetch may have begun that is good enough. */
export interface FetchOptions {
  readonly daysBack?: number;
  readonly maxAgeMs?: number;
  readonly signal?: AbortSignal;
}
const SHOWN = `
  update altegio_line set seen_from = $3::date, missed = 0
   where chain_id = $1 and line_id = any($2::bigint[]) and (missed > 0 or seen_from is null or seen_from < $3::date)`;

// Pages shift under the reader: a line is gone only when two fetches in a row do not show it. Lines that our own writes
// make are not looked at.
const MISSED = `
  update altegio_line set missed = missed + 1
   where chain_id = $1 and line_id > 0 and type_id <> all('{5,6}') and missed < 2 and seen_from >= $3::date
     and line_id <> all($2::bigint[])`;

// What is cancelled was put back on the card: a line of its own the other way. One that was cancelled before the card was
// adopted is in the opening balance whole.
const CANCELLED = `
  insert into altegio_line (chain_id, line_id, card_id, type_id, amount, visit_id, record_id, not_before, claim, claimed_at)
  select line.chain_id, -line.line_id, line.card_id, line.type_id, -line.amount, line.visit_id, line.record_id,
         (select last_started_at from altegio_journal where chain_id = $1),
         case when line.claim = 'opening' and line.first_seen_at >= $4::timestamptz then 'opening' end,
         case when line.claim = 'opening' and line.first_seen_at >= $4::timestamptz then now() end
    from altegio_line line
   where line.chain_id = $1 and line.line_id > 0 and line.type_id <> all('{5,6}')
     and (line.line_id = any($2::bigint[]) or line.missed >= 2 and line.seen_from >= $3::date)
  on conflict do nothing`;

/**
 * Makes sure that every line of these days that Altegio showed at the time of this call, less `maxAgeMs`, is stored:
 * fetches the journal, or waits for a fetch of as many days that began later than that.
 * @throws the Altegio client's errors, and the abort reason of `signal`
 */
export async function fetchJournal(
  deps: AltegioDeps,
  chainId: bigint,
  { daysBack = 1, maxAgeMs = 0, signal }: FetchOptions = {},
): Promise<void> {
  const clock = await deps.pool.query<{ not_before: string }>(
    'select (clock_timestamp() - make_interval(secs => $1))::text as not_before',
    [maxAgeMs / 1_000],
  );
  const notBefore = clock.rows[0]?.not_before;
  for (;;) {
    signal?.throwIfAborted();
    const days = journalDays(Date.now(), daysBack);
    const done = await deps.pool.query(FETCHED_ALREADY, [chainId, notBefore, days.from]);
    if (done.rowCount) return;
    const claimed = await deps.pool.query<{ running_since: string }>(CLAIM_FETCH, [chainId, notBefore, days.from]);
    const runningSince = claimed.rows[0]?.running_since;
    if (runningSince !== undefined) return await fetchNow(deps, chainId, runningSince, days, signal);
    await delay(POLL_MS);
  }
}

async function fetchNow(
  deps: AltegioDeps,
  chainId: bigint,
  runningSince: string,
  days: { readonly from: string; readonly to: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const query = { chainId, ...days, types: [...CARD_MOVING_TYPES] };
    const lines = await deps.altegio.journal(query, { lane: 'write', ...(signal && { signal }) });
    await storeLines(deps, chainId, lines, days.from);
    const shown = lines.map(({ id }) => id);
    await deps.pool.query(SHOWN, [chainId, shown, days.from]);
    await deps.pool.query(MISSED, [chainId, shown, days.from]);
    const cancelled = lines.filter((line) => line.cancelled).map(({ id }) => id);
    await deps.pool.query(CANCELLED, [chainId, cancelled, days.from, runningSince]);
    await deps.pool.query(FORGET, [chainId, runningSince, days.from]);
    await deps.pool.query(FETCHED, [chainId, runningSince, days.from]);
  } catch (error) {
    await deps.pool.query(LET_GO, [chainId, runningSince]).catch(() => undefined);
    throw error;
  }
}

async function storeLines(
  deps: AltegioDeps,
  chainId: bigint,
  lines: readonly JournalLine[],
  from: string,
): Promise<void> {
  if (lines.length === 0) return;
  await deps.pool.query(LINES, [
    chainId,
    lines.map(({ id }) => id),
    lines.map(({ cardId }) => cardId),
    lines.map(({ typeId }) => typeId),
    lines.map(({ amount }) => amount),
    lines.map(({ visitId }) => visitId),
    lines.map(({ recordId }) => recordId),
    from,
  ]);
}
