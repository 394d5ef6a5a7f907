import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Altegio } from '../../activities/altegio/client/index.ts';
import { fetchJournal } from '../../activities/altegio/journal-fetch.ts';
import { readBalance } from '../../activities/altegio/read-balance.ts';
import { adoptBalance, claimStoredLines } from '../../activities/ledger/mirror-actions.ts';
import { driftsOf, known, runNow } from './finding.ts';
import { startStand, type Stand } from './stand.ts';
import { altegioOf, depsOf } from './steps.ts';
import { until } from './until.ts';

let stand: Stand;
let altegio: Altegio;
beforeAll(async () => {
  stand = await startStand('drift-causes', { timeoutMs: 1_500 });
  altegio = altegioOf(stand);
});
afterAll(async () => {
  await altegio?.close();
  await stand?.close();
});
beforeEach(async () => {
  await stand.control('/faults', undefined, 'DELETE');
  await stand.control('/settings', { journalLagMs: 0, cancelledLines: 'vanish' });
});

const HIDDEN = { journalLagMs: 3_600_000 };
const adjust = (index: number, amount: string) =>
  stand.control('/staff/adjust', { cardId: stand.person(index).card?.id, amount });
const native = (index: number, amount: string, type: number) =>
  stand.control('/native', { cardId: stand.person(index).card?.id, amount, type });
const reconcile = (accountId: string) => stand.admin('/reconciliations', { accountId });

/** A reading is a workflow: not one after the other. */
const READ_EVERY_MS = 500;

interface External {
  readonly amount: string;
  readonly causes: string[];
  readonly altegioLines: { id: number; cause: string; amount: string }[];
  readonly reading: { expected: string; balance: string; way: string; foundAt: string; notBefore: string } | null;
  readonly workflowId: string;
}

/** The transfers that others caused, oldest first. */
async function externals(accountId: string): Promise<External[]> {
  const { items } = (await stand.admin(`/accounts/${accountId}/transfers`)).body;
  return items.filter(({ code }: { code: string }) => code === 'external').toReversed();
}

const causesOf = async (accountId: string) =>
  (await externals(accountId)).map(({ amount, causes }) => [amount, ...causes]);

/** Reads the journal until the customer's drifts have these causes. */
async function untilNamed(accountId: string, expected: unknown[]): Promise<void> {
  await until(
    `${JSON.stringify(expected)} are named`,
    async () => {
      await runNow(stand, 'journalTail');
      const seen = await causesOf(accountId);
      return JSON.stringify(seen) === JSON.stringify(expected) ? true : seen;
    },
    30_000,
    READ_EVERY_MS,
  );
}

