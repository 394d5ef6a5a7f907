/** What comes after a sale, and what is paid in Altegio: refunds, points that end, visits. */
import { expect } from 'vitest';
import { visitWorkflowId } from '../../../domain/ids.ts';
import { runNow } from '../../service/finding.ts';
import { until } from '../../service/until.ts';
import { type Cell, decimal, EARNED, SALE } from './cell.ts';

const OVER_WITHIN_MS = 60_000;
/** Dozens of cells look at the same time. */
const LOOK_EVERY_MS = 400;

/** A visit paid in Altegio, all in money or a part of it in points. Its workflow gathers events for 10 s. */
export const paidVisit = async (cell: Cell): Promise<number> => {
  await payVisit(cell, 'none');
  return EARNED;
};
export const paidVisitWithPoints = async (cell: Cell): Promise<number> => {
  await payVisit(cell, '30.00');
  return SALE;
};
/** Answers when the visit is followed. */
async function payVisit(cell: Cell, points: '30.00' | 'none'): Promise<void> {
  const { stand, cardId } = cell;
  const visit = await cell.book(1);
  const act = (action: string, body: object) => stand.control(`/visits/${visit.visitId}/${action}`, body);
  if (points !== 'none') await act('withdraw', { cardId, amount: points });
  await act('pay', {});
  cell.paidVisit = visit;
  const id = visitWorkflowId(String(stand.locationId), String(visit.visitId));
  const run = stand.client.workflow.getHandle(id);
  const { lost } = await stand.control('/webhooks');
  await until(`${id} has begun`, async () => {
    if (lost > 0) await runNow(stand, 'catchUp');
    return await run.describe().then(
      () => true,
      () => 'not yet',
    );
  });
  cell.started.add(id);
}
/** What was begun goes on by itself. */
export const wait = (): Promise<number> => Promise.resolve(0);

/** The first step has ended in both books, so that the next write is the next step's. */
export const over =
  (step: (cell: Cell) => Promise<number>) =>
  async (cell: Cell): Promise<number> => {
    const moved = await step(cell);
    const wanted = cell.opening + moved;
    await until(
      'both books hold what the step came to',
      async () => {
        const { state, target } = await cell.account();
        const card = await cell.card();
        return state === 'matched' && target === decimal(wanted) && card === wanted ? true : { state, target, card };
      },
      OVER_WITHIN_MS,
      LOOK_EVERY_MS,
    );
    return moved;
  };
/** The whole sale is refunded; points and accrual are checked. */
export const refund = async (cell: Cell): Promise<number> => {
  const { stand, receipt, paymentId } = cell;
  const body = { refund: 'RF-1', amount: '100.00' };
  cell.started.add(`refund:${stand.locationId}:${receipt}:${body.refund}`);
  for (let tries = 1; ; tries += 1) {
    const answer = await cell.inTime(() => stand.till(`/payments/${paymentId}/refunds`, body));
    if (answer.status === 201) {
      expect(answer.body).toMatchObject({ pointsReturned: '30.00', accrualClawedBack: '3.50' });
      return -SALE;
    }
    await cell.mayAskAgain(answer, tries);
  }
};

let nights = 0;
/** Everything the customer has earned ends: the night takes it, and the sweep tells the card. */
export async function endEarned({ stand, accountId }: Cell): Promise<void> {
  const { pool, client, chainId, taskQueuePrefix } = stand;
  const run = (workflow: 'nightly' | 'sweep', args: object) => {
    nights += 1;
    const workflowId = `${workflow}:${chainId}-matrix-${nights}`;
    const taskQueue = `${taskQueuePrefix}orchestration`;
    return client.workflow.execute(workflow, { workflowId, taskQueue, args: [{ chainId: String(chainId), ...args }] });
  };
  const count = async (sql: string): Promise<number> => (await pool.query(sql, [accountId])).rows[0].count;
  const earned = `account_id = $1 and code = 'accrual'`;
  await pool.query(`update lot set expires_at = now() - interval '2 days' where ${earned}`, [accountId]);
  // The night of another cell may have been nearly done: then it is this one's turn again.
  await until('the points have ended', async () => {
    await pool.query('update night set finished_at = null');
    await run('nightly', {});
    return (
      (await count(
        `select count(*)::int from lot where ${earned} and expires_at < now() - interval '1 day' and remaining > held`,
      )) === 0
    );
  });
  await until('the card was told', async () => {
    await run('sweep', { hours: 24, cards: 1, waiting: 100 });
    return (await count('select count(*)::int from mirror_wait where account_id = $1 and told_at is null')) === 0;
  });
}
/** The points that the first sale earned. */
export const expire = async (cell: Cell): Promise<number> => {
  await endEarned(cell);
  return -EARNED;
};
