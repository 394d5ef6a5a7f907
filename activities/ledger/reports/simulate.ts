/** Playing other rules over real sales: read only, in bounded memory, from one moment of the ledger. */
import type pg from 'pg';
import { type PastSale, type SimulatedAccount, simulateAccount, Simulation } from '../../../domain/simulation.ts';
import type { ProgramSettings } from '../../../domain/program.ts';
import { RowStream } from '../proof/stream.ts';
import { storedBill } from '../stored-payment.ts';
import { onSnapshot } from './snapshot.ts';

/** What is played. */
export interface SimulationWanted {
  readonly programId: string;
  readonly days: number;
  readonly rules: { readonly now: ProgramSettings; readonly proposed: ProgramSettings };
}

/** The result, and what the program's customers hold today; minor units. */
export interface Simulated {
  readonly simulation: Simulation;
  readonly liability: bigint;
  readonly from: Date;
  readonly to: Date;
}

interface SaleSql {
  account_id: string;
  location_id: bigint;
  type_id: string;
  spent: bigint;
  total: bigint;
  refunded: bigint;
  redeemed: bigint;
  returned: bigint;
  due: bigint;
  accrued: bigint;
  clawed_back: bigint;
  request: unknown;
  captured: unknown;
}

// A cursor takes no parameters; these two are the transaction's own settings.
const PLACE = `select set_config('bonus.program', $1, true), set_config('bonus.days', $2, true)`;
const SINCE = `now() - make_interval(days => current_setting('bonus.days')::int)`;
const SALES = `
  select p.account_id, p.location_id, a.type_id, a.spent, coalesce(p.captured_total, p.total) as total, p.refunded,
         coalesce(p.redeemed, 0) as redeemed, coalesce(back.points, 0) as returned, coalesce(p.due, 0) as due,
         coalesce(p.accrued, 0) as accrued, coalesce(back.clawed_back, 0) as clawed_back, p.request, p.captured
    from payment p
    join account a on a.id = p.account_id
    left join lateral (
      select sum(points)::bigint as points, sum(clawed_back)::bigint as clawed_back from payment_step
       where payment_id = p.id and kind = 'refund' and state = 'DONE') back on true
   where p.program_id = current_setting('bonus.program') and p.happened_at >= ${SINCE}
     and p.state in ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED')
   order by p.account_id, p.happened_at, p.id`;

const TODAY = `
  select coalesce(sum(active + pending - debt), 0)::bigint as liability, ${SINCE} as "from", now() as "to"
    from account where program_id = current_setting('bonus.program')`;

function toSale(row: SaleSql): PastSale {
  const { lines, money } = storedBill.parse(row.captured ?? row.request);
  const { total, refunded, redeemed, returned, due, accrued, clawed_back: clawedBack } = row;
  const buying = { locationId: row.location_id, customerTypeId: row.type_id };
  return { ...buying, total, refunded, redeemed, returned, due, accrued, clawedBack, lines, money };
}

/** Plays it; `onAccount` is told of every customer who has bought. */
export async function simulate(
  pool: pg.Pool,
  { programId, days, rules }: SimulationWanted,
  onAccount: (account: SimulatedAccount) => Promise<void> = async () => undefined,
): Promise<Simulated> {
  return await onSnapshot(pool, async (client) => {
    await client.query(PLACE, [programId, String(days)]);
    const today = await client.query<{ liability: bigint; from: Date; to: Date }>(TODAY);
    const simulation = new Simulation();
    const rows = new RowStream<SaleSql>(client, 'sales', SALES);
    for (let first = await rows.take(); first; first = await rows.take()) {
      const sales = [toSale(first)];
      while ((await rows.peek())?.account_id === first.account_id) {
        const next = await rows.take();
        if (next) sales.push(toSale(next));
      }
      const account = simulateAccount(first.account_id, sales, first.spent, rules);
      simulation.add(account, sales.length);
      await onAccount(account);
    }
    const [held] = today.rows;
    if (!held) throw new Error('a sum always has a row');
    return { simulation, ...held };
  });
}
