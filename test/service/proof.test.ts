// The proof of one operation through the operator's door, and the two commands as a person runs them.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { sealOf } from '../../activities/ledger/proof/canonical.ts';
import { prove } from '../../activities/ledger/proof/prove.ts';
import { fetchFacts } from '../../api/temporal-history.ts';
import { keepHistories } from '../../worker/keep-proof.ts';
import { packageRoot } from '../../worker/paths.ts';
import { pino } from 'pino';
import { moved } from '../fault/books.ts';
import { build } from '../setup/product.ts';
import { followJournal, known, mixedRun, pay, Tampering } from './proof-stand.ts';
import { type Answer, startStand, type Stand, TOKENS } from './stand.ts';
import { until } from './until.ts';

let stand: Stand;
let superuser: Tampering;
let payment: Answer['body'];
let before: string;
beforeAll(async () => {
  stand = await startStand('proof');
  await mixedRun(stand);
  await known(stand, stand.person(4));
  before = (await stand.account(stand.person(4))).ledger.active;
  payment = await pay(stand, stand.person(4), 'P-1', '30.00', 'key-of-p-1');
  await stand.quiet();
  await followJournal(stand);
  superuser = await Tampering.begin(stand);
});
afterAll(async () => {
  await superuser?.close();
  await stand?.close();
});

const proofOf = async (id: string): Promise<Answer['body']> => (await stand.admin(`/payments/${id}/proof`)).body;
const sentences = (proof: Answer['body']): string =>
  proof.findings.map(({ sentence }: { sentence: string }) => sentence).join('\n');

async function tampered(change: string, undo: string): Promise<Answer['body']> {
  await superuser.run(change);
  try {
    return await proofOf(payment.id);
  } finally {
    await superuser.run(undo);
  }
}

