import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyOf, steps } from './history.ts';
import { startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('external');
});
afterAll(() => stand?.close());

async function known(index: number): Promise<string> {
  return await stand.meet(stand.person(index));
}

/** An event of the customer, of a kind that says nothing about balances. */
async function event(
  index: number,
  resource: string,
  status: string,
  data: Record<string, unknown> = {},
): Promise<void> {
  const person = stand.person(index);
  const clientId = person.clientIds[stand.locationId];
  const client = { id: clientId, phone: `+${person.phone}`, name: person.name };
  const body = resource === 'client' ? { ...client, ...data } : { client, ...data };
  const [delivery] = await stand.control('/webhooks/send', {
    locationId: stand.locationId,
    resource,
    resourceId: clientId,
    status,
    data: { last_change_date: new Date().toISOString(), ...body },
  });
  expect(delivery.status).toBe(200);
}

async function causes(accountId: string): Promise<unknown[]> {
  const { items } = (await stand.admin(`/accounts/${accountId}/transfers`)).body;
  return items
    .filter(({ code }: { code: string }) => code === 'external')
    .map(({ amount, causes: named }: { amount: string; causes: string[] }) => [amount, ...named]);
}

describe('changes of the balance in Altegio behind our back', () => {
  it('M-19 staff add 50.00: the ledger shows its old balance with its age, the next event posts external +50.00 with its cause', async () => {
    const person = stand.person(1);
    const accountId = await known(1);
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '50.00' });
    const before = await stand.account(person);
    expect(before.ledger.active).toBe('100.00');
    expect(Date.parse(before.altegio.seenAt)).toBeLessThanOrEqual(Date.now());
    await event(1, 'client', 'update');
    await stand.bothHold(person, '150.00');
    await stand.quiet();
    expect(await causes(accountId)).toEqual([['50.00', 'staff_top_up']]);
    const [adopted] = (await stand.admin(`/accounts/${accountId}/transfers`)).body.items;
    expect(adopted.altegioLines).toMatchObject([
      { type: 5, typeName: 'manual +', cause: 'staff_top_up', amount: '50.00' },
    ]);
    const id = `reconciliation:${stand.chainId}:${accountId}`;
    expect(
      steps(await historyOf(stand.client, id))
        .map(({ name }) => name)
        .slice(0, 2),
    ).toEqual(['readAltegio', 'adoptAltegioBalance']);
  });

  it('M-20 staff take 50.00: external −50.00 at the next event; what the ledger cannot cover becomes debt and a break', async () => {
    const person = stand.person(1);
    const accountId = await known(1);
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '-50.00' });
    await event(1, 'record', 'update');
    await stand.bothHold(person, '100.00');
    await stand.quiet();
    expect(await causes(accountId)).toContainEqual(['-50.00', 'staff_withdrawal']);

    // A redemption that Altegio has not been told yet, while staff empty the card.
    await stand.control('/faults', { call: 'write', fault: '5xx_before' });
    const paid = await stand.till('/payments', { receipt: 'E-1', accountId, total: '100.00', redeem: '30.00' });
    expect(paid.body.redeemed).toBe('30.00');
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '-100.00' });
    await stand.control('/faults', undefined, 'DELETE');
    await until('the rest is debt', async () => {
      const account = await stand.account(person);
      return account.ledger.debt === '26.50' && (await stand.altegio(person)) === '0.00' ? true : account;
    });
    const account = await stand.account(person);
    expect(account).toMatchObject({
      state: 'needs_operator',
      target: '0.00',
      ledger: { active: '0.00', available: '0.00' },
    });
    expect(account.breaks).toMatchObject([{ kind: 'debt', amount: '26.50' }]);
    await stand.quiet();
  });

  it('new points pay the debt first, and leave Altegio again', async () => {
    const person = stand.person(1);
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '30.00' });
    await event(1, 'client', 'update');
    await stand.bothHold(person, '3.50');
    expect((await stand.account(person)).ledger.debt).toBe('0.00');
    await stand.quiet();
  });

  it('M-21 an appointment created starts the reconciliation of that customer, which finds a manual change and completes', async () => {
    const person = stand.person(2);
    const accountId = await known(2);
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '1.00' });
    await stand.control('/appointments', { locationId: stand.locationId, phone: person.phone, status: 'create' });
    await stand.bothHold(person, '251.00');
    await stand.quiet();
    const run = await stand.client.workflow.getHandle(`reconciliation:${stand.chainId}:${accountId}`).describe();
    expect(run.status.name).toBe('COMPLETED');
  });

  it('M-22 five appointment updates in a burst fold into one or two runs, and the last change is never lost', async () => {
    const person = stand.person(3);
    const accountId = await known(3);
    const phone = person.phone;
    await stand.control('/webhooks', { delayMs: 60_000 });
    await stand.control('/appointments', { locationId: stand.locationId, phone, status: 'create' });
    expect(await stand.control('/webhooks/flush', {})).toHaveLength(1);
    const reconciliation = stand.client.workflow.getHandle(`reconciliation:${stand.chainId}:${accountId}`);
    await until(
      'it has run',
      async () => (await reconciliation.describe().catch(() => null))?.status.name === 'COMPLETED',
    );
    const started = new Date();
    for (let index = 0; index < 5; index += 1) {
      await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '1.00' });
      await stand.control('/appointments', { locationId: stand.locationId, phone, status: 'update' });
    }
    expect(await stand.control('/webhooks/flush', {})).toHaveLength(5);
    await stand.control('/webhooks', { delayMs: 50 });
    await stand.bothHold(person, '5.00');
    await stand.quiet();
    const runs: string[] = [];
    const query = `WorkflowId='reconciliation:${stand.chainId}:${accountId}' AND StartTime>'${started.toISOString()}'`;
    for await (const run of stand.client.workflow.list({ query })) runs.push(run.runId);
    expect(runs.length).toBeGreaterThanOrEqual(1);
    expect(runs.length).toBeLessThanOrEqual(2);
    expect(await stand.altegio(person)).toBe('5.00');
  });

  it('W-10 the same event 20 times at once has one effect: external +7.00 is posted once', async () => {
    const person = stand.person(4);
    const accountId = await known(4);
    const before = (await stand.account(person)).ledger.active;
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '7.00' });
    const data = { last_change_date: '2026-11-21T10:00:00+0500' };
    await Promise.all(Array.from({ length: 20 }, () => event(4, 'record', 'update', data)));
    await until('the change is adopted', async () => (await causes(accountId)).length === 1);
    await stand.quiet();
    expect(await causes(accountId)).toEqual([['7.00', 'staff_top_up']]);
    expect(await stand.altegio(person)).toBe((Number(before) + 7).toFixed(2));
    const kept = await stand.pool.query(`select state, count(*)::int from inbox where account_id = $1 group by state`, [
      accountId,
    ]);
    expect(kept.rows.find(({ state }: { state: string }) => state === 'started')?.count).toBeGreaterThanOrEqual(1);
  });

  it('every kind of client event finds a manual change: finances_operation and loyalty_card too', async () => {
    const person = stand.person(5);
    await known(5);
    const before = Number((await stand.account(person)).ledger.active);
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '2.00' });
    await event(5, 'finances_operation', 'create', { id: 5001, amount: 10 });
    await stand.bothHold(person, (before + 2).toFixed(2));
    await stand.quiet();
    await stand.control('/staff/adjust', { cardId: person.card?.id, amount: '-2.00' });
    await stand.control('/webhooks/send', {
      locationId: stand.locationId,
      resource: 'loyalty_card',
      resourceId: person.card?.id,
      status: 'update',
      data: { id: person.card?.id, balance: 999, number: person.card?.number, phone: person.phone },
    });
    await stand.bothHold(person, before.toFixed(2));
    await stand.quiet();
  });
});
