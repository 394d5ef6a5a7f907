/** How one address stands: what is parked, whether the breaker is open, how much of the budget is used. */
import type pg from 'pg';
import { parked, type Parked } from './parking.ts';
import type { TokenState } from './user-token.ts';

/** Calls that Altegio allows, or that were made. */
export interface CallCounts {
  readonly perSecond: number;
  readonly perMinute: number;
}

/** See the file's header; the same in every process. */
export interface AltegioAccess {
  /** Host of the base URL, with the port where it is not the usual one. */
  readonly host: string;
  readonly token: TokenState;
  readonly parked: readonly Parked[];
  /** Since when only probes are sent; null while the breaker is closed. */
  readonly breakerOpenSince: Date | null;
  /** Calls within the last second and minute, by the database's clock. */
  readonly calls: CallCounts;
  readonly limits: CallCounts;
}

interface BudgetRow {
  open_since: Date | null;
  last_second: string | bigint;
  last_minute: string | bigint;
}

// sent_count grows with every call, so the calls of a window are a difference; the first entry is older than any window.
const BUDGET = `
  select open_since,
         sent_count[cardinality(sent_count)] - sent_count[width_bucket(clock_timestamp() - interval '1 s', sent_at)]
           as last_second,
         sent_count[cardinality(sent_count)] - sent_count[width_bucket(clock_timestamp() - interval '60 s', sent_at)]
           as last_minute
    from altegio_budget where address = $1`;

/** Reads {@link AltegioAccess} but for the token, which its own keeper knows. */
export async function readAccess(
  pool: pg.Pool,
  address: string,
): Promise<Pick<AltegioAccess, 'host' | 'parked' | 'breakerOpenSince' | 'calls'>> {
  const [scopes, budget] = await Promise.all([
    parked(pool, address),
    pool.query<BudgetRow>({ name: 'altegio_access', text: BUDGET, values: [address] }),
  ]);
  const [row] = budget.rows;
  return {
    host: new URL(address).host,
    parked: scopes,
    breakerOpenSince: row?.open_since ?? null,
    calls: { perSecond: Number(row?.last_second ?? 0), perMinute: Number(row?.last_minute ?? 0) },
  };
}