describe('the proof of a payment', () => {
  it('B-01 goes from the key over workflow, journal line and hashed transfers to both balances before and after, exactly once', async () => {
    const proof = await proofOf(payment.id);
    expect(proof.sentence).toBe(
      'EXACTLY ONCE: each transfer stands once in the ledger and once in Altegio (one write).',
    );
    expect(proof).toMatchObject({
      verdict: 'exactly_once',
      payment: { receipt: 'P-1', state: 'CAPTURED', redeemed: '30.00', accrued: '3.50' },
      keys: [{ key: 'key-of-p-1', paymentId: payment.id }],
      attempts: [{ id: payment.id, attempt: 1 }],
      workflow: { workflowId: payment.workflowId, source: 'temporal', closedAs: 'completed' },
      writes: [{ state: 'confirmed', amount: '-26.50', line: { amount: '-26.50', claim: 'write' } }],
      books: {
        ledger: { before: { active: before }, after: { active: moved(before, -2650) } },
        altegio: { before, after: moved(before, -2650) },
      },
    });
    expect(proof.transfers.map(({ code, amount, intact }: Answer['body']) => [code, amount, intact])).toEqual([
      ['redemption', '30.00', true],
      ['accrual', '3.50', true],
    ]);
    expect(proof.transfers[1].prevHash).toBe(proof.transfers[0].hash);
    const decided = proof.workflow.steps.find(({ step }: { step: string }) => step === 'commitPayment');
    expect(decided.result).toMatchObject({ outcome: 'captured', redeemed: '30.00', accrued: '3.50' });
    expect(JSON.stringify(proof)).not.toContain(stand.person(4).phone);
  });

  it('B-01 the seal is made anew each time: the same facts have the same seal, and nobody can change one and keep it', async () => {
    const [{ seal, ...facts }, again] = [await proofOf(payment.id), await proofOf(payment.id)];
    expect(again.seal).toBe(seal);
    expect(sealOf(facts)).toBe(seal);
    expect(sealOf({ ...facts, verdict: 'wrong' })).not.toBe(seal);
  });

  it('B-01 a row tampered with as superuser fails the proof and is named, in ledger, write, journal and payment', async () => {
    const { transfers, writes } = await proofOf(payment.id);
    const [{ id }] = transfers;
    const [write] = writes;
    const row = await tampered(
      `update transfer set amount = 2000 where id = ${id}`,
      `update transfer set amount = 3000 where id = ${id}`,
    );
    expect(row.verdict).toBe('wrong');
    expect(row.sentence).toMatch(
      /^WRONG: transfer \d+ of account acc_\w+ was changed after it was written: its amount was 30\.00/,
    );
    expect(sentences(row)).toContain('the workflow has decided redemption 30.00, and the transfers make 20.00');
    expect(row.transfers[0].intact).toBe(false);
    const line = await tampered(
      `update altegio_line set amount = -2600 where line_id = ${write.line.id}`,
      `update altegio_line set amount = -2650 where line_id = ${write.line.id}`,
    );
    expect(sentences(line)).toContain('are not of the same amount');
    const unnamed = await tampered(
      `update altegio_write set operations = '{}' where id = ${write.id}`,
      `update altegio_write set operations = '{${payment.workflowId}}' where id = ${write.id}`,
    );
    expect(sentences(unnamed)).toContain('and does not name it');
    const silent = await tampered(
      `update altegio_write set line_id = null, settled_at = now() - interval '11 minutes' where id = ${write.id}`,
      `update altegio_write set line_id = ${write.line.id}, settled_at = now() where id = ${write.id}`,
    );
    expect(sentences(silent)).toContain("Altegio's journal has no line of it");
    const young = await tampered(
      `update altegio_write set line_id = null where id = ${write.id}`,
      `update altegio_write set line_id = ${write.line.id} where id = ${write.id}`,
    );
    expect(young.verdict).toBe('not_finished');
    const twice = await tampered(
      `insert into altegio_write (card_id, chain_id, amount, baseline, transfers_up_to, operations, title, state, deadline,
                                  window_until, line_id)
       select card_id, chain_id, amount, baseline, 0, '{}', 'forged', 'refused', now(), now(), line_id
         from altegio_write where id = ${write.id}`,
      `delete from altegio_write where title = 'forged'`,
    );
    expect(sentences(twice)).toContain('is claimed by two writes');
    const paid = await tampered(
      `update payment set redeemed = 1000 where id = '${payment.id}'`,
      `update payment set redeemed = 3000 where id = '${payment.id}'`,
    );
    expect(sentences(paid)).toContain('the payment says redemption 10.00, and its transfers make 30.00');
    expect((await proofOf(payment.id)).verdict).toBe('exactly_once');
  });

  it('B-01 a payment that nets to zero needs no write, a declined one has taken nothing, a waiting one is not finished yet', async () => {
    const person = stand.person(5);
    const accountId = await known(stand, person);
    const held = (await stand.account(person)).ledger.available;
    const all = { receipt: 'P-Z', accountId, total: '105.00', redeem: '5.00' };
    const zero = await stand.till('/payments', all);
    expect(zero.body).toMatchObject({ redeemed: '5.00', accrued: '5.00' });
    await stand.quiet();
    const even = await proofOf(zero.body.id);
    expect(even).toMatchObject({ verdict: 'exactly_once', writes: [] });
    expect(sentences(even)).toContain('its transfers net to zero, so Altegio needed no write');
    expect((await stand.account(person)).ledger.available).toBe(held);

    const refused = await stand.till('/payments', { receipt: 'P-D', accountId, total: '100.00', redeem: '99.00' });
    expect(refused.status).toBe(422);
    const { rows } = await stand.pool.query<{ id: string }>(`select id from payment where receipt = 'P-D'`);
    await stand.quiet();
    const declined = await proofOf(rows[0]?.id ?? '');
    expect(declined.sentence).toBe('EXACTLY ONCE: it was declined and has taken nothing.');

    await stand.control('/faults', { call: 'write', fault: '5xx_before' });
    const stuck = await pay(stand, person, 'P-W', '1.00');
    const waiting = await proofOf(stuck.id);
    expect(waiting.verdict).toBe('not_finished');
    expect(waiting.sentence).toMatch(/^NOT FINISHED YET: /);
    await stand.control('/faults', undefined, 'DELETE');
    await stand.quiet();
  });

  it('B-01 it outlives Temporal: the history kept at the end proves the same when Temporal has forgotten the run', async () => {
    const deps = { pool: stand.pool, client: stand.client, logger: pino({ level: 'silent' }) };
    await until('the history is kept', async () => {
      await keepHistories(deps, new Map());
      const kept = await stand.pool.query(`select state from operation_history where operation = $1`, [
        payment.workflowId,
      ]);
      return kept.rows[0]?.state === 'kept';
    });
    const inTemporal = await proofOf(payment.id);
    const forgotten = await prove({ pool: stand.pool, history: async () => null }, { paymentId: payment.id });
    expect(forgotten).toMatchObject({
      verdict: 'exactly_once',
      workflow: { source: 'digest', digest: inTemporal.workflow.digest, steps: inTemporal.workflow.steps },
    });
    const { rows } = await stand.pool.query<{ run_id: string }>('select run_id from operation where id = $1', [
      payment.workflowId,
    ]);
    expect((await fetchFacts(stand.client, payment.workflowId, rows[0]?.run_id ?? ''))?.digest).toBe(
      inTemporal.workflow.digest,
    );
    const text = JSON.stringify(forgotten?.workflow);
    for (const index of [1, 2, 4]) expect(text).not.toContain(stand.person(index).phone);
  });

  it('B-01 any other operation is proven the same way, and as a page that holds no script and is escaped', async () => {
    const { body } = await stand.admin(`/operations?accountId=${await known(stand, stand.person(1))}`);
    await followJournal(stand);
    for (const { workflowId, kind } of body.items) {
      const proof = (await stand.admin(`/operations/${encodeURIComponent(workflowId)}/proof`)).body;
      expect([kind, proof.sentence]).toEqual([kind, expect.stringMatching(/^EXACTLY ONCE/)]);
    }
    const headers = { authorization: 'Bearer admin-test', accept: 'text/html' };
    const page = await fetch(`${stand.apiUrls[0]}/api/payments/${payment.id}/proof`, { headers });
    expect(page.headers.get('content-type')).toContain('text/html');
    const html = await page.text();
    expect(html).toContain('EXACTLY ONCE');
    expect(html).not.toMatch(/<script|src=|href="(?!data:,")/);
    expect((await stand.admin('/payments/pay_00000000000000000000000000/proof')).status).toBe(404);
    expect((await stand.admin('/operations/nobody/proof')).body.code).toBe('operation_not_found');
    expect((await stand.admin(`/payments/${payment.id}/proof?x=1`)).status).toBe(400);
  });
});

