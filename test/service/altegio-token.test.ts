// The user token an operator sets: tried first, stored encrypted, taken over by every process with its next call.
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { type Altegio, type AltegioOptions, createAltegio } from '../../activities/altegio/client/index.ts';
import { createPool } from '../../activities/ledger/database.ts';
import { PARTNER, USER } from '../sandbox/helpers.ts';
import { LOCATION, SECRETS_KEY, startStand, type Stand } from './operator-stand.ts';
import { until } from './until.ts';

let stand: Stand;
const errors: { details: object; message: string }[] = [];
const logger = {
  error: (details: object, message: string) => void errors.push({ details, message }),
  warn: () => undefined,
  info: () => undefined,
};

/** Another process: connections, cache and log of its own. */
function process(overrides: Partial<AltegioOptions> = {}): Altegio {
  return createAltegio({
    baseUrl: stand.sandbox.sandbox.url,
    partnerToken: PARTNER,
    userToken: USER,
    secretsKey: SECRETS_KEY,
    timeoutMs: 1_000,
    requestsPerMinute: 10_000,
    requestsPerSecond: 1_000,
    pool: createPool(stand.databaseUrl, { max: 4 }),
    logger,
    ...overrides,
  });
}

/** Altegio's user changes the password: every token made before is worthless. */
async function changePassword(): Promise<string> {
  const { userToken } = await stand.sandbox.control<{ userToken: string }>('POST', '/staff/password', {});
  return userToken;
}

/** The sandbox's first client. */
const CLIENT = 101_000_001n;
const cards = (altegio: Altegio) => altegio.cardsByClient(CLIENT, { lane: 'till', locationId: BigInt(LOCATION) });
const outcome = (work: Promise<unknown>) => work.then(() => 'ok').catch((error: Error) => error.name);
const access = async () => (await stand.call('GET', '/api/altegio')).body;

beforeAll(async () => {
  stand = await startStand('token');
  await stand.connect();
  await stand.connect(102);
});
beforeEach(() => {
  errors.length = 0;
});

it('a password change parks everything with one alert, however many calls of however many processes wait', async () => {
  const processes = [process(), process(), process()];
  for (const altegio of processes) expect(await outcome(cards(altegio))).toBe('ok');
  const token = await changePassword();
  const outcomes = await Promise.all(
    Array.from({ length: 30 }, (_, n) => outcome(cards(processes[n % 3] ?? stand.deps.altegio))),
  );
  expect(new Set(outcomes)).toEqual(new Set(['AltegioUnauthorised']));
  expect(errors).toEqual([
    {
      details: { scope: 'token', status: 401, covers: 'all' },
      message: 'Altegio refuses us: a person has to give access',
    },
  ]);
  expect(await stand.rows('select scope from altegio_parking')).toEqual([{ scope: 'token' }]);
  expect(await access()).toMatchObject({ parked: [{ scope: 'token', status: 401, covers: 'all', waiting: 0 }] });

  // A token that is refused leaves everything as it was.
  const refused = await stand.call('PUT', '/api/altegio/token', { userToken: 'not-a-token' });
  expect(refused).toMatchObject({ status: 422, body: { code: 'token_refused' } });
  expect(await access()).toMatchObject({ token: { source: 'variable', setAt: null }, parked: [{ scope: 'token' }] });
  expect(await stand.rows('select 1 from altegio_token')).toEqual([]);
  expect(await outcome(cards(processes[0] as Altegio))).toBe('AltegioUnauthorised');

  // The new one holds in every process with its next call, and nothing is parked any more.
  const put = await stand.call('PUT', '/api/altegio/token', { userToken: token, reason: 'the password was changed' });
  expect(put).toMatchObject({ status: 200, body: { token: { source: 'stored' }, unparked: true, waking: 0 } });
  for (const altegio of processes) expect(await outcome(cards(altegio))).toBe('ok');
  expect(await access()).toMatchObject({ token: { source: 'stored', problem: null }, parked: [] });
  expect(errors).toHaveLength(1);

  // Audited; the token stands nowhere in clear.
  expect(await stand.rows('select action, subject, reason, actor from operator_action')).toEqual([
    { action: 'token', subject: 'token', reason: 'the password was changed', actor: 'operator' },
  ]);
  const told = [refused, put, await access()].map((answer) => JSON.stringify(answer)).join();
  for (const secret of [token, 'not-a-token', SECRETS_KEY]) {
    expect(told).not.toContain(secret);
    expect(stand.log.join()).not.toContain(secret);
  }
  const [row] = await stand.rows<{ all: string }>(
    "select encode(sealed, 'escape') || key_id as all from altegio_token",
  );
  expect(row?.all).not.toContain(token);
});

