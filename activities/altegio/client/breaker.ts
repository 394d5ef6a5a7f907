/**
 * The breaker of one address, shared by all processes: after 5 outages within 10 s nothing is sent but one probe every
 * 5 s, until a call is answered. An outage is a call without an answer, or with a 5xx, or one that could not be sent.
 * Whether it is open is read, and the probe claimed, by `altegio_take` together with the budget.
 */
import type pg from 'pg';

/** Outages that open the breaker, within how long, and how often a probe passes (the last is also in altegio_take). */
const OUTAGES = 5;

/** A shorter deadline that passes says more about the caller's haste than about Altegio. */
export const SHORTEST_TELLING_MS = 1_000;

/**
 * Counts an outage.
 * @returns whether this one opened the breaker
 */
export async function recordOutage(pool: pg.Pool, address: string): Promise<boolean> {
  const result = await pool.query({
    name: 'altegio_outage',
    text: `
      update altegio_budget b set
        failures = array(select f from unnest(b.failures || clock_timestamp()) as u(f)
                         where f > clock_timestamp() - interval '10 s' order by f desc limit ${OUTAGES})
      where address = $1`,
    values: [address],
  });
  if (result.rowCount === 0) return false;
  const opened = await pool.query({
    name: 'altegio_open',
    text: `
      update altegio_budget set open_since = clock_timestamp(), probe_at = clock_timestamp() + interval '5 s'
      where address = $1 and open_since is null and cardinality(failures) >= ${OUTAGES}`,
    values: [address],
  });
  return opened.rowCount === 1;
}

/** Closes the breaker: its probe was answered. */
export async function closeBreaker(pool: pg.Pool, address: string): Promise<boolean> {
  const result = await pool.query({
    name: 'altegio_close',
    text: `update altegio_budget set open_since = null, probe_at = null, failures = '{}'
           where address = $1 and open_since is not null`,
    values: [address],
  });
  return result.rowCount === 1;
}
