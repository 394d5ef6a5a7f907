// The built product as processes that are ended with `kill -9`: what was committed goes on, and nothing happens twice.
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { Roles } from '../service/processes.ts';
import { type Answer, startStand, type Stand } from '../service/stand.ts';
import { until } from '../service/until.ts';
import { build, type Product } from '../setup/product.ts';
import {
  appliedAmounts,
  behave,
  bodyOf,
  cardOf,
  matchedByItself,
  misbehave,
  oneEffect,
  pay,
  strikes,
  writesOf,
} from './books.ts';
import { gateAtWrite, Wire } from './parts.ts';

/** 30.00 redeemed and 3.50 earned, in minor units. */
const DELTA = -2_650;
/** A write's window is 5 s with it. */
const ALTEGIO_TIMEOUT_MS = 1_500;

let stand: Stand;
let roles: Roles;
let worker: Product;
let first: number;
let second: number;
beforeAll(async () => {
  build();
  stand = await startStand('kill', { worker: false, timeoutMs: ALTEGIO_TIMEOUT_MS });
  roles = new Roles(stand, { altegioTimeoutMs: ALTEGIO_TIMEOUT_MS });
  const [one, two] = [await roles.api(), await roles.api()];
  [first, second] = [one.api, two.api];
  worker = await roles.worker();
});
afterEach(async () => {
  await behave(stand);
  // A test that failed half-way must not take the others along.
  if (killed) await startWorker();
});
afterAll(async () => {
  await roles?.close();
  await stand?.close();
});

let killed = false;
async function killWorker(): Promise<void> {
  await roles.kill(worker);
  killed = true;
}
async function startWorker(): Promise<void> {
  worker = await roles.worker();
  killed = false;
}

let next = 4;
/** The next customer with points enough, known to us already. */
async function customer() {
  while (Number(stand.person(next).card?.balance) < 30) next += 1;
  const place = next;
  next += 1;
  const person = stand.person(place);
  const accountId = await stand.meet(person);
  return { person, accountId, opening: await stand.altegio(person), receipt: `K-${place}` };
}

const workflowOf = (receipt: string) => stand.client.workflow.getHandle(`payment:${stand.locationId}:${receipt}`);
const payment = async (receipt: string): Promise<Answer['body']> =>
  (await stand.till(`/payments?receipt=${receipt}`)).body;
const becomes = (receipt: string, state: string) =>
  until(`${receipt} is ${state}`, async () => {
    const seen = await payment(receipt);
    return seen.state === state ? true : seen;
  });

it('20 parallel POSTs of one receipt over two API processes: one payment, one deduction, equal answers', async () => {
  const { person, accountId, opening, receipt } = await customer();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => pay(stand, { receipt, accountId }, { api: index % 2 ? first : second })),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  const same = answers.map(({ body: { replayed: _replayed, ...rest } }) => JSON.stringify(rest));
  expect(new Set(same).size).toBe(1);
  expect(answers.filter(({ body }) => body.replayed === false)).toHaveLength(1);
  await matchedByItself(stand, answers[0]?.body);
  await oneEffect(stand, person, opening, DELTA);
  expect(await appliedAmounts(stand, person)).toEqual([DELTA]);
});

it('worker killed between commit and write, with a write under way, and with one applied unheard', async () => {
  const [unsent, ...sent] = [await customer(), await customer(), await customer()];
  const gate = await gateAtWrite(stand.databaseUrl, await cardOf(stand, unsent.person));
  const held = await pay(stand, unsent, { api: first });
  await gate.reached();
  // One is lost on its way, the other is applied after nobody listens any more.
  await misbehave(
    stand,
    { call: 'write', fault: 'hang', times: 1, ms: 1_000 },
    { call: 'write', fault: 'delay', times: 1, ms: 1_200 },
  );
  const paid = [held, ...(await Promise.all(sent.map((sale) => pay(stand, sale, { api: second }))))];
  expect(paid.map(({ status }) => status)).toEqual([201, 201, 201]);
  await until('both writes are under way', async () => (await strikes(stand)) === 2);
  const all = [unsent, ...sent];
  const runs = await Promise.all(all.map(async ({ receipt }) => (await workflowOf(receipt).describe()).runId));
  await killWorker();
  await gate.open();
  for (const { receipt } of all) expect(await payment(receipt)).toMatchObject({ state: 'CAPTURED' });
  await until('one was applied unheard', async () => {
    const applied = await Promise.all(all.map(({ person }) => appliedAmounts(stand, person)));
    return applied.flat().length === 1 ? true : applied;
  });
  await startWorker();
  const restarted = performance.now();
  for (const [index, { person, opening, receipt }] of all.entries()) {
    await matchedByItself(stand, paid[index]?.body, 40_000);
    expect((await workflowOf(receipt).describe()).runId).toBe(runs[index]);
    await oneEffect(stand, person, opening, DELTA);
    expect(await appliedAmounts(stand, person)).toEqual([DELTA]);
  }
  expect(performance.now() - restarted).toBeLessThan(40_000);
});

