import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkCard } from '../../activities/ledger/card-link.ts';
import { ensureAccount } from '../../activities/ledger/till-accounts.ts';
import { newBreakId } from '../../worker/services.ts';
import { WORKFLOW, type WorkflowState } from '../../workflows/contract.ts';
import { startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('first-contact');
});
afterAll(() => stand?.close());

async function cardsOf(phone: string): Promise<{ number: string; balance: string; typeId: number }[]> {
  const cards = (await stand.control('/cards')) as { phone: string; number: string; balance: string; typeId: number }[];
  return cards.filter((card) => card.phone === phone && card.typeId === stand.cardTypeId);
}

describe('the first contact with a customer', () => {
  it('M-11 20 simultaneous first events of a customer without a card issue exactly one', async () => {
    const person = stand.person(45);
    expect(await cardsOf(person.phone)).toEqual([]);
    const sale = (index: number) =>
      stand.till('/payments', { receipt: `F-${index}`, phone: `+${person.phone}`, total: '10.00', redeem: 'none' });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => sale(index)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    await stand.bothHold(person, '10.00');
    await stand.quiet();
    const cards = await cardsOf(person.phone);
    expect(cards).toHaveLength(1);
    expect(cards[0]?.number).toMatch(/^[2-9]\d{15}$/);
    const issued = (await stand.control('/requests')) as { method: string; path: string; applied: boolean }[];
    const posts = issued.filter(
      ({ method, path, applied }) => method === 'POST' && /\/loyalty\/cards\/\d+$/.test(path) && applied,
    );
    expect(posts).toHaveLength(1);
  });

  it('a payment that meets a look for the card under way has that same run issue one', async () => {
    const person = stand.person(46);
    expect(await cardsOf(person.phone)).toEqual([]);
    const accountId = await ensureAccount(stand.pool, BigInt(stand.chainId), stand.programId, `+${person.phone}`);
    const fault = { call: 'read', fault: 'delay', ms: 2_500, times: 1, match: { phone: person.phone } };
    const { id } = await stand.control('/faults', fault);
    const [chainId, locationId] = [String(stand.chainId), String(stand.locationId)];
    const look = await stand.client.workflow.start(WORKFLOW.cardIssue, {
      workflowId: `cardIssue:${accountId}`,
      taskQueue: `${stand.taskQueuePrefix}orchestration`,
      args: [{ chainId, accountId, locationId, mayIssue: false }],
    });
    await until('the look is under way', async () => {
      const faults = (await stand.control('/faults')) as { id: number; hits: number }[];
      return faults.some((other) => other.id === id && other.hits === 1) ? true : faults;
    });
    const sale = { receipt: 'F-46', accountId, total: '10.00', redeem: 'none' };
    expect(await stand.till('/payments', sale)).toMatchObject({ status: 201 });
    expect(await look.result()).toMatchObject({ card: 'linked' });
    await stand.bothHold(person, '0.50');
  });

  it('a card that Altegio has is adopted with its balance as opening, also when the first event is a payment', async () => {
    const person = stand.person(2);
    const paid = await stand.till('/payments', {
      receipt: 'F-30',
      phone: `+${person.phone}`,
      total: '100.00',
      redeem: '30.00',
    });
    expect(paid.body).toMatchObject({ state: 'CAPTURED', redeemed: '30.00' });
    await stand.bothHold(person, '223.50');
    const account = await stand.account(person);
    const { items } = (await stand.admin(`/accounts/${account.id}/transfers`)).body;
    expect(items.map(({ code, amount }: { code: string; amount: string }) => `${code} ${amount}`)).toEqual([
      'accrual 3.50',
      'redemption -30.00',
      'opening 250.00',
    ]);
    expect(account.breaks).toEqual([]);
  });

  it('a lookup of a phone that Altegio does not know is 404, writes nothing and issues nothing', async () => {
    const before = await stand.pool.query('select count(*)::int as count from account');
    const answer = await stand.till('/lookups', { phone: '+77019999999' });
    expect(answer).toMatchObject({ status: 404, body: { code: 'account_not_found' } });
    expect((await stand.pool.query('select count(*)::int as count from account')).rows).toEqual(before.rows);
  });

  it('a card whose issue is answered by a dropped connection is found again, not issued twice', async () => {
    const person = stand.person(46);
    await stand.control('/faults', { call: 'issue', fault: 'drop_after', times: 1 });
    await stand.control('/appointments', { locationId: stand.locationId, phone: person.phone, status: 'create' });
    await until('the card is linked', async () => (await stand.account(person))?.altegio?.cardId !== undefined);
    await stand.control('/faults', undefined, 'DELETE');
    await stand.quiet();
    expect(await cardsOf(person.phone)).toHaveLength(1);
  });

  it('a card that mirrors another account already is never linked twice: earning goes on, and a person is asked', async () => {
    const person = stand.person(6);
    const first = await stand.meet(person);
    await stand.quiet();
    // The phone has moved to another customer, and Altegio's card with it.
    await stand.pool.query(`update account set phone = '+77019990001' where id = $1`, [first]);
    const phone = `+${person.phone}`;
    const refused = await stand.till('/payments', { receipt: 'F-40', phone, total: '100.00', redeem: '10.00' });
    expect(refused).toMatchObject({ status: 423, body: { code: 'account_frozen' } });
    const paid = await stand.till('/payments', { receipt: 'F-41', phone, total: '100.00', redeem: 'none' });
    expect(paid).toMatchObject({ status: 201, body: { accrued: '5.00' } });
    await until('a person is asked', async () => {
      const { breaks, state } = await stand.account(person);
      return state === 'needs_operator' && breaks[0]?.kind === 'card_missing' ? true : { breaks, state };
    });
    const cards = await stand.pool.query('select account_id from altegio_card where card_id = $1', [person.card?.id]);
    expect(cards.rows).toEqual([{ account_id: first }]);
    const { waitsFor } = await stand.client.workflow.getHandle(paid.body.workflowId).query<WorkflowState>('state');
    expect(waitsFor).toContain('cardIssue');
    await stand.client.workflow.getHandle(paid.body.workflowId).terminate();
    await stand.client.workflow.getHandle(`cardIssue:${paid.body.account.id}`).terminate();
  });
});

