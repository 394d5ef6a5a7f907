/** Everything that is stored about one operation, read in one snapshot: what a proof is judged on. */
import type pg from 'pg';
import { CHAINED_TRANSFER, type ChainedTransfer } from './canonical.ts';
import type { Tip } from './chain-walk.ts';
import { type HoldMove, HOLDS, type RefundRow, REFUNDS } from './evidence-steps.ts';
import { type KeptHistory, keptHistory } from './history-store.ts';

/** One attempt of a receipt; amounts in minor units. */
export interface AttemptRow {
  readonly id: string;
  readonly attempt: number;
  readonly state: string;
  readonly workflow_id: string;
  readonly location_id: bigint;
  readonly receipt: string;
  readonly account_id: string;
  readonly chain_id: bigint;
  readonly total: bigint;
  readonly redeem: string;
  readonly redeemed: bigint | null;
  readonly due: bigint | null;
  readonly accrued: bigint | null;
  readonly declined: { readonly code: string } | null;
  readonly seen: string | null;
  readonly created_at: Date;
  readonly decided_at: Date | null;
}

/** A caller's key that led to one of the attempts. */
export interface KeyRow {
  readonly key: string;
  readonly payment_id: string;
  readonly created_at: Date;
}

export interface OperationRow {
  readonly id: string;
  readonly workflow_id: string;
  readonly run_id: string;
  readonly kind: string;
  readonly chain_id: bigint;
  readonly account_id: string | null;
  readonly state: 'running' | 'done' | 'needs_operator';
  readonly waits_for: string | null;
  readonly next_seq: number;
  readonly finished_at: Date | null;
}

export interface WriteRow {
  readonly id: bigint;
  readonly card_id: bigint;
  readonly amount: bigint;
  readonly baseline: bigint;
  readonly transfers_up_to: bigint;
  readonly operations: readonly string[];
  readonly title: string;
  readonly state: 'in_flight' | 'in_doubt' | 'confirmed' | 'refused' | 'given_up';
  readonly created_at: Date;
  readonly settled_at: Date | null;
  readonly answered_balance: bigint | null;
  readonly line_id: bigint | null;
  readonly kind: 'manual' | 'visit';
  /** Settled longer ago than a line may take to show. */
  readonly line_overdue: boolean;
}

export interface LineRow {
  readonly line_id: bigint;
  readonly card_id: bigint;
  readonly type_id: number;
  readonly amount: bigint;
  readonly first_seen_at: Date;
  readonly claim: string | null;
  readonly write_id: bigint | null;
  readonly drift_id: bigint | null;
  readonly cause: string | null;
  readonly ambiguous: boolean;
}

export interface DriftRow {
  readonly id: bigint;
  readonly amount: bigint;
  readonly unknown_at: Date | null;
  readonly explained_at: Date | null;
}

/** See the file's header. */
export interface Evidence {
  readonly payment: AttemptRow | null;
  readonly attempts: readonly AttemptRow[];
  readonly keys: readonly KeyRow[];
  readonly operation: OperationRow | null;
  readonly account: {
    readonly id: string;
    readonly target: bigint;
    readonly confirmed: bigint | null;
    readonly tip: Tip | null;
    readonly openWork: boolean;
    /** False where the ledger is the only book. */
    readonly secondBook: boolean;
  } | null;
  /** Every transfer of the account, oldest first. */
  readonly transfers: readonly ChainedTransfer[];
  /** Every reservation of the account and its end, in the order of transfers. */
  readonly holds: readonly HoldMove[];
  /** The payment's refunds, or the one that is proven. */
  readonly refunds: readonly RefundRow[];
  readonly writes: readonly WriteRow[];
  readonly lines: readonly LineRow[];
  readonly drifts: readonly DriftRow[];
  readonly kept: KeptHistory | null;
}

/** A confirmed write whose line is not there after this long is not merely waiting for it. */
export const LINE_MINUTES = 10;

const ATTEMPT = `
  select p.id, p.attempt, p.state, p.workflow_id, p.location_id, p.receipt, p.account_id, p.chain_id, p.total, p.redeem,
         p.redeemed, p.due, p.accrued, p.declined, p.answer -> 'mirror' ->> 'altegio' as seen, p.created_at, p.decided_at
    from payment p`;

const KEYS = `
  select key, payment_id, created_at from idempotency_key
   where location_id = $1 and payment_id = any ($2::text[]) order by created_at, key`;

const OPERATION = `
  select id, workflow_id, run_id, kind, chain_id, account_id, state, waits_for, next_seq, finished_at from operation
   where workflow_id = $1 order by created_at desc, id desc limit 1`;

const ACCOUNT = `
  select a.id, greatest(0, a.active - a.held)::bigint as target, c.confirmed, tip.transfer_id, tip.transfers,
         encode(tip.hash, 'hex') as hash,
         exists (select 1 from operation o where o.account_id = a.id and o.state <> 'done') as open_work,
         second_book(a)
    from account a
    left join altegio_card c on c.account_id = a.id and c.role = 'current'
    left join ledger_tip tip on tip.account_id = a.id
   where a.id = $1`;

