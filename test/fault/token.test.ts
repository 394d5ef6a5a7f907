// Somebody changes the password of our user in Altegio: payments go on, one alert, and a new token drains what waited.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STATE_QUERY, type WorkflowState } from '../../workflows/contract.ts';
import { type Answer, startStand, type Stand } from '../service/stand.ts';
import { until } from '../service/until.ts';
import { appliedAmounts, matchedByItself, moved, pay } from './books.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand('password');
});
afterAll(() => stand?.close());

it('after a password change six payments wait behind one parked scope; a new token writes each once, nothing is signalled by hand', async () => {
  const people = stand.clients.filter(({ card }) => card !== null).slice(0, 6);
  const accounts: string[] = [];
  for (const person of people) accounts.push(await stand.meet(person));
  const openings = await Promise.all(people.map((person) => stand.altegio(person)));
  const { userToken } = (await stand.control('/staff/password', {})) as { userToken: string };

  const paid: Answer['body'][] = [];
  for (const [index, accountId] of accounts.entries()) {
    const answer = await pay(stand, { receipt: `PASS-${index}`, accountId, redeem: 'none' });
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201, body: { accrued: '5.00' } });
    paid.push(answer.body);
  }
  for (const { workflowId } of paid)
    await until(`${workflowId} waits for access`, async () => {
      const { waitsFor } = await stand.client.workflow.getHandle(workflowId).query<WorkflowState>(STATE_QUERY);
      return waitsFor?.startsWith('Altegio refuses our access') || waitsFor;
    });
  const { body: locked } = await stand.admin('/altegio');
  expect(locked.parked).toMatchObject([{ scope: 'token', status: 401, covers: 'all' }]);
  expect(locked.parked[0].waiting).toBeGreaterThanOrEqual(6);
  const metrics = await (await fetch(`${stand.apiUrls[0]}/metrics`)).text();
  expect(metrics.match(/^altegio_parked\{.*$/gm)).toEqual(['altegio_parked{scope="token",status="401"} 1']);
  const ready = await fetch(`${stand.apiUrls[0]}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ status: 'degraded', parts: { database: 'ok', altegio: 'degraded' } });

  // Refused ones leave everything parked.
  expect((await stand.admin('/altegio/token', { userToken: 'wrong' }, 'PUT')).body.code).toBe('token_refused');
  expect((await stand.admin('/altegio')).body.parked).toHaveLength(1);

  const put = await stand.admin('/altegio/token', { userToken, reason: 'the password was changed' }, 'PUT');
  expect(put, JSON.stringify(put.body)).toMatchObject({ status: 200, body: { unparked: true } });
  expect(put.body.waking).toBeGreaterThanOrEqual(6);
  for (const payment of paid) await matchedByItself(stand, payment);
  for (const [index, person] of people.entries()) {
    await stand.bothHold(person, moved(openings[index] ?? '', 500));
    expect(await appliedAmounts(stand, person)).toEqual([500]);
  }
  await until('the service is wholly ready', async () => {
    const seen = (await (await fetch(`${stand.apiUrls[0]}/readyz`)).json()) as { status: string };
    return seen.status === 'ok' || seen;
  });
}, 120_000);
