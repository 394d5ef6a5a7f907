import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../activities/ledger/database.ts';
import { startStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('database');
});
afterAll(() => stand?.close());

// A rejection that nobody handles ends the product's process, and fails the run of these tests.
describe('a database that fails in the middle', () => {
  it('a statement that fails takes the transaction with it, and answers nobody awaits are no unhandled rejections', async () => {
    const work = transaction(stand.pool, async (tx) => {
      tx.send('select 1 / 0');
      return { first: tx.rows('select 1'), second: tx.rows('select 2') };
    });
    await expect(work).rejects.toThrow('division by zero');
  });

  it('connections cut under load cost answers, never points: every till is answered, and both books are equal after', async () => {
    const people = [1, 2, 4, 5, 6, 7].map((index) => stand.person(index));
    for (const person of people) await stand.meet(person);
    const sales = people.flatMap((person, index) =>
      [1, 2, 3].map((turn) =>
        stand.till('/payments', {
          receipt: `D-${index}-${turn}`,
          phone: `+${person.phone}`,
          total: '10.00',
          redeem: 'none',
        }),
      ),
    );
    await stand.pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    const answers = await Promise.all(sales);
    for (const { status } of answers) expect([201, 202, 503]).toContain(status);
    await stand.quiet();
    const { rows } = await stand.pool.query(
      `select payment.state, count(*)::int as count,
              count(*) filter (where exists (select 1 from transfer where operation = payment.workflow_id))::int as posted
         from payment group by payment.state`,
    );
    for (const { state, count, posted } of rows)
      expect({ state, posted }).toEqual({ state, posted: state === 'CAPTURED' ? count : 0 });
    for (const person of people) {
      const { target } = await stand.account(person);
      expect(await stand.altegio(person)).toBe(target);
    }
  });

  it('text that PostgreSQL cannot store is refused at the door, naming the field', async () => {
    const body = { receipt: 'D-9', phone: `+${stand.person(1).phone}`, total: '10.00', redeem: 'none' };
    for (const bad of ['x\u0000y', '\ud800']) {
      const refused = await stand.till('/payments', { ...body, lines: [{ id: '1', title: bad, amount: '10.00' }] });
      expect(refused).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', errors: [{ path: 'lines.0.title' }] },
      });
    }
    expect((await stand.till('/payments?receipt=D-9')).status).toBe(404);
  });
});
