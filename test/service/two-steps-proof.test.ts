/** The proof of payments in two steps and of refunds, and the statement that shows them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyLedger } from '../../activities/ledger/proof/verify.ts';
import { followJournal, known, Tampering } from './proof-stand.ts';
import { type Answer, startStand, type Stand } from './stand.ts';

let stand: Stand;
let account: string;
const ids = new Map<string, string>();

const step = (name: string, body: object = {}): Promise<Answer> =>
  stand.till(`/payments/${ids.get(name.split(' ')[0] ?? '')}/${name.split(' ')[1]}`, body);

/** Reserves 30.00 of a bill of 100.00 and waits until Altegio was told. */
async function reserve(receipt: string, before: number): Promise<void> {
  const body = { receipt, accountId: account, total: '100.00', redeem: '30.00', capture: false };
  const held = await stand.till('/payments', body);
  expect(held.body.state).toBe('AUTHORIZED');
  ids.set(receipt, held.body.id);
  await stand.bothHold(stand.person(1), (before - 30).toFixed(2));
}

beforeAll(async () => {
  stand = await startStand('two-steps-proof');
  account = await known(stand, stand.person(1));
  await reserve('WHOLE', 100);
  await step('WHOLE capture');
  await stand.bothHold(stand.person(1), '73.50');
  await reserve('LESS', 73.5);
  await step('LESS capture', { total: '50.00', redeem: '10.00' });
  await stand.bothHold(stand.person(1), '65.50');
  await reserve('VOID', 65.5);
  await step('VOID void');
  await stand.bothHold(stand.person(1), '65.50');
  await reserve('LATE', 65.5);
  await stand.pool.query(`update payment set expires_at = now() where receipt = 'LATE'`);
  await stand.client.workflow.getHandle(`payment:${stand.locationId}:LATE`).signal('step');
  await stand.bothHold(stand.person(1), '65.50');
  await step('WHOLE refunds', { refund: 'A', amount: '40.00' });
  await stand.bothHold(stand.person(1), '76.10');
  await step('LESS refunds', { refund: 'ALL', amount: '50.00' });
  await stand.bothHold(stand.person(1), '84.10');
  await stand.quiet();
  await followJournal(stand);
});
afterAll(() => stand?.close());

const proofOf = async (receipt: string): Promise<Answer['body']> =>
  (await stand.admin(`/payments/${ids.get(receipt)}/proof`)).body;

describe('the proof of what happened in two steps', () => {
  it.each([
    ['WHOLE', 'PARTIALLY_REFUNDED', ['-30.00', '3.50']],
    ['LESS', 'REFUNDED', ['-30.00', '22.00']],
    ['VOID', 'VOIDED', ['-30.00', '30.00']],
    ['LATE', 'EXPIRED', ['-30.00', '30.00']],
  ])('%s, now %s, is proven exactly once with its writes %j', async (receipt, state, amounts) => {
    const proof = await proofOf(receipt);
    expect(proof.findings.filter(({ weight }: { weight: string }) => weight !== 'note')).toEqual([]);
    expect(proof.sentence).toMatch(/^EXACTLY ONCE: /);
    expect(proof.payment.state).toBe(state);
    expect(proof.writes.map(({ amount }: { amount: string }) => amount)).toEqual(amounts);
  });

  it('a payment that still reserves points is not finished, and is proven when it is voided', async () => {
    await reserve('OPEN', 84.1);
    const open = await proofOf('OPEN');
    expect(open.verdict).toBe('not_finished');
    expect(open.sentence).toContain('points are reserved until they are captured or voided');
    expect(await verifyLedger(stand.pool)).toMatchObject({ wrong: 0 });
    await step('OPEN void');
    await stand.bothHold(stand.person(1), '84.10');
    await stand.quiet();
    await followJournal(stand);
    expect((await proofOf('OPEN')).verdict).toBe('exactly_once');
  });

  it('a refund is proven by its own workflow too', async () => {
    const workflowId = `refund:${stand.locationId}:WHOLE:A`;
    const proof = (await stand.admin(`/operations/${encodeURIComponent(workflowId)}/proof`)).body;
    expect(proof).toMatchObject({ verdict: 'exactly_once', workflow: { kind: 'refund', closedAs: 'completed' } });
    expect(proof.transfers.map(({ code, amount }: Answer['body']) => `${code} ${amount}`)).toEqual([
      'refund 12.00',
      'clawback 1.40',
    ]);
  });

  it('a hold or a refund changed behind our back is named', async () => {
    const superuser = await Tampering.begin(stand);
    const undone = async (change: string, undo: string, receipt: string): Promise<string> => {
      await superuser.run(change);
      const { verdict, sentence } = await proofOf(receipt);
      await superuser.run(undo);
      expect(verdict).toBe('wrong');
      return sentence;
    };
    const hold = `update hold set amount = %s where payment_id = '${ids.get('VOID')}'`;
    const held = await undone(hold.replace('%s', '2000'), hold.replace('%s', '3000'), 'VOID');
    expect(held).toContain('it is not the net of its transfers');
    const refund = `update payment_step set clawed_back = %s where ref = 'A'`;
    const less = await undone(refund.replace('%s', '100'), refund.replace('%s', '140'), 'WHOLE');
    expect(less).toContain('refund A says clawback 1.00, and its transfers make 1.40');
    await superuser.run(refund.replace('%s', '100'));
    const { findings } = await verifyLedger(stand.pool);
    await superuser.run(refund.replace('%s', '140'));
    expect(findings.map(({ sentence }) => sentence).join()).toContain('took back 1.00, and its transfers');
    await superuser.close();
  });

  it('the statement pairs each reservation and its end with the Altegio line, and both books run along', async () => {
    const { body } = await stand.admin(`/accounts/${account}/statement`);
    expect(body).toMatchObject({ closing: { ledger: '84.10', altegio: '84.10' }, unexplained: '0.00' });
    const rows = body.entries.map((entry: Answer['body']) => [
      entry.ledger.transfers.map(({ code, amount }: Answer['body']) => `${code} ${amount}`).join(', '),
      entry.altegio?.amount ?? null,
      entry.balance.ledger === entry.balance.altegio,
    ]);
    expect(rows.slice(0, 7)).toEqual([
      ['opening 100.00', '100.00', true],
      ['hold -30.00', '-30.00', true],
      ['release 30.00, redemption -30.00, accrual 3.50', '3.50', true],
      ['hold -30.00', '-30.00', true],
      ['release 30.00, redemption -3.50, redemption -6.50, accrual 2.00', '22.00', true],
      ['hold -30.00', '-30.00', true],
      ['release 30.00', '30.00', true],
    ]);
    expect(body.entries[1].ledger.transfers[0].receipt).toBe('WHOLE');
    expect(body.entries.at(-3)?.ledger.transfers[0]).toMatchObject({ code: 'refund' });
  });
});
