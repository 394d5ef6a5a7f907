// A program's link to its card type: without it nothing is posted; in shadow everything is computed and nothing is posted.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tell } from './proof-stand.ts';
import { rowCounts, shadowDay, shadowToday, switchShadow } from './shadow-switch.ts';
import { type Answer, startStand, type Stand } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('link', { people: 12 });
});
afterAll(() => stand?.close());

type Body = Answer['body'];
const POSTED = ['account', 'payment', 'operation', 'transfer', 'lot', 'altegio_write', 'altegio_card'];
const phoneOf = (index: number): string => `+${stand.person(index).phone}`;
const pay = (index: number, receipt: string, more: object = {}) =>
  stand.till('/payments', { receipt, phone: phoneOf(index), total: '100.00', redeem: 'none', ...more });

describe('without a link', () => {
  it('M-10 every intake of a till says that no program is linked, an event of Altegio starts nothing, and nothing is posted', async () => {
    const program = (await stand.admin(`/programs/${stand.programId}`)).body;
    await stand.pool.query('delete from program_version');
    await stand.pool.query('delete from program');
    const before = await rowCounts(stand, POSTED);
    const phone = phoneOf(1);
    const bill = { receipt: 'NO-1', phone, total: '100.00', redeem: 'none' };
    for (const [path, body] of [
      ['/lookups', { phone }],
      ['/lookups', { cardNumber: stand.person(1).card?.number }],
      ['/accounts', { phone }],
      ['/quotes', { accountId: `acc_${'0'.repeat(26)}`, total: '100.00' }],
      ['/payments', bill],
      ['/payments', { ...bill, capture: false }],
      ['/payments', { ...bill, redeem: '30.00' }],
    ] as const) {
      const { status, body: problem } = await stand.till(path, body);
      expect([path, status, problem.code]).toEqual([path, 422, 'program_not_linked']);
      expect(problem).toMatchObject({ posAction: 'pay_without_points', cashierMessage: expect.any(String) });
    }
    const offline = { ...bill, occurredAt: new Date().toISOString(), offlineSeq: 1 };
    const batch = (await stand.till('/batches', { terminal: 'Desk', items: [offline] })).body.results;
    expect(batch).toMatchObject([{ problem: { code: 'program_not_linked' } }]);
    await tell(stand, stand.person(1));
    await until('the event is looked at', async () => {
      const { rows } = await stand.pool.query<{ state: string }>('select state from inbox');
      return rows.length > 0 && rows.every(({ state }) => state === 'ignored') ? true : rows;
    });
    expect(await rowCounts(stand, POSTED)).toEqual(before);
    const { id: _id, version: _v, cardTypeTitle: _t, createdAt: _c, provider: _p, ...settings } = program;
    const made = await stand.admin('/programs', settings);
    expect(made.status).toBe(201);
    stand.programId = made.body.id;
    expect((await stand.till('/lookups', { phone })).status).toBe(200);
    await stand.quiet();
  });
});

