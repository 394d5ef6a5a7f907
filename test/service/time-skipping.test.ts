/** Weeks in a moment: what workflows do when time has passed, on Temporal's test server whose clock jumps. */
import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createNightActivities } from '../../activities/index.ts';
import type { NightTold, PaymentInput } from '../../activities/inputs.ts';
import { createPool, transaction } from '../../activities/ledger/database.ts';
import { lockPage } from '../../activities/ledger/page.ts';
import { sendPosting } from '../../activities/ledger/posting.ts';
import { verifyLedger } from '../../activities/ledger/proof/verify.ts';
import { lotDates } from '../../domain/lot-dates.ts';
import { programSettings } from '../../domain/program.ts';
import { searchAttributes } from '../../worker/temporal-setup.ts';
import { freshDatabase } from '../setup/database.ts';
import { startTimeSkipping } from '../setup/time-skipping.ts';
import { until } from './until.ts';

const ZONE = 'Europe/Berlin';
const ACCOUNT = 'acc_00000000000000000000000001';
const MINUTE_MS = 60_000;

let env: TestWorkflowEnvironment;
let client: Client;
let pool: pg.Pool;
const closers: (() => Promise<unknown>)[] = [];
/** The moment of the jumping clock at which the points reserved by the test's payment are released. */
let holdUntil = 0;

beforeAll(async () => {
  const database = await freshDatabase('skipping');
  closers.push(() => database.drop());
  pool = createPool(database.url, { max: 5 });
  closers.push(() => pool.end());
  env = await startTimeSkipping();
  closers.push(() => env.teardown());
  client = new Client({ connection: env.connection });
  await env.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
  const workflowBundle = { codePath: inject('workflowBundleFile') };
  const common = { connection: env.nativeConnection, namespace: 'default' };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: 'orchestration',
      workflowBundle,
      activities: { ...createNightActivities({ pool }), ...tillActivities },
    }),
    Worker.create({ ...common, taskQueue: 'altegio', activities: { converge: async () => onlyBook } }),
  ]);
  const runs = workers.map((worker) => worker.run());
  closers.push(async () => {
    for (const worker of workers) worker.shutdown();
    await Promise.all(runs);
  });
});
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
});

const onlyBook = { cardId: null, target: '70.00', altegio: null, drift: '0.00', writes: [] };

/** A till's steps whose clock is the server's: the database's cannot jump. */
const tillActivities = {
  readAltegioForTill: async () => ({ kind: 'noSecondBook' }),
  commitPayment: async () => ({
    outcome: 'authorized',
    held: '30.00',
    due: '70.00',
    target: '70.00',
    leftMs: holdUntil - (await env.currentTimeMs()),
  }),
  settleHold: async () => {
    const leftMs = holdUntil - (await env.currentTimeMs());
    return leftMs > 0 ? { outcome: 'authorized', leftMs } : { outcome: 'expired', target: '100.00' };
  },
  finishOperation: async () => ({ target: '100.00', altegio: null, dirtySeq: '0' }),
};

async function seed(settings: object): Promise<void> {
  const rules = programSettings.parse({
    name: 'Bonus',
    currency: 'EUR',
    timeZone: ZONE,
    accrual: { levels: [{ from: '0.00', percent: '5' }] },
    redeem: {},
    ...settings,
  });
  await pool.query("insert into chain (id, title) values (1, 'Chain')");
  await pool.query(
    "insert into location (id, chain_id, title, time_zone, provider) values (2, 1, 'Salon', $1, 'own')",
    [ZONE],
  );
  await pool.query("insert into program (id, chain_id, card_type_title, provider) values ('prg_1', 1, 'Bonus', 'own')");
  await pool.query("insert into program_version (program_id, version, settings) values ('prg_1', 1, $1)", [rules]);
  await pool.query("insert into account (id, chain_id, program_id, phone) values ($1, 1, 'prg_1', '+77010000001')", [
    ACCOUNT,
  ]);
}

/** Posts an accrual of 5.00 as if it were earned now by the server's clock. */
async function earn(now: number): Promise<void> {
  const operation = {
    id: 'op-1',
    kind: 'adjustment',
    workflowId: 'op-1',
    runId: 'run-1',
    locationId: 2n,
    actor: 'test',
  } as const;
  await transaction(pool, async (tx) => {
    const page = await lockPage(tx, ACCOUNT);
    page.book.accrue(500n, lotDates(now, ZONE, page.account.settings.lots));
    sendPosting(tx, page, operation);
  });
}

// A client of our own, because the environment's lets time jump while it waits for a result.
const night = async (): Promise<NightTold[]> =>
  (await client.workflow.execute('nightly', {
    workflowId: `nightly:1-${randomUUID()}`,
    taskQueue: 'orchestration',
    args: [{ chainId: '1' }],
  })) as NightTold[];

it('8: points earned now become active 14 local days later, not a night before, and end 30 days after that', async () => {
  await seed({ lots: { lifetimeDays: 30, pendingDays: 14 } });
  await earn(await env.currentTimeMs());
  const balances = async () =>
    (await pool.query('select active, pending from account where id = $1', [ACCOUNT])).rows[0] as object;
  const moved = async (days: number) => {
    if (days > 0) await env.sleep(`${days} days`);
    const [told] = await night();
    return { activated: told?.activated.amount, expired: told?.expired.amount };
  };
  const nothing = { activated: '0.00', expired: '0.00' };
  expect(await moved(0)).toEqual(nothing);
  expect(await moved(13)).toEqual(nothing);
  expect(await balances()).toEqual({ active: 0n, pending: 500n });
  expect(await moved(1)).toEqual({ activated: '5.00', expired: '0.00' });
  expect(await balances()).toEqual({ active: 500n, pending: 0n });
  expect(await moved(29)).toEqual(nothing);
  expect(await moved(1)).toEqual({ activated: '0.00', expired: '5.00' });
  expect(await balances()).toEqual({ active: 0n, pending: 0n });
  expect((await verifyLedger(pool)).findings).toEqual([]);
});

it('12: points reserved for 15 minutes are released by the run itself when that time is over', async () => {
  holdUntil = (await env.currentTimeMs()) + 15 * MINUTE_MS;
  const input: PaymentInput = {
    paymentId: 'pay_1',
    chainId: '1',
    locationId: '2',
    accountId: ACCOUNT,
    receipt: 'TTL',
    attempt: 1,
    total: '100.00',
  };
  const run = await client.workflow.start('payment', {
    workflowId: 'payment:2:TTL',
    taskQueue: 'orchestration',
    args: [input],
  });
  const phase = async () => (await run.query<{ phase: string }>('state')).phase;
  await until('the points are reserved', async () => (await phase()) === 'authorized' || (await phase()));
  await env.sleep('14 minutes');
  expect(await phase()).toBe('authorized');
  await env.sleep('2 minutes');
  expect(await run.result()).toMatchObject({ outcome: 'expired', target: '70.00' });
});
