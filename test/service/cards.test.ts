import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('cards', { timeoutMs: 1_000 });
});
afterAll(() => stand?.close());

async function known(index: number): Promise<string> {
  return await stand.meet(stand.person(index));
}

async function appointment(index: number): Promise<void> {
  const body = { locationId: stand.locationId, phone: stand.person(index).phone, status: 'create' };
  await stand.control('/appointments', body);
}

describe('a card that Altegio does not show any more', () => {
  it('is a break, freezes redemption with 423, and earning goes on; its balance is never taken for zero', async () => {
    const person = stand.person(2);
    const accountId = await known(2);
    const headers = { authorization: 'Bearer partner-test, User user-test', accept: 'application/vnd.api.v2+json' };
    const url = `${stand.sandbox.url}/loyalty/cards/${stand.locationId}/${person.card?.id}`;
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204);
    await appointment(2);
    await until('the card is missing', async () => {
      const account = await stand.account(person);
      return account.breaks.length > 0 ? true : account;
    });
    expect(await stand.account(person)).toMatchObject({
      state: 'needs_operator',
      ledger: { active: '250.00', debt: '0.00' },
      breaks: [{ kind: 'card_missing' }],
    });
    const body = { accountId, total: '100.00' };
    const refused = await stand.till('/payments', { receipt: 'C-1', ...body, redeem: '10.00' });
    expect(refused).toMatchObject({ status: 423, body: { code: 'account_frozen' } });
    const earned = await stand.till('/payments', { receipt: 'C-2', ...body, redeem: 'none' });
    expect(earned).toMatchObject({ status: 201, body: { accrued: '5.00' } });
    const handle = stand.client.workflow.getHandle(`reconciliation:${stand.chainId}:${accountId}`);
    await until('the workflow says so', async () => {
      const { waitsFor } = await handle.query<{ waitsFor: string | null }>('state');
      return waitsFor?.includes('does not show this card') ? true : waitsFor;
    });
  });
});

describe('journal lines of a card', () => {
  it('older than its adoption belong to its opening balance and explain nothing else', async () => {
    const person = stand.person(5);
    await known(5);
    await stand.pool.query('update altegio_card set opening_line_id = 9000000000000 where card_id = $1', [
      person.card?.id,
    ]);
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '1.00' });
    const tail = await stand.client.workflow.start('journalTail', {
      workflowId: `journalTail-cards-${stand.chainId}`,
      taskQueue: `${stand.taskQueuePrefix}orchestration`,
      args: [{ chainId: String(stand.chainId), daysBack: 1 }],
    });
    expect(await tail.result()).toEqual({ moved: 0 });
    const { rows } = await stand.pool.query('select claim from altegio_line where card_id = $1', [person.card?.id]);
    expect(rows).toEqual([{ claim: 'opening' }]);
  });

  it('a line seen before its balance was read leads to a read, which adopts what it moved', async () => {
    const person = stand.person(6);
    await known(6);
    const before = Number((await stand.account(person)).ledger.active);
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '4.00' });
    const tail = await stand.client.workflow.start('journalTail', {
      workflowId: `journalTail-cards-2-${stand.chainId}`,
      taskQueue: `${stand.taskQueuePrefix}orchestration`,
      args: [{ chainId: String(stand.chainId), daysBack: 1 }],
    });
    expect(await tail.result()).toEqual({ moved: 1 });
    await stand.bothHold(person, (before + 4).toFixed(2));
  });
});

describe('an operation that took nothing', () => {
  it('is closed, so that the account does not name it as an open run', async () => {
    const person = stand.person(7);
    const accountId = await known(7);
    const declined = await stand.till('/payments', { receipt: 'C-3', accountId, total: '10000.00', redeem: '3000.00' });
    expect(declined.status).toBe(422);
    await until('no run is open', async () => {
      const { workflowIds } = await stand.account(person);
      return workflowIds.length === 0 ? true : workflowIds;
    });
  });
});