it('API killed after the commit, before or after its answer: the repeat gets the same payment', async () => {
  const [unanswered, answered] = [await customer(), await customer()];
  const dying = await roles.api();
  const heard = await pay(stand, answered, { api: dying.api });
  expect(heard.status).toBe(201);

  // Stopped while the worker reads, so that it cannot answer what is committed then.
  await misbehave(stand, { call: 'read', fault: 'delay', ms: 700 });
  const lost = stand
    .till('/payments', bodyOf(unanswered), { api: dying.api })
    .then((answer) => answer.status)
    .catch(() => 'no answer');
  await until('the worker reads', async () => (await strikes(stand)) === 1);
  process.kill(dying.product.pid, 'SIGSTOP');
  await becomes(unanswered.receipt, 'CAPTURED');
  await roles.kill(dying.product);
  expect(await lost).toBe('no answer');
  await behave(stand);

  for (const sale of [unanswered, answered]) {
    const kept = await payment(sale.receipt);
    const repeat = await pay(stand, sale, { api: first });
    expect(repeat.status, JSON.stringify(repeat.body)).toBe(201);
    expect(repeat.body).toMatchObject({
      id: kept.id,
      attempt: 1,
      state: 'CAPTURED',
      redeemed: '30.00',
      replayed: true,
    });
    await matchedByItself(stand, repeat.body);
    await oneEffect(stand, sale.person, sale.opening, DELTA);
    expect(await appliedAmounts(stand, sale.person)).toEqual([DELTA]);
  }
  expect((await pay(stand, answered, { api: second })).body.id).toBe(heard.body.id);
});

it('no worker: 503 or 202 in time; what was 202 is decided when a worker comes, but not after 30 s', async () => {
  const [waiting, late, refused] = [await customer(), await customer(), await customer()];
  await killWorker();
  // Between processes nobody accepts the update; the process that starts eagerly only lacks the decision.
  const [no, ...pending] = await Promise.all([
    pay(stand, refused, { api: first }),
    ...[waiting, late].map((sale) => pay(stand, sale, { api: 0 })),
  ]);
  expect(no.body).toMatchObject({ status: 503, code: 'unavailable', retryable: true });
  expect(await payment(refused.receipt)).toMatchObject({ state: 'ABANDONED' });
  for (const { status, headers, body } of pending) {
    expect(status, JSON.stringify(body)).toBe(202);
    expect(body).toMatchObject({ state: 'PENDING', redeemed: '0.00' });
    expect(headers.get('location')).toBe(`/v1/payments/${body.id}`);
  }
  // The till's four seconds are over for both; for one its thirty as well.
  for (const [{ receipt }, seconds] of [
    [waiting, 10],
    [late, 31],
  ] as const)
    await stand.pool.query(
      `update payment set created_at = created_at - make_interval(secs => $2), answer_by = answer_by - make_interval(secs => $2)
        where receipt = $1`,
      [receipt, seconds],
    );
  await startWorker();
  await becomes(waiting.receipt, 'CAPTURED');
  await becomes(late.receipt, 'DECLINED');
  expect(await payment(late.receipt)).toMatchObject({ declined: { code: 'timed_out' }, redeemed: '0.00' });
  await matchedByItself(stand, await payment(waiting.receipt));
  await oneEffect(stand, waiting.person, waiting.opening, DELTA);
  await stand.quiet();
  for (const { person, opening } of [late, refused]) {
    expect(await writesOf(stand, person)).toEqual([]);
    expect(await stand.altegio(person)).toBe(opening);
  }
});

it('Temporal out of reach: 503 with Retry-After, nothing happens; the receipt works afterwards', async () => {
  const { person, accountId, opening, receipt } = await customer();
  const wire = await Wire.to(inject('temporalAddress'));
  const { api } = await roles.api({ TEMPORAL_ADDRESS: wire.address });
  await wire.cut();
  const refused = await pay(stand, { receipt, accountId }, { api });
  expect(refused.body).toMatchObject({ status: 503, code: 'unavailable', retryable: true });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await payment(receipt)).toMatchObject({ state: 'ABANDONED', attempt: 1 });
  expect(await stand.altegio(person)).toBe(opening);
  await wire.mend();
  let paid: Answer | undefined;
  await until('the API reaches Temporal again', async () => {
    paid = await pay(stand, { receipt, accountId }, { api });
    return paid.status === 201 ? true : paid.body;
  });
  await matchedByItself(stand, paid?.body);
  await oneEffect(stand, person, opening, DELTA);
  expect(await appliedAmounts(stand, person)).toEqual([DELTA]);
  await wire.cut();
});
