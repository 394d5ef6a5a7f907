/** The dry run of an order: made by the very code that makes it, in a transaction that is always rolled back. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { newId } from '../../domain/new-id.ts';
import { transaction } from './database.ts';
import { decideIn } from './deposit-decision.ts';
import { type DepositPlace, type DepositRequest, sendOrder } from './deposit-orders.ts';

/** How a deposit stands; minor units. */
interface Standing {
  readonly balance: bigint;
  readonly held: bigint;
}

/** What an order would do. */
export interface DepositPlan {
  readonly refused: { readonly code: string; readonly requested: string; readonly allowed: string } | null;
  readonly before: Standing;
  readonly after: Standing;
}

/** Carries the plan out of the transaction that it ends. */
class RolledBack extends Error {
  override readonly name = 'RolledBack';
  readonly plan: DepositPlan;

  constructor(plan: DepositPlan) {
    super('a dry run ends its transaction');
    this.plan = plan;
  }
}

const STANDING = 'select balance, held from deposit where account_id = $1';
const NOTHING: Standing = { balance: 0n, held: 0n };

/** Rehearses an order whose reference nobody has used. */
export async function rehearseDeposit(
  pool: pg.Pool,
  place: DepositPlace,
  request: DepositRequest,
): Promise<DepositPlan> {
  const id = newId('dep', Date.now(), randomBytes);
  try {
    return await transaction(pool, async (tx): Promise<never> => {
      const [before] = await tx.rows<Standing>(STANDING, [request.accountId]);
      await sendOrder(tx, id, place, request);
      await decideIn(tx, id);
      const [[after], [order]] = await Promise.all([
        tx.rows<Standing>(STANDING, [request.accountId]),
        tx.rows<{ declined: DepositPlan['refused'] }>('select declined from deposit_order where id = $1', [id]),
      ]);
      throw new RolledBack({
        refused: order?.declined ?? null,
        before: before ?? NOTHING,
        after: after ?? before ?? NOTHING,
      });
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.plan;
    throw error;
  }
}
