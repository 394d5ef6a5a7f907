/** Writing a planned posting down: operation, lots, transfers, balances, in the transaction that holds the lock. */
import type { PlannedLot } from '../../domain/posting-plan.ts';
import type { Tx } from './database.ts';
import type { Page } from './page.ts';
import { sendSaleEffects } from './sale-effects.ts';

/** How a drift was found: by what made us look, by a till's read, or in the answer to a write. */
export type DriftWay = 'event' | 'journal' | 'catch_up' | 'sweep' | 'till' | 'operator' | 'write';

/** Who posts, and under which workflow. No transfer exists without one. */
export interface OperationRef {
  /** See `operationId` in domain/ids.ts. */
  readonly id: string;
  readonly kind: 'payment' | 'refund' | 'visit' | 'reconciliation' | 'adjustment' | 'card_issue' | 'gift';
  readonly workflowId: string;
  readonly runId: string;
  readonly locationId: bigint;
  readonly actor: string;
  readonly reason?: string;
  /** What made this workflow look; where it is not said, a drift is stored without. */
  readonly way?: DriftWay;
}

const OPERATION = `
  insert into operation (id, chain_id, kind, account_id, location_id, workflow_id, run_id, actor, reason, next_seq)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1 + $10::int)
  on conflict (id) do update
    set next_seq = operation.next_seq + $10::int, reason = coalesce(operation.reason, excluded.reason)`;

const NEW_LOTS = `
  insert into lot (id, account_id, program_version, code, operation, amount, remaining, state, activates_at, expires_at,
                   quiet_days)
  select id, $1, $2, code, $3, amount, amount, state, activates_at, expires_at, quiet_days
    from unnest($4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::int[])
      as lot (id, code, amount, state, activates_at, expires_at, quiet_days)`;

const LOTS = `
  update lot set remaining = lot.remaining - part.taken, held = lot.held + part.held
    from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as part (id, taken, held) where lot.id = part.id`;

const TRANSFERS = `
  insert into transfer (chain_id, operation, seq, account_id, debit_account, credit_account, amount, code, lot_id,
                        drift_id, actor, reason, happened_at)
  select $1, $2, (select next_seq from operation where id = $2) - $3::int + part.ordinal - 1, $4, debit, credit, amount,
         code, lot_id, drift_id, $5, reason, coalesce($6::timestamptz, now())
    from unnest($7::text[], $8::text[], $9::bigint[], $10::text[], $11::bigint[], $12::bigint[], $13::text[])
      with ordinality as part (debit, credit, amount, code, lot_id, drift_id, reason, ordinal)`;

const BALANCES = `
  update account set active = $2, held = $3, pending = $4, debt = $5, spent = spent + $6 where id = $1`;