describe('linking a card', () => {
  const link = async (accountId: string, cardId: bigint, balance: bigint) => {
    const phone = `+7702000${String(cardId).slice(-4)}`;
    await stand.pool.query('insert into account (id, chain_id, program_id, phone) values ($1, $2, $3, $4)', [
      accountId,
      stand.chainId,
      stand.programId,
      phone,
    ]);
    const locationId = BigInt(stand.locationId);
    const card = { cardId, typeId: BigInt(stand.cardTypeId), number: '', locationId, balance };
    const ids = { id: `cardIssue:${accountId}/1`, workflowId: `cardIssue:${accountId}`, runId: '1' };
    const operation = { ...ids, kind: 'card_issue', locationId, actor: 'test' } as const;
    return await linkCard({ pool: stand.pool, newBreakId, timeoutMs: 500 }, accountId, card, operation);
  };

  it('with a balance below zero is debt and a break, never silent', async () => {
    expect(await link('acc_below', 99_990_001n, -500n)).toEqual({ opening: -500n });
    const { rows } = await stand.pool.query(`select kind, amount from break where account_id = 'acc_below'`);
    expect(rows).toEqual([{ kind: 'debt', amount: 500n }]);
  });

  it('of which Altegio tells no number works for any count of customers', async () => {
    expect(await link('acc_unnumbered_1', 99_990_002n, 0n)).toEqual({ opening: 0n });
    expect(await link('acc_unnumbered_2', 99_990_003n, 0n)).toEqual({ opening: 0n });
  });
});
