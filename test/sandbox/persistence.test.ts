import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import { CARD_1, PARTNER, PHONE_1, talkTo, temporaryFolder, USER } from './helpers.ts';

const MAIN = join(import.meta.dirname, '../../sandbox/main.ts');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Started {
  readonly child: ChildProcess;
  readonly origin: string;
}

function launch(folder: string, port: number, env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      SANDBOX_PORT: String(port),
      SANDBOX_DIR: folder,
      SANDBOX_PARTNER_TOKEN: PARTNER,
      SANDBOX_USER_TOKEN: USER,
      ...env,
    },
  });
  children.push(child);
  return child;
}

async function start(folder: string): Promise<Started> {
  const child = launch(folder, 0);
  const [message] = (await once(child, 'message')) as [{ url: string }];
  return { child, origin: message.url.replace('/api/v1', '') };
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; errors: string }> {
  const { stderr } = child;
  if (!stderr) throw new Error('the child has no stderr');
  // Not "close": that never comes for a child whose channel its parent has closed.
  const [errors, [code]] = await Promise.all([text(stderr), once(child, 'exit') as Promise<[number | null]>]);
  return { code, errors };
}

describe('state on disk', () => {
  it('keeps every answered write through SIGKILL in the middle of traffic', async () => {
    const folder = temporaryFolder();
    const first = await start(folder);
    const talk = talkTo(first.origin);
    await talk.control('POST', '/limits', { perSecond: 100_000, perMinute: 100_000 });
    let answered = 0;
    let sent = 0;
    const traffic = async (): Promise<void> => {
      for (;;) {
        sent += 1;
        const { status } = await talk.manual(1);
        if (status === 200) answered += 1;
        if (answered === 100) first.child.kill('SIGKILL');
      }
    };
    // Every loop ends when its connection breaks.
    await Promise.allSettled([traffic(), traffic(), traffic(), traffic()]);

    const second = await start(folder);
    const again = talkTo(second.origin);
    const applied = Number(await again.balance()) - 100;
    expect(answered).toBeGreaterThanOrEqual(100);
    expect(applied).toBeGreaterThanOrEqual(answered);
    expect(applied).toBeLessThanOrEqual(sent);
    // The balance, its journal and the request log were written together, so they agree.
    const log = await again.control<{ applied: boolean }[]>('GET', '/requests?path=manual_transaction');
    expect(log.filter((row) => row.applied)).toHaveLength(applied);
    const journal = await again.api(
      'GET',
      '/chain/9206/loyalty/transactions?created_after=2020-01-01&created_before=2099-01-01',
    );
    expect(journal.body.meta).toEqual({ count: applied });
    // Settings are state too.
    expect(await again.control('GET', '/limits')).toMatchObject({ perSecond: 100_000 });
  });

  it('keeps a write whose answer was lost, and a changed password', async () => {
    const folder = temporaryFolder();
    const first = await start(folder);
    const talk = talkTo(first.origin);
    await talk.control('POST', '/faults', { call: 'write', fault: 'drop_after', times: 1 });
    await expect(talk.manual(-30)).rejects.toThrow();
    const { userToken } = await talk.control<{ userToken: string }>('POST', '/staff/password', {});
    first.child.kill('SIGKILL');
    const again = talkTo((await start(folder)).origin);
    expect(await again.balance()).toBe('70.00');
    expect((await again.api('GET', '/groups')).status).toBe(401);
    const authorization = `Bearer ${PARTNER}, User ${userToken}`;
    expect((await again.api('GET', '/groups', undefined, { authorization })).status).toBe(200);
    // Faults belong to whoever tests, not to the state.
    expect(await again.control('GET', '/faults')).toEqual([]);
  });

  it('forgives a torn last line, compacts at start and refuses another chain in one sentence', async () => {
    const dataDir = temporaryFolder();
    const options = { dataDir, partnerToken: PARTNER, userToken: USER };
    const file = join(dataDir, 'sandbox.jsonl');
    const first = await startSandbox(options);
    await talkTo(first.url.replace('/api/v1', '')).manual(-1);
    await talkTo(first.url.replace('/api/v1', '')).manual(-1);
    await first.close();
    appendFileSync(file, `[["card",${CARD_1},{"id":${CARD_1},"balance":`);

    const second = await startSandbox(options);
    expect(await talkTo(second.url.replace('/api/v1', '')).balance()).toBe('98.00');
    await second.close();
    const compacted = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(compacted.filter((line) => line.startsWith(`[["card",${CARD_1},`))).toHaveLength(1);
    await expect(startSandbox({ ...options, seed: { chainId: 5 } })).rejects.toThrow('holds another chain');
  });

  it('never stores a token it was started with, nor a password that was sent', async () => {
    const dataDir = temporaryFolder();
    const sandbox = await startSandbox({ dataDir, partnerToken: 'partner-secret-1', userToken: 'user-secret-2' });
    const talk = talkTo(sandbox.url.replace('/api/v1', ''));
    const headers = { authorization: 'Bearer partner-secret-1, User user-secret-2' };
    await talk.api('POST', '/auth', { login: 'a', password: 'typed-secret-3' }, headers);
    expect((await talk.api('GET', `/loyalty/cards/${PHONE_1}/9206/101`, undefined, headers)).status).toBe(200);
    await sandbox.close();
    expect(readFileSync(join(dataDir, 'sandbox.jsonl'), 'utf8')).not.toMatch(/secret-[123]/);
  });
});

describe('the process', () => {
  it('says in one sentence that a port is in use, and exits with 1', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const end = await endOf(launch(temporaryFolder(), port));
    taken.close();
    expect(end.code).toBe(1);
    expect(end.errors.trim()).toBe(
      `The sandbox cannot start: port ${port} is in use, choose another with SANDBOX_PORT.`,
    );
  });

  it('says which variable is wrong', async () => {
    const missing = await endOf(launch(temporaryFolder(), 0, { SANDBOX_USER_TOKEN: '' }));
    expect(missing).toEqual({ code: 1, errors: 'The sandbox cannot start: SANDBOX_USER_TOKEN must be set.\n' });
  });

  it('stops on SIGTERM and when its parent lets go of it', async () => {
    const folder = temporaryFolder();
    const first = await start(folder);
    first.child.kill('SIGTERM');
    expect((await endOf(first.child)).code).toBe(0);
    const second = await start(folder);
    const end = endOf(second.child);
    second.child.disconnect();
    expect((await end).code).toBe(0);
  });
});