const DRIFT = `
  insert into drift (id, account_id, card_id, operation, amount, way, expected, balance, not_before)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** Makes the operation's row exist without posting anything. */
export function sendOperation(tx: Tx, page: Page, operation: OperationRef, transferCount = 0): void {
  const { id, kind, locationId, workflowId, runId, actor, reason = null } = operation;
  const { chainId, id: accountId } = page.account;
  tx.send(OPERATION, [id, chainId, kind, accountId, locationId, workflowId, runId, actor, reason, transferCount]);
}

const toDate = (epoch: number | null): Date | null => (epoch === null ? null : new Date(epoch));

function sendNewLots(tx: Tx, page: Page, operationId: string, lots: readonly PlannedLot[]): void {
  if (lots.length === 0) return;
  tx.send(NEW_LOTS, [
    page.account.id,
    page.account.programVersion,
    operationId,
    lots.map(({ id }) => id),
    lots.map(({ code }) => code),
    lots.map(({ amount }) => amount),
    lots.map(({ pending }) => (pending ? 'pending' : 'active')),
    lots.map(({ activatesAt }) => toDate(activatesAt)),
    lots.map(({ expiresAt }) => toDate(expiresAt)),
    lots.map(({ quietDays = null }) => quietDays),
  ]);
}

/** A drift and its evidence, minor units: what Altegio should have held, and what it did. */
export interface DriftFound {
  readonly amount: bigint;
  readonly expected: bigint;
  readonly balance: bigint;
}

/** What a posting adds besides its transfers. */
export interface PostingExtras {
  /** Drift adopted by this posting with the reading that showed it. */
  readonly drift?: DriftFound | null;
  /** Money spent on it, for levels; less than 0 went back. */
  readonly spent?: bigint;
  /** It is a sale: see sale-effects.ts. */
  readonly sale?: boolean;
  /** When it happened, where that differs from when we learned it. */
  readonly happenedAt?: Date | null;
}

/** Sends what the page's book has planned since the last posting. */
export function sendPosting(tx: Tx, page: Page, operation: OperationRef, extras: PostingExtras = {}): void {
  const { book, account, card } = page;
  const { transfers, newLots, taken, held: reserved } = book.drain();
  sendOperation(tx, page, operation, transfers.length);
  if (extras.drift && card) {
    const { amount, expected, balance } = extras.drift;
    const found = [page.driftId, account.id, card.cardId, operation.id, amount];
    tx.send(DRIFT, [...found, operation.way ?? null, expected, balance, card.confirmedAt]);
  }
  sendNewLots(tx, page, operation.id, newLots);
  const lots = [...new Set([...taken.keys(), ...reserved.keys()])];
  const of = (changes: ReadonlyMap<bigint, bigint>) => lots.map((id) => changes.get(id) ?? 0n);
  if (lots.length > 0) tx.send(LOTS, [lots, of(taken), of(reserved)]);
  if (transfers.length > 0)
    tx.send(TRANSFERS, [
      account.chainId,
      operation.id,
      transfers.length,
      account.id,
      operation.actor,
      extras.happenedAt ?? null,
      transfers.map(({ debit }) => debit),
      transfers.map(({ credit }) => credit),
      transfers.map(({ amount }) => amount),
      transfers.map(({ code }) => code),
      transfers.map(({ lotId }) => lotId),
      transfers.map(({ driftId }) => driftId),
      transfers.map(({ reason }) => reason),
    ]);
  const { active, held, pending, debt } = book.balances;
  const { spent = 0n } = extras;
  tx.send(BALANCES, [account.id, active, held, pending, debt, spent]);
  if (extras.sale) sendSaleEffects(tx, page, operation.locationId, { ...extras, spent });
}

const OPEN_BREAK = `
  insert into break (id, chain_id, account_id, operation, kind, amount, readings)
  select $1, $2, $3, $4, $5, $6, $7
   where $5 in ('debt', 'ambiguous')
      or not exists (select 1 from break where account_id = $3 and kind = $5 and closed_at is null
                        and operation is not distinct from $4)`;

/**
 * Something that needs a person. Debt and an ambiguous claim are each of their own posting; what parks an operation is
 * met again at every try, and is one open break a kind and operation.
 */
export function sendBreak(
  tx: Tx,
  page: Page,
  operationId: string,
  found: { id: string; kind: 'debt' | 'card_missing' | 'refused' | 'ambiguous'; amount?: bigint; readings?: unknown },
): void {
  const { id, kind, amount = null, readings = null } = found;
  const { chainId, id: accountId } = page.account;
  tx.send(OPEN_BREAK, [id, chainId, accountId, operationId, kind, amount, readings && JSON.stringify(readings)]);
}

/** Ends an operation, or parks it until a person acts. */
export async function setOperationState(
  tx: Tx,
  operationId: string,
  state: 'running' | 'done' | 'needs_operator',
  waitsFor: string | null,
): Promise<void> {
  await tx.rows(
    `update operation set state = $2, waits_for = $3, finished_at = case when $2 = 'done' then now() end where id = $1`,
    [operationId, state, waitsFor],
  );
}