describe('every external transfer names its cause and keeps its evidence', () => {
  it.each([
    ['manual +', 1, 'staff_top_up', '5.00', () => adjust(1, '5.00')],
    ['manual −', 1, 'staff_withdrawal', '-4.00', () => adjust(1, '-4.00')],
    ['expiry', 2, 'overdue_points', '-3.00', () => native(2, '3.00', 7)],
    ['native accrual', 2, 'program_accrual', '2.50', () => native(2, '2.50', 2)],
    ['referral', 2, 'referral', '6.00', () => native(2, '6.00', 4)],
  ] as const)('B-07 %s', async (_name, index, cause, amount, act) => {
    const accountId = await known(stand, index);
    const before = await stand.altegio(stand.person(index));
    const earlier = (await externals(accountId)).length;
    await act();
    await until('it is found and named', async () => {
      await runNow(stand, 'journalTail');
      const found = (await externals(accountId)).at(earlier);
      return found?.causes.includes(cause) ? true : found;
    });
    const found = (await externals(accountId)).at(-1);
    expect(found).toMatchObject({
      amount,
      causes: [cause],
      altegioLines: [{ cause, amount }],
      reading: { expected: before, balance: (Number(before) + Number(amount)).toFixed(2) },
      workflowId: `reconciliation:${stand.chainId}:${accountId}`,
    });
    expect(Date.parse(found?.reading?.notBefore ?? '')).toBeLessThan(Date.parse(found?.reading?.foundAt ?? ''));
    const [drift] = (await driftsOf(stand, accountId)).slice(-1);
    expect(drift).toMatchObject({ amount, state: 'explained', causes: [{ cause, amount }] });
    expect(drift?.causes[0]?.lineId).toBe(found?.altegioLines[0]?.id);
  });

  it.each([
    ['vanishes', 'vanish', 3],
    ['stays with another status', 'stay', 6],
  ])('B-07 in-visit withdrawal and its cancel, whose line %s', async (_name, cancelledLines, index) => {
    await stand.control('/settings', { cancelledLines });
    const person = stand.person(index);
    const accountId = await known(stand, index);
    const cardId = person.card?.id;
    await adjust(index, '40.00');
    const items = [{ title: 'Cut', cost: '100.00' }];
    const place = { locationId: stand.locationId, phone: person.phone };
    const visit = await stand.control('/visits', { ...place, items, attendance: 1 });
    await untilNamed(accountId, [['40.00', 'staff_top_up']]);
    await stand.control(`/visits/${visit.visitId}/withdraw`, { cardId, amount: '10.00' });
    const withdrawn = [
      ['40.00', 'staff_top_up'],
      ['-10.00', 'visit_withdrawal'],
    ];
    await untilNamed(accountId, withdrawn);
    await stand.control(`/visits/${visit.visitId}/giveBack`, { cardId });
    await untilNamed(accountId, [...withdrawn, ['10.00', 'visit_withdrawal_cancelled']]);
    const [, taken, back] = await externals(accountId);
    expect(back?.altegioLines[0]?.id).toBe(taken?.altegioLines[0]?.id);
    await stand.quiet();
  });

  it('B-07 several lines make up one drift: all are listed', async () => {
    const accountId = await known(stand, 4);
    await adjust(4, '10.00');
    await adjust(4, '-3.00');
    await native(4, '1.00', 2);
    await reconcile(accountId);
    await until('it is explained', async () => (await driftsOf(stand, accountId))[0]?.state === 'explained');
    const [drift, ...others] = await driftsOf(stand, accountId);
    expect(others).toEqual([]);
    expect(drift?.amount).toBe('8.00');
    expect(drift?.causes.map(({ cause, amount }) => [cause, amount])).toEqual([
      ['staff_top_up', '10.00'],
      ['staff_withdrawal', '-3.00'],
      ['program_accrual', '1.00'],
    ]);
    await stand.quiet();
  });

  it('B-07 unknown, until a later line names it; two equal drifts named in one reading have a line each', async () => {
    const accountId = await known(stand, 5);
    await stand.control('/settings', HIDDEN);
    for (const round of [1, 2]) {
      await adjust(5, '2.00');
      await reconcile(accountId);
      await until('its cause is not known', async () => {
        const found = await causesOf(accountId);
        return found.length === round && found.every((row) => row[1] === 'unknown') ? true : found;
      });
      await stand.quiet();
    }
    await stand.control('/settings', { journalLagMs: 0 });
    await untilNamed(accountId, [
      ['2.00', 'staff_top_up'],
      ['2.00', 'staff_top_up'],
    ]);
    const lines = (await externals(accountId)).map(({ altegioLines }) => altegioLines.map(({ id }) => id));
    expect(lines.map(({ length }) => length)).toEqual([1, 1]);
    expect(new Set(lines.flat()).size).toBe(2);
    await stand.quiet();
  });

  it('B-07 lost answer: our own write, seen in the balance before its line came, is given back once', async () => {
    const accountId = await known(stand, 7);
    const before = Number(await stand.altegio(stand.person(7)));
    await stand.control('/settings', HIDDEN);
    await stand.control('/faults', { call: 'write', fault: 'drop_after', times: 1 });
    await stand.till('/payments', { receipt: 'LOST-1', accountId, total: '100.00', redeem: 'none' });
    await until('it is taken for a change of others', async () => (await causesOf(accountId)).length === 1);
    await stand.quiet();
    await stand.control('/settings', { journalLagMs: 0 });
    await untilNamed(accountId, [
      ['5.00', 'lost_answer'],
      ['-5.00', 'lost_answer'],
    ]);
    await stand.bothHold(stand.person(7), (before + 5).toFixed(2));
    await stand.quiet();
  });

  it('B-07 late twin: a write that was given up and came after all is given back once', async () => {
    const accountId = await known(stand, 8);
    const before = Number(await stand.altegio(stand.person(8)));
    await stand.control('/settings', HIDDEN);
    await stand.control('/faults', { call: 'write', fault: 'late_apply', times: 1, ms: 9_000 });
    await stand.till('/payments', { receipt: 'LATE-1', accountId, total: '100.00', redeem: 'none' });
    await until('it was given up and sent again, and came late', async () => {
      const seen = Number(await stand.altegio(stand.person(8)));
      return seen === before + 10 ? true : seen;
    });
    await reconcile(accountId);
    await until('it is taken for a change of others', async () => (await causesOf(accountId)).length === 1);
    await stand.quiet();
    await stand.control('/settings', { journalLagMs: 0 });
    await untilNamed(accountId, [
      ['5.00', 'late_twin'],
      ['-5.00', 'late_twin'],
    ]);
    await stand.bothHold(stand.person(8), (before + 5).toFixed(2));
    await stand.quiet();
  });
});

describe('waiting for an explanation', () => {
  it('counts a fetch of the journal once however many explain with it, and none that began before the drift', async () => {
    const accountId = await known(stand, 9);
    await stand.quiet();
    await stand.control('/settings', HIDDEN);
    await adjust(9, '1.00');
    const deps = depsOf(stand, altegio);
    const chainId = BigInt(stand.chainId);
    const place = { workflowId: 'test', runId: 'run-1', locationId: BigInt(stand.locationId), actor: 'test' };
    const operation = { id: 'test/counting', kind: 'reconciliation', ...place } as const;
    const counted = async () => {
      const { rows } = await stand.pool.query(
        `select unexplained_reads as reads from altegio_card where account_id = $1`,
        [accountId],
      );
      return rows[0]?.reads;
    };
    await fetchJournal(deps, chainId);
    const seen = await readBalance(deps, accountId, { lane: 'write' });
    if (seen.kind !== 'balance') throw new Error('there is no card');
    await adoptBalance(deps, accountId, seen, operation);
    await claimStoredLines(deps, accountId, null, operation, true);
    expect(await counted()).toBe(0);
    await fetchJournal(deps, chainId);
    await claimStoredLines(deps, accountId, null, operation, true);
    await claimStoredLines(deps, accountId, null, operation, true);
    expect(await counted()).toBe(1);
    await stand.control('/settings', { journalLagMs: 0 });
    await reconcile(accountId);
    await until('it is explained', async () => (await driftsOf(stand, accountId))[0]?.state === 'explained');
    await stand.quiet();
  });
});
