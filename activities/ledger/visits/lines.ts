/** Withdrawals in a visit, by identity: which lines of a card are still to be named, and naming them. */
import { ledgerAccounts } from '../../../domain/posting-plan.ts';
import { type Minor, minimum } from '../../../domain/money.ts';
import type { MovedPart } from '../../../domain/visit-book.ts';
import type { Tx } from '../database.ts';
import type { Page } from '../page.ts';
import { PUTS_BACK_OURS, type VisitRef } from './seen.ts';

/** A line of the visit on the account's card, signed as it moved it; a cancelled withdrawal put back is above 0. */
export interface VisitLineRow {
  readonly id: bigint;
  readonly amount: Minor;
  readonly claim: 'opening' | 'write' | 'doubt' | 'twin' | 'external' | null;
  readonly driftId: bigint | null;
  readonly relabelled: boolean;
}

const LINES = `
  select line_id as id, amount, claim, drift_id as "driftId", relabelled_by is not null as relabelled
    from altegio_line line where chain_id = $1 and visit_id = $2 and card_id = $3 and type_id = 3 and not (${PUTS_BACK_OURS})
   order by abs(line_id), line_id desc`;

/** The visit's lines on a card. */
export async function visitLines(tx: Tx, { chainId, visitId }: VisitRef, cardId: bigint): Promise<VisitLineRow[]> {
  return await tx.rows<VisitLineRow>(LINES, [chainId, visitId, cardId]);
}

/** What Altegio has withdrawn by itself and not put back, minor units. A till's own withdrawal is that payment's. */
export function withdrawnBy(lines: readonly VisitLineRow[]): Minor {
  return lines.reduce((sum, { claim, amount }) => (claim === 'external' ? sum - amount : sum), 0n);
}

/** The lines that Altegio's own movements have and nobody has named yet. */
export const unnamed = (lines: readonly VisitLineRow[]): VisitLineRow[] =>
  lines.filter(({ claim, relabelled }) => claim === 'external' && !relabelled);

// Which lots a drift moved, less what lines of it have been named before; debt has no lot.
const MOVED = `
  select lot_id as "lotId",
         sum(case when (code = 'external') = (credit_account = $3) then amount else -amount end)::bigint as amount
    from transfer
   where account_id = $1 and drift_id = $2 and $3 in (debit_account, credit_account)
   group by lot_id order by lot_id nulls last`;

/** The parts that a line's drift moved in the book; what met another movement and so moved no lot comes without one. */
export async function movedBy(tx: Tx, { account }: Page, line: VisitLineRow): Promise<MovedPart[]> {
  const { altegio } = ledgerAccounts(account.id, account.programId, account.chainId);
  const sign = line.amount < 0n ? 1n : -1n;
  let left = -line.amount * sign;
  const rows = line.driftId === null ? [] : await tx.rows<MovedPart>(MOVED, [account.id, line.driftId, altegio]);
  const parts = rows.flatMap(({ lotId, amount }) => {
    const part = minimum(amount * sign, left);
    if (part <= 0n) return [];
    left -= part;
    return [{ lotId, amount: part }];
  });
  return left > 0n ? [...parts, { lotId: null, amount: left }] : parts;
}

/** Marks lines as named by this operation. */
export function sendRelabelled(tx: Tx, chainId: bigint, lines: readonly VisitLineRow[], operationId: string): void {
  if (lines.length > 0)
    tx.send(
      `update altegio_line set relabelled_by = $3
        where chain_id = $1 and line_id = any($2::bigint[]) and relabelled_by is null`,
      [chainId, lines.map(({ id }) => id), operationId],
    );
}
