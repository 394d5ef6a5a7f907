import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Altegio } from '../../activities/altegio/client/index.ts';
import { createAltegioActivities, createTillActivities } from '../../activities/index.ts';
import { abandonPayment } from '../../activities/ledger/payment-row.ts';
import { resolveAlone } from '../../activities/ledger/write-log.ts';
import { startStand, type Stand } from './stand.ts';
import { altegioOf, depsOf, inside } from './steps.ts';
import { until } from './until.ts';

let stand: Stand;
let altegio: Altegio;
beforeAll(async () => {
  stand = await startStand('lost-answers');
  altegio = altegioOf(stand);
});
afterAll(async () => {
  await altegio?.close();
  await stand?.close();
});

async function openOperations(workflowId: string): Promise<unknown[]> {
  const { rows } = await stand.pool.query(`select id from operation where workflow_id = $1 and state <> 'done'`, [
    workflowId,
  ]);
  return rows;
}

describe('a payment whose decision was committed and whose answer was lost', () => {
  it('declined after it had adopted a change of others: the repeat still knows of it, converges and closes', async () => {
    const person = stand.person(4);
    const accountId = await stand.meet(person);
    await stand.quiet();
    await stand.stopWorker();
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '5.00' });
    const total = '100000.00';
    const posted = await stand.till('/payments', { receipt: 'LA-1', accountId, total, redeem: '29000.00' });
    expect(posted.status).toBe(202);
    const { id: paymentId, workflowId } = posted.body;
    const place = { chainId: String(stand.chainId), locationId: String(stand.locationId), accountId };
    const input = { paymentId, ...place, receipt: 'LA-1', attempt: 1, total };
    const till = createTillActivities(depsOf(stand, altegio));
    const decide = async () => till.commitPayment(input, await till.readAltegioForTill(input));
    const decided = await inside('payment', workflowId, decide);
    expect(decided).toMatchObject({ outcome: 'declined', drift: '5.00' });
    await stand.startWorker();
    expect(await stand.client.workflow.getHandle(workflowId).result()).toMatchObject({ outcome: 'declined' });
    expect(await openOperations(workflowId)).toEqual([]);
    expect((await stand.account(person)).target).toBe(await stand.altegio(person));
  });

  it('given up at the door while its first contact adopted a card: no operation stays open', async () => {
    await stand.stopWorker();
    const phone = `+${stand.person(5).phone}`;
    const posted = await stand.till('/payments', { receipt: 'LA-2', phone, total: '10.00', redeem: 'none' });
    expect(posted.status).toBe(202);
    const { id, workflowId } = posted.body;
    expect(await abandonPayment(stand.pool, id)).toBe(true);
    await stand.startWorker();
    expect(await stand.client.workflow.getHandle(workflowId).result()).toEqual({ outcome: 'abandoned' });
    expect(await openOperations(workflowId)).toEqual([]);
  });
});

describe('a write answered with a balance that is not true', () => {
  it('is never believed because the reads that would show it failed until the bound of explaining was over', async () => {
    const person = stand.person(6);
    const accountId = await stand.meet(person);
    await stand.quiet();
    const opening = Number(await stand.altegio(person));
    await stand.control('/faults', { call: 'write', fault: 'wrong_echo', times: 1, amount: '2.22' });
    const whose = { phone: person.phone };
    await stand.control('/faults', { call: 'read', fault: '5xx_before', match: whose, skip: 1 });
    const adjustment = { amount: '10.00', reason: 'lost answers' };
    const { workflowId } = (await stand.admin(`/accounts/${accountId}/adjustments`, adjustment)).body;
    const unexplained = 'account_id = $1 and unexplained <> 0';
    await until('the drift cannot be explained', async () => {
      const found = await stand.pool.query(`select 1 from altegio_card where ${unexplained}`, [accountId]);
      return found.rowCount === 1;
    });
    await stand.stopWorker();
    const overdue = `update altegio_card set unexplained_since = now() - interval '1 hour' where ${unexplained}`;
    expect((await stand.pool.query(overdue, [accountId])).rowCount).toBe(1);
    const place = { chainId: String(stand.chainId), locationId: String(stand.locationId), accountId };
    const step = () => createAltegioActivities(depsOf(stand, altegio)).converge(place);
    await expect(inside('adjustment', workflowId, step)).rejects.toThrow();
    await stand.control('/faults', undefined, 'DELETE');
    await stand.startWorker();
    await stand.bothHold(person, (opening + 10).toFixed(2));
    await stand.quiet();
  });
});

describe('a write in doubt on which several operations wait', () => {
  it('is asked about by one of them: who gets the turn when it is decided already asks nothing', async () => {
    const person = stand.person(7);
    const accountId = await stand.meet(person);
    const sold = await stand.till('/payments', { receipt: 'LA-3', accountId, total: '100.00', redeem: 'none' });
    expect(sold.body).toMatchObject({ accrued: '5.00' });
    await stand.quiet();
    const { rows } = await stand.pool.query<{ id: bigint }>(
      `select id from altegio_write where card_id = $1 and state = 'confirmed' order by id desc limit 1`,
      [person.card?.id],
    );
    let asked = 0;
    const work = async (): Promise<void> => void (asked += 1);
    expect(await resolveAlone(stand.pool, rows[0]?.id ?? 0n, work)).toBe(true);
    expect(asked).toBe(0);
  });
});
