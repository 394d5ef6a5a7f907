/**
 * `npm run bench:night`: a million lots end in one night. Makes the rows by SQL in a PostgreSQL of its own, then does the
 * night as the workflow's steps do and states time and memory. An argument is another count of lots.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { turnLots } from '../activities/ledger/nights/lots.ts';
import { closeNight, findNight, nightOperation, openNights } from '../activities/ledger/nights/night-log.ts';
import { createPool } from '../activities/ledger/database.ts';
import { programSettings } from '../domain/program.ts';
import { startPostgres, stopPostgres } from '../worker/embedded/postgres.ts';
import { migrate } from '../worker/migrate.ts';
import { freePort } from '../worker/ports.ts';

const LOTS = Number(process.argv[2] ?? 1_000_000);
const BATCH = 500;
const SEED_BATCH = 50_000;
const PROGRAM = 'prg_bench';

const folder = mkdtempSync(join(tmpdir(), 'bonus-bench-'));
const port = await freePort();
const account = { user: 'bench', password: 'bench', database: 'bench' };
const place = { folder: join(folder, 'postgres'), logFile: join(folder, 'postgres.log'), port };
const postgres = await startPostgres({ ...place, ...account, fsync: false });
const url = `postgres://bench:bench@127.0.0.1:${port}/bench`;
await migrate(url);
const pool = createPool(url, { max: 2 });
const settings = programSettings.parse({
  name: 'Bench',
  currency: 'EUR',
  timeZone: 'UTC',
  accrual: { levels: [{ from: '0.00', percent: '5' }] },
  redeem: {},
});

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`;

/** Accounts with one lot of 5.00 each that ended yesterday; transfers make the balances, so that the ledger holds. */
async function seed(): Promise<void> {
  await pool.query("insert into chain (id, title) values (1, 'Bench')");
  await pool.query(
    "insert into location (id, chain_id, title, time_zone, provider) values (2, 1, 'Bench', 'UTC', 'own')",
  );
  await pool.query(
    `insert into program (id, chain_id, card_type_title, provider) values ('${PROGRAM}', 1, 'Bench', 'own')`,
  );
  await pool.query(`insert into program_version (program_id, version, settings) values ('${PROGRAM}', 1, $1)`, [
    settings,
  ]);
  const client = await pool.connect();
  try {
    await client.query('set statement_timeout = 0');
    await client.query(`insert into operation (id, chain_id, kind, workflow_id, run_id, actor, state, next_seq)
                        values ('seed', 1, 'adjustment', 'seed', 'seed', 'bench', 'done', ${LOTS + 1})`);
    for (let from = 1; from <= LOTS; from += SEED_BATCH) {
      const range = [from, Math.min(LOTS, from + SEED_BATCH - 1)];
      await client.query(
        `insert into account (id, chain_id, program_id, phone, active)
         select 'acc_' || lpad(n::text, 26, '0'), 1, '${PROGRAM}', '+7' || (7000000000 + n), 500
           from generate_series($1::int, $2::int) n`,
        range,
      );
      await client.query(
        `insert into lot (id, account_id, program_version, code, operation, amount, remaining, expires_at)
         select n, 'acc_' || lpad(n::text, 26, '0'), 1, 'accrual', 'seed', 500, 500, now() - interval '1 day'
           from generate_series($1::int, $2::int) n`,
        range,
      );
      await client.query(
        `insert into transfer (chain_id, operation, seq, account_id, debit_account, credit_account, amount, code, lot_id, actor)
         select 1, 'seed', n, 'acc_' || lpad(n::text, 26, '0'), 'program:${PROGRAM}',
                'customer:acc_' || lpad(n::text, 26, '0'), 500, 'accrual', n, 'bench'
           from generate_series($1::int, $2::int) n`,
        range,
      );
    }
    await client.query('analyze');
  } finally {
    client.release();
  }
}

const seeding = performance.now();
await seed();
console.log(`${LOTS} accounts with a lot each are made, in ${Math.round((performance.now() - seeding) / 1000)} s`);

let peak = process.memoryUsage().rss;
const before = peak;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 100);
const began = performance.now();
const [opened] = await openNights(pool, 1n, Date.now());
if (!opened) throw new Error('the night was not opened');
const night = await findNight(pool, opened.programId, opened.date);
const operation = {
  id: nightOperation('expiry', opened.programId, opened.date),
  kind: 'expiry',
  workflowId: 'bench',
  runId: 'bench',
} as const;
let batches = 0;
let slowest = 0;
for (let after: string | null = ''; after !== null; batches += 1) {
  const since = performance.now();
  after = await turnLots(pool, night, operation, { after, size: BATCH });
  slowest = Math.max(slowest, performance.now() - since);
}
const done = await closeNight(pool, opened.programId, opened.date);
const seconds = (performance.now() - began) / 1000;
clearInterval(watch);
const { rows } = await pool.query<{ left: bigint; active: bigint }>(
  'select (select count(*) from lot where remaining > 0) as left, (select coalesce(sum(active), 0)::bigint from account) as active',
);
console.log(
  `${done.expiredAccounts} lots ended in ${seconds.toFixed(1)} s, ${Math.round(Number(done.expiredAccounts) / seconds)} a second; ` +
    `${batches} transactions, the slowest ${Math.round(slowest)} ms; memory ${megabytes(before)} before, ${megabytes(peak)} at its peak; ` +
    `${rows[0]?.left} lots and ${rows[0]?.active} points are left`,
);
await pool.end();
await stopPostgres(postgres);
rmSync(folder, { recursive: true, force: true });
