/** Drifts with their causes and evidence, and how long they took to be found and to be made equal. */
import type pg from 'pg';
import { partsOf } from './history-view.ts';

/** A part of a drift with its cause; without a line where none has named it. Amount in minor units. */
export interface DriftPart {
  readonly cause: string;
  readonly amount: bigint;
  readonly lineId: bigint | null;
  readonly type: number | null;
}

/** One drift; amounts in minor units. */
export interface DriftView {
  readonly id: bigint;
  readonly accountId: string;
  readonly chainId: bigint;
  readonly cardId: bigint;
  readonly amount: bigint;
  readonly way: string | null;
  readonly foundAt: Date;
  readonly notBefore: Date | null;
  readonly equalAt: Date | null;
  readonly detectSeconds: number | null;
  readonly equalSeconds: number | null;
  /** `waiting` while the journal may still name the rest. */
  readonly state: 'waiting' | 'explained' | 'unknown';
  readonly parts: readonly DriftPart[];
  readonly expected: bigint | null;
  readonly balance: bigint | null;
  readonly workflowId: string;
  readonly runId: string;
}

interface DriftSql {
  id: bigint;
  account_id: string;
  chain_id: bigint;
  card_id: bigint;
  amount: bigint;
  way: string | null;
  found_at: Date;
  not_before: Date | null;
  equal_at: Date | null;
  explained_at: Date | null;
  unknown_at: Date | null;
  detect_seconds: number | null;
  equal_seconds: number | null;
  parts: { line: string; type: number; cause: string; amount: string }[];
  expected: bigint | null;
  balance: bigint | null;
  workflow_id: string;
  run_id: string;
}

// A bound from above: the journal has no times, so what is known is when the change was proven not to be there yet.
const seconds = (from: string, to: string): string =>
  `case when ${from} is not null and ${to} is not null
        then greatest(0, extract(epoch from ${to} - ${from})) end::float8`;
const DETECT = seconds('drift.not_before', 'drift.found_at');
const EQUAL = seconds('drift.found_at', 'drift.equal_at');

const DRIFTS = `
  select drift.*, account.chain_id, o.workflow_id, o.run_id, ${DETECT} as detect_seconds, ${EQUAL} as equal_seconds,
         ${partsOf('drift.id')} as parts
    from drift
    join account on account.id = drift.account_id
    join operation o on o.id = drift.operation
   where ($1::text is null or drift.account_id = $1) and ($2::bigint is null or account.chain_id = $2)
     and ($3::text is null or drift.way = $3) and ($4::bigint is null or drift.id < $4)
   order by drift.id desc limit $5`;

/** What a list of drifts is narrowed by; null does not narrow. */
export interface DriftFilter {
  readonly accountId: string | null;
  readonly chainId: bigint | null;
  readonly way: string | null;
  /** The id the page before ended with. */
  readonly before: bigint | null;
  readonly limit: number;
}

function partsIn(row: DriftSql, state: DriftView['state']): DriftPart[] {
  const parts = row.parts.map(({ line, type, cause, amount }) => ({
    cause,
    type,
    amount: BigInt(amount),
    lineId: BigInt(line),
  }));
  const rest = row.amount - parts.reduce((sum, { amount }) => sum + amount, 0n);
  if (rest === 0n || state === 'waiting') return parts;
  return [...parts, { cause: 'unknown', amount: rest, lineId: null, type: null }];
}

function toDrift(row: DriftSql): DriftView {
  const state = row.explained_at ? 'explained' : row.unknown_at ? 'unknown' : 'waiting';
  return {
    id: row.id,
    accountId: row.account_id,
    chainId: row.chain_id,
    cardId: row.card_id,
    amount: row.amount,
    way: row.way,
    foundAt: row.found_at,
    notBefore: row.not_before,
    equalAt: row.equal_at,
    detectSeconds: row.detect_seconds,
    equalSeconds: row.equal_seconds,
    state,
    parts: partsIn(row, state),
    expected: row.expected,
    balance: row.balance,
    workflowId: row.workflow_id,
    runId: row.run_id,
  };
}

/** A page of drifts, newest first; `next` is the id that the following page starts below. */
export async function listDrifts(
  pool: pg.Pool,
  { accountId, chainId, way, before, limit }: DriftFilter,
): Promise<{ items: DriftView[]; next: bigint | null }> {
  const { rows } = await pool.query<DriftSql>(DRIFTS, [accountId, chainId, way, before, limit + 1]);
  const items = rows.slice(0, limit).map(toDrift);
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** How many drifts took how long, by the way they were found: `counts[i]` took at most `bounds[i]` seconds. */
export interface DriftTimes {
  readonly way: string;
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** Both times of all drifts, and their number by way and cause: counted from the rows, so that any process may tell. */
export async function driftTimes(
  pool: pg.Pool,
  bounds: readonly number[],
): Promise<{
  readonly detect: readonly DriftTimes[];
  readonly equal: readonly DriftTimes[];
  readonly causes: readonly { readonly way: string; readonly cause: string; readonly count: number }[];
}> {
  const times = async (took: string) => {
    const { rows } = await pool.query<DriftTimes>(
      `select way, (select array_agg((select count(*) from unnest(took) t where t <= bound)::int order by bound)
                      from unnest($1::float8[]) bound) as counts,
              cardinality(took) as count, (select sum(t) from unnest(took) t)::float8 as sum
         from (select way, array_agg(${took}) as took from drift
                where way is not null and ${took} is not null group by way) found`,
      [bounds],
    );
    return rows;
  };
  const [detect, equal, causes] = await Promise.all([
    times(DETECT),
    times(EQUAL),
    pool.query<{ way: string; cause: string; count: number }>(
      `select drift.way, cause, count(*)::int as count
         from drift join drift_cause on drift_cause.drift_id = drift.id cross join unnest(causes) cause
        where drift.way is not null group by drift.way, cause`,
    ),
  ]);
  return { detect, equal, causes: causes.rows };
}
