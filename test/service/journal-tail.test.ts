import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Altegio } from '../../activities/altegio/client/index.ts';
import { fetchJournal } from '../../activities/altegio/journal-fetch.ts';
import { createAltegioActivities } from '../../activities/index.ts';
import { startStand, type Stand } from './stand.ts';
import { altegioOf, depsOf, inside } from './steps.ts';
import { until } from './until.ts';

let stand: Stand;
let altegio: Altegio;
beforeAll(async () => {
  stand = await startStand('journal-tail', { timeoutMs: 500 });
  altegio = altegioOf(stand);
});
afterAll(async () => {
  await altegio?.close();
  await stand?.close();
});

async function known(index: number): Promise<string> {
  return await stand.meet(stand.person(index));
}

function followJournal(startReconciliation: (accountId: string) => Promise<void>): Promise<unknown> {
  const tell = (input: { accountId: string }) => startReconciliation(input.accountId);
  const activities = createAltegioActivities(depsOf(stand, altegio, { startReconciliation: tell }));
  return inside('journalTail', 'journalTail:test', () => activities.followJournal(String(stand.chainId), 1));
}

describe('the journal tail', () => {
  it('names a card again until its reconciliation has been started, though its lines are claimed', async () => {
    const accountId = await known(2);
    await stand.control('/staff/adjust', { cardId: stand.person(2).card?.id, amount: '4.00' });
    await expect(followJournal(() => Promise.reject(new Error('Temporal is away')))).rejects.toThrow();
    const told: string[] = [];
    await followJournal(async (id) => void told.push(id));
    expect(told).toEqual([accountId]);
  });

  it('a write given up that comes late: its card is made equal again, although nothing is left to explain', async () => {
    const accountId = await known(3);
    const card = stand.person(3).card?.id;
    // What the writer left behind when it gave +7.00 up, and the +7.00 that Altegio then applied after all.
    await stand.pool.query(
      `insert into altegio_write (card_id, chain_id, amount, baseline, transfers_up_to, operations, title, state, deadline,
                                  window_until, settled_at)
       values ($1, $2, 700, 0, 0, '{}', 'late', 'given_up', now(), now(), now())`,
      [card, stand.chainId],
    );
    await stand.control('/staff/adjust', { cardId: card, amount: '7.00' });
    const told: string[] = [];
    await followJournal(async (id) => void told.push(id));
    expect(told).toContain(accountId);
    expect(await stand.account(stand.person(3))).toMatchObject({ target: '0.00', altegio: { balance: '7.00' } });
  });

  it('reads its eight days even when another has just read one', async () => {
    const asked: string[] = [];
    const journal: Altegio['journal'] = async ({ from }) => {
      asked.push(from);
      return [];
    };
    const running = `insert into altegio_journal (chain_id, running_since) values ($1, clock_timestamp())
      on conflict (chain_id) do update set running_since = clock_timestamp()`;
    await stand.pool.query(running, [stand.chainId]);
    const week = fetchJournal(depsOf(stand, { ...altegio, journal }), BigInt(stand.chainId), { daysBack: 8 });
    await delay(250);
    await stand.pool.query(
      `update altegio_journal set last_started_at = clock_timestamp(), last_from = current_date - 2, running_since = null
        where chain_id = $1`,
      [stand.chainId],
    );
    await week;
    expect(asked).toHaveLength(1);
    expect(Date.now() - Date.parse(asked[0] ?? '')).toBeGreaterThan(8 * 86_400_000);
  });
});

describe('a write whose answer was lost days ago', () => {
  it('is found in the journal of its own day and taken once, however long nothing of ours ran', async () => {
    const person = stand.person(8);
    const accountId = await known(8);
    await stand.control('/faults', { call: 'write', fault: 'drop_after', times: 1 });
    await stand.till('/payments', { receipt: 'J-1', accountId, total: '100.00', redeem: '30.00' });
    const doubt = `select 1 from altegio_write where state = 'in_doubt'`;
    await until('it is in doubt', async () => (await stand.pool.query(doubt)).rowCount === 1);
    await stand.stopWorker();
    await stand.pool.query(
      `update altegio_write set created_at = created_at - interval '3 days', deadline = deadline - interval '3 days',
              window_until = window_until - interval '3 days' where state = 'in_doubt'`,
    );
    // The line carries today's date in the sandbox: it is shown to who asks for the day of the write.
    const day = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
    const journal: Altegio['journal'] = async (query, options) =>
      query.from <= day ? await altegio.journal(query, options) : [];
    const activities = createAltegioActivities(depsOf(stand, { ...altegio, journal }));
    const account = { chainId: String(stand.chainId), accountId, locationId: String(stand.locationId) };
    await inside('payment', `payment:${stand.locationId}:J-1`, () => activities.converge(account));
    const states = `select w.state from altegio_write w join altegio_card using (card_id) where account_id = $1`;
    expect((await stand.pool.query(states, [accountId])).rows).toEqual([{ state: 'confirmed' }]);
    const codes = `select distinct code from transfer where account_id = $1 order by code`;
    const { rows } = await stand.pool.query(codes, [accountId]);
    expect(rows.map(({ code }) => code)).toEqual(['accrual', 'opening', 'redemption']);
    expect((await stand.account(person)).target).toBe(await stand.altegio(person));
  });
});
