/** Writing down what a night planned for many accounts, in few statements. */
import type { Book } from '../../../domain/book.ts';
import type { Tx } from '../database.ts';
import type { Night } from './night-log.ts';

/** Which of a night's operations posts, and the run that does it. */
export interface NightOperation {
  readonly id: string;
  readonly kind: 'activation' | 'expiry';
  readonly workflowId: string;
  readonly runId: string;
}

/** An account whose book holds what is planned for it. */
interface Planned {
  readonly id: string;
  readonly book: Book;
}

const OPERATION = `
  insert into operation (id, chain_id, kind, workflow_id, run_id, actor, next_seq)
  values ($1, $2, $3, $4, $5, 'nightly', 1 + $6::int)
  on conflict (id) do update set next_seq = operation.next_seq + $6::int, state = 'running', finished_at = null`;

const TRANSFERS = `
  insert into transfer (chain_id, operation, seq, account_id, debit_account, credit_account, amount, code, lot_id, actor,
                        reason, happened_at)
  select $1, $2, (select next_seq from operation where id = $2) - $3::int + part.ordinal - 1, account_id, debit, credit,
         amount, code, lot_id, 'nightly', reason, $4
    from unnest($5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[], $10::bigint[], $11::text[])
      with ordinality as part (account_id, debit, credit, amount, code, lot_id, reason, ordinal)
   order by part.ordinal`;

const LOTS = `
  update lot set remaining = lot.remaining - part.taken
    from unnest($1::bigint[], $2::bigint[]) as part (id, taken) where lot.id = part.id`;

const BALANCES = `
  update account set active = part.active, pending = part.pending, debt = part.debt
    from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) as part (id, active, pending, debt)
   where account.id = part.id`;

/** Sends the plans of all accounts as one operation. @returns the accounts that were moved */
export function sendNightPosting(
  tx: Tx,
  { chainId, asOf }: Night,
  { id, kind, workflowId, runId }: NightOperation,
  accounts: readonly Planned[],
): ReadonlySet<string> {
  const plans = accounts.map((account) => ({ ...account, plan: account.book.drain() }));
  const moved = plans.filter(({ plan }) => plan.transfers.length > 0);
  const transfers = moved.flatMap(({ id: accountId, plan }) => plan.transfers.map((row) => ({ ...row, accountId })));
  if (transfers.length === 0) return new Set();
  tx.send(OPERATION, [id, chainId, kind, workflowId, runId, transfers.length]);
  tx.send(TRANSFERS, [
    chainId,
    id,
    transfers.length,
    asOf,
    transfers.map(({ accountId }) => accountId),
    transfers.map(({ debit }) => debit),
    transfers.map(({ credit }) => credit),
    transfers.map(({ amount }) => amount),
    transfers.map(({ code }) => code),
    transfers.map(({ lotId }) => lotId),
    transfers.map(({ reason }) => reason),
  ]);
  const taken = moved.flatMap(({ plan }) => [...plan.taken]);
  if (taken.length > 0) tx.send(LOTS, [taken.map(([lot]) => lot), taken.map(([, amount]) => amount)]);
  const balances = moved.map(({ book }) => book.balances);
  tx.send(BALANCES, [
    moved.map((account) => account.id),
    balances.map(({ active }) => active),
    balances.map(({ pending }) => pending),
    balances.map(({ debt }) => debt),
  ]);
  return new Set(moved.map((account) => account.id));
}
