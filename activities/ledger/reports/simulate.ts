/** Playing other rules over real sales and visits: read only, in bounded memory, from one moment of the ledger. */
import type pg from 'pg';
import {
  type PastSale,
  type PastVisit,
  type SimulatedAccount,
  simulateAccount,
  Simulation,
} from '../../../domain/simulation.ts';
import type { ProgramSettings } from '../../../domain/program.ts';
import { RowStream } from '../proof/stream.ts';
import { storedBill } from '../stored-payment.ts';
import { factsFrom, ownRecords } from '../visits/facts.ts';
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

/** A sale, or with facts a visit: then `due` is the money it counted. */
interface PastSql {
  account_id: string;
  location_id: bigint;
  type_id: string;
  spent: bigint;
  visit_id: bigint | null;
  total: bigint;
  refunded: bigint;
  redeemed: bigint;
  returned: bigint;
  due: bigint;
  accrued: bigint;
  clawed_back: bigint;
  request: unknown;
  captured: unknown;
  facts: unknown;
  paid_before: boolean;
  client_ids: string[];
}

// A cursor takes no parameters; these two are the transaction's own settings.
const PLACE = `select set_config('bonus.program', $1, true), set_config('bonus.days', $2, true)`;
const SINCE = `now() - make_interval(days => current_setting('bonus.days')::int)`;
// A visit counts when it was settled: its money earned then, after its sales had.
const PAST = `
  select p.account_id, p.location_id, a.type_id, a.spent, p.visit_id, p.happened_at as at, coalesce(p.captured_total, p.total) as total, p.refunded,
         coalesce(p.redeemed, 0) as redeemed, coalesce(back.points, 0) as returned, coalesce(p.due, 0) as due,
         coalesce(p.accrued, 0) as accrued, coalesce(back.clawed_back, 0) as clawed_back, p.request, p.captured,
         null::jsonb as facts, false as paid_before, '{}'::text[] as client_ids, p.id
    from payment p
    join account a on a.id = p.account_id
    left join lateral (
      select sum(points)::bigint as points, sum(clawed_back)::bigint as clawed_back from payment_step
       where payment_id = p.id and kind = 'refund' and state = 'DONE') back on true
   where p.program_id = current_setting('bonus.program') and p.happened_at >= ${SINCE}
     and p.state in ('CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED')
   union all
  select v.account_id, v.location_id, a.type_id, a.spent, v.visit_id, v.settled_at, 0, 0, v.redeemed, 0, v.spent,
         v.accrued + v.uncollected, 0, null, null, v.facts, cardinality(v.payment_ids) > 0,
         array(select client_id::text from account_client c where c.account_id = a.id and c.location_id = v.location_id),
         v.visit_id::text
    from visit v
    join account a on a.id = v.account_id
   where a.program_id = current_setting('bonus.program') and v.settled_at >= ${SINCE} and v.facts is not null
   order by account_id, at, id`;

const TODAY = `
  select coalesce(sum(active + pending - debt), 0)::bigint as liability, ${SINCE} as "from", now() as "to"
    from account where program_id = current_setting('bonus.program')`;

function toPast(row: PastSql): PastSale | PastVisit {
  const { visit_id: visitId, total, refunded, redeemed, returned, due, accrued, clawed_back: clawedBack } = row;
  const buying = { locationId: row.location_id, customerTypeId: row.type_id };
  if (row.facts !== null && visitId !== null) {
    const facts = factsFrom(row.facts);
    const records = ownRecords(facts, row.client_ids);
    const was = { earned: accrued, redeemed, spent: due };
    return { ...buying, visitId, facts, paidBefore: row.paid_before, records, was };
  }
  const { lines, money } = storedBill.parse(row.captured ?? row.request);
  return { ...buying, visitId, total, refunded, redeemed, returned, due, accrued, clawedBack, lines, money };
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
    const rows = new RowStream<PastSql>(client, 'past', PAST);
    for (let first = await rows.take(); first; first = await rows.take()) {
      const past = [toPast(first)];
      while ((await rows.peek())?.account_id === first.account_id) {
        const next = await rows.take();
        if (next) past.push(toPast(next));
      }
      const account = simulateAccount(first.account_id, past, first.spent, rules);
      simulation.add(account, past);
      await onAccount(account);
    }
    const [held] = today.rows;
    if (!held) throw new Error('a sum always has a row');
    return { simulation, ...held };
  });
}