describe('the commands', () => {
  beforeAll(() => build());
  const folder = mkdtempSync(join(tmpdir(), 'bonus-prove-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function command(name: string, args: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [join(packageRoot, 'dist', 'worker', `${name}.js`), ...args], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: stand.databaseUrl,
        TEMPORAL_ADDRESS: inject('temporalAddress'),
        ALTEGIO_BASE_URL: stand.sandbox.url,
        ALTEGIO_PARTNER_TOKEN: TOKENS.partnerToken,
        ALTEGIO_USER_TOKEN: TOKENS.userToken,
        DATA_DIR: folder,
        ...env,
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return new Promise<{ code: number | null; output: string }>((resolve) =>
      child.once('close', (code) => resolve({ code, output })),
    );
  }

  it(
    'B-01 B-03 prove and ledger:verify say it in the terminal and by their exit codes',
    { timeout: 90_000 },
    async () => {
      const proven = await command('prove', ['--payment', payment.id, '--live']);
      expect(proven.output).toMatch(/shown by Altegio just now[\s\S]*\nSeal +[0-9a-f]{64}\nEXACTLY ONCE: /);
      expect(proven.code).toBe(0);
      const receipt = await command('prove', ['--receipt', 'P-1', '--location', String(stand.locationId), '--json']);
      expect(JSON.parse(receipt.output)).toMatchObject({ verdict: 'exactly_once', payment: { id: payment.id } });
      const unknown = await command('prove', ['--operation', 'payment:1:nobody']);
      expect(unknown).toEqual({ code: 1, output: 'There is no such payment or operation.\n' });
      expect((await command('prove', [])).output).toMatch(/^Say what to prove: --payment/);

      const verified = await command('ledger-verify', []);
      expect(verified.output).toMatch(
        /Hash chain of every account +\d+ transfers +ok[\s\S]*The ledger is what was written\.\n$/,
      );
      expect(verified.code).toBe(0);
      const { transfers } = await proofOf(payment.id);
      await superuser.run(`update transfer set amount = 1 where id = ${transfers[0].id}`);
      const broken = await command('ledger-verify', []);
      const wrong = await command('prove', ['--operation', payment.workflowId]);
      await superuser.run(`update transfer set amount = 3000 where id = ${transfers[0].id}`);
      expect(broken.code).toBe(1);
      expect(broken.output).toContain(
        `WRONG: transfer ${transfers[0].id} of account ${payment.account.id} was changed`,
      );
      expect(wrong.code).toBe(1);

      const nowhere = await command('ledger-verify', [], { DATABASE_URL: '' });
      expect(nowhere).toEqual({
        code: 1,
        output: `There is no database: DATABASE_URL is not set, and ${folder} holds none; npm start makes one.\n`,
      });
      const away = await command('prove', ['--payment', payment.id], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
      expect(away.output).toContain('from the digest kept when it closed (Temporal cannot be asked now)');
      expect(away.code).toBe(0);
    },
  );
});
