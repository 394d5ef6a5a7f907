/** The door of operators' actions while Temporal is away: what was asked is kept first, and told to be without effect. */
import { beforeAll, describe, expect, it } from 'vitest';
import { keepAction } from '../../activities/ledger/operator-actions.ts';
import { CHAIN, LOCATION, type Stand, startStand } from './operator-stand.ts';

const ACCOUNT = 'acc_01kajd6x0q8m4v2rtn5c7w9yzb';
const PAYMENT = `payment:${LOCATION}:R-1`;

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('actions_door');
  await stand.connect();
  const program = await stand.program();
  await stand.rows(`insert into account (id, chain_id, program_id, phone) values ($1, $2, $3, '+77010000001')`, [
    ACCOUNT,
    CHAIN,
    program,
  ]);
  await stand.rows(
    `insert into operation (id, chain_id, kind, account_id, location_id, workflow_id, run_id, actor, state)
     values ($1, $2, 'payment', $3, $4, $1, 'run-1', 'till', 'needs_operator')`,
    [PAYMENT, CHAIN, ACCOUNT, LOCATION],
  );
});

const act = (workflowId: string, action: string, headers: Record<string, string> = {}) =>
  stand.call('POST', `/api/operations/${encodeURIComponent(workflowId)}/${action}`, { reason: 'why not' }, headers);
const actions = async () => (await stand.call('GET', '/api/actions')).body['items'] as Record<string, unknown>[];

describe('an action while Temporal does not answer', () => {
  it('is 503, and the row that was kept before says that it was not applied; the same key does it later, as the same action', async () => {
    stand.starter.down = true;
    const key = { 'idempotency-key': 'act-1' };
    expect(await act(PAYMENT, 'retry', key)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    const [kept] = await actions();
    expect(kept).toMatchObject({ action: 'retry', subject: PAYMENT, reason: 'why not', appliedAt: null });
    expect(kept?.['outcome']).toEqual({ notApplied: 'Temporal did not take it' });
    stand.starter.down = false;
    stand.starter.open.add(PAYMENT);
    const told = await act(PAYMENT, 'retry', key);
    expect(told).toMatchObject({ status: 202, body: { workflowId: PAYMENT, action: 'retry', actionId: kept?.['id'] } });
    expect(stand.starter.told).toEqual([{ workflowId: PAYMENT, signal: 'retry', args: [{ actionId: kept?.['id'] }] }]);
    expect(await actions()).toHaveLength(1);
  });

  it('the same key with another reason is refused', async () => {
    const answer = await stand.call(
      'POST',
      `/api/operations/${encodeURIComponent(PAYMENT)}/retry`,
      { reason: 'another' },
      { 'idempotency-key': 'act-1' },
    );
    expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  it('a workflow that runs no more is 409, also where its operation was left open', async () => {
    stand.starter.open.delete(PAYMENT);
    const answer = await act(PAYMENT, 'skip');
    expect(answer).toMatchObject({ status: 409, body: { code: 'operation_done' } });
    expect((await actions())[0]).toMatchObject({ action: 'skip', outcome: { notApplied: 'the workflow was over' } });
  });
});

describe('what makes no sense', () => {
  it('is 409 with the reason, and nothing is kept', async () => {
    const before = (await actions()).length;
    const cardIssue = `cardIssue:${ACCOUNT}`;
    stand.starter.open.add(cardIssue);
    for (const action of ['skip', 'adopt-altegio', 'adopt-ledger'])
      expect(await act(cardIssue, action)).toMatchObject({ status: 409, body: { code: 'action_not_possible' } });
    expect(await act(PAYMENT, 'adopt-altegio')).toMatchObject({
      status: 409,
      body: { code: 'action_not_possible', detail: 'The customer has no altegio card yet.' },
    });
    expect(await act(`journalTail:${CHAIN}-2026`, 'retry')).toMatchObject({ status: 404 });
    expect(await act(`reconciliation:${CHAIN}:${ACCOUNT}`, 'retry')).toMatchObject({
      status: 404,
      body: { code: 'operation_not_found' },
    });
    expect(await actions()).toHaveLength(before);
  });

  it('what a visit posted is not skipped, for its next settlement would post it again', async () => {
    const visit = `visit:${LOCATION}:4711`;
    await stand.rows(
      `insert into operation (id, chain_id, kind, account_id, location_id, workflow_id, run_id, actor, state)
       values ($1 || '/run-1', $2, 'visit', $3, $4, $1, 'run-1', 'altegio', 'needs_operator')`,
      [visit, CHAIN, ACCOUNT, LOCATION],
    );
    stand.starter.open.add(visit);
    const refused = await act(visit, 'skip');
    expect(refused).toMatchObject({ status: 409, body: { code: 'action_not_possible' } });
    expect(refused.body['detail']).toContain('change it in Altegio');
    expect(await act(visit, 'retry')).toMatchObject({ status: 202 });
  });

  it('an action that was kept is never deleted', async () => {
    await keepAction(stand.pool, { id: 'act_x', action: 'close', subject: 'brk', reason: 'r', actor: 'operator' });
    await expect(stand.rows('delete from operator_action')).rejects.toMatchObject({ code: '23001' });
  });
});
