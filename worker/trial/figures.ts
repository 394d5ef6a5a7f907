/** What the ledger and the sandbox's request log count at the end of a trial. */
import type pg from 'pg';
import { z } from 'zod';
import type { Control } from './doors.ts';

/** Figures of the table. */
export interface Figures {
  /** Writes of card balances that reached Altegio, and those that it applied. */
  readonly writesSent: number;
  readonly writesApplied: number;
  /** Writes whose answer was lost, and those of them whose outcome was found out. */
  readonly inDoubt: number;
  readonly resolved: number;
  readonly lateTwins: number;
  readonly breaks: Readonly<Record<string, number>>;
  readonly ambiguous: number;
  /** Payments that nobody has decided and no workflow works on: their till has given up before Temporal had them. */
  readonly undecided: number;
}

const requests = z.array(z.object({ method: z.string(), applied: z.boolean() }));

/** Counts in both books. */
export async function readFigures(pool: pg.Pool, control: Control): Promise<Figures> {
  const path = `/requests?path=${encodeURIComponent('/manual_transaction')}`;
  const writes = (await control.ask(requests, path)).filter(({ method }) => method === 'POST');
  const { rows } = await pool.query<{
    in_doubt: number;
    resolved: number;
    late_twins: number;
    ambiguous: number;
    undecided: number;
  }>(`
    select (select count(*)::int from altegio_write
             where state in ('in_doubt', 'given_up')
                or state = 'confirmed' and answered_balance is null) as in_doubt,
           (select count(*)::int from altegio_write
             where state = 'given_up' or state = 'confirmed' and answered_balance is null) as resolved,
           (select count(*)::int from altegio_line where claim = 'twin') as late_twins,
           (select count(*)::int from altegio_line where ambiguous) as ambiguous,
           (select count(*)::int from payment where state = 'PENDING') as undecided`);
  const { rows: breaks } = await pool.query<{ kind: string; n: number }>(
    'select kind, count(*)::int as n from break group by kind order by kind',
  );
  const [row] = rows;
  return {
    writesSent: writes.length,
    writesApplied: writes.filter(({ applied }) => applied).length,
    inDoubt: row?.in_doubt ?? 0,
    resolved: row?.resolved ?? 0,
    lateTwins: row?.late_twins ?? 0,
    breaks: Object.fromEntries(breaks.map(({ kind, n }) => [kind, n])),
    ambiguous: row?.ambiguous ?? 0,
    undecided: row?.undecided ?? 0,
  };
}
