// The activity report against transfers of every code, drawn at random: whatever moved is in exactly one column.
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Activity, closingOf, readActivity } from '../../activities/ledger/customers/activity.ts';
import { createPool } from '../../activities/ledger/database.ts';
import { type FreshDatabase, freshDatabase } from '../setup/database.ts';
import { addCustomer, seed } from './pos-stand.ts';

let database: FreshDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await freshDatabase('activity');
  pool = createPool(database.url, { max: 2 });
  await seed(pool);
});
afterAll(async () => {
  await pool?.end();
  await database?.drop();
});

/** Codes with the column that each belongs to; activation and repayment move points between a customer's own balances. */
const COLUMN: Record<string, keyof Activity | null> = {
  accrual: 'earned',
  redemption: 'redeemed',
  refund: 'refunded',
  clawback: 'clawedBack',
  adjustment: 'adjusted',
  external: 'external',
  opening: 'adopted',
  expiry: 'expired',
  activation: null,
  repayment: null,
};
const AWAY = new Set(['redeemed', 'clawedBack', 'expired']);

interface Move {
  readonly code: string;
  readonly amount: bigint;
  readonly gains: boolean;
  readonly part: 'customer' | 'pending' | 'debt';
}

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.record({
    code: fc.constantFrom(...Object.keys(COLUMN)),
    amount: fc.bigInt({ min: 1n, max: 1_000_000n }),
    gains: fc.boolean(),
    part: fc.constantFrom('customer', 'pending', 'debt'),
  }),
  { minLength: 1, maxLength: 12 },
);

/** Writes the moves down as the ledger does, each at its own minute. */
async function write(accountId: string, list: readonly Move[]): Promise<void> {
  const operation = `adjustment:${accountId}:1`;
  await pool.query(
    `insert into operation (id, chain_id, kind, account_id, workflow_id, run_id, actor)
     values ($1, 1, 'adjustment', $2, $1, 'run', 'test')`,
    [operation, accountId],
  );
  for (const [index, { code, amount, gains, part }] of list.entries()) {
    const own = `${part}:${accountId}`;
    const counterpart =
      COLUMN[code] === null ? `${part === 'customer' ? 'pending' : 'customer'}:${accountId}` : 'program:prg_main';
    const [debit, credit] = gains ? [counterpart, own] : [own, counterpart];
    await pool.query(
      `insert into transfer (chain_id, operation, seq, account_id, debit_account, credit_account, amount, code, actor, learned_at)
       values (1, $1, $2, $3, $4, $5, $6, $7, 'test', $8)`,
      [operation, index + 1, accountId, debit, credit, amount, code, new Date(Date.UTC(2026, 0, 1, 0, index))],
    );
  }
}

test('P-16 in every period opening, each column and closing add up, and periods join without a gap', async () => {
  const numRuns = 60;
  const fcSeed = process.env['FC_SEED'] ? Number(process.env['FC_SEED']) : Date.now() % 2_147_483_647;
  console.log(`property "activity": ${numRuns} cases, FC_SEED=${fcSeed}`);
  let count = 0;
  const property = fc.asyncProperty(moves, fc.nat({ max: 12 }), async (list, cut) => {
    count += 1;
    const accountId = `acc_${String(count).padStart(26, '0')}`;
    await addCustomer(pool, { id: accountId, phone: `+7701${String(1_000_000 + count)}`, card: null });
    await write(accountId, list);
    const at = new Date(Date.UTC(2026, 0, 1, 0, cut));
    const read = async (from: Date | null, to: Date | null): Promise<Activity> => {
      const all = { chainId: null, programId: null, typeId: null, after: null, limit: null } as const;
      const [row] = await readActivity(pool, { ...all, accountId, by: 'account', from, to });
      if (!row) throw new Error('an account always has a row');
      expect(closingOf(row)).toBe(row.closing);
      return row;
    };
    const [whole, before, after] = [await read(null, null), await read(null, at), await read(at, null)];
    expect([whole.opening, after.opening, after.closing]).toEqual([0n, before.closing, whole.closing]);
    for (const column of new Set(Object.values(COLUMN))) {
      if (column === null) continue;
      const sum = list
        .filter(({ code }) => COLUMN[code] === column)
        .reduce((total, { amount, gains }) => total + (gains === AWAY.has(column) ? -amount : amount), 0n);
      expect([column, whole[column]]).toEqual([column, sum]);
      expect(before[column] + after[column]).toBe(sum);
    }
  });
  await fc.assert(property, { seed: fcSeed, numRuns });
});
