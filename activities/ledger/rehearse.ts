/**
 * Dry runs: a change is made by the very code that makes it, in a transaction that is always rolled back. What it would
 * have posted is read before that; nothing of it stays.
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Balances } from '../../domain/account.ts';
import * as protocol from '../../domain/mirror.ts';
import { newId } from '../../domain/new-id.ts';
import type { PlanFacts, PlannedMove } from '../../domain/plan.ts';
import { type Adjustment, postChange } from './adjust.ts';
import { type ActionName, sendDecided, takeEffect } from './apply-action.ts';
import { transaction, type Tx } from './database.ts';
import { lockPage, type Page } from './page.ts';
import type { OperationRef } from './posting.ts';

/** Whose balance, under which workflow, and why: all that is kept of a real change. */
export interface Rehearsal {
  readonly accountId: string;
  readonly locationId: bigint;
  readonly workflowId: string;
  /** The operation that exists already; else it is named as its workflow. */
  readonly operationId?: string | null;
  readonly reason: string;
}

/** Carries the plan out of the transaction that it ends. */
class RolledBack extends Error {
  override readonly name = 'RolledBack';
  readonly plan: PlanFacts;

  constructor(plan: PlanFacts) {
    super('a dry run ends its transaction');
    this.plan = plan;
  }
}

const POSTED = `
  select code, debit_account as debit, credit_account as credit, amount from transfer
   where account_id = $1 and operation = $2 and id > $3 order by id`;

interface PostedSql {
  code: string;
  debit: string;
  credit: string;
  amount: bigint;
}

/** A transfer from the customer's side; what leaves the debt account is a loss of his. */
function toMove({ code, debit, credit, amount }: PostedSql, accountId: string): PlannedMove {
  const sides = [debit, credit];
  const part = (['customer', 'pending', 'debt'] as const).find((name) => sides.includes(`${name}:${accountId}`));
  const gained = credit === `${part}:${accountId}`;
  return { code, part: part === 'customer' || !part ? 'active' : part, amount: gained ? amount : -amount };
}

const toOperation = ({ workflowId, operationId, locationId, reason }: Rehearsal) =>
  ({
    id: operationId ?? workflowId,
    kind: 'adjustment',
    workflowId,
    runId: '',
    locationId,
    actor: 'operator',
    reason,
  }) as const satisfies OperationRef;

type By = ReturnType<typeof toOperation>;

async function rehearse(
  pool: pg.Pool,
  rehearsal: Rehearsal,
  work: (tx: Tx, page: Page, by: By) => Promise<unknown>,
): Promise<PlanFacts> {
  const { accountId } = rehearsal;
  const by = toOperation(rehearsal);
  try {
    return await transaction(pool, async (tx): Promise<never> => {
      const [page, [last]] = await Promise.all([
        lockPage(tx, accountId),
        tx.rows<{ id: bigint }>('select coalesce(max(id), 0)::bigint as id from transfer where account_id = $1', [
          accountId,
        ]),
      ]);
      const before = page.book.balances;
      await work(tx, page, by);
      const [posted, [after]] = await Promise.all([
        tx.rows<PostedSql>(POSTED, [accountId, by.id, last?.id ?? 0n]),
        tx.rows<Balances>('select active, held, pending, debt from account where id = $1', [accountId]),
      ]);
      const transfers = posted.map((row) => toMove(row, accountId));
      const altegio = page.card?.mirror.confirmed ?? null;
      throw new RolledBack({ transfers, before, after: after ?? before, altegio, reads: true });
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.plan;
    throw error;
  }
}

const DEPS = { newBreakId: () => newId('brk', Date.now(), randomBytes) };

/** What an operator's change would post: an adjustment, the other reading of a break, a decision about a review. */
export async function rehearseChange(pool: pg.Pool, rehearsal: Rehearsal, change: Adjustment): Promise<PlanFacts> {
  return await rehearse(pool, rehearsal, (tx, page, by) => postChange(DEPS, tx, page, change, by));
}

/** What an action on an operation would post; `adopt-altegio` by what Altegio held when it was last seen. */
export async function rehearseAction(pool: pg.Pool, rehearsal: Rehearsal, action: ActionName): Promise<PlanFacts> {
  return await rehearse(pool, rehearsal, async (tx, page, by) => {
    if (action !== 'adopt-altegio') return await takeEffect(DEPS, tx, page, by, action, rehearsal.reason);
    const { drift: amount } = page.card ? protocol.giveWay(page.card.mirror) : { drift: 0n };
    if (amount !== 0n) sendDecided(DEPS, tx, page, by, { amount, reason: rehearsal.reason });
  });
}

/** The plan of a change that moves no points of this account. */
export async function planOfNothing(pool: pg.Pool, accountId: string): Promise<PlanFacts> {
  const rehearsal = { accountId, locationId: 0n, workflowId: '', reason: '' };
  return { ...(await rehearse(pool, rehearsal, () => Promise.resolve())), reads: false };
}