const WRITES = `
  select w.id, w.card_id, w.amount, w.baseline, w.transfers_up_to, w.operations, w.title, w.state, w.created_at, w.settled_at,
         w.answered_balance, w.line_id, w.kind,
         coalesce(w.settled_at < now() - interval '${LINE_MINUTES} minutes', false) as line_overdue
    from altegio_write w join altegio_card c using (card_id) where c.account_id = $1 order by w.id`;

const LINES = `
  select line.line_id, line.card_id, line.type_id, line.amount, line.first_seen_at, line.claim, line.write_id, line.drift_id,
         line.cause, line.ambiguous
    from altegio_line line join altegio_card c on c.card_id = line.card_id and c.chain_id = line.chain_id
   where c.account_id = $1 order by line.line_id`;

const DRIFTS = `select id, amount, unknown_at, explained_at from drift where account_id = $1 order by id`;

/** What is asked to be proven. */
export type Subject = { readonly paymentId: string } | { readonly workflowId: string };

async function rowsOf<Row extends pg.QueryResultRow>(client: pg.ClientBase, text: string, values: unknown[]) {
  return (await client.query<Row>(text, values)).rows;
}

/** Reads the evidence; null when there is no such payment or operation. */
export async function readEvidence(pool: pg.Pool, subject: Subject): Promise<Evidence | null> {
  return await inSnapshot(pool, async (client) => {
    const by = 'paymentId' in subject ? ['p.id', subject.paymentId] : ['p.workflow_id', subject.workflowId];
    const [payment = null] = await rowsOf<AttemptRow>(client, `${ATTEMPT} where ${by[0]} = $1`, [by[1]]);
    const workflowId = payment?.workflow_id ?? ('workflowId' in subject ? subject.workflowId : null);
    if (workflowId === null) return null;
    const [operation = null] = await rowsOf<OperationRow>(client, OPERATION, [workflowId]);
    if (!payment && !operation) return null;
    return await gather(client, payment, operation);
  });
}

type Books = Pick<Evidence, 'account' | 'transfers' | 'holds' | 'writes' | 'lines' | 'drifts'>;

interface AccountSql {
  id: string;
  target: bigint;
  confirmed: bigint | null;
  transfer_id: bigint | null;
  transfers: bigint | null;
  hash: string | null;
  second_book: boolean;
  open_work: boolean;
}

function toAccount(row: AccountSql): NonNullable<Evidence['account']> {
  const { id, target, confirmed, transfer_id: tipId, transfers, hash, open_work: openWork } = row;
  const tip = tipId === null ? null : { transferId: String(tipId), transfers: String(transfers), hash: hash ?? '' };
  return { id, target, confirmed, tip, openWork, secondBook: row.second_book };
}

const OF_ACCOUNT = `select ${CHAINED_TRANSFER} from transfer t where t.account_id = $1 order by t.id`;

async function booksOf(client: pg.ClientBase, accountId: string | null): Promise<Books> {
  const [account] = await rowsOf<AccountSql>(client, ACCOUNT, [accountId]);
  return {
    account: account ? toAccount(account) : null,
    transfers: await rowsOf<ChainedTransfer & pg.QueryResultRow>(client, OF_ACCOUNT, [accountId]),
    holds: await rowsOf<HoldMove>(client, HOLDS, [accountId]),
    writes: await rowsOf<WriteRow>(client, WRITES, [accountId]),
    lines: await rowsOf<LineRow>(client, LINES, [accountId]),
    drifts: await rowsOf<DriftRow>(client, DRIFTS, [accountId]),
  };
}

/** Both books of one account in one snapshot, from the beginning. */
export async function readBooks(pool: pg.Pool, accountId: string): Promise<Books> {
  return await inSnapshot(pool, (client) => booksOf(client, accountId));
}

async function inSnapshot<T>(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    return await work(client);
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}

async function gather(
  client: pg.ClientBase,
  payment: AttemptRow | null,
  operation: OperationRow | null,
): Promise<Evidence> {
  const receipt = [payment?.location_id ?? null, payment?.receipt ?? null];
  const sameReceipt = `${ATTEMPT} where p.location_id = $1 and p.receipt = $2 order by p.attempt`;
  const attempts = await rowsOf<AttemptRow>(client, sameReceipt, receipt);
  const ids = attempts.map(({ id }) => id);
  return {
    payment,
    attempts,
    keys: await rowsOf<KeyRow>(client, KEYS, [payment?.location_id ?? null, ids]),
    operation,
    refunds: await rowsOf<RefundRow>(client, REFUNDS, [payment?.id ?? null, operation?.workflow_id ?? null]),
    ...(await booksOf(client, payment?.account_id ?? operation?.account_id ?? null)),
    kept: operation ? await keptHistory(client, operation.id) : null,
  };
}
