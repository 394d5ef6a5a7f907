// Tamper evidence: what the database refuses, what the verifier finds when somebody got past the database.
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRANSFER_COLUMNS } from '../../activities/ledger/proof/canonical.ts';
import { type Verification, verifyLedger } from '../../activities/ledger/proof/verify.ts';
import { createPool } from '../../activities/ledger/database.ts';
import { sealDays } from '../../worker/keep-proof.ts';
import { migrate } from '../../worker/migrate.ts';
import { packageRoot } from '../../worker/paths.ts';
import { emptyDatabase } from '../setup/database.ts';
import { pino } from 'pino';
import { known, mixedRun, pay, Tampering } from './proof-stand.ts';
import { startStand, type Stand } from './stand.ts';

let stand: Stand;
let superuser: Tampering;
beforeAll(async () => {
  stand = await startStand('ledger-proof');
  await mixedRun(stand);
  superuser = await Tampering.begin(stand);
});
afterAll(async () => {
  await superuser?.close();
  await stand?.close();
});

const verify = (): Promise<Verification> => verifyLedger(stand.pool);
const sentences = ({ findings }: Verification) => findings.map(({ sentence }) => sentence);

async function refusal(statement: string, values: unknown[] = []): Promise<string> {
  try {
    await stand.pool.query(statement, values);
    return 'it was allowed';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Row {
  readonly id: string;
  readonly account_id: string;
  readonly code: string;
}
async function transfersOf(index: number): Promise<Row[]> {
  const accountId = await known(stand, stand.person(index));
  const query = 'select id::text as id, account_id, code from transfer where account_id = $1 order by transfer.id';
  return (await stand.pool.query<Row>(query, [accountId])).rows;
}
const named = (rows: readonly Row[], code: string): Row => {
  const found = rows.find((row) => row.code === code);
  if (!found) throw new Error(`no ${code}`);
  return found;
};

/** Tampers, verifies and puts everything back as it was. */
async function after(tamper: readonly string[], undo: readonly string[]): Promise<Verification> {
  await superuser.run(...tamper);
  try {
    return await verify();
  } finally {
    await superuser.run(...undo);
  }
}

describe('double entry', () => {
  it('B-02 after payments, changes by staff, an adjustment and a debt every operation sums to zero over its counter accounts', async () => {
    const { rows } = await stand.pool.query<{ operation: string; sum: string; sides: string[] }>(
      `select operation, sum(amount)::text as sum, array_agg(distinct split_part(ledger_account, ':', 1)) as sides
         from posting group by operation`,
    );
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.filter(({ sum }) => sum !== '0')).toEqual([]);
    const sides = new Set(rows.flatMap((row) => row.sides));
    expect([...sides].sort()).toEqual(['altegio', 'customer', 'debt', 'program']);
    const { rows: codes } = await stand.pool.query<{ code: string }>(
      'select distinct code from transfer order by code',
    );
    const expected = ['accrual', 'adjustment', 'external', 'opening', 'redemption'];
    expect(codes.map(({ code }) => code)).toEqual(expect.arrayContaining(expected));
  });

  it('B-02 the database itself refuses a one-sided row, an amount of 0 or less, changes, removal and an overdraft', async () => {
    const [row] = await transfersOf(1);
    const copy = (amount: string, credit: string) => `
      insert into transfer (chain_id, operation, seq, account_id, debit_account, credit_account, amount, code, actor)
      select chain_id, operation, 99, account_id, debit_account, ${credit}, ${amount}, code, actor from transfer where id = ${row?.id}`;
    expect(await refusal(copy('5', 'debit_account'))).toContain('violates check constraint');
    expect(await refusal(copy('5', 'null'))).toContain('null value in column "credit_account"');
    expect(await refusal(copy('0', 'credit_account'))).toContain('transfer_amount_check');
    expect(await refusal(copy('-5', 'credit_account'))).toContain('transfer_amount_check');
    const changes = ['update transfer set amount = 1', 'delete from transfer', 'truncate transfer cascade'];
    for (const change of changes) expect(await refusal(change)).toContain('never changed or deleted');
    const roots = ['update ledger_root set accounts = 1', 'delete from ledger_root', 'truncate ledger_root'];
    await sealDays({ ...sealing(), now: () => new Date(Date.now() + 2 * 86_400_000) });
    for (const change of roots) expect(await refusal(change)).toContain('never changed or deleted');
    await superuser.run('delete from ledger_root');
    const overdraft = 'update account set active = active - 1000000 where id = $1';
    expect(await refusal(overdraft, [row?.account_id])).toContain('account_active_check');
    const { wrong } = await verify();
    expect(wrong).toBe(0);
  });
});

const sealing = () => ({ pool: stand.pool, client: stand.client, logger: pino({ level: 'silent' }) });

describe('tamper evidence', () => {
  it('every column of a transfer but its hashes is hashed', async () => {
    const { rows } = await stand.pool.query<{ column_name: string }>(
      `select column_name from information_schema.columns where table_name = 'transfer'
        and column_name not in ('prev_hash', 'hash')`,
    );
    expect(rows.map(({ column_name: name }) => name).sort()).toEqual([...TRANSFER_COLUMNS].sort());
  });

  it('B-03 each transfer carries the hash of the one before in its account, as computed by the database and anew by the verifier', async () => {
    const rows = await stand.pool.query<{ account_id: string; prev: string; hash: string }>(
      `select account_id, encode(prev_hash, 'hex') as prev, encode(hash, 'hex') as hash from transfer order by account_id, id`,
    );
    let before: { account_id: string; hash: string } | null = null;
    for (const row of rows.rows) {
      expect(row.prev).toBe(before?.account_id === row.account_id ? before.hash : '00'.repeat(32));
      before = row;
    }
    const verified = await verify();
    expect(sentences(verified)).toEqual([]);
    const counted = Object.fromEntries(verified.table.map(({ check, counted: count }) => [check, count]));
    expect(counted['chain']).toBe(rows.rows.length);
    expect(counted['balances']).toBeGreaterThanOrEqual(3);
  });

  it('B-03 a transfer edited as superuser is named with its account, its column and what it held', async () => {
    const rows = await transfersOf(1);
    const { id, account_id: accountId } = named(rows, 'redemption');
    const edited = await after(
      [`update transfer set amount = 3100 where id = ${id}`],
      [`update transfer set amount = 3000 where id = ${id}`],
    );
    const changed = edited.findings.find(({ check }) => check === 'chain');
    expect(changed).toMatchObject({ accountId, transferId: id });
    expect(changed?.sentence).toBe(
      `transfer ${id} of account ${accountId} was changed after it was written: its amount was 30.00 when it was written and is 31.00 now`,
    );
    const code = await after(
      [`update transfer set code = 'refund' where id = ${id}`],
      [`update transfer set code = 'redemption' where id = ${id}`],
    );
    expect(sentences(code)[0]).toContain('its code was "redemption" when it was written and is "refund" now');
    const actor = await after(
      [`update transfer set actor = 'somebody' where id = ${id}`],
      [`update transfer set actor = 'till' where id = ${id}`],
    );
    expect(sentences(actor)[0]).toContain('its actor was "till"');
    expect((await verify()).wrong).toBe(0);
  });

  it('B-03 a transfer deleted or inserted as superuser is named, also the last one of its account', async () => {
    const rows = await transfersOf(1);
    const keep = 'create table if not exists kept_aside as table transfer with no data';
    const remove = (id: string) => [
      keep,
      `insert into kept_aside select * from transfer where id = ${id}`,
      `delete from transfer where id = ${id}`,
    ];
    const restore = ['insert into transfer overriding system value select * from kept_aside', 'delete from kept_aside'];
    const middle = named(rows, 'redemption');
    const next = rows[rows.indexOf(middle) + 1];
    const gone = await after(remove(middle.id), restore);
    expect(sentences(gone).join('\n')).toContain(
      `transfer ${next?.id} of account ${middle.account_id} does not follow`,
    );
    const last = rows.at(-1);
    const cut = await after(remove(last?.id ?? ''), restore);
    expect(cut.findings[0]).toMatchObject({ accountId: last?.account_id });
    expect(sentences(cut).join('\n')).toContain(
      `transfer ${last?.id} of account ${last?.account_id} was deleted: it was the last one of the account`,
    );
    const forged = `insert into transfer (id, chain_id, operation, seq, account_id, debit_account, credit_account, amount, code,
        actor, prev_hash, hash) overriding system value
      select 900000, chain_id, operation, 77, account_id, debit_account, credit_account, 500, code, actor, hash,
        sha256(hash) from transfer where id = ${last?.id}`;
    const inserted = await after([forged], ['delete from transfer where id = 900000']);
    expect(sentences(inserted).join('\n')).toMatch(/transfer 900000 of account acc_\w+ was inserted behind our back/);
    expect((await verify()).wrong).toBe(0);
  });

  it('B-03 an edited balance, lot, hold or confirmed balance is named with what the transfers make', async () => {
    const [{ account_id: id } = { account_id: '' }] = await transfersOf(1);
    const edits: [string, string, RegExp][] = [
      [
        'update account set active = active + 100',
        'update account set active = active - 100',
        /: active is 114\.50, and its transfers make 113\.50/,
      ],
      [
        'update account set pending = 700',
        'update account set pending = 0',
        /: pending is 7\.00, and its transfers make 0\.00/,
      ],
      ['update account set held = 100', 'update account set held = 0', /: held is 1\.00, and open holds reserve 0\.00/],
    ];
    for (const [edit, undo, sentence] of edits) {
      const found = await after([`${edit} where id = '${id}'`], [`${undo} where id = '${id}'`]);
      expect(sentences(found).join('\n')).toMatch(sentence);
    }
    const lot = `(select min(id) from lot where account_id = '${id}' and remaining > 0)`;
    const spent = await after(
      [`update lot set remaining = remaining - 1 where id = ${lot}`],
      [`update lot set remaining = remaining + 1 where id = ${lot}`],
    );
    expect(sentences(spent)[0]).toMatch(
      /^lot \d+ of account acc_\w+: remaining is \d+\.\d\d, and its transfers make \d+\.\d\d$/,
    );
    const card = await after(
      [`update altegio_card set confirmed = confirmed + 5 where account_id = '${id}'`],
      [`update altegio_card set confirmed = confirmed - 5 where account_id = '${id}'`],
    );
    expect(sentences(card)[0]).toMatch(
      /Altegio's confirmed balance is 113\.55, and its opening, drifts and writes make 113\.50/,
    );
  });

  it('B-03 finished days are sealed once with a root chained to the day before; a changed root, day or row of it is found', async () => {
    const dayAfter = (days: number) => ({ ...sealing(), now: () => new Date(Date.now() + days * 86_400_000) });
    await sealDays({ ...sealing(), now: () => new Date(new Date().setUTCHours(0, 5, 0, 0)) });
    expect((await stand.pool.query('select 1 from ledger_root')).rowCount).toBe(0);
    await Promise.all([sealDays(dayAfter(3)), sealDays(dayAfter(3)), sealDays(dayAfter(3))]);
    const roots = await stand.pool.query<{ day: string; prev: string; root: string; transfers: string }>(
      `select day::text as day, encode(prev_root, 'hex') as prev, encode(root, 'hex') as root, transfers::text as transfers
         from ledger_root order by ledger_root.day`,
    );
    expect(roots.rows.length).toBeGreaterThanOrEqual(2);
    const total = await stand.pool.query<{ count: string }>('select count(*)::text as count from transfer');
    expect(roots.rows.reduce((sum, { transfers }) => sum + Number(transfers), 0)).toBe(Number(total.rows[0]?.count));
    expect(roots.rows[1]?.prev).toBe(roots.rows[0]?.root);
    const sealed = await verify();
    expect(sentences(sealed)).toEqual([]);
    expect(sealed.roots).toMatchObject([{ root: roots.rows.at(-1)?.root }]);
    const door = await stand.admin(`/ledger/roots?chainId=${stand.chainId}`);
    expect(door.body.items[0]).toMatchObject({ root: roots.rows.at(-1)?.root, day: roots.rows.at(-1)?.day });

    const first = roots.rows[0];
    const changed = await after(
      [`update ledger_root set root = sha256('x') where day = '${first?.day}'`],
      [`update ledger_root set root = decode('${first?.root}', 'hex') where day = '${first?.day}'`],
    );
    expect(sentences(changed)).toContain(
      `the root of ${first?.day} of chain ${stand.chainId} was changed: it was ${first?.root} when the next day was sealed on it`,
    );
    const [{ account_id: id } = { account_id: '' }] = await transfersOf(2);
    // Row, hash and stored end are all rewritten: nothing but the root is left to tell.
    const last = `(select max(id) from transfer where account_id = '${id}')`;
    const rewritten = await after(
      [
        'create table aside as table transfer with data',
        `update transfer set reason = 'forged' where id = ${last}`,
        `update transfer t set hash = transfer_hash(prev_hash, t) where id = ${last}`,
        `update ledger_tip set hash = (select hash from transfer where id = ${last}) where account_id = '${id}'`,
      ],
      [
        `update transfer t set reason = aside.reason, hash = aside.hash from aside where aside.id = t.id and t.id = ${last}`,
        `update ledger_tip set hash = (select hash from transfer where id = ${last}) where account_id = '${id}'`,
        'drop table aside',
      ],
    );
    expect(sentences(rewritten)).toEqual([
      expect.stringMatching(/^the root of \S+ of chain \d+ does not fit the transfers of that day/),
    ]);
    expect((await verify()).wrong).toBe(0);
    // Today was sealed here although it goes on.
    await superuser.run('delete from ledger_root');
  });

  it('tills go on paying while the ledger is verified, and none of their payments is a finding', async () => {
    const person = stand.person(4);
    await known(stand, person);
    const paying = Promise.all([1, 2, 3].map((number) => pay(stand, person, `LIVE-${number}`, 'none').catch(String)));
    for (let round = 0; round < 5; round += 1) expect(sentences(await verify())).toEqual([]);
    await paying;
  });
});

it('B-03 rows from before the chain are put into it by the migration, which leaves the ledger append-only', async () => {
  const database = await emptyDatabase('chained-later');
  const folder = mkdtempSync(join(tmpdir(), 'bonus-migrations-'));
  try {
    const all = join(packageRoot, 'activities', 'ledger', 'migrations');
    for (const name of readdirSync(all).filter((file) => file < '0010')) cpSync(join(all, name), join(folder, name));
    await migrate(database.url, folder);
    await database.pool.query(`
      insert into chain values (1, 'Chain');
      insert into program (id, chain_id, card_type_id, card_type_title) values ('prg', 1, 1, 'Cashback');
      insert into account (id, chain_id, program_id, phone, active) values ('a', 1, 'prg', '+77010000001', 700), ('b', 1, 'prg', '+77010000002', 500);
      insert into operation (id, chain_id, kind, workflow_id, run_id, actor, next_seq) values ('o', 1, 'payment', 'o', 'r', 'till', 4);
      insert into transfer (chain_id, operation, seq, account_id, debit_account, credit_account, amount, code, actor, reason)
      values (1, 'o', 1, 'a', 'program:prg', 'customer:a', 1000, 'accrual', 'till', null),
             (1, 'o', 2, 'b', 'program:prg', 'customer:b', 500, 'adjustment', 'till', 'Ошибка «кассы»'),
             (1, 'o', 3, 'a', 'customer:a', 'program:prg', 300, 'redemption', 'till', null);`);
    await migrate(database.url);
    const pool = createPool(database.url, { max: 2 });
    const verified = await verifyLedger(pool);
    await pool.end();
    expect(sentences(verified)).toEqual([]);
    expect(verified.table.find(({ check }) => check === 'chain')?.counted).toBe(3);
    await expect(database.pool.query('update transfer set amount = 1')).rejects.toThrow('never changed or deleted');
    const linked = await database.pool.query(
      `select encode(b.prev_hash, 'hex') = encode(a.hash, 'hex') as linked from transfer a, transfer b where a.seq = 1 and b.seq = 3`,
    );
    expect(linked.rows).toEqual([{ linked: true }]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  }
});