it('a refusal that comes after the token was replaced parks nothing', async () => {
  const slow = process();
  expect(await outcome(cards(slow))).toBe('ok');
  // Its answer is held back by PostgreSQL's lock until the new token is stored.
  const token = await changePassword();
  const holder = await stand.pool.connect();
  await holder.query('begin');
  await holder.query("select pg_advisory_xact_lock(hashtext('altegio_token'), hashtext($1))", [
    stand.sandbox.sandbox.url,
  ]);
  const late = outcome(cards(slow));
  await until('the refused call wants to park', async () => {
    const { rowCount } = await stand.pool.query("select 1 from pg_locks where locktype = 'advisory' and not granted");
    return rowCount === 1;
  });
  const put = stand.call('PUT', '/api/altegio/token', { userToken: token });
  // The order in which the two get the lock is PostgreSQL's; either way nothing stays parked.
  await holder.query('commit');
  holder.release();
  expect((await put).status).toBe(200);
  expect(await late).toBe('AltegioUnauthorised');
  expect(await stand.rows('select scope from altegio_parking')).toEqual([]);
  expect(await outcome(cards(slow))).toBe('ok');
});

it('a token that does not see every connected location is refused, naming them', async () => {
  await stand.pool.query(
    "insert into location (id, chain_id, title, time_zone, webhook_token) select 777, chain_id, 'Lost salon', time_zone, 'w777' from location where id = $1",
    [LOCATION],
  );
  const before = await access();
  const token = await changePassword();
  const refused = await stand.call('PUT', '/api/altegio/token', { userToken: token });
  expect(refused).toMatchObject({ status: 422, body: { code: 'token_refused' } });
  expect(refused.body['detail']).toMatch(/does not show location 777 \(Lost salon\)/);
  expect((await access())['token']).toEqual(before['token']);
  await stand.pool.query('delete from location where id = 777');
  expect((await stand.call('PUT', '/api/altegio/token', { userToken: token })).status).toBe(200);
});

it('Altegio away: 503, and nothing is stored', async () => {
  const before = await stand.rows('select version from altegio_token');
  await stand.sandbox.control('POST', '/faults', { call: 'any', fault: '5xx_before' });
  const away = await stand.call('PUT', '/api/altegio/token', { userToken: 'whatever-it-is' });
  expect(away).toMatchObject({ status: 503, body: { code: 'altegio_unavailable', retryable: true } });
  await stand.sandbox.control('DELETE', '/faults');
  expect(await stand.rows('select version from altegio_token')).toEqual(before);
});

it('a SECRETS_KEY that does not fit: one sentence in the log and at the door, and the variable is used', async () => {
  const pool = createPool(stand.databaseUrl, { max: 2 });
  const stranger = process({ secretsKey: 'b'.repeat(64), userToken: 'from-the-variable', pool });
  const state = (await stranger.access()).token;
  expect(state).toMatchObject({ source: 'variable', setAt: null });
  expect(state.problem).toMatch(
    /stored under another SECRETS_KEY.*ALTEGIO_USER_TOKEN is used instead; set SECRETS_KEY/,
  );
  await stranger.access();
  expect(errors.map(({ message }) => message)).toEqual([state.problem]);
  // The sandbox does not know that token: the variable was sent.
  expect(await outcome(cards(stranger))).toBe('AltegioUnauthorised');
  await stranger.unpark('token');
  await pool.end();
});

it('what is no token is refused before anything is asked, and never repeated in the answer', async () => {
  for (const body of [{ userToken: 'two words' }, { userToken: 'a,b' }, { userToken: '' }, { userToken: 5 }, {}]) {
    const answer = await stand.call('PUT', '/api/altegio/token', body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'userToken' }] } });
  }
  const broken = await stand.call('PUT', '/api/altegio/token', '{"userToken":"secret-in-a-broken-body" x');
  expect(broken.status).toBe(400);
  expect(JSON.stringify(broken.body)).not.toContain('secret-in');
  expect(stand.log.join()).not.toContain('secret-in');
});