describe('a program in shadow', () => {
  let since = '';

  it('B-32 it tells tills that nothing is redeemed and nothing earned, posts nothing and writes nothing to Altegio', async () => {
    const linked = stand.person(1);
    const held = await stand.altegio(linked);
    since = new Date().toISOString();
    expect(await switchShadow(stand, true)).toMatchObject({ programId: stand.programId, since: expect.any(String) });
    const before = await rowCounts(stand, ['transfer', 'lot', 'altegio_write', 'altegio_issue', 'altegio_card']);
    const answers = [
      await pay(1, 'SH-1'),
      await pay(1, 'SH-2', { redeem: 'max' }),
      await pay(2, 'SH-3'),
      await pay(3, 'SH-4', { capture: false }),
    ];
    expect(answers.map(({ status, body }) => [status, body.redeemed, body.due, body.accrued])).toEqual(
      answers.map(() => [201, '0.00', '100.00', '0.00']),
    );
    const captured = await stand.till(`/payments/${answers[3]?.body.id}/capture`, { total: '50.00' });
    expect(captured.body).toMatchObject({ state: 'CAPTURED', accrued: '0.00', due: '50.00' });
    const insisted = await pay(2, 'SH-5', { redeem: '30.00' });
    expect([insisted.status, insisted.body.code, insisted.body.posAction]).toEqual([
      422,
      'program_not_linked',
      'pay_without_points',
    ]);
    const accountId = answers[0]?.body.account.id;
    const quote = (await stand.till('/quotes', { accountId, total: '100.00' })).body;
    expect(quote).toMatchObject({ maxRedeemable: '0.00', wouldAccrue: '0.00', due: '100.00' });
    await tell(stand, linked);
    await stand.quiet();
    expect(await rowCounts(stand, ['transfer', 'lot', 'altegio_write', 'altegio_issue', 'altegio_card'])).toEqual(
      before,
    );
    expect((await stand.calls(since)).filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(await stand.altegio(linked)).toBe(held);
  });

  it('B-32 the day lists where Altegio moved a card by something else than our rules would have, as JSON and CSV', async () => {
    await stand.control('/native', { cardId: stand.person(2).card?.id, amount: '5.00', type: 2 });
    await stand.control('/native', { cardId: stand.person(3).card?.id, amount: '9.00', type: 2 });
    // Finds whose card it is by a read, and the lines.
    await followJournalInShadow();
    const found = await shadowDay(stand);
    expect(found).toMatchObject({ customers: 3, equal: 1, ours: '17.50', altegio: '14.00' });
    const shown = found.items.map(({ ours, altegio, difference, lines }: Body) => [
      ours,
      altegio,
      difference,
      lines.length,
    ]);
    expect(shown.toSorted()).toEqual([
      ['10.00', '0.00', '-10.00', 0],
      ['2.50', '9.00', '6.50', 1],
    ]);
    const csv = await fetch(
      `${stand.apiUrls[0]}/api/programs/${stand.programId}/shadow?day=${shadowToday()}&format=csv`,
      {
        headers: { authorization: 'Bearer admin-test' },
      },
    );
    const lines = (await csv.text()).replace('\uFEFF', '').trim().split('\r\n');
    expect(lines[0]).toBe('accountId,ours,altegio,difference');
    expect(lines).toHaveLength(3);
    expect((await shadowDay(stand, '')).items).toEqual([]);
    expect((await stand.calls(since)).filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('B-32 switched off it goes on with the cards as they are now, and nothing of the shadow was ever posted', async () => {
    await stand.control('/staff/adjust', { cardId: stand.person(1).card?.id, amount: '20.00' });
    expect(await switchShadow(stand, false)).toEqual({ programId: stand.programId, since: null });
    await stand.bothHold(stand.person(1), '120.00');
    const paid = await pay(1, 'SH-6', { redeem: 'max' });
    expect(paid.body).toMatchObject({ redeemed: '30.00', accrued: '3.50' });
    await stand.bothHold(stand.person(1), '93.50');
    const second = await pay(2, 'SH-7');
    expect(second.body).toMatchObject({ accrued: '5.00' });
    await stand.quiet();
    await stand.bothHold(stand.person(2), '260.00');
    const audit = (await stand.admin(`/actions?subject=${stand.programId}`)).body.items;
    expect(audit.map(({ action }: Body) => action)).toEqual(['shadow-off', 'shadow-on']);
  });

  /** The journal of now; nothing is claimed, because no card is mirrored. */
  async function followJournalInShadow(): Promise<void> {
    await stand.client.workflow.execute('journalTail', {
      workflowId: `journalTail:${stand.chainId}-shadow`,
      taskQueue: `${stand.taskQueuePrefix}orchestration`,
      args: [{ chainId: String(stand.chainId), daysBack: 1 }],
    });
  }
});
