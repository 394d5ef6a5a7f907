/** The ledger's receipts against those of the journals: each once, in the same state, with the same amounts. */
import type pg from 'pg';
import { formatAmount } from '../../domain/money.ts';
import type { Memory } from './memory.ts';
import type { Standing } from './standings.ts';

/** A payment in the ledger that took its receipt. Minor units. */
export type LedgerReceipt = Pick<Standing, 'receipt' | 'total' | 'redeemed' | 'accrued' | 'refunded'> & {
  readonly state: string;
};

/** Reads them; an attempt that was declined or given up has taken nothing. */
export async function readReceipts(pool: pg.Pool): Promise<LedgerReceipt[]> {
  const { rows } = await pool.query<Record<keyof LedgerReceipt, string>>(
    `select receipt, state, coalesce(captured_total, total)::text as total, redeemed::text as redeemed,
            accrued::text as accrued, refunded::text as refunded
       from payment where state not in ('DECLINED', 'ABANDONED')`,
  );
  return rows.map(({ receipt, state, ...amounts }) => ({
    receipt,
    state,
    total: BigInt(amounts.total),
    redeemed: BigInt(amounts.redeemed ?? 0),
    accrued: BigInt(amounts.accrued ?? 0),
    refunded: BigInt(amounts.refunded),
  }));
}

/** What differs, in sentences; nothing when each receipt of either side is the other's, once. */
export function compareReceipts(standings: readonly Standing[], rows: readonly LedgerReceipt[]): string[] {
  const ledger = new Map<string, LedgerReceipt>();
  const sentences: string[] = [];
  for (const row of rows) {
    if (ledger.has(row.receipt)) sentences.push(`Receipt ${row.receipt} stands twice in the ledger.`);
    ledger.set(row.receipt, row);
  }
  for (const standing of standings) {
    const row = ledger.get(standing.receipt);
    ledger.delete(standing.receipt);
    const [own, theirs] = [spellReceipt(standing), row ? spellReceipt(row) : 'nothing'];
    if (own !== theirs)
      sentences.push(`Receipt ${standing.receipt} is ${own} for its till, and ${theirs} in the ledger.`);
  }
  return [...sentences, ...[...ledger.keys()].map((receipt) => `Receipt ${receipt} is in no till's journal.`)];
}

function spellReceipt({ state, total, redeemed, accrued, refunded }: LedgerReceipt | Standing): string {
  if (state === 'NONE') return 'nothing';
  const amounts = { total, redeemed, accrued, refunded };
  return [state, ...Object.entries(amounts).map(([name, amount]) => `${name} ${formatAmount(amount)}`)].join(', ');
}

/** Calls without a final answer: nobody knows what has become of them. */
export function unanswered(memory: Memory): string[] {
  return [...memory.calls.values()].flatMap(({ call, final }) => (final ? [] : [`${call} was never answered.`]));
}
