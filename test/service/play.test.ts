// The door behind the page /play: what it shows and does, and that it is nowhere but beside our own sandbox.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, call, startStand, type Stand } from './stand.ts';

const resting: number[] = [];
const worker = { rest: (ms: number) => void resting.push(ms), backInMs: () => (resting.length > 0 ? 8_000 : null) };
let stand: Stand;
beforeAll(async () => {
  // The second process is as one beside a real Altegio: it was given nothing to play with.
  stand = await startStand('play', { playWorker: worker, apis: 2, people: 8 });
});
afterAll(() => stand?.close());

const play = (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  call(`${stand.apiUrls[0]}/play${path}`, { body, headers });
const text = async (url: string) => {
  const answer = await fetch(url);
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
};

describe('where Altegio is not our sandbox', () => {
  it('the page says in one sentence why it is not there', async () => {
    const { status, type, body } = await text(`${stand.apiUrls[1]}/play`);
    expect(status).toBe(404);
    expect(type).toContain('text/html');
    expect(body).toContain(
      'This page makes up sales, so it is here only while Altegio is the embedded sandbox and the database is embedded too.',
    );
    expect(body).not.toContain('<script');
  });

  it.each([
    ['GET', '/stage'],
    ['GET', '/page/start.js'],
    ['GET', '/customers/acc_01kajd6x0q8m4v2rtn5c7w9yzb'],
    ['POST', '/customers/acc_01kajd6x0q8m4v2rtn5c7w9yzb/staff'],
    ['POST', '/outages'],
    ['POST', '/worker/rests'],
  ])('there is no %s %s either', async (method, path) => {
    const answer = await call(`${stand.apiUrls[1]}/play${path}`, {
      method,
      ...(method === 'POST' && { body: {} }),
    });
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('beside the sandbox', () => {
  it('the stage has the key of the sandbox’s till, and customers of whom it says whether they are met', async () => {
    await stand.meet(stand.person(1));
    const { status, headers, body } = await play('/stage');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ tillKey: stand.key, till: 'Till 1', currency: 'KZT' });
    const [first, second] = body.customers;
    expect(first).toMatchObject({ phone: stand.person(1).phone, number: stand.person(1).card?.number, met: true });
    expect(second.met).toBe(false);
  });

  it('the page and its parts come from here alone', async () => {
    const page = await text(`${stand.apiUrls[0]}/play`);
    expect(page.status).toBe(200);
    expect(page.body).not.toMatch(/(?:src|href)="https?:/);
    const script = await fetch(`${stand.apiUrls[0]}/play/page/start.js`);
    expect(script.headers.get('content-type')).toContain('javascript');
    expect(script.headers.get('content-security-policy')).toContain("script-src 'self'");
    for (const path of ['nowhere.js', 'tsconfig.json', 'body.html', '..%2Frouter.ts'])
      expect((await text(`${stand.apiUrls[0]}/play/page/${path}`)).status, path).toBe(404);
  });

  it('a customer’s books name each step of a payment and its write, once it is done', async () => {
    const person = stand.person(2);
    const accountId = await stand.meet(person);
    await stand.till('/payments', { receipt: 'P-1', accountId, total: '100.00', redeem: '30.00' });
    await stand.bothHold(person, '223.50');
    await stand.quiet();
    const { body } = await play(`/customers/${accountId}`);
    expect(body).toMatchObject({ state: 'matched', ledger: '223.50', altegio: '223.50', breaks: [] });
    const [payment] = body.operations;
    expect(payment).toMatchObject({ workflowId: `payment:${stand.locationId}:P-1`, state: 'done', waitsFor: null });
    const steps = payment.steps.map(({ step }: { step: string }) => step);
    expect(steps).toEqual(['readAltegioForTill', 'commitPayment', 'converge', 'finishOperation']);
    expect(payment.steps[1].result).toMatchObject({ redeemed: '30.00', due: '70.00', accrued: '3.50' });
    expect(body.writes[0]).toMatchObject({ amount: '-26.50', state: 'confirmed', operations: [payment.id] });
    expect(Date.parse(body.writes[0].settledAt)).toBeGreaterThanOrEqual(Date.parse(body.writes[0].createdAt));
  });

  it('staff move the card by 50 and nothing else, and an appointment brings it into the ledger', async () => {
    const person = stand.person(4);
    const accountId = await stand.meet(person);
    const before = (await play(`/customers/${accountId}`)).body.ledger as string;
    expect((await play(`/customers/${accountId}/staff`, { amount: '5000.00' })).status).toBe(400);
    expect((await play(`/customers/${accountId}/staff`, { amount: '50.00', cardId: 1 })).status).toBe(400);
    expect((await play(`/customers/${accountId}/staff`, { amount: '50.00' })).status).toBe(204);
    const moved = (await play(`/customers/${accountId}`)).body;
    expect(moved.ledger).toBe(before);
    const after = (Number(before) + 50).toFixed(2);
    expect(moved.altegio).toBe(after);
    expect((await play(`/customers/${accountId}/appointments`, {})).status).toBe(204);
    await stand.bothHold(person, after);
  });

  it('what Altegio refuses is told with its reason', async () => {
    const accountId = await stand.meet(stand.person(3));
    const answer = await play(`/customers/${accountId}/staff`, { amount: '-50.00' });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'altegio_refused', cashierMessage: expect.any(String) },
    });
    expect(answer.body.detail).toMatch(/^Refused: /);
  });

  it('the switch for a lost answer is of one card, goes on once and off again', async () => {
    const accountId = await stand.meet(stand.person(1));
    const path = `/customers/${accountId}/dropped-answer`;
    for (const on of [true, true]) expect((await play(path, { on })).status).toBe(204);
    const faults = await stand.control('/faults');
    expect(faults).toMatchObject([
      { fault: 'drop_after', call: 'write', times: 1, match: { cardId: stand.person(1).card?.id } },
    ]);
    expect((await play(`/customers/${accountId}`)).body.faults).toEqual({
      answerDropped: true,
      outageMs: null,
      workerMs: null,
    });
    expect((await play(path, { on: false })).status).toBe(204);
    expect(await stand.control('/faults')).toEqual([]);
  });

  it('an outage of Altegio ends by itself after ten seconds', async () => {
    const accountId = await stand.meet(stand.person(1));
    const began = Date.now();
    for (let press = 0; press < 2; press += 1) expect((await play('/outages', {})).status).toBe(204);
    expect(await stand.control('/faults')).toMatchObject([{ fault: 'drop_before', call: 'any' }]);
    expect((await play(`/customers/${accountId}`)).body.faults.outageMs).toBeGreaterThan(5_000);
    await expect.poll(() => stand.control('/faults'), { timeout: 20_000 }).toEqual([]);
    expect(Date.now() - began).toBeGreaterThan(9_000);
    expect((await play(`/customers/${accountId}`)).body.faults.outageMs).toBeNull();
  });

  it('the worker is asked to rest, for eight seconds', async () => {
    expect((await play('/worker/rests', {})).status).toBe(204);
    expect(resting).toEqual([8_000]);
    const accountId = await stand.meet(stand.person(1));
    expect((await play(`/customers/${accountId}`)).body.faults.workerMs).toBe(8_000);
  });

  it('another website that is open in the same browser can neither read the key nor press a button', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    for (const [path, body] of [
      ['/stage', undefined],
      ['/worker/rests', {}],
      ['/outages', {}],
    ] as const)
      expect(await play(path, body, headers)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await play('/stage')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('an account whose phone the sandbox does not know is not shown', async () => {
    const accountId = 'acc_01kajd6x0q8m4v2rtn5c7w9yzb';
    await stand.pool.query(
      "insert into account (id, chain_id, program_id, phone) values ($1, $2, $3, '+77770000000')",
      [accountId, stand.chainId, stand.programId],
    );
    for (const path of [`/customers/${accountId}`, '/customers/acc_none'])
      expect(await play(path)).toMatchObject({ status: 404, body: { code: 'account_not_found' } });
  });
});
